"""Answers as servers do, and as they should not. Usage: server.py PORT-FILE
[CERTIFICATE-AND-KEY]; the path says how it answers."""
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from serving import serve

asked = {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        word, _, rest = self.path.partition("?")[0].lstrip("/").partition("/")
        asked[self.path] = asked.get(self.path, 0) + 1
        getattr(self, "answer_" + word, lambda _: self.say(404))(rest)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def answer_echo(self, _):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("latin1")
        fields = [[name, value] for name, value in self.headers.items()]
        said = {"method": self.command, "path": self.path, "headers": fields, "body": body}
        self.say(200, json.dumps(said).encode(), Content_Type="application/json")

    def answer_status(self, rest):
        self.say(int(rest), b"the body")

    def answer_choices(self, _):
        self.say(300, b'{"versions": []}')

    def answer_redirect(self, _):
        self.say(302, b"", Location="/redirect/again?token=hidden")

    def answer_after(self, rest):
        """503 so many times, then well."""
        times, seconds = (int(word) for word in rest.split("/")[:2])
        if asked[self.path] <= times:
            self.say(503, b"", Retry_After=str(seconds))
        else:
            self.say(200, str(asked[self.path]).encode())

    def answer_asked(self, rest):
        self.say(200, str(asked.get("/" + rest, 0)).encode())

    def answer_truncated(self, _):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"ten bytes.")
        self.close_connection = True

    def answer_hangup(self, _):
        self.close_connection = True

    def answer_large(self, rest):
        """So many bytes, and nobody says beforehand how many."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for _ in range(int(rest) // 1024):
                self.wfile.write(b"x" * 1024)
        except OSError:
            pass

    def answer_headers(self, rest):
        self.send_response(200)
        for number in range(int(rest) // 1024):
            self.send_header(f"X-{number}", "x" * 1000)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer_drip(self, rest):
        """A byte, and then one more every so many milliseconds."""
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(int(rest) / 1000)
        except OSError:
            pass

    def answer_silence(self, _):
        time.sleep(30)

    def answer_nonsense(self, _):
        self.wfile.write(b"220 mail.example.com ESMTP\r\n")
        self.close_connection = True


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
serve(server, sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
