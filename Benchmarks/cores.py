#!/usr/bin/env python3
"""Strong and weak scaling over the cores of a machine, beside what is asked for and what the cost model expects.

    cores.py UNROLL [--threads 1,2,4,8,16] [--updates N] [--presets NAME…]

With fewer cores than threads only what does not depend on time is looked at: that all weights are the same bits.
Exit code 1 if they are not.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

# Efficiency that 16 cores are to reach, sharing one minibatch and with one each.
STRONG = {"char512": 0.80, "ptb-medium": 0.70}
WEAK = 0.90


def output(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def scaled(arguments, preset, mode):
    """Exit code 1 says that weights differ, and the figures say so too."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [arguments.unroll, "scale", "--preset", preset, f"--{mode}", "--threads", arguments.threads]
            + ["--updates", str(arguments.updates), "--json", "--out", os.path.join(folder, "scaling")],
            check=False, capture_output=True, text=True)
    if not done.stdout:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def expected(arguments, preset, threads):
    """Microseconds of a step of a recurrent layer by the cheapest plan."""
    lines = output(arguments.unroll, "bench", "--preset", preset, "--threads", threads, "--explain").splitlines()
    return min(float(line.split()[-1]) for line in lines[2:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("unroll")
    parser.add_argument("--threads", default="1,2,4,8,16")
    parser.add_argument("--updates", type=int, default=20)
    parser.add_argument("--presets", nargs="*", default=["char512", "ptb-medium", "big1024"])
    arguments = parser.parse_args()
    counts = [int(count) for count in arguments.threads.split(",")]
    cores = len(os.sched_getaffinity(0))
    fits = max(counts) <= cores
    if not fits:
        print(f"{cores} cores: no speeds of {max(counts)} threads, only whether they change a bit\n")
    print("| preset | scaling | threads | tokens/s | efficiency | of the peak | recurrence expected | bar at 16 |")
    print("|---|---|---|---|---|---|---|---|")
    is_equal = True
    for preset in arguments.presets:
        alone = expected(arguments, preset, 1)
        for mode in ["strong", "weak"] if fits else ["strong"]:
            result = scaled(arguments, preset, mode)
            is_equal = is_equal and result.get("weights_equal", True) is not False
            for point in result["points"]:
                threads = point["threads"]
                speeds = ["–", "–", "–"]
                if threads <= cores:
                    peak = point.get("peak_gflops")
                    speeds = [
                        f"{point['tokens_per_second']:,.0f}", f"{point['efficiency']:.2f}",
                        f"{point['gflops'] / peak:.2f}" if peak else "–"]
                model = alone / expected(arguments, preset, threads) / threads if mode == "strong" else 1
                bar = (STRONG.get(preset) if mode == "strong" else WEAK) if threads == 16 else None
                row = [preset, mode, str(threads), *speeds, f"{model:.2f}", f"{bar:.2f}" if bar else ""]
                print("| " + " | ".join(row) + " |", flush=True)
    print("\nweights are the same bits at all numbers of threads" if is_equal else "\nweights differ")
    return 0 if is_equal else 1


if __name__ == "__main__":
    sys.exit(main())
