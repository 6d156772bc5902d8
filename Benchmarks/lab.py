"""lab.py PROGRAM [ROUNDS]: from a clone's first boot to a hypervisor that is up, on a real cloud (Tests/Lab); writes lab.md. Needs root.

Each round is another copy of the compute node, which becomes its node by itself (imprint-boot.service) and joins."""
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(HERE, "..", "Tests")
INSTALL_UNITS = os.path.join(HERE, "..", "Scripts", "install-units")
LAB = f"{os.getpid()}-bench"
NODE = """
[nodes.{name}]
role      = "compute"
addresses = {{ management = "192.168.10.{number}", tunnel = "192.168.20.{number}" }}
match     = {{ mac = ["52:54:00:00:00:{number}"] }}
"""


def run(*words):
    return subprocess.run(
        words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8").stdout


def machine(command, *arguments):
    return run(os.path.join(TESTS, "Machines", "machine"), command, LAB, *arguments)


def cards(number):
    return f"52:54:00:00:00:{number}", f"52:54:01:00:00:{number}"


def sites(name, number):
    with open(os.path.join(TESTS, "Lab", "site.toml"), encoding="utf-8") as file:
        common = file.read().split("[nodes.compute2]")[0]
    for node in ("controller", "compute"):
        with open(machine("root", node).strip() + "/etc/imprint/site.toml", "w", encoding="utf-8") as file:
            file.write(common + NODE.format(name=name, number=number))


def stamps(name, unit):
    """Seconds of CLOCK_MONOTONIC at which a unit began to start, and was up or had ended."""
    keys = ("InactiveExitTimestampMonotonic", "ActiveEnterTimestampMonotonic", "ExecMainStartTimestampMonotonic",
            "ExecMainExitTimestampMonotonic")
    said = machine("run", name, "systemctl", "show", unit, *[f"-p{key}" for key in keys])
    values = dict(line.split("=", 1) for line in said.splitlines())
    return [int(values[key]) / 1e6 for key in keys]


def one(number):
    """Seconds from the machine's start: to imprint done, nova-compute started, and up, and the hypervisor up. None where the controller
    was too busy to be joined at once: then that was measured."""
    name = f"compute{number - 19}"
    sites(name, number)
    machine("disk", name, "compute")
    machine("start", name, *cards(number))
    began = time.clock_gettime(time.CLOCK_MONOTONIC)
    machine("wait", name)
    if "not joined wholly" in machine("run", name, "imprint", "status"):
        machine("off", name, "kill")
        return None
    machine("run", name, "imprint", "verify", "--quiet", "--within", "300")
    up = time.clock_gettime(time.CLOCK_MONOTONIC) - began
    _, _, boot_began, boot_ended = stamps(name, "imprint-boot.service")
    nova_began, nova_up, _, _ = stamps(name, "nova-compute.service")
    machine("off", name, "kill")
    return boot_ended - began, boot_ended - boot_began, nova_up - nova_began, nova_up - began, up


def measure(program, rounds):
    machine("lab")
    try:
        run(os.path.join(TESTS, "Lab", "lab"), "disks", LAB, program)
        for node, number in (("controller", 10), ("compute", 20)):
            machine("start", node, *cards(number))
        for node in ("controller", "compute"):
            machine("wait", node)
        sites("compute2", 21)
        for node in ("controller", "compute"):
            machine("run", node, "imprint", "apply", node, "--yes", "--quiet", "--no-join")
        run(INSTALL_UNITS, machine("root", "compute").strip())
        results = []
        for turn in range(2 * rounds):
            result = one(21 + turn)
            results += [result] if result else []
            print(f"lab: {len(results)} of {rounds} rounds" + ("" if result else "; in this one the join left something"), flush=True)
            if len(results) == rounds:
                return results
        raise RuntimeError(f"{2 * rounds} clones booted, and only {len(results)} joined at once: this machine has too much else to do")
    finally:
        machine("down")


def report(results, busy):
    imprint_done, imprint_own, nova_own, nova_up, up = (statistics.median(column) for column in zip(*results))
    rows = [
        ("the machine starts, and imprint-boot.service has made it its node", imprint_done),
        ("… of which imprint boot", imprint_own), ("nova-compute is up", nova_up), ("… of which nova-compute's own start", nova_own),
        ("its hypervisor is up in the cloud, and all that verify asks for holds", up),
    ]
    lines = [
        "# From a first boot to a hypervisor", "",
        f"Written by Benchmarks/lab.py: medians of {len(results)} clones, one after the other, in seconds from the machine's start. A real "
        "OpenStack (docs/lab.md), all of it on one small machine.", "", "| until | seconds |", "|---|---:|",
    ]
    lines += [f"| {words} | {seconds:.1f} |" for words, seconds in rows]
    lines += ["", f"The 1-minute load average before the cloud was started was {busy:.0f}. Of an idle machine it is 0; else others shared it."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    load = os.getloadavg()[0]
    text = report(measure(os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3), load)
    print(text)
    with open(os.path.join(HERE, "lab.md"), "w", encoding="utf-8") as file:
        file.write(text)
