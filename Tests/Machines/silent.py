"""A machine that lets everybody connect and never says a word. Usage: silent.py PORT-FILE ADDRESS PORT"""
import os
import socket
import sys
import threading
import time


def end_with_parent(parent):
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


listener = socket.create_server((sys.argv[2], int(sys.argv[3])))
threading.Thread(target=end_with_parent, args=[os.getppid()], daemon=True).start()
with open(sys.argv[1] + ".new", "w") as file:
    file.write(str(listener.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
held = []
while True:
    held.append(listener.accept())
