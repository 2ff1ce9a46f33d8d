#!/usr/bin/env python3
"""A long training under watch: `make soak HOURS=2`.

Makes a corpus of 2 GB from a Markov source whose entropy is known, trains on it for the time given, and
samples the process: resident memory, tokens a second of processor time (which a loaded machine changes
little), loss. Every character is read once, so that the training loss is that of unseen text. At the end:

- memory of the process's own (without the mapped token file) is flat: its lowest in each tenth of the
  updates is the same within 1 %,
- speed is flat: the medians of the first and the last third differ by less than 10 %,
- the loss is within 1 % of the source's entropy rate,
- it stopped when it was asked to, and left a run that goes on,
- 8 jobs at once have made the same bytes as each of them alone.

Exit 1 if one of these does not hold. Figures go to standard output, samples to FOLDER/samples.tsv.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import time

BATCH, STEPS = 64, 64
JOBS = 8
# The beginning fills caches and arenas: nothing is judged before this share of the updates.
WARM_UP = 0.1


def main():
    options = arguments()
    folder = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    unroll = [str(options.unroll.resolve())]

    text = folder / "corpus.txt"
    source = json.loads(output(unroll + [
        "data", "make", "markov", "--order", "1", "--seed", "7", "--bytes", options.bytes,
        "--out", str(text), "--json"]))
    floor = source["entropy_rate_nats"]
    valid = folder / "valid.txt"
    with text.open("rb") as file:
        file.seek(-500_000, os.SEEK_END)
        valid.write_bytes(file.read())
    os.truncate(text, source["bytes"] - 500_000)
    print(f"corpus: {source['bytes']:,} characters, entropy rate {floor:.4f} nats", flush=True)

    checks = alone_and_together(unroll, folder, valid)
    checks += soak(unroll, folder, text, valid, floor, options)
    for holds, sentence in checks:
        print(("ok    " if holds else "FAIL  ") + sentence)
    if not options.keep:
        shutil.rmtree(folder / "run", ignore_errors=True)
        text.unlink()
    return 0 if all(holds for holds, _ in checks) else 1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--unroll", type=pathlib.Path, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--hours", type=float, default=2)
    parser.add_argument("--bytes", default="2GB")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--interval", type=float, default=10, help="seconds between samples")
    parser.add_argument("--keep", action="store_true", help="leave the corpus and the run")
    return parser.parse_args()


def output(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


# One long job.


def soak(unroll, folder, text, valid, floor, options):
    run = folder / "run"
    shutil.rmtree(run, ignore_errors=True)
    command = unroll + [
        "train", "lm", "--quiet", "--text", str(text), "--valid", str(valid), "--out", str(run),
        "--cell", "gru", "--layers", "1", "--hidden", "128", "--embedding", "32",
        "--batch", str(BATCH), "--steps", str(STEPS), "--threads", str(options.threads),
        "--lr", "4e-3", "--schedule", "plateau", "--eval-every", "5000", "--save-every", "5000",
        "--epochs", "1"]
    print("command: " + " ".join(command), flush=True)
    process = subprocess.Popen(command)
    samples = watch(process, run, folder / "samples.tsv", options)
    early = process.poll()
    process.send_signal(signal.SIGTERM)
    status = process.wait()
    checks = [(early is None or early == 0, f"it ran for the whole time (exit {early})")]
    if early is None:
        checks.append((status == 128 + signal.SIGTERM, f"SIGTERM ended it with exit {status}"))
    last = samples[-1]["update"]
    resumed = subprocess.run(
        unroll + ["train", "--quiet", "--resume", str(run), "--updates", str(last + 200)])
    checks.append((resumed.returncode == 0, f"it went on (exit {resumed.returncode})"))
    return checks + judge(samples, folder, floor)


def watch(process, run, path, options):
    """Samples until the time is over or the process has ended."""
    metrics = Metrics(run / "metrics.jsonl")
    start = time.monotonic()
    samples = []
    with path.open("w") as log:
        print("seconds\tcpu_seconds\tanonymous_kb\tresident_kb\tupdate\tloss\tvalid", file=log)
        while time.monotonic() - start < options.hours * 3600 and process.poll() is None:
            time.sleep(options.interval)
            sample = usage(process.pid)
            if sample is None or not metrics.read():
                continue
            sample.update(
                seconds=time.monotonic() - start, update=metrics.update, loss=metrics.take_loss(),
                valid=metrics.valid)
            samples.append(sample)
            names = ["seconds", "cpu", "anonymous", "resident", "update", "loss", "valid"]
            print("\t".join(str(sample[name]) for name in names), file=log, flush=True)
    return samples


def usage(pid):
    """Processor time in seconds, memory in KiB; None once the process has ended."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    memory = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    if "RssAnon" not in memory:
        return None
    return {
        "cpu": (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
        "anonymous": int(memory["RssAnon"].split()[0]),
        "resident": int(memory["VmRSS"].split()[0]),
    }


class Metrics:
    """Follows `metrics.jsonl` of a run."""

    def __init__(self, path):
        self.path, self.file, self.rest = path, None, ""
        self.update, self.losses, self.valid = 0, [], float("nan")

    def read(self):
        """Whether there was anything yet."""
        if self.file is None:
            if not self.path.exists():
                return False
            self.file = self.path.open()
        *lines, self.rest = (self.rest + self.file.read()).split("\n")
        for record in map(json.loads, lines):
            if record.get("split") == "train":
                self.update = record["update"]
                self.losses.append(record["loss"])
            elif record.get("split") == "valid":
                self.valid = record["loss"]
        return self.update > 0

    def take_loss(self):
        """The mean since the last call."""
        losses, self.losses = self.losses, []
        return statistics.fmean(losses) if losses else float("nan")


def judge(samples, folder, floor):
    end = samples[-1]["seconds"]
    # By work, not by the clock: on a loaded machine an hour may hold little.
    updates = samples[-1]["update"]
    warm = [sample for sample in samples if sample["update"] >= WARM_UP * updates]
    # The allocator gives back what a validation took some time later: the floor shows what stays.
    tenths = {}
    for sample in warm:
        tenths.setdefault(min(9, 10 * sample["update"] // updates), []).append(sample["anonymous"])
    lowest = [min(memory) for memory in tenths.values()]
    spread = max(lowest) / min(lowest) - 1
    speeds = [
        (b["update"] - a["update"]) * BATCH * STEPS / (b["cpu"] - a["cpu"])
        for a, b in zip(warm, warm[1:]) if b["cpu"] > a["cpu"]]
    third = max(1, len(speeds) // 3)
    first, last = statistics.median(speeds[:third]), statistics.median(speeds[-third:])
    losses = [s["loss"] for s in warm[-max(1, len(warm) // 10):] if s["loss"] == s["loss"]]
    loss = statistics.fmean(losses)
    print(
        f"{end / 3600:.2f} h, {samples[-1]['cpu'] / 3600:.2f} h of processor time, "
        f"{samples[-1]['update']:,} updates, {samples[-1]['update'] * BATCH * STEPS:,} characters; "
        f"all resident at the end: {samples[-1]['resident'] / 1024:.0f} MiB; "
        f"validation loss {samples[-1]['valid']:.4f}; samples: {folder / 'samples.tsv'}")
    return [
        (spread <= 0.01,
         f"memory of its own: {min(lowest) / 1024:.1f} to {max(lowest) / 1024:.1f} MiB in the tenths "
         f"of the updates, spread {spread:.2%} (at most 1 %); for moments "
         f"{max(sample['anonymous'] for sample in warm) / 1024:.1f} MiB"),
        (abs(last / first - 1) <= 0.1,
         f"tokens a second of processor time: first third {first:,.0f}, last third {last:,.0f}, "
         f"{last / first - 1:+.1%} (at most 10 %)"),
        (loss <= floor * 1.01,
         f"loss of the last tenth: {loss:.4f}, floor {floor:.4f}, "
         f"{loss / floor - 1:+.2%} (at most 1 %)"),
    ]


# Many short jobs.


def alone_and_together(unroll, folder, text):
    """Each of 8 jobs alone, then all at once: equal bytes."""

    def command(job, kind):
        run = folder / f"job-{kind}-{job}"
        shutil.rmtree(run, ignore_errors=True)
        return run, unroll + [
            "train", "lm", "--quiet", "--text", str(text), "--out", str(run), "--seed", str(job + 1),
            "--layers", "2", "--hidden", str(24 + 8 * job), "--embedding", "16", "--dropout", "0.1",
            "--batch", str(8 + job), "--steps", str(20 + job), "--threads", str(1 + job % 3),
            "--updates", "400", "--eval-every", "150", "--save-every", "100"]

    def digests(run):
        return {
            file.name: hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(run.glob("*.safetensors"))}

    alone = []
    for job in range(JOBS):
        run, words = command(job, "alone")
        subprocess.run(words, check=True)
        alone.append(digests(run))
    runs, processes = zip(*[
        (run, subprocess.Popen(words))
        for run, words in (command(job, "together") for job in range(JOBS))])
    statuses = [process.wait() for process in processes]
    together = [digests(run) for run in runs]
    same = sum(bool(a) and a == b for a, b in zip(alone, together))
    for run in folder.glob("job-*"):
        shutil.rmtree(run)
    return [(
        same == JOBS and not any(statuses),
        f"{JOBS} jobs at once: {same} made the bytes that they make alone (exits {list(statuses)})")]


if __name__ == "__main__":
    sys.exit(main())
