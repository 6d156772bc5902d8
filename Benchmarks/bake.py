"""bake.py PROGRAM [COUNT]: what templates cost; writes bake.md. Needs root.

Sealing and baking an image beside virt-sysprep and virt-customize on copies of one and the same image, the tests' golden disk
(Tests/Machines/golden) in ext4; and COUNT (1,000) bakes of a small tree, as trees and as overlays. libguestfs runs a kernel of its own
in qemu; without KVM that is emulated in software, and the table says so.
"""
import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
HEAD = """[networks.management]
subnet    = "10.0.0.0/16"
interface = "ens33"

[networks.tunnel]
subnet    = "10.1.0.0/16"
interface = "ens34"

[nodes.controller]
role      = "controller"
addresses = { management = "10.0.250.1", tunnel = "10.1.250.1" }
"""


def measured(folder, words, environment=None):
    """Seconds of wall time, seconds of CPU time of a program and all its children, and MiB of its largest process."""
    answer = subprocess.run(
        [f"{folder}/measure", shutil.which(words[0]), *words[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C", "MEASURE_LOUD": "1", **(environment or {})}, encoding="utf-8", errors="replace")
    *said, last = answer.stderr.splitlines()
    cpu, wall, memory, status = map(int, last.split())
    if status:
        raise RuntimeError(f"{' '.join(words)} ended with {status}: {chr(10).join(said[-20:])}")
    return wall / 1e6, cpu / 1e6, memory / 1024


def run(*words):
    return subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8").stdout.strip()


def site(folder, count):
    path = f"{folder}/site-{count}.toml"
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEAD)
        for number in range(2, count + 2):
            end = f"{number // 200}.{number % 200 + 10}"
            file.write(f'\n[nodes.compute{number}]\nrole = "compute"\n'
                       f'addresses = {{ management = "10.0.{end}", tunnel = "10.1.{end}" }}\n')
    return path


def kvm_works():
    """Whether libguestfs can use KVM: the device may be there, and of no use."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK) or not shutil.which("guestfish"):
        return False
    tried = subprocess.run(
        ["guestfish", "-a", "/dev/null", "run"], env={**os.environ, "LIBGUESTFS_BACKEND": "direct"}, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return tried.returncode == 0


def images(program, folder, rounds):
    """Rows of the table of images; the contestants are asked in turns."""
    golden = run(f"{TOP}/Tests/Machines/golden")
    template, work = f"{folder}/template.raw", f"{folder}/work.raw"
    used = int(run("du", "-sm", "--apparent-size", golden).split()[0])
    run("mke2fs", "-q", "-t", "ext4", "-d", golden, template, f"{used * 3 // 2 + 64}M")
    sealed = f"{folder}/sealed.raw"
    shutil.copyfile(template, sealed)
    measured(folder, [program, "seal", "--image", sealed, "--yes", "--quiet"])
    plain = site(folder, 1)
    has_kvm = kvm_works()
    libguestfs = {"LIBGUESTFS_BACKEND": "direct"}
    if not has_kvm:
        libguestfs["LIBGUESTFS_BACKEND_SETTINGS"] = "force_tcg"
    bake = [program, "bake", "--from", sealed, "--site", plain, "--nodes", "compute2", "--into", f"{folder}/baked", "--quiet"]
    # What of an identity virt-customize can write: name, host table, host keys, machine-id.
    customize = ["sh", "-c", 'cp --sparse=always "$1" "$2" && shift && image=$1 && shift && exec virt-customize -q -a "$image" "$@"', "sh",
                 sealed, work, "--hostname", "compute2", "--append-line", "/etc/hosts:10.0.0.12 compute2",
                 "--run-command", "ssh-keygen -A", "--run-command", "systemd-machine-id-setup"]
    contestants = [
        ("imprint seal --image", [program, "seal", "--image", work, "--yes", "--quiet"], None, "seal"),
        ("virt-sysprep", ["virt-sysprep", "-q", "-a", work], libguestfs, "seal"),
        ("imprint bake --form image", bake, None, "bake"),
        ("cp and virt-customize", customize, libguestfs, "bake"),
    ]
    if not shutil.which("virt-sysprep"):
        print("bench: virt-sysprep and virt-customize are not here: apt-get install --no-install-recommends libguestfs-tools guestfish "
              "linux-image-cloud-amd64 qemu-system-x86 qemu-utils")
        contestants = [one for one in contestants if one[2] is None]
    results = {name: [] for name, *_ in contestants}
    for turn in range(rounds):
        for name, words, environment, kind in contestants:
            # A kernel that is emulated takes half a minute each time.
            if environment and turn >= max(1, rounds // 3):
                continue
            for left in (work, f"{folder}/baked"):
                shutil.rmtree(left, ignore_errors=True) if os.path.isdir(left) else os.path.exists(left) and os.remove(left)
            if kind == "seal":
                run("cp", "--sparse=always", template, work)
            os.sync()
            results[name].append(measured(folder, words, environment))
            print(f"bench: {name}: {results[name][-1][0]:.2f} s", flush=True)
    size = os.stat(template).st_size / (1 << 20)
    blocks = os.stat(template).st_blocks * 512 / (1 << 20)
    return results, size, blocks, has_kvm


def many(program, folder, count):
    """Rows of the table of many bakes."""
    template = f"{folder}/template"
    run(f"{TOP}/Scripts/lay-out", f"{TOP}/Rootfs-fixtures/debian12-compute", template)
    # An RSA key takes ssh-keygen longer than all the rest takes.
    for end in ("", ".pub"):
        os.remove(f"{template}/etc/ssh/ssh_host_rsa_key{end}")
    measured(folder, [program, "seal", "--root", template, "--yes", "--quiet"])
    plan = site(folder, count)
    files = sum(len(names) for _, _, names in os.walk(template))
    rows = []
    for form in ("tree", "overlay"):
        into = f"{folder}/many-{form}"
        os.sync()
        words = [program, "bake", "--from", template, "--site", plan, "--nodes", f"compute[2-{count + 1}]", "--into", into, "--form", form,
                 "--format", "json", "--quiet"]
        wall, cpu, memory = measured(folder, words)
        again = measured(folder, words)[0]
        report = json.loads(run(*words))
        assert report["done"] and len(report["nodes"]) == count and all(node["state"] == "before" for node in report["nodes"])
        # The last is who it should be, and no two of a dozen share anything.
        if form == "tree":
            measured(folder, [program, "verify", f"compute{count + 1}", "--root", f"{into}/compute{count + 1}", "--site", plan, "--quiet"])
            measured(folder, [program, "twins", "--quiet", *(f"{into}/compute{number}" for number in range(2, min(14, count + 2)))])
        room = int(run("du", "-sm", into).split()[0])
        rows.append((form, count, wall, cpu, memory, room, again))
        print(f"bench: {count} {form}s: {wall:.1f} s", flush=True)
        shutil.rmtree(into)
    return rows, files


def report(results, size, blocks, has_kvm, rows, files, load):
    """The page, from what images() and many() found."""
    kind = run("stat", "-f", "-c", "%T", "/var/tmp")
    lines = [
        "# What templates cost", "",
        f"Written by Benchmarks/bake.py on {datetime.date.today().isoformat()}, on {os.cpu_count()} cores and {kind}, at a "
        f"load of {load:.0f}: CPU time, user and system of a program and all its children, is the figure to "
        "compare. Medians of the runs.", "",
        f"One image, the tests' golden Debian 12 in {size:.0f} MiB of ext4 with {blocks:.0f} MiB of data. A bake copies the image and makes "
        "the copy into compute2, with all that an apply changes; virt-customize, after a cp, writes the name, one line of the host table, "
        "host keys and a machine-id.", "",
        "| | wall, s | CPU, s | largest process, MiB | runs |", "|---|---:|---:|---:|---:|",
    ]
    for name, runs in results.items():
        wall, cpu, memory = (statistics.median(one[index] for one in runs) for index in range(3))
        lines.append(f"| {name} | {wall:.2f} | {cpu:.2f} | {memory:.0f} | {len(runs)} |")
    if "virt-sysprep" in results and not has_kvm:
        lines += ["", "virt-sysprep and virt-customize ran their kernel under software emulation (force_tcg), since libguestfs could not "
                  "use this machine's KVM: with it their figures would be lower."]
    lines += [
        "", f"{rows[0][1]} bakes in one command, of a sealed tree of {files} files (the fixture debian12-compute) and a site of {rows[0][1] + 1} nodes, "
        "each node with an ed25519 and an ecdsa host key of its own; an RSA key would take ssh-keygen more than all else that is done:", "",
        "| form | nodes | wall, s | CPU, s | CPU a node, ms | largest process, MiB | room, MiB | second run, nothing to do, s |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for form, number, wall, cpu, memory, room, again in rows:
        lines.append(f"| {form} | {number} | {wall:.1f} | {cpu:.1f} | {cpu / number * 1000:.0f} | {memory:.0f} | {room} | {again:.2f} |")
    return "\n".join(lines) + "\n"


def main():
    program = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    folder = tempfile.mkdtemp(prefix="imprint-bench-bake-", dir="/var/tmp")
    try:
        run("gcc", "-O2", "-o", f"{folder}/measure", os.path.join(HERE, "measure.c"))
        page = report(*images(program, folder, 3), *many(program, folder, count), os.getloadavg()[1])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    with open(os.path.join(HERE, "bake.md"), "w", encoding="utf-8") as file:
        file.write(page)
    print(page)


if __name__ == "__main__":
    main()
