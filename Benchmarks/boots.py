"""boots.py PROGRAM [ROUNDS]: what first boots cost, on booted machines (Tests/Machines/machine); writes boots.md. Needs root."""
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MACHINE = os.path.join(HERE, "..", "Tests", "Machines", "machine")
INSTALL_UNITS = os.path.join(HERE, "..", "Scripts", "install-units")
LAB = f"{os.getpid()}-bench"
SERVICES = ("libvirtd", "nova-compute", "neutron-linuxbridge-agent", "ssh")


def machine(command, *arguments):
    return subprocess.run(
        [MACHINE, command, LAB, *arguments], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, encoding="utf-8").stdout


def properties(name, unit, *wanted):
    """Microseconds of CLOCK_MONOTONIC, as systemd has them."""
    said = machine("run", name, "systemctl", "show", unit, *[f"-p{one}" for one in wanted])
    return {key: value for key, value in (line.split("=", 1) for line in said.splitlines())}


def boot(name, card):
    """One boot: milliseconds of user space until systemd was up, until the last service was, and imprint's own."""
    machine("boot", name, f"52:54:00:00:00:{card}", f"52:54:01:00:00:{card}")
    try:
        manager = machine("run", name, "systemctl", "show", "-pUserspaceTimestampMonotonic", "-pFinishTimestampMonotonic")
        times = dict(line.split("=", 1) for line in manager.splitlines())
        start = int(times["UserspaceTimestampMonotonic"])
        up = (int(times["FinishTimestampMonotonic"]) - start) / 1000
        services = [properties(name, f"{one}.service", "ActiveEnterTimestampMonotonic") for one in SERVICES]
        well = (max(int(one["ActiveEnterTimestampMonotonic"]) for one in services) - start) / 1000
        own = properties(name, "imprint-boot.service", "ExecMainStartTimestampMonotonic", "ExecMainExitTimestampMonotonic")
        begun, ended = (int(own[key]) for key in ("ExecMainStartTimestampMonotonic", "ExecMainExitTimestampMonotonic"))
        return up, well, (ended - begun) / 1000 if begun else None
    finally:
        machine("off", name, "kill")


def measure(program, rounds):
    runs = {"plain": [], "original": [], "clone": []}
    machine("lab")
    try:
        for name in ("plain", "compute"):
            machine("disk", name)
        machine("install", "compute", program)
        subprocess.run([INSTALL_UNITS, machine("root", "compute").strip()], check=True)
        machine("boot", "compute", "52:54:00:00:00:20", "52:54:01:00:00:20")
        machine("run", "compute", "imprint", "apply", "compute", "--yes", "--quiet")
        machine("off", "compute")
        for turn in range(rounds):
            runs["plain"].append(boot("plain", "30"))
            runs["original"].append(boot("compute", "20"))
            clone = f"clone{turn}"
            machine("disk", clone, "compute")
            runs["clone"].append(boot(clone, "21"))
            print(f"\rboots: round {turn + 1} of {rounds}", end="", flush=True)
        print()
    finally:
        machine("down")
    return runs


def report(runs, rounds):
    def middle(kind, column):
        values = [run[column] for run in runs[kind] if run[column] is not None]
        return f"{statistics.median(values):,.0f}" if values else "—"

    rows = [
        ("without imprint", "plain"), ("with imprint-boot.service, on its own machine", "original"),
        ("a clone's first boot: it becomes compute2", "clone"),
    ]
    lines = [
        "# What a first boot costs", "",
        f"Written by Benchmarks/boots.py: {rounds} boots of each in turns, medians, milliseconds from the start of user space. "
        "Debian 12 with systemd 252 under systemd-nspawn; OpenStack's services are stand-ins that start at once, so that "
        "all of the difference is imprint's.", "",
        "| machine | systemd is up | all services are well | of which imprint boot |", "|---|---:|---:|---:|",
    ]
    lines += [f"| {words} | {middle(kind, 0)} | {middle(kind, 1)} | {middle(kind, 2)} |" for words, kind in rows]
    lines += ["", "A machine that is no clone may lose 20 ms at most, and writes nothing (a test counts its system calls)."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 11
    text = report(measure(os.path.abspath(sys.argv[1]), count), count)
    print(text)
    with open(os.path.join(HERE, "boots.md"), "w", encoding="utf-8") as file:
        file.write(text)
