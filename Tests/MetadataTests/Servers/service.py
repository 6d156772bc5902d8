"""A metadata service as nova answers (nova/api/metadata/handler.py), from a tree of files: a directory is a list of its
names, what is not there is 404. Usage: service.py PORT-FILE TREE [--bind ADDRESS] [--port PORT] [--unwell N]
[--slow SECONDS] [--unknown] [--portal]"""
import argparse
import os
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from serving import serve

parser = argparse.ArgumentParser()
parser.add_argument("port_file")
parser.add_argument("tree")
parser.add_argument("--bind", default="127.0.0.1")
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--unwell", type=int, default=0, help="answer 503 so many times first")
parser.add_argument("--slow", type=float, default=0, help="take so long for the first answer")
parser.add_argument("--unknown", action="store_true", help="know no machine")
parser.add_argument("--portal", action="store_true", help="a web page for whatever is asked")
options = parser.parse_args()
left = options.unwell


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, status, body=b"", kind="text/plain; charset=UTF-8"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        global left
        slow, options.slow = options.slow, 0
        time.sleep(slow)
        if self.headers.get("X-Forwarded-For") or self.headers.get("X-Instance-ID"):
            return self.say(400)
        if left > 0:
            left -= 1
            return self.say(503)
        if options.unknown:
            return self.say(404)
        if options.portal:
            return self.say(200, b"<html>Please log in</html>", "text/html")
        path = os.path.join(options.tree, self.path.strip("/"))
        if os.path.isdir(path):
            names = sorted(os.listdir(path))
            if not self.path.startswith("/openstack"):
                names = [n + "/" if os.path.isdir(os.path.join(path, n)) else n for n in names if n != "openstack"]
            return self.say(200, "\n".join(names).encode())
        if os.path.isfile(path):
            kind = "application/json" if path.endswith(".json") else "text/plain; charset=UTF-8"
            return self.say(200, open(path, "rb").read(), kind)
        self.say(404)


class Server(ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ":" in options.bind else socket.AF_INET
    daemon_threads = True


address = socket.getaddrinfo(options.bind, options.port, type=socket.SOCK_STREAM)[0][4]
serve(Server(address, Handler), options.port_file)
