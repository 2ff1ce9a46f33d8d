#!/usr/bin/env python3
"""A corpus larger than memory: made, tokenised and trained on under a limit of memory, with a picture of what that takes.

    corpus.py UNROLL FOLDER [--bytes 20GB] [--types 1000000] [--limit 2147483648] [--updates 2000]

FOLDER is on a disk with room for twice the bytes and more; a text and a store that it has are used again. The limit
counts the system's cache of files too. It needs the right to make control groups (root), on Linux.
"""

import argparse
import os
import pathlib
import subprocess
import time

MODEL = ["--output", "sampled", "--layers", "1", "--hidden", "64", "--embedding", "64", "--optimizer", "adagrad",
         "--lr", "0.05", "--row-moments"]
DATA = ["--order", "lines", "--batch", "64", "--valid-fraction", "0.001", "--valid-tokens", "20000",
        "--eval-every", "500", "--seed", "1"]


class Group:
    """A control group for memory, of the first or the second kind."""

    def __init__(self, limit):
        first = pathlib.Path("/sys/fs/cgroup/memory")
        self.folder = (first if first.exists() else first.parent) / "unroll-corpus"
        self.folder.mkdir(exist_ok=True)
        name, self.members = (
            ("memory.limit_in_bytes", "tasks") if first.exists() else ("memory.max", "cgroup.procs"))
        (self.folder / name).write_text(str(limit))

    def enter(self):
        (self.folder / self.members).write_text(str(os.getpid()))


def resident(process):
    """Mebibytes of the process's own, and of files that it has mapped; the system can drop the latter."""
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines())
    return [int(fields[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile")]


def run(command, group):
    """The seconds, and the samples of a command: (seconds since its begin, own, mapped)."""
    print("$", " ".join(map(str, command)), flush=True)
    began, samples = time.time(), []
    environment = dict(os.environ, UNROLL_TRAIN_DEFAULTS="fixed")
    with subprocess.Popen(command, preexec_fn=group.enter, env=environment) as process:
        while process.poll() is None:
            try:
                samples.append((time.time() - began, *resident(process.pid)))
            except (KeyError, FileNotFoundError, ProcessLookupError):
                pass  # It has just ended.
            time.sleep(0.5)
    if process.returncode:
        raise SystemExit(process.returncode)
    return time.time() - began, samples


def picture(parts, limit):
    """An SVG: memory over time, one panel for each of `parts`, (title, samples)."""
    width, height, left, gap = 420, 220, 60, 40
    top = limit / 2**20
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + len(parts) * (width + gap)} {height + 70}" '
             'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="white"/>']
    for number, (title, samples) in enumerate(parts):
        x0, end = left + number * (width + gap), max(samples[-1][0], 1)
        lines.append(f'<text x="{x0}" y="18">{title}</text>')
        for share in (0, 0.25, 0.5, 0.75, 1):
            y = 30 + height * (1 - share)
            lines.append(f'<line x1="{x0}" x2="{x0 + width}" y1="{y}" y2="{y}" stroke="#ddd"/>')
            if number == 0:
                lines.append(f'<text x="{x0 - 6}" y="{y + 4}" text-anchor="end">{top * share:,.0f}</text>')
        for column, colour, name in ((1, "#1f77b4", "of its own"), (2, "#aaaaaa", "files mapped, droppable")):
            points = " ".join(f"{x0 + width * s[0] / end:.1f},{30 + height * (1 - s[column] / top):.1f}" for s in samples)
            lines.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>')
            lines.append(f'<text x="{x0 + 6 + (column - 1) * 90}" y="{height + 62}" fill="{colour}">{name}</text>')
        lines.append(f'<text x="{x0}" y="{height + 45}">0</text>')
        lines.append(f'<text x="{x0 + width}" y="{height + 45}" text-anchor="end">{end:.0f} s</text>')
    lines.append(f'<text x="8" y="18">MiB</text></svg>')
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("unroll")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--bytes", default="20GB")
    parser.add_argument("--types", default="1000000")
    parser.add_argument("--limit", type=int, default=2**31)
    parser.add_argument("--updates", default="2000")
    given = parser.parse_args()
    text, store, trained = (given.folder / name for name in ("words.txt", "store", "run"))
    group = Group(given.limit)
    if not text.exists():
        run([given.unroll, "data", "make", "words", "--types", given.types, "--bytes", given.bytes, "--seed", "1",
             "--out", text, "--quiet"], group)
    parts = []
    if not store.exists():
        seconds, samples = run([given.unroll, "tokenize", "--text", text, "--tokens", "word", "--out", store, "--quiet"],
                               group)
        parts.append((f"{text.stat().st_size / 1e9:.1f} GB of text tokenised", samples))
        print(f"tokenised in {seconds:.0f} s, at most {max(s[1] for s in samples):.0f} MiB of its own")
    subprocess.run(["rm", "-rf", trained], check=True)
    seconds, samples = run([given.unroll, "train", "lm", "--data", store, *DATA, *MODEL, "--updates", given.updates,
                            "--out", trained], group)
    parts.append((f"{given.updates} updates over all of it", samples))
    own = [s[1] for s in samples if s[0] > seconds / 4]
    print(f"trained in {seconds:.0f} s; of its own, after the first quarter: {min(own):.0f} to {max(own):.0f} MiB")
    (given.folder / "corpus.svg").write_text(picture(parts, given.limit))
    print("drawn:", given.folder / "corpus.svg")


if __name__ == "__main__":
    main()
