#!/usr/bin/python3
"""A real journald, in namespaces of its own, with this script as process 1: so that systemd's words on a unit can be said.

    unshare --mount --propagation private --pid --fork --mount-proc journald.py LIVE-EFFECTS

Answers as JSON: what live-effects reads of a unit and what journalctl does, and how live-effects' own message arrived.
"""

import json
import os
import socket
import subprocess
import sys
import time

EFFECTS = sys.argv[1]
UNIT = "x.service"
SOCKET = "/run/systemd/journal/socket"


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def send(**fields):
    """The native protocol, with lengths, so that a value may have lines."""
    message = b""
    for name, value in fields.items():
        value = value.encode()
        message += name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.sendto(message, SOCKET)


def start():
    # The only places that journald writes to. /proc is as unshare(1) made it.
    for place in ("/run", "/var/log"):
        run("mount", "-t", "tmpfs", "tmpfs", place)
    os.makedirs("/run/systemd/journal")
    os.makedirs("/run/log/journal")
    with open("/run/journald.conf", "w") as configuration:
        configuration.write("[Journal]\nReadKMsg=no\nAudit=\nStorage=volatile\nRateLimitBurst=0\n")
    run("mount", "--bind", "/run/journald.conf", "/etc/systemd/journald.conf")
    none = {"PATH": os.environ["PATH"]}
    journald = subprocess.Popen(["/lib/systemd/systemd-journald"], env=none, stderr=subprocess.DEVNULL)
    while not os.path.exists(SOCKET):
        time.sleep(0.01)
    return journald


def main():
    before = run(EFFECTS, "say", "message=nobody hears this")
    nothing = run(EFFECTS, "lines", "unit=" + UNIT)
    journald = start()
    for number in range(12):
        send(MESSAGE=f"step {number}", UNIT=UNIT, SYSLOG_IDENTIFIER="systemd", PRIORITY="6")
    send(MESSAGE="two\nlines \x1b[31mand a colour", UNIT=UNIT, SYSLOG_IDENTIFIER="systemd", PRIORITY="6")
    send(MESSAGE="of another", UNIT="y.service", SYSLOG_IDENTIFIER="systemd", PRIORITY="6")
    if os.fork() == 0:
        # Not process 1: anybody could say so.
        send(MESSAGE="forged", UNIT=UNIT, PRIORITY="6")
        send(MESSAGE="on its behalf", OBJECT_SYSTEMD_UNIT=UNIT, SYSLOG_IDENTIFIER="coredump", PRIORITY="6")
        os._exit(0)
    os.wait()
    said = run(EFFECTS, "say", "message=worked", "unit=" + UNIT)
    run("journalctl", "--sync")
    entry = run("journalctl", "-t", "imprint", "-o", "json").splitlines()
    answer = {
        "before": [before.strip(), nothing.strip()],
        "said": said.strip(),
        "entries": [json.loads(line) for line in entry],
        "lines": run(EFFECTS, "lines", "unit=" + UNIT),
        "journalctl": run("journalctl", "-u", UNIT, "-n", "10", "-o", "cat"),
    }
    journald.kill()
    print(json.dumps(answer))


main()
