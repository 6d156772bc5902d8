"""A proxy that writes down every request it gets, and fulfils none. Usage: proxy.py PORT-FILE LOG"""
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def hear(self):
        with open(sys.argv[2], "a") as file:
            file.write(f"{self.command} {self.path}\n")
        self.send_error(502)

    do_GET = do_HEAD = do_POST = do_CONNECT = hear


def end_with_parent(parent):
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=end_with_parent, args=[os.getppid()], daemon=True).start()
with open(sys.argv[1] + ".new", "w") as file:
    file.write(str(server.server_port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
