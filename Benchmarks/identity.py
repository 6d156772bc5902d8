#!/usr/bin/env python3
"""What it costs to find out who a machine is: from a config drive, from the metadata service, and where there is neither.
Usage: identity.py IMPRINT; writes identity.md beside this file. The service is on loopback, and where a link is needed, in a
network namespace of its own."""
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
RUNS = 11
UUID = "83679162-1378-4288-a2d4-70e13ec132aa"
SITE = """[networks.management]
subnet = "192.168.10.0/24"
interface = "ens33"
[nodes.compute]
role = "compute"
addresses = { management = "192.168.10.20" }
[nodes.compute2]
role = "compute"
addresses = { management = "192.168.10.21" }
"""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def lay_metadata(root):
    machine = {
        "uuid": UUID, "name": "compute2", "hostname": "compute2.novalocal", "availability_zone": "nova",
        "launch_index": 0, "meta": {"role": "compute"}, "random_seed": "x" * 684,
        "devices": [{"type": "nic", "bus": "pci", "address": "0000:00:03.0", "mac": "00:0c:29:00:00:21", "tags": []}]}
    network = {
        "links": [{"id": "tap1", "type": "ovs", "mtu": 1450, "ethernet_mac_address": "00:0c:29:00:00:21"}],
        "networks": [{"id": "n", "type": "ipv4", "link": "tap1", "ip_address": "192.168.10.21",
                      "netmask": "255.255.255.0", "routes": []}], "services": []}
    for version in ["2012-08-10", "2013-04-04", "2013-10-17", "2015-10-15", "2016-06-30", "2016-10-06", "2017-02-22",
                    "2018-08-27", "2020-10-14", "latest"]:
        folder = f"{root}/openstack/{version}"
        write(f"{folder}/meta_data.json", json.dumps(machine))
        write(f"{folder}/network_data.json", json.dumps(network))
        write(f"{folder}/vendor_data.json", "{}")


def lay_clone(root, drive=None, openstack=False):
    """A disk that was stamped on another machine, in a machine that the site's match does not know."""
    write(f"{root}/etc/imprint/site.toml", SITE)
    write(f"{root}/etc/os-release", "ID=debian\nVERSION_ID=12\n")
    write(f"{root}/etc/hostname", "compute\n")
    write(f"{root}/var/lib/imprint/identity", 'NODE=compute\nMACHINE_MACS="00:0c:29:00:00:20"\n')
    os.makedirs(f"{root}/run")
    os.makedirs(f"{root}/dev")
    card = {"type": "1", "addr_assign_type": "0", "address": "00:0c:29:00:00:21", "operstate": "up", "ifindex": "2"}
    for name, text in card.items():
        write(f"{root}/sys/class/net/ens33/{name}", text + "\n")
    write(f"{root}/sys/class/net/ens33/device/vendor", "x\n")
    write(f"{root}/sys/class/dmi/id/product_name", "OpenStack Nova\n" if openstack else "x\n")
    write(f"{root}/sys/class/dmi/id/product_uuid", UUID + "\n")
    if drive:
        write(f"{root}/sys/class/block/sr0/size", "1024\n")
        subprocess.run(["cp", drive, f"{root}/dev/sr0"], check=True)


def measure(command, runs=RUNS, status=(0,)):
    """Median milliseconds of the clock and of the processor."""
    clock, processor = [], []
    for _ in range(runs):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        outcome = subprocess.run(command, capture_output=True, text=True)
        clock.append((time.perf_counter() - began) * 1000)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
        if outcome.returncode not in status:
            sys.exit(f"{' '.join(command)}: exit {outcome.returncode}\n{outcome.stdout}{outcome.stderr}")
    return statistics.median(clock), statistics.median(processor), outcome


def serve(folder, tree):
    place = f"{folder}/port"
    script = f"{HERE}/../Tests/MetadataTests/Servers/service.py"
    server = subprocess.Popen([sys.executable, "-B", script, place, tree])
    while not os.path.exists(place):
        if server.poll() is not None:
            sys.exit("the service does not start")
        time.sleep(0.01)
    with open(place) as file:
        return server, f"http://127.0.0.1:{file.read()}"


def nobody_there(imprint, clone):
    """A boot of a guest of OpenStack with a link that is up, and nothing behind it."""
    if os.geteuid() != 0:
        return None
    script = (
        'ip link set lo up && ip link add ens33 type veth peer name ens34 && ip link set ens34 up && ip link set ens33 up && '
        f'ip -o link show ens33 | cut -d: -f1 > "{clone}/sys/class/net/ens33/ifindex" && exec "$@"')
    command = ["unshare", "--net", "sh", "-c", script, "sh", imprint, "boot", "--root", clone]
    if subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode:
        return None
    return measure(command, runs=1)


def main():
    imprint = os.path.abspath(sys.argv[1])
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        tree = f"{folder}/tree"
        lay_metadata(tree)
        iso, fat = f"{folder}/drive.iso", f"{folder}/drive.vfat"
        subprocess.run(["genisoimage", "-quiet", "-J", "-r", "-V", "config-2", "-ldots", "-allow-lowercase",
                        "-allow-multidot", "-l", "-o", iso, tree], check=True, capture_output=True)
        subprocess.run(["mkfs.vfat", "-C", "-n", "config-2", fat, "65536"], check=True, capture_output=True)
        subprocess.run(["mcopy", "-s", "-i", fat, f"{tree}/openstack", "::/"], check=True)
        for name, drive in [("nobody", None), ("drive", iso)]:
            lay_clone(f"{folder}/{name}", drive)
        lay_clone(f"{folder}/silent", openstack=True)

        rows.append(("read from a directory", *measure([imprint, "metadata", "--drive", tree])[:2]))
        rows.append(("read from an ISO 9660 image", *measure([imprint, "metadata", "--drive", iso])[:2]))
        rows.append(("read from a VFAT image, by mtools", *measure([imprint, "metadata", "--drive", fat])[:2]))
        server, url = serve(folder, tree)
        try:
            rows.append(("read from the service", *measure([imprint, "metadata", "--service", url])[:2]))
        finally:
            server.kill()
            server.wait()
        clock, processor, outcome = measure([imprint, "status", "--root", f"{folder}/drive"])
        assert "this machine is compute2: the config image" in outcome.stdout, outcome.stdout
        rows.append(("who is this: a config drive is found by its label, and says it", clock, processor))
        rows.append(("who is this: every source is asked, none is there",
                     *measure([imprint, "status", "--root", f"{folder}/nobody"])[:2]))
        rows.append(("a boot of a clone that nobody knows, --patience 0",
                     *measure([imprint, "boot", "--patience", "0", "--root", f"{folder}/nobody"])[:2]))
        silent = nobody_there(imprint, f"{folder}/silent")
        if silent:
            rows.append(("the same on OpenStack, where nobody answers: up to 3 s for cards, up to 3 s for the service",
                         *silent[:2]))
    report(rows)


def report(rows):
    lines = [
        "# Finding out who a machine is", "",
        f"Written by Benchmarks/identity.py: medians of {RUNS} runs of the whole program (the last row: one), milliseconds.",
        "The service answers on loopback; images are read without being mounted.", "",
        "| what | clock | processor |", "|---|---:|---:|"]
    lines += [f"| {what} | {clock:.1f} | {processor:.1f} |" for what, clock, processor in rows]
    lines += ["", "The machine that the disk was stamped on asks none of them: its boot costs what boots.md says.", ""]
    text = "\n".join(lines)
    print(text)
    write(f"{HERE}/identity.md", text)


main()
