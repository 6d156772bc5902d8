"""cloud.py PLACE [TROUBLE…] [--tls FILE]: a cloud that answers as the lab's did (recorded/), or in trouble; writes its port to PLACE,
and ends with its parent. Each request is a line of `requests` beside that: method, path, and the version that it asks for.

Troubles: SERVICE=HOW, with a service of keystone, nova, placement, and how of
  STATUS            that status, always
  STATUS*N          that status N times, with Retry-After: 1
  redirect          to itself
  truncated         half of an answer that is valid
  cut               the connection ends in the middle
  drip              a byte a second
  silent            no answer at all
  text              a page for people
and pages=N (that many hypervisors), stuck-pages (the first page again and again), versions=FILE (another version document),
duplicate (a second hypervisor of the name), twin-address, no-inventories, other-provider, unmapped, disabled, down.

Instances are made, migrated and deleted in memory; leftover (one of a run that was killed, and a person's of that name),
no-migration (nova gives up), undeletable (403), undying (it says yes, and nothing happens).
"""
import copy
import http.server
import json
import os
import sys
import threading
import time
import urllib.parse

from serving import serve

RECORDED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorded")
PREFIXES = {"/identity": "keystone", "/compute": "nova", "/placement": "placement", "/image": "glance"}
place = sys.argv[1]
arguments = sys.argv[2:]
tls = arguments[arguments.index("--tls") + 1] if "--tls" in arguments else None
troubles = dict((word.split("=", 1) + [""])[:2] for word in arguments if word not in ("--tls", tls))
left = {}
servers = {}
lock = threading.Lock()


def recorded(name):
    with open(os.path.join(RECORDED, name + ".json"), encoding="utf-8") as file:
        return json.load(file)


