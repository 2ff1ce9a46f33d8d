#!/usr/bin/env python3
"""How long PyTorch takes from the start of the interpreter to its first result."""

import argparse
import json
import statistics
import subprocess
import sys
import time

PROGRAM = "import torch; print(torch.ones(2).sum().item(), torch.__version__)"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="the first one fills the file cache")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()

    seconds = []
    for _ in range(arguments.runs):
        start = time.perf_counter()
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True
        )
        seconds.append(time.perf_counter() - start)
    result = {
        "framework": "pytorch",
        "what": "import",
        "seconds_first": round(seconds[0], 3),
        "seconds": round(statistics.median(seconds[1:] or seconds), 3),
        "versions": {"torch": run.stdout.split()[1]},
    }
    if arguments.json:
        print(json.dumps(result))
    else:
        print(f"import torch: {result['seconds']} s (first {result['seconds_first']} s)")


if __name__ == "__main__":
    main()
