"""A proxy that writes down every request it gets, and fulfils none. Usage: proxy.py PORT-FILE LOG"""
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from serving import serve


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def hear(self):
        with open(sys.argv[2], "a") as file:
            file.write(f"{self.command} {self.path}\n")
        self.send_error(502)

    do_GET = do_HEAD = do_POST = do_CONNECT = hear


serve(ThreadingHTTPServer(("127.0.0.1", 0), Handler), sys.argv[1])
