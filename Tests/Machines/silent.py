"""A machine that lets everybody connect and never says a word. Usage: silent.py PORT-FILE ADDRESS PORT"""
import socket
import sys

from serving import name_port

listener = socket.create_server((sys.argv[2], int(sys.argv[3])))
name_port(sys.argv[1], listener.getsockname()[1])
held = []
while True:
    held.append(listener.accept())
