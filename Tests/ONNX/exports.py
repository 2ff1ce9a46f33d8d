#!/usr/bin/env python3
"""Exported graphs against the runs they were made of: onnx's checker, and onnxruntime to 1e-5.

    exports.py --unroll .build/release/unroll [--long] [NAME…]
"""

import argparse
import sys
import tempfile
import time

import checks
from harness import Unroll


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--unroll", required=True)
    parser.add_argument("--long", action="store_true", help="every task with every cell")
    parser.add_argument("names", nargs="*", help="checks whose names begin so; all without")
    arguments = parser.parse_args()
    began, failures, count = time.time(), [], 0
    for name, check in checks.all(arguments.long):
        if arguments.names and not any(name.startswith(wanted) for wanted in arguments.names):
            continue
        count += 1
        with tempfile.TemporaryDirectory(prefix="unroll-onnx-") as folder:
            try:
                check(Unroll(arguments.unroll, folder))
            except Exception as error:
                failures.append(name)
                print(f"FAILED {name}: {type(error).__name__}: {error}")
    print(f"ONNX: {count - len(failures)} of {count} checks passed in {time.time() - began:.0f} s")
    if not count or failures:
        sys.exit(1)


if __name__ == "__main__":
    main()
