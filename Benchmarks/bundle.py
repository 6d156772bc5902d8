#!/usr/bin/env python3
"""bundle.py CACHE [ROUNDS]: size, start-up and memory of the bundle beside the plain program, Python and cloud-init; writes bundle.md.

Every contestant only says its version, in turns. The bundle is unpacked into the cache, and told to run from there.
"""
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import layer

HERE = os.path.dirname(os.path.abspath(__file__))
PLAIN = os.path.abspath(".build/release/imprint")


def unpack(place):
    (archive,) = glob.glob(".build/dist/imprint-*.tar.gz")
    subprocess.run(["tar", "-xzf", archive, "-C", place], check=True)
    (home,) = glob.glob(f"{place}/imprint-*")
    subprocess.run([f"{home}/relocate"], check=True)
    return home


def size_of_packages(root, *names):
    """Bytes, as the installed packages say."""
    said = subprocess.run(
        ["dpkg-query", f"--admindir={root}/var/lib/dpkg", "-Wf", "${Installed-Size}\n", *names], check=True,
        stdout=subprocess.PIPE, encoding="utf-8").stdout
    return sum(int(line) << 10 for line in said.split())


def size_of(*paths):
    return int(subprocess.run(
        ["du", "-sbc", *paths], check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout.split()[-2])


def run(measure, command, wrap=None):
    """CPU and wall milliseconds, peak megabytes."""
    command = [measure, *command]
    ended = subprocess.run(wrap(command) if wrap else command, check=True, stderr=subprocess.PIPE, encoding="utf-8")
    cpu, wall, peak, status = map(int, ended.stderr.split()[-4:])
    if status != 0:
        sys.exit(f"bundle: {command} ended with {status}")
    return cpu / 1000, wall / 1000, peak / 1024


def main(cache, rounds):
    place = tempfile.mkdtemp(dir=cache, prefix="bundle-")
    try:
        home = unpack(place)
        measure = shutil.copy(f"{cache}/measure", f"{place}/measure")
        stripped = f"{place}/imprint"
        subprocess.run(["strip", "-o", stripped, PLAIN], check=True)
        python = size_of_packages("", "python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib")
        contestants = [
            ("the plain program", [stripped, "--version"], size_of(stripped), None),
            ("the bundle", [f"{home}/bin/imprint", "--version"], size_of(f"{home}/bin", f"{home}/lib"), None),
            ("python3 -c pass", ["/usr/bin/python3", "-c", "pass"], python, None),
        ]
        layer.PACKAGES = ["cloud-init"]
        private = layer.Layer(cache, place)
        if private.make():
            size = python + size_of_packages(private.installed, "cloud-init")
            # What it writes stays with what was installed: two layers over one file system would overlap.
            contestants.append((
                "cloud-init --version", ["/usr/bin/cloud-init", "--version"], size,
                lambda command: private.command(command, above=private.installed)))
        runs = {name: [] for name, *_ in contestants}
        for turn in range(rounds):
            for name, command, _size, wrap in contestants:
                runs[name].append(run(measure, command, wrap))
            print(f"\rbundle: round {turn + 1} of {rounds}", end="", flush=True)
        print()
        report(contestants, runs, rounds)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def report(contestants, runs, rounds):
    lines = [
        "# What the bundle costs", "",
        f"Written by Benchmarks/bundle.py: {rounds} runs of each in turns, medians. Sizes as they lie on the disk, without "
        "documents; Python's and cloud-init's as their packages say, cloud-init's with Python and without its other libraries.", "",
        "| | MB | CPU ms | wall ms | peak MB |", "|---|---:|---:|---:|---:|",
    ]
    for name, _command, size, _wrap in contestants:
        cpu, wall, peak = (statistics.median(column) for column in zip(*runs[name]))
        lines.append(f"| {name} | {size / 1e6:.1f} | {cpu:.1f} | {wall:.1f} | {peak:.1f} |")
    lines += ["", "The packages:", "", "| file | MB |", "|---|---:|"]
    for path in sorted(glob.glob(".build/dist/*")):
        lines.append(f"| {os.path.basename(path)} | {os.path.getsize(path) / 1e6:.1f} |")
    with open(f"{HERE}/bundle.md", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 31)
