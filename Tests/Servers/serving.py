"""What every server of the suites does (LoopbackServer in Tests/Support): it names its port, and ends with its parent."""
import os
import ssl
import threading
import time


def end_with_parent(parent):
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def name_port(place, port):
    """Somebody listens now: the port in a file, whole or not at all."""
    threading.Thread(target=end_with_parent, args=[os.getppid()], daemon=True).start()
    with open(place + ".new", "w", encoding="utf-8") as file:
        file.write(str(port))
    os.rename(place + ".new", place)


def serve(server, place, pair=None):
    """For good; with TLS where there is a key with its certificate in one file."""
    if pair:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    name_port(place, server.server_address[1])
    server.serve_forever()