class Cloud(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, *_):
        pass

    def handle_any(self):
        self.request_body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with lock, open(os.path.join(os.path.dirname(place), "requests"), "a", encoding="utf-8") as file:
            version = self.headers.get("OpenStack-API-Version", "-")
            file.write(f"{self.command} {self.path} {version.replace(' ', '=')}\n")
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query))
        for prefix, service in PREFIXES.items():
            if url.path.startswith(prefix):
                if not self.trouble(service):
                    self.answer(*getattr(self, service)(url.path[len(prefix):]))
                return
        self.answer(404, {})

    do_GET = do_POST = do_DELETE = handle_any

    # What can go wrong with any service.

    def trouble(self, service):
        how = troubles.get(service)
        if not how:
            return False
        status, _, times = how.partition("*")
        if status.isdigit():
            with lock:
                count = left.setdefault(service, int(times) if times else None)
                if count == 0:
                    return False
                if count:
                    left[service] -= 1
            self.answer(int(status), {"error": {"message": "the password was geheim"}}, {"Retry-After": "1"})
        elif how == "redirect":
            self.answer(302, {}, {"Location": self.path})
        elif how == "text":
            self.send(200, b"<html>It works!</html>", {})
        elif how == "truncated":
            body = json.dumps(self.whole(service)).encode()
            self.send(200, body[:len(body) // 2], {"X-Subject-Token": "geheim"})
        elif how == "cut":
            body = json.dumps(self.whole(service)).encode()
            self.send(200, body[:len(body) // 2], {"X-Subject-Token": "geheim"}, length=len(body))
            self.close_connection = True
        elif how in ("drip", "silent"):
            body = json.dumps(self.whole(service)).encode()
            self.send(200, b"", {"X-Subject-Token": "geheim"}, length=len(body)) if how == "drip" else None
            for octet in body:
                time.sleep(1)
                if how == "drip":
                    self.wfile.write(bytes([octet]))
        return True

    def whole(self, service):
        path = urllib.parse.urlsplit(self.path).path
        return getattr(self, service)(path[path.index("/", 1):])[1]

    # The services.

    def keystone(self, path):
        token = recorded("token")
        for service in token["token"]["catalog"]:
            for endpoint in service["endpoints"]:
                names = {"compute": "/compute/v2.1", "placement": "/placement", "image": "/image", "identity": "/identity"}
                endpoint["url"] = self.base() + names.get(service["type"], "/nothing")
        return 201, token, {"X-Subject-Token": "geheim"}

    def nova(self, path):
        if path in ("/v2.1/", "/v2.1"):
            return 200, json.load(open(troubles["versions"])) if "versions" in troubles else recorded("nova-version")
        if path == "/v2.1/os-hypervisors/detail":
            return 200, self.hypervisors()
        if path == "/v2.1/os-services":
            rows = recorded("services")["services"]
            for row in rows:
                if "disabled" in troubles:
                    row.update(status="disabled", disabled_reason="being\x1b[31m repaired")
                if "down" in troubles:
                    row["state"] = "down"
            return 200, {"services": [row for row in rows if self.query.get("host", row["host"]) == row["host"]]}
        if path == "/v2.1/flavors/detail":
            return 200, recorded("flavors")
        if path.startswith("/v2.1/servers"):
            with lock:
                return self.instances(path)
        return 404, {}

    def instances(self, path):
        parts = path.split("/")[3:]
        if parts and parts[0] == "detail":
            return 200, {"servers": list(servers.values())}
        if not parts:
            wanted = json.loads(self.request_body)["server"]
            zone, _, host = wanted["availability_zone"].partition(":")
            server = instance(f"20000000-0000-4000-8000-{len(servers) + 1:012d}", wanted["name"], host, wanted.get("metadata", {}))
            return 202, {"server": server}
        server = servers.get(parts[0])
        if server is None:
            return 404, {}
        if len(parts) > 1 and parts[1] == "os-instance-actions":
            return 200, {"instanceActions": []}
        if self.command == "DELETE":
            if "undeletable" in troubles:
                return 403, {}
            if "undying" not in troubles:
                del servers[server["id"]]
            return 204, {}
        if self.command == "POST":
            action = json.loads(self.request_body)
            if "migrate" in action and "no-migration" not in troubles:
                server.update({"status": "VERIFY_RESIZE", "OS-EXT-SRV-ATTR:host": action["migrate"]["host"]})
            elif "confirmResize" in action:
                server["status"] = "ACTIVE"
            return 202, {}
        return 200, {"server": server}

    def hypervisors(self):
        rows = recorded("hypervisors")["hypervisors"]
        own = next(row for row in rows if row["hypervisor_hostname"] == "compute2")
        if "unmapped" in troubles:
            rows.remove(own)
        if "down" in troubles:
            own["state"] = "down"
        if "duplicate" in troubles:
            rows.append(dict(own, id="00000000-0000-4000-8000-000000000002"))
        if "twin-address" in troubles:
            rows.append(dict(own, id="00000000-0000-4000-8000-000000000003", hypervisor_hostname="compute7"))
        for number in range(int(troubles.get("pages", 0)) - len(rows)):
            row = copy.copy(rows[0])
            row.update(
                id=f"10000000-0000-4000-8000-{number:012d}", hypervisor_hostname=f"node{number}",
                host_ip=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
            rows.insert(0, row)
        limit = int(self.query.get("limit", 1000))
        marker = self.query.get("marker")
        begin = 0 if marker is None else 1 + [row["id"] for row in rows].index(marker)
        if "stuck-pages" in troubles:
            return {"hypervisors": rows[:2], "hypervisors_links": [{"rel": "next", "href": "http://192.0.2.1/"}]}
        more = [{"rel": "next", "href": "http://192.0.2.1/"}] if begin + limit < len(rows) else []
        page = {"hypervisors": rows[begin:begin + limit]}
        return dict(page, hypervisors_links=more) if more else page

    def placement(self, path):
        rows = recorded("providers")["resource_providers"]
        if "other-provider" in troubles:
            rows = [dict(row, uuid="00000000-0000-4000-8000-000000000009") for row in rows]
        if path == "/resource_providers":
            wanted = [row for row in rows if all(row[key] == value for key, value in self.query.items())]
            return 200, {"resource_providers": wanted}
        if path.endswith("/inventories"):
            return 200, {"inventories": {}} if "no-inventories" in troubles else recorded("inventories")
        return 404, {}

    def glance(self, path):
        return 200, recorded("images")

    def base(self):
        return f"http{'s' if tls else ''}://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, status, body, headers=None):
        self.send(status, b"" if status == 204 else json.dumps(body).encode(), headers or {})

    def send(self, status, body, headers, length=None):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def instance(number, name, host, metadata):
    servers[number] = {
        "id": number, "name": name, "status": "ACTIVE", "OS-EXT-STS:task_state": None, "OS-EXT-SRV-ATTR:host": host,
        "metadata": metadata}
    return servers[number]


if "leftover" in troubles:
    instance("30000000-0000-4000-8000-000000000001", "imprint-canary-compute2", "compute", {"imprint": "canary"})
    instance("30000000-0000-4000-8000-000000000002", "imprint-canary-compute2", "compute", {})

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cloud)
server.daemon_threads = True
serve(server, place, tls)
