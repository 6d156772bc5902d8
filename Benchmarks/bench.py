#!/usr/bin/env python3
"""Runs every contestant on copies of the same tree, in turns, and writes what came of it.

CPU time is user and system time of a program and all its children: the figure to compare, since these machines are
shared. Each result is checked; a contestant that got it wrong says so in the table.
"""
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import report
import tree
from layer import Layer

HERE = os.path.dirname(os.path.abspath(__file__))
BUILT = os.path.abspath(".build/release/imprint")
IN_PROCESS = os.path.abspath(".build/release/imprint-bench")
FLUSHES = ["fsync", "fdatasync", "syncfs", "sync", "sync_file_range", "msync"]


class Bench:
    def __init__(self, cache, rounds):
        self.cache = cache
        self.rounds = rounds
        self.measure = os.path.join(cache, "measure")
        self.floor = os.path.join(cache, "floor")
        self.site = os.path.abspath(tree.SITE)
        self.place = tempfile.mkdtemp(dir=cache, prefix="run-")
        self.own_file_system = self.mount()
        for program in [self.measure, self.floor]:
            shutil.copy(program, self.place)
        self.measure = os.path.join(self.place, "measure")
        self.floor = os.path.join(self.place, "floor")
        # Installed as `make install` does it. What the linker leaves lies in the page cache in small pieces, and costs a
        # start a millisecond more than a file that was copied, or read from disk after a boot, as all the others were.
        self.program = os.path.join(self.place, "imprint")
        subprocess.run(["install", "-m", "755", BUILT, self.program], check=True)
        self.contestants = os.path.join(self.place, "contestants")
        shutil.copytree(os.path.join(HERE, "contestants"), self.contestants)
        self.base = os.path.join(self.place, "base")
        self.lines = tree.make(self.base, os.path.join(cache, "nova.conf"))
        # The state directory is there after a first apply; the floor puts imprint's stamp into it, too.
        self.work = os.path.join(self.place, "work")
        self.done = os.path.join(self.place, "done")
        self.copy(self.done)
        subprocess.run(self.imprint("apply", self.done), check=True, stdout=subprocess.DEVNULL)
        plan = json.loads(subprocess.run(
            self.imprint("plan", self.base, "--format", "json"), check=True, stdout=subprocess.PIPE).stdout)
        self.paths = [change["path"] for change in plan["changes"]]

    def mount(self):
        """A small file system of our own; False where this machine has none for us."""
        image = self.place + ".image"
        with open(image, "wb") as file:
            file.truncate(6 << 30)
        made = all(
            subprocess.run(command, capture_output=True).returncode == 0
            for command in (["mkfs.ext4", "-q", "-F", image], ["mount", "-o", "loop", image, self.place]))
        os.remove(image)  # it lasts as long as the mount
        return made

    def close(self):
        if self.own_file_system:
            subprocess.run(["umount", "-R", "-l", self.place])
        shutil.rmtree(self.place, ignore_errors=True)

    def copy(self, to, source=None):
        shutil.rmtree(to, ignore_errors=True)
        subprocess.run(["cp", "-a", source or self.base, to], check=True)
        if source is None:
            os.makedirs(os.path.join(to, "var/lib/imprint"), mode=0o700, exist_ok=True)

    def imprint(self, command, root, *more):
        extra = ["--yes", "--quiet"] if command == "apply" else []
        return [self.program, command, "compute2", "--root", root, "--site", self.site, *extra, *more]

    def run(self, wrap, command):
        """(CPU ms, wall ms, peak MB) of one run."""
        result = subprocess.run(wrap([self.measure, *command]), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        cpu, wall, peak, status = map(int, result.stderr.split()[-4:])
        if status != 0:
            loud = subprocess.run(wrap(command), capture_output=True, text=True)
            raise RuntimeError(f"{command[0]} ended with {status}: {(loud.stderr or loud.stdout).strip()[-600:]}")
        return cpu / 1000, wall / 1000, peak / 1024

    def calls(self, wrap, command):
        """(system calls, flushes) of one run under strace."""
        counts = os.path.join(self.place, "calls")
        subprocess.run(
            wrap(["/usr/bin/strace", "-f", "-c", "-o", counts, *command]), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        total = flushes = 0
        with open(counts, encoding="utf-8") as file:
            for line in file:
                fields = line.split()
                if len(fields) >= 5 and fields[3].isdigit() and fields[-1] != "total":
                    total += int(fields[3])
                    if fields[-1] in FLUSHES:
                        flushes += int(fields[3])
        return total, flushes

    def instructions(self, command):
        """Instructions of the program itself, without its children; None where valgrind cannot."""
        bare = os.path.join(self.place, "bare")
        subprocess.run(["objcopy", "-g", command[0], bare], check=True)
        result = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", bare, *command[1:]], capture_output=True,
            text=True)
        found = re.search(r"Collected : (\d+)", result.stderr)
        return int(found[1]) if found else None


class Contestant:
    def __init__(self, name, command, *, keygen=True, every=1, root=None, wrap=None, check=None, note=""):
        self.name = name
        self.command = command
        self.keygen = keygen  # whether it runs ssh-keygen, which is taken off its time
        self.every = every
        self.root = root  # what its tree is a copy of; None for the base
        self.wrap = wrap or (lambda command: command)
        self.check = check
        self.note = note
        self.runs = []
        self.wrong = ""


def is_right(root, bench):
    """What is wrong with a finished tree, or nothing: each file as its reader reads it."""
    def text(path):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            return file.read()

    def shell(path, name):
        script = f'. "$1"; printf %s "${name}"'
        return subprocess.run(
            ["bash", "-c", script, "x", os.path.join(root, path)], capture_output=True, text=True).stdout

    scripts = "etc/sysconfig/network-scripts/"
    if text("etc/hostname").split() != ["compute2"]:
        return "hostname"
    if shell("etc/sysconfig/network", "HOSTNAME") != "compute2":
        return "HOSTNAME"
    for interface, address in [("ens33", "192.168.10.21"), ("ens34", "192.168.20.21")]:
        if shell(scripts + "ifcfg-" + interface, "IPADDR") != address:
            return interface
        before = re.search("^UUID=(.*)$", open(f"{bench.base}/{scripts}ifcfg-{interface}").read(), re.M)[1].strip('"')
        if shell(scripts + "ifcfg-" + interface, "UUID") in ("", before):
            return "UUID"
    if not any(line.split()[:2] == ["192.168.10.21", "compute2"] for line in text("etc/hosts").splitlines()):
        return "hosts"
    conf = text("etc/nova/nova.conf")
    if re.findall(r"(?m)^my_ip *= *(\S+)", conf) != ["192.168.10.21"] or conf.count("\n") != bench.lines:
        return "nova.conf"
    if not re.search(r"(?m)^nova:.*:/bin/bash$", text("etc/passwd")):
        return "shell"
    keys = os.path.join(root, "var/lib/nova/.ssh")
    if os.stat(f"{keys}/id_ed25519").st_mode & 0o777 != 0o600 or os.path.exists(f"{keys}/id_rsa"):
        return "key"
    identifier = text("etc/machine-id")
    with open(f"{bench.base}/etc/machine-id", encoding="utf-8") as file:
        if identifier == file.read() or not re.fullmatch("[0-9a-f]{32}\n", identifier):
            return "machine-id"
    return "" if text("var/lib/dbus/machine-id") == identifier else "dbus machine-id"


def contestants(bench, layer):
    work = bench.work

    def check(_):
        return is_right(work, bench)

    yield Contestant("imprint apply", bench.imprint("apply", work), check=check)
    yield Contestant("imprint plan, nothing to do", bench.imprint("plan", bench.done), keygen=False, root="none")
    yield Contestant(
        "C floor", [bench.floor, work, bench.done, *bench.paths], keygen=False, check=check,
        note=f"replaces the same {len(bench.paths)} files, contents known, two flushes")
    yield Contestant(
        "ssh-keygen", ["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work + "/key"], keygen=False,
        note="taken off every contestant that runs it")
    yield Contestant(
        "bash and sed", ["/bin/bash", bench.contestants + "/by-hand.sh", work], check=check,
        note="not durable, not atomic, not repeatable")
    if not layer.make():
        return
    yield Contestant(
        "Augeas", ["/bin/bash", bench.contestants + "/augeas.sh", work], every=3, wrap=layer.command, check=check,
        note="only the lenses needed")
    yield Contestant(
        "Ansible", [
            "/usr/bin/env", "HOME=/tmp", "LC_ALL=C.UTF-8", "ANSIBLE_LOCALHOST_WARNING=false", "/usr/bin/ansible-playbook",
            "-i", "localhost,", "-e", f"tree={work}", "-e", "ansible_python_interpreter=/usr/bin/python3",
            "-e", "machine_id=" + os.urandom(16).hex(), bench.contestants + "/playbook.yml"],
        every=10, wrap=layer.command, check=check, note="ansible-core, connection local, no facts")

    def cloud(_):
        try:
            with open(layer.directory + "/above/etc/hostname", encoding="utf-8") as file:
                name = file.read().strip()
            with open(layer.directory + "/above/etc/hosts", encoding="utf-8") as file:
                hosts = file.read()
        except FileNotFoundError as error:
            return str(error)
        return "" if name == "compute2" and "compute2" in hosts else "hostname"

    seed = layer.installed + "/var/lib/cloud/seed/nocloud"
    os.makedirs(seed, exist_ok=True)
    for name, content in [
        ("meta-data", "instance-id: compute2\nlocal-hostname: compute2\n"),
        ("user-data", "#cloud-config\nhostname: compute2\nmanage_etc_hosts: true\n"),
    ]:
        with open(f"{seed}/{name}", "w", encoding="utf-8") as file:
            file.write(content)
    os.makedirs(layer.installed + "/etc/cloud/cloud.cfg.d", exist_ok=True)
    shutil.copy(bench.contestants + "/cloud.cfg", layer.installed + "/etc/cloud/cloud.cfg")
    yield Contestant(
        "cloud-init", ["/bin/bash", bench.contestants + "/cloud-init.sh"], keygen=False, every=6, wrap=layer.command,
        check=cloud, note="four stages, NoCloud; only host name and host table: no interfaces, nova, keys or machine-id")


def prepare(bench, layer, one):
    if one.root is None:
        bench.copy(bench.work)
    if layer.made:
        layer.clear()
    # Nobody's flush shall pay for this copy.
    os.sync() if not bench.own_file_system else subprocess.run(["sync", "-f", bench.place])


def attempt(bench, layer, one):
    """One measured run; a contestant that cannot run here drops out and says why."""
    try:
        prepare(bench, layer, one)
        one.runs.append(bench.run(one.wrap, one.command))
        if one.check and not one.wrong:
            one.wrong = one.check(one) or ""
    except RuntimeError as error:
        one.wrong = "did not run: " + str(error)
        print(f"bench: {one.name}: {error}", file=sys.stderr)


def flushes_by_changes(bench, layer):
    """Flushes of an apply that changes few files, and of one that changes many."""
    counts = {}
    for name in ["few", "many"]:
        bench.copy(bench.work, bench.done if name == "few" else None)
        if name == "few":
            for path in ["etc/hostname", "etc/hosts", "etc/nova/nova.conf", "etc/passwd",
                         "etc/sysconfig/network-scripts/ifcfg-ens34"]:
                shutil.copy2(os.path.join(bench.base, path), os.path.join(bench.work, path))
        else:
            leases = os.path.join(bench.work, "var/lib/dhclient")
            os.makedirs(leases, exist_ok=True)
            for index in range(50 - len(bench.paths)):
                with open(f"{leases}/dhclient-{index}--ens33.lease", "w", encoding="utf-8") as file:
                    file.write("lease {\n  fixed-address 192.168.10.20;\n}\n")
        plan = json.loads(subprocess.run(
            bench.imprint("plan", bench.work, "--format", "json"), check=True, stdout=subprocess.PIPE).stdout)
        counts[len(plan["changes"])] = bench.calls(lambda c: c, bench.imprint("apply", bench.work))[1]
    return counts


def many_trees(bench, count):
    """What imprint-bench says after applying to that many trees in one process."""
    roots = []
    for index in range(count):
        root = os.path.join(bench.place, f"trees/{index}")
        os.makedirs(os.path.dirname(root), exist_ok=True)
        bench.copy(root)
        roots.append(root)
    result = subprocess.run([IN_PROCESS, "trees", bench.site, *roots], stdout=subprocess.PIPE)
    shutil.rmtree(os.path.join(bench.place, "trees"))
    return json.loads(result.stdout) if result.returncode == 0 else None


def main():
    cache = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 31
    bench = Bench(cache, rounds)
    try:
        layer = Layer(cache, bench.place)
        field = list(contestants(bench, layer))
        for turn in range(rounds):
            for one in field:
                if turn % one.every == 0 and not one.wrong.startswith("did not run"):
                    attempt(bench, layer, one)
            print(f"\rbench: round {turn + 1} of {rounds}", end="", flush=True)
        print()
        for one in field:
            one.calls = one.flushes = one.instructions = None
            if not one.wrong.startswith("did not run"):
                prepare(bench, layer, one)
                one.calls, one.flushes = bench.calls(one.wrap, one.command)
            if one.name in ("imprint apply", "imprint plan, nothing to do", "C floor"):
                prepare(bench, layer, one)
                one.instructions = bench.instructions(one.command)
        flushes = flushes_by_changes(bench, layer)
        reading = json.loads(subprocess.run(
            [IN_PROCESS, "read", bench.base + "/etc/nova/nova.conf"], check=True, stdout=subprocess.PIPE).stdout)
        trees = many_trees(bench, 1000)
        figures = report.Figures(
            contestants=field, flushes=flushes, reading=reading, trees=trees, rounds=rounds, lines=bench.lines,
            own_file_system=bench.own_file_system, date=datetime.date.today().isoformat(), files=len(bench.paths))
    finally:
        bench.close()
    table = report.markdown(figures)
    print(table)
    with open(os.path.join(HERE, "results.md"), "w", encoding="utf-8") as file:
        file.write(table)
    with open(os.path.join(HERE, "results.svg"), "w", encoding="utf-8") as file:
        file.write(report.plot(figures))


if __name__ == "__main__":
    main()
