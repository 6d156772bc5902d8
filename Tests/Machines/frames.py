"""frames.py INTERFACE…: a line for each ARP and IPv4 frame on these: time, interface, sender's MAC, kind, sender's address."""
import select
import socket
import struct
import sys
import time

sockets = {}
for name in sys.argv[1:]:
    # ETH_P_ALL (packet(7))
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    packets.bind((name, 0))
    sockets[packets] = name
while True:
    for packets in select.select(list(sockets), [], [])[0]:
        frame = packets.recv(2048)
        kind = struct.unpack("!H", frame[12:14])[0]
        if kind == 0x0806 and len(frame) >= 42:
            words, sender = "arp", frame[28:32]
        elif kind == 0x0800 and len(frame) >= 34:
            words, sender = "ip", frame[26:30]
        else:
            continue
        mac = ":".join(f"{byte:02x}" for byte in frame[6:12])
        print(f"{time.time():.6f} {sockets[packets]} {mac} {words} {socket.inet_ntoa(sender)}", flush=True)
