#!/usr/bin/env python3
"""What an update costs for each output and size of the vocabulary, as a table: `unroll bench`, one process each.

    outputs.py UNROLL [OPTION OF unroll bench…]
"""

import json
import subprocess
import sys

VOCABULARIES = [10_000, 100_000, 1_000_000]
OUTPUTS = {
    "adaptive, clusters by cost": ["--output", "adaptive"],
    "adaptive, clusters of 2,000, 10,000, 60,000, 250,000": [
        "--output", "adaptive", "--cutoffs", "2000", "10000", "60000", "250000"],
    "sampled": ["--output", "sampled"], "nce": ["--output", "nce"], "hierarchical": ["--output", "hierarchical"],
    # The last, since a million words take it minutes.
    "full": ["--output", "full"],
}
# How steeply frequencies fall: Zipf's law itself, and one that leaves 1.4 % beyond rank 100,000 of a million.
POWERS = [1.0, 1.3]
SHAPE = ["--preset", "ptb-small", "--layers", "1", "--hidden", "256", "--batch", "64", "--steps", "32"]


def measured(unroll, output, vocabulary, power, options):
    """Milliseconds an update and MB, or None where it takes more memory than there is."""
    # A large table is touched row by row: the first updates find memory that nobody has had yet.
    repeats = max(1, 100_000 // vocabulary) if output == "full" else 40
    command = [unroll, "bench", "--json", *SHAPE, "--vocab", str(vocabulary), *OUTPUTS[output],
               "--zipf", str(power), "--repeat", str(repeats), *options]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        print(run.stderr.strip(), file=sys.stderr)
        return None
    found = json.loads(run.stdout.splitlines()[-1])
    return found["ms_per_update"], found["peak_memory_mb"]


def main():
    unroll, options = sys.argv[1], sys.argv[2:]
    print("| output | frequency | " + " | ".join(f"V = {v:,}: ms, MB" for v in VOCABULARIES)
          + " | last to first |")
    print("|---|---|" + "---|" * (len(VOCABULARIES) + 1))
    for output in OUTPUTS:
        for power in POWERS:
            row = [measured(unroll, output, v, power, options) for v in VOCABULARIES]
            cells = [f"{r[0]:.1f}, {r[1]:,.0f}" if r else "–" for r in row]
            ratio = f"{row[-1][0] / row[0][0]:.2f}" if row[0] and row[-1] else "–"
            print(f"| {output} | 1 / rank^{power} | " + " | ".join(cells) + f" | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
