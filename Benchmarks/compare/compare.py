#!/usr/bin/env python3
"""Runs Unroll and other frameworks in turn on the same work and prints ratios.

Each row is measured in pairs, one run of each, one right after the other and the other way round in
the next pair; the ratio is the median over pairs. So a minute in which the machine was busy spoils
one pair and not the comparison.

    TORCH_PYTHON=.venv/torch/bin/python ./compare.py --preset char512 --cell lstm
"""

import argparse
import json
import os
import pathlib
import statistics
import sys

import common
import jobs
from contenders import BUILT, ROWS, Unroll, others


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", action="append", choices=sorted(common.PRESETS))
    parser.add_argument("--cell", action="append", choices=["lstm", "gru", "rnn"])
    parser.add_argument("--precision", action="append", choices=["f32", "bf16"])
    parser.add_argument("--pairs", type=int, default=3, help="pairs of runs a row (default 3)")
    parser.add_argument("--updates", type=int, default=10, help="timed updates a run (default 10)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--unroll", type=pathlib.Path, default=os.environ.get("UNROLL", BUILT))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("compare.json"))
    parser.add_argument("--only-training", action="store_true", help="no sampling, no start")
    parser.add_argument("--time-to", type=float, help="train on --text to this validation loss")
    parser.add_argument("--text", type=pathlib.Path, help="a UTF-8 text file")
    parser.add_argument(
        "--subwords", action="store_true", help="only --text as subwords, with TOKENIZERS_PYTHON"
    )
    arguments = parser.parse_args()
    if min(arguments.pairs, arguments.updates, arguments.threads) < 1:
        parser.error("--pairs, --updates and --threads must be 1 or more")
    if not os.access(arguments.unroll, os.X_OK):
        parser.error(f"'{arguments.unroll}' is no program: build it, or name it with --unroll")
    if (arguments.time_to is not None or arguments.subwords) and arguments.text is None:
        parser.error("--time-to and --subwords need --text")
    return arguments


def chosen_rows(arguments):
    return [
        row
        for row in ROWS
        if (not arguments.preset or row.preset in arguments.preset)
        and (not arguments.cell or row.cell in arguments.cell)
        and (not arguments.precision or row.precision in arguments.precision)
    ]


def pair(unroll, other, row, count):
    """`count` pairs of results, or fewer where a run failed; the first to run takes turns."""
    pairs = []
    for index in range(count):
        order = [unroll, other] if index % 2 == 0 else [other, unroll]
        found = {contender.name: contender.train(row) for contender in order}
        if all(found.values()):
            pairs.append((found[unroll.name], found[other.name]))
        elif index == 0:
            break
    return pairs


def summary(row, other, pairs):
    """One row of the table."""

    def median(index, key):
        values = [pair[index][key] for pair in pairs]
        return None if None in values else statistics.median(values)

    ratios = [a["tokens_per_second"] / b["tokens_per_second"] for a, b in pairs]
    return {
        "preset": row.preset,
        "cell": row.cell,
        "precision": row.precision,
        "other": other.name,
        "pairs": len(pairs),
        "ratio": statistics.median(ratios),
        "ratio_lowest": min(ratios),
        "ratio_highest": max(ratios),
        "unroll_gflops": median(0, "gflops"),
        "other_gflops": median(1, "gflops"),
        "percent_of_peak": median(0, "percent_of_peak"),
        "unroll_tokens_per_second": median(0, "tokens_per_second"),
        "other_tokens_per_second": median(1, "tokens_per_second"),
        "unroll_memory_mb": median(0, "peak_memory_mb"),
        "other_memory_mb": median(1, "peak_memory_mb"),
        "runs": pairs,
    }


def print_header():
    print(
        f"{'':24} {'other':15} {'GFLOP/s':>8} {'other':>8} {'% peak':>7} {'ratio':>6} "
        f"{'lowest':>6} {'highest':>7} {'MB':>6} {'other':>6}"
    )


def print_row(row, result):
    def number(key, digits=1):
        value = result[key]
        return "-" if value is None else f"{value:.{digits}f}"

    print(
        f"{row!s:24} {result['other']:15} {number('unroll_gflops'):>8} "
        f"{number('other_gflops'):>8} {number('percent_of_peak'):>7} {number('ratio', 2):>6} "
        f"{number('ratio_lowest', 2):>6} {number('ratio_highest', 2):>7} "
        f"{number('unroll_memory_mb', 0):>6} {number('other_memory_mb', 0):>6}",
        flush=True,
    )


def main():
    arguments = parse_arguments()
    if arguments.subwords:
        python = os.environ.get("TOKENIZERS_PYTHON", sys.executable)
        jobs.subwords(
            arguments.unroll, python, arguments.text, arguments.threads, arguments.pairs
        )
        return
    unroll = Unroll(arguments.unroll, arguments.threads, arguments.updates)
    frameworks = others(arguments.threads, arguments.updates)
    if not frameworks:
        sys.exit("error: no framework is installed\n  hint: TORCH_PYTHON=... names an interpreter")
    print(f"{common.cpu_name()}, {arguments.threads} threads, {arguments.pairs} pairs a row\n")
    results = []
    print_header()
    for row in chosen_rows(arguments):
        for other in frameworks:
            if not other.takes(row):
                continue
            pairs = pair(unroll, other, row, arguments.pairs)
            if pairs:
                results.append(summary(row, other, pairs))
                print_row(row, results[-1])
            else:
                print(f"{row!s:24} {other.name:15} no result")
    record = {
        "cpu": common.cpu_name(),
        "threads": arguments.threads,
        "training": results,
    }
    torch = next((f.python for f in frameworks if f.module == "torch"), None)
    if torch and not arguments.only_training:
        print()
        record["sampling"] = jobs.sampling(unroll, torch, arguments.pairs)
        record["start"] = jobs.start(arguments.unroll, torch, arguments.threads)
    if torch and arguments.time_to is not None:
        print()
        record["time_to"] = jobs.time_to(
            arguments.unroll, torch, arguments.text, arguments.time_to, arguments.threads
        )
    arguments.out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(f"\n{arguments.out} written")


if __name__ == "__main__":
    main()
