"""join.py PROGRAM [COUNT…]: what joining 1, 10 and 100 peers costs; writes join.md. Needs root.

Each peer is a real sshd in a network namespace and an overlay of the tests' golden disk (Tests/Machines/golden), all on one bridge that
exists nowhere else. The peers have no imprint, which is the dearer way: two visits for a change, and one more to see that it is so.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "Tests", "Machines", "golden")
HEAD = """[networks.management]
subnet    = "10.99.0.0/16"
interface = "ens33"

[nova]
my-ip = "management"
"""


def run(*words, check=True, **more):
    return subprocess.run(
        words, check=check, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", **more)


class Field:
    """Everything that a measurement sets up, and takes away again."""

    def __init__(self, program):
        self.program = program
        self.golden = run(GOLDEN).stdout.strip()
        self.folder = tempfile.mkdtemp(prefix="imprint-bench-join-", dir="/var/tmp")
        self.name = f"ij{os.getpid()}"
        self.daemons = []
        self.names = []
        run("ip", "netns", "add", self.name)
        run("ip", "-n", self.name, "link", "add", "bridge", "type", "bridge")
        run("ip", "-n", self.name, "link", "set", "bridge", "up")

    def close(self):
        for daemon in self.daemons:
            daemon.kill()
            daemon.wait()
        for name in self.names:
            for place in ("dev", "proc"):
                run("umount", "-R", "-l", f"{self.folder}/{name}/root/{place}", check=False)
            run("umount", "-l", f"{self.folder}/{name}/root", check=False)
            run("ip", "netns", "del", f"{self.name}-{name}", check=False)
        run("ip", "netns", "del", self.name, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def root(self, name):
        return f"{self.folder}/{name}/root"

    def write(self, name, path, text):
        with open(self.root(name) + path, "w", encoding="utf-8") as file:
            file.write(text)

    def add(self, name, address):
        base = f"{self.folder}/{name}"
        for part in ("upper", "work", "root"):
            os.makedirs(f"{base}/{part}")
        run("mount", "-t", "overlay", "overlay", "-o",
            f"lowerdir={self.golden},upperdir={base}/upper,workdir={base}/work", f"{base}/root")
        self.names.append(name)
        for place in ("dev", "proc"):
            run("mount", "--rbind", f"/{place}", f"{base}/root/{place}")
            run("mount", "--make-rslave", f"{base}/root/{place}")
        space = f"{self.name}-{name}"
        run("ip", "netns", "add", space)
        run("ip", "-n", space, "link", "set", "lo", "up")
        run("ip", "-n", space, "link", "add", "ens33", "type", "veth", "peer", "name", name, "netns", self.name)
        run("ip", "-n", space, "addr", "add", f"{address}/16", "dev", "ens33")
        run("ip", "-n", space, "link", "set", "ens33", "up")
        run("ip", "-n", self.name, "link", "set", name, "master", "bridge", "up")
        self.write(name, "/etc/hostname", f"{name}\n")
        os.makedirs(f"{base}/root/run/sshd", exist_ok=True)

    def serve(self, name):
        self.daemons.append(subprocess.Popen(
            ["ip", "netns", "exec", f"{self.name}-{name}", "chroot", self.root(name), "/usr/sbin/sshd", "-D", "-e"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def inside(self, name, *words, check=True):
        return run("ip", "netns", "exec", f"{self.name}-{name}", "chroot", self.root(name), "/usr/bin/env", "-i", "HOME=/root",
                   "USER=root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", *words, check=check)

    def install(self, name):
        shutil.copy2(self.program, self.root(name) + "/usr/bin/imprint")
        for line in run("ldd", self.program).stdout.splitlines():
            words = line.split()
            if len(words) > 2 and words[2].startswith("/") and not os.path.exists(self.root(name) + words[2]):
                os.makedirs(os.path.dirname(self.root(name) + words[2]), exist_ok=True)
                shutil.copy2(words[2], self.root(name) + words[2])


def measure(program, count, dead):
    """Seconds of a first join, of one that finds nothing to do, and of one with a peer that is off."""
    field = Field(program)
    try:
        peers = [f"p{number}" for number in range(1, count + 1)]
        field.add("me", "10.99.255.1")
        for number, peer in enumerate(peers, 1):
            field.add(peer, f"10.99.0.{number}")
        names = [("me", "10.99.255.1")] + [(peer, f"10.99.0.{number}") for number, peer in enumerate(peers, 1)]
        nodes = [f'\n[nodes.{name}]\nrole = "compute"\naddresses = {{ management = "{address}" }}\n' for name, address in names]
        off = '\n[nodes.off]\nrole = "compute"\naddresses = { management = "10.99.254.1" }\n'
        host_key = " ".join(open(field.root("me") + "/etc/ssh/ssh_host_ed25519_key.pub", encoding="utf-8").read().split()[:2])
        field.install("me")
        field.write("me", "/etc/imprint/site.toml", HEAD + "".join(nodes))
        field.write("me", "/etc/hosts", "127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in names))
        field.write("me", "/root/.ssh/known_hosts", "".join(f"{name},{address} {host_key}\n" for name, address in names))
        shutil.copy(field.golden + ".key", field.root("me") + "/root/.ssh/id_ed25519")
        os.chmod(field.root("me") + "/root/.ssh/id_ed25519", 0o600)
        # An interface file that says who this is, and the directory by which sd_booted(3) tells.
        field.write("me", "/etc/network/interfaces", "auto ens33\niface ens33 inet static\n    address 10.99.255.1/16\n")
        os.makedirs(field.root("me") + "/run/systemd/system")
        field.inside("me", "imprint", "apply", "me", "--no-activate", "--yes", "--quiet")
        for peer in peers:
            field.serve(peer)
        for peer in peers:
            while field.inside("me", "ssh", "-o", "BatchMode=yes", peer, "true", check=False).returncode:
                time.sleep(0.1)

        def join(expected):
            begun = time.monotonic()
            answer = field.inside("me", "imprint", "join", "--quiet", "--format", "json", check=False)
            seconds = time.monotonic() - begun
            assert answer.returncode == expected, answer.stderr + answer.stdout
            report = json.loads(answer.stdout)
            assert sum("keys both ways" in node["done"] for node in report["nodes"]) == count, answer.stdout
            return seconds

        first = join(0)
        again = statistics.median(join(0) for _ in range(3))
        missing = None
        if dead:
            field.write("me", "/etc/imprint/site.toml", HEAD + "".join(nodes) + off)
            with open(field.root("me") + "/etc/hosts", "a", encoding="utf-8") as file:
                file.write("10.99.254.1 off\n")
            missing = join(69)
        return first, again, missing
    finally:
        field.close()


if __name__ == "__main__":
    busy = [os.getloadavg()[0]]
    counts = [int(word) for word in sys.argv[2:]] or [1, 10, 100]
    lines = [
        "# What joining costs", "",
        "Written by Benchmarks/join.py: seconds until `imprint join` has ended, with that many peers over real sshd's in network "
        f"namespaces of this machine ({os.cpu_count()} cores, which do the peers' part too: a login costs some 0.1 s of a core at both ends). "
        "Peers have no imprint and are handled by plain commands. A peer that is off costs what the kernel takes to find no route, "
        "and nobody waits for it.", "",
        "| peers | first join: keys made, trust both ways | nothing to do | the same, one more peer that is off |", "|---:|---:|---:|---:|",
    ]
    for count in counts:
        first, again, missing = measure(os.path.abspath(sys.argv[1]), count, dead=True)
        lines.append(f"| {count} | {first:.1f} | {again:.1f} | {missing:.1f} |")
        print(lines[-1], flush=True)
        busy.append(os.getloadavg()[0])
    loads = ", ".join(f"{load:.0f}" for load in busy)
    lines += ["", f"The 1-minute load average was {loads}, before and after each. Of an idle machine the first is 0; else others shared it."]
    with open(os.path.join(HERE, "join.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
