"""The tree that every contestant works on: the tutorial lab's compute node with a full-size nova.conf.

It is the fixture without what only imprint would renew (host keys, leases, initiator names, neutron's agents), so that
all do the same work.
"""
import os
import re
import shutil
import subprocess

FIXTURE = "Rootfs-fixtures/tutorial-compute"
SITE = f"{FIXTURE}/site.toml"

LEFT_OUT = [
    "etc/ssh", "usr/sbin/sshd", "usr/lib/systemd", "etc/iscsi", "etc/neutron", "usr/share/neutron", "var/lib/systemd",
    "var/lib/dhclient", "var/lib/NetworkManager", "etc/NetworkManager", "etc/libvirt",
]


def full_size(stock, settings):
    """Debian's own nova.conf, which has every option commented out, with the lab's settings in their sections."""
    sections = re.split(r"(?m)^(?=\[)", settings)
    text = stock
    for section in sections:
        header, _, body = section.partition("\n")
        body = "".join(line + "\n" for line in body.splitlines() if line and not line.startswith("#"))
        if not header.startswith("["):
            continue
        place = re.search(rf"(?m)^{re.escape(header)}\n", text)
        if place:
            text = text[:place.end()] + body + text[place.end():]
        else:
            text += f"\n{header}\n{body}"
    return text


def make(tree, stock_nova_conf):
    subprocess.run(["Scripts/lay-out", FIXTURE, tree], check=True)
    for path in LEFT_OUT:
        path = os.path.join(tree, path)
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.remove(path)
    path = os.path.join(tree, "etc/nova/nova.conf")
    with open(path, encoding="utf-8") as file:
        settings = file.read()
    with open(stock_nova_conf, encoding="utf-8") as file:
        text = full_size(file.read(), settings)
    with open(path, "r+", encoding="utf-8") as file:
        file.truncate()
        file.write(text)
    return text.count("\n")
