"""The speed of `unroll train` beside that of a PyTorch twin: the same training on both sides, in turn.

Both make `--updates` updates from scratch, at equal threads; of each run the first fifth is not
counted. The ratio is the median over `--pairs`. `--cpu-time` counts processor time instead of time:
for one thread on a machine that others use too.
"""

import json
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

from arguments import add_numbers


def add_arguments(parser):
    add_numbers(parser, int, [("updates", 60), ("pairs", 0)])
    parser.add_argument("--cpu-time", action="store_true", help="count processor time")
    parser.add_argument("--unroll", default=".build/release/unroll", help="the program")


def clock(options):
    return time.process_time if options.cpu_time else time.perf_counter


def measure(options, twin, arguments):
    """Prints a JSON object a pair, and the median of the ratios.

    - twin: gives tokens a second of PyTorch.
    - arguments: those of `unroll train`, without the run's folder and the number of updates.
    """
    ratios = []
    for pair in range(options.pairs):
        def ours():
            return unroll_speed(options, arguments)

        if pair % 2:
            unroll, pytorch = ours(), twin()
        else:
            pytorch, unroll = twin(), ours()
        ratios.append(unroll / pytorch)
        print(json.dumps({"pair": pair, "unroll": round(unroll), "pytorch": round(pytorch),
                          "ratio": round(unroll / pytorch, 3)}), flush=True)
    print(json.dumps({"threads": options.threads, "ratio": round(statistics.median(ratios), 3)}))


def unroll_speed(options, arguments):
    """Tokens a second of Unroll."""
    first = options.updates // 5
    records, cpu = unroll_run(options, arguments, options.updates)
    kept = records[first:]
    tokens = sum(r["tokens"] for r in kept)
    if options.cpu_time:
        # What reading the data and the first updates cost comes off.
        return tokens / (cpu - unroll_run(options, arguments, first)[1])
    return tokens / sum(r["tokens"] / r["tokens_per_sec"] for r in kept)


def unroll_run(options, arguments, updates):
    """What Unroll wrote beside every update, and the processor time of the whole run."""
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [options.unroll, "train", *map(str, arguments), "--out", run, "--quiet",
             "--threads", str(options.threads), "--updates", str(updates),
             "--save-every", "1000000", "--defaults", "fixed"], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        lines = (run / "metrics.jsonl").read_text().splitlines()
    records = [r for r in map(json.loads, lines) if r["split"] == "train"]
    return records, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
