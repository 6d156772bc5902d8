"""The table and the plot."""
import dataclasses
import math
import os
import statistics


@dataclasses.dataclass
class Figures:
    contestants: list
    flushes: dict
    reading: dict
    trees: dict
    rounds: int
    lines: int
    own_file_system: bool
    date: str
    files: int

    def named(self, name):
        return next((one for one in self.contestants if one.name == name and one.runs), None)

    def cpu(self, name):
        """Median CPU ms, key generation taken off; None where it did not run."""
        one = self.named(name)
        if one is None:
            return None
        keygen = self.named("ssh-keygen")
        return median(one, 0) - (median(keygen, 0) if one.keygen else 0)


def median(one, column):
    return statistics.median(run[column] for run in one.runs)


def number(value):
    if value is None:
        return "—"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def targets(figures):
    """(what, wanted, seen, whether it holds or None where it was not measured)."""
    apply = figures.cpu("imprint apply")
    for name, share in [("bash and sed", 1 / 3), ("Augeas", 1 / 50), ("cloud-init", 1 / 100), ("Ansible", 1 / 500)]:
        other = figures.cpu(name)
        wanted = f"at most 1/{round(1 / share)}"
        if other is None:
            yield f"apply : {name}", wanted, "not measured here", None
        else:
            yield f"apply : {name}", wanted, f"1/{other / apply:.1f}", apply <= other * share
    floor = figures.cpu("C floor")
    yield "apply : C floor", "at most 2.5", f"{apply / floor:.1f}", apply <= 2.5 * floor
    plan = figures.cpu("imprint plan, nothing to do")
    yield "plan with nothing to do : apply", "less than 0.5", f"{plan / apply:.2f}", plan < apply / 2
    counts = figures.flushes
    yield (f"flushes for {' and '.join(map(str, counts))} changed files", "the same",
           " and ".join(map(str, counts.values())), len(counts) == 2 and len(set(counts.values())) == 1)
    speed = figures.reading["megabytesPerSecond"]
    yield "reading nova.conf", "over 200 MB/s", f"{speed:,.0f} MB/s", speed > 200
    if figures.trees is None:
        yield "memory over 1,000 trees", "flat", "did not end well", False
    else:
        peaks = [(peak["trees"], peak["kilobytes"] / 1024) for peak in figures.trees["peaks"]]
        yield ("memory over 1,000 trees", "flat", ", ".join(f"{mb:.1f} MB after {count}" for count, mb in peaks),
               peaks[-1][1] < peaks[0][1] * 1.1)


def markdown(figures):
    place = "an ext4 file system of their own" if figures.own_file_system else "this machine's file system"
    lines = [
        "# What it costs",
        "",
        f"`make bench` on {figures.date}: {machine()}. Written by Benchmarks/run; not edited.",
        "",
        f"The offline job on one tree: host name, two ifcfg files, hosts, a nova.conf of {figures.lines:,} lines, nova's "
        "shell, its key pair and ssh files, machine-id. "
        f"All in turns, {figures.rounds} rounds (the slow ones fewer), on copies of one tree on {place}; medians. CPU is "
        "user and system time of all processes, and the figure to compare: wall time is noisy here. Every result is checked.",
        "",
        "| contestant | CPU ms | without ssh-keygen | wall ms | peak MB | system calls | flushes | runs | notes |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    for one in figures.contestants:
        note = "; ".join(filter(None, [one.note, one.wrong and f"**wrong: {one.wrong}**" or ""])).replace("\n", " ")
        if not one.runs:
            lines.append(f"| {one.name} | — | — | — | — | — | — | 0 | {note} |")
            continue
        lines.append(
            f"| {one.name} | {number(median(one, 0))} | {number(figures.cpu(one.name))} | {number(median(one, 1))} "
            f"| {number(median(one, 2))} | {one.calls:,} | {one.flushes} | {len(one.runs)} | {note} |")
    lines += ["", "## Targets", "", "| what | wanted | seen | |", "|---|---|---|---|"]
    for what, wanted, seen, holds in targets(figures):
        lines.append(f"| {what} | {wanted} | {seen} | {'—' if holds is None else '✓' if holds else '✗'} |")
    lines += ["", "CPU ratios are without key generation.", "", "## Instructions", ""]
    for one in figures.contestants:
        if one.instructions:
            lines.append(f"- {one.name}: {one.instructions / 1e6:,.1f} million (callgrind, without children and kernel)")
    return "\n".join(lines) + "\n"


def machine():
    name = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    with open("/etc/os-release", encoding="utf-8") as file:
        system = next((line.split("=", 1)[1].strip().strip('"') for line in file if line.startswith("PRETTY_NAME")), "")
    return f"{os.cpu_count()} cores of {name}, Linux {os.uname().release}, {system}, shared with other work"


def plot(figures):
    """CPU time on a logarithmic scale, one bar a contestant, as SVG."""
    rows = [(one.name, figures.cpu(one.name)) for one in figures.contestants if one.runs and one.name != "ssh-keygen"]
    rows.sort(key=lambda row: row[1])
    left, width, height, top = 210, 470, 30, 54
    low = math.floor(math.log10(min(value for _, value in rows)))
    high = math.ceil(math.log10(max(value for _, value in rows)))

    def x(value):
        return left + width * (math.log10(value) - low) / (high - low)

    bottom = top + height * len(rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="780" height="{bottom + 40}" viewBox="0 0 780 {bottom + 40}" '
        'font-family="system-ui, sans-serif" font-size="13" role="img">',
        "<title>CPU time of the whole offline job, without key generation, logarithmic</title>",
        f'<rect width="780" height="{bottom + 40}" fill="#ffffff"/>',
        '<text x="16" y="26" font-size="15" font-weight="600" fill="#1f2328">CPU time of the whole job on one tree'
        '<tspan font-weight="400" fill="#59636e">  milliseconds, logarithmic, key generation taken off</tspan></text>',
    ]
    for power in range(low, high + 1):
        position = x(10 ** power)
        parts.append(f'<line x1="{position:.1f}" y1="{top - 8}" x2="{position:.1f}" y2="{bottom}" stroke="#d1d9e0"/>')
        label = f"{10 ** power:,}" if power >= 0 else f"{10 ** power:g}"
        parts.append(f'<text x="{position:.1f}" y="{bottom + 18}" text-anchor="middle" fill="#59636e">{label}</text>')
    for index, (name, value) in enumerate(rows):
        y = top + index * height
        colour = "#0969da" if name.startswith("imprint") else "#afb8c1"
        parts.append(f'<text x="{left - 10}" y="{y + 15}" text-anchor="end" fill="#1f2328">{name}</text>')
        parts.append(f'<rect x="{left}" y="{y}" width="{x(value) - left:.1f}" height="20" rx="2" fill="{colour}"/>')
        parts.append(f'<text x="{x(value) + 6:.1f}" y="{y + 15}" fill="#1f2328">{number(value)}</text>')
    return "\n".join(parts + ["</svg>", ""])
