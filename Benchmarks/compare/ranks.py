#!/usr/bin/env python3
"""Several processes in turn: Unroll under mpirun, Unroll on as many threads, PyTorch's DDP over gloo.

Medians of tokens a second over interleaved runs, and their ratios: `mpirun -n R` × 1 thread against 1 × R
threads, and against DDP. Unroll trains on made text with `unroll train lm`, since benchmarks have one process.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

import common
from contenders import BUILT, FOLDER, run_json

ROWS = [("char512", "lstm"), ("char512", "gru"), ("ptb-medium", "lstm"), ("char128", "lstm")]


def write_text(path, preset, updates):
    """Random words, or characters where there are few of them, enough for so many updates."""
    count = preset.batch * (preset.steps * (updates + 2) + 1)
    source = random.Random(common.SEED)
    if preset.vocabulary > 1000:
        kinds = [f"w{index}" for index in range(preset.vocabulary - 2)]
        words = kinds + source.choices(kinds, k=count)
        path.write_text("\n".join(" ".join(words[i : i + 20]) for i in range(0, len(words), 20)))
    else:
        kinds = [chr(0x4E00 + index) for index in range(preset.vocabulary)]
        path.write_text("".join(kinds + source.choices(kinds, k=count)))


def unroll(arguments, preset, cell, text, ranks, threads):
    """Median tokens a second, without the first updates."""
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        command = [] if ranks == 1 else ["mpirun", "-n", ranks, "--bind-to", "core", "--oversubscribe"]
        command += [arguments.unroll, "train", "lm", "--text", text, "--out", run, "--quiet"]
        command += ["--tokens", "word" if preset.vocabulary > 1000 else "char", "--cell", cell]
        command += ["--embedding", preset.embedding, "--hidden", preset.hidden]
        command += ["--layers", preset.layers, "--batch", preset.batch, "--steps", preset.steps]
        command += ["--leaves", ranks if ranks > 1 else 1, "--threads", threads, "--clip-norm", common.CLIP]
        command += ["--updates", update_count(arguments), "--eval-every", 1 << 30, "--log-every", 1]
        # The preset's network, whatever the rules say of so many words.
        command += ["--valid-fraction", 0.001, "--defaults", "fixed"]
        environment = {
            **os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        }
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, check=False,
            env=environment,
        )
        if done.returncode != 0:
            sys.exit(f"error: {' '.join(map(str, command))}\n{done.stderr}")
        with open(run / "metrics.jsonl") as lines:
            records = [json.loads(line) for line in lines]
    rates = [record["tokens_per_sec"] for record in records if record["split"] == "train"]
    return statistics.median(rates[arguments.warmup :])


def update_count(arguments):
    return arguments.warmup + arguments.updates


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--unroll", default=BUILT)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--updates", type=int, default=15)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--presets", nargs="*", default=[preset for preset, _ in ROWS])
    arguments = parser.parse_args()
    torch = os.environ.get("TORCH_PYTHON", sys.executable)
    for name, cell in ROWS:
        if name not in arguments.presets:
            continue
        preset = common.PRESETS[name]
        ours, threaded, theirs = [], [], []
        with tempfile.TemporaryDirectory() as folder:
            text = pathlib.Path(folder) / "text.txt"
            write_text(text, preset, update_count(arguments))
            for _ in range(arguments.pairs):
                ours.append(unroll(arguments, preset, cell, text, arguments.ranks, 1))
                threaded.append(unroll(arguments, preset, cell, text, 1, arguments.ranks))
                found = run_json(
                    [torch, FOLDER / "torch_ddp.py", "--json", "--preset", name, "--cell", cell]
                    + ["--ranks", arguments.ranks, "--updates", arguments.updates]
                )
                if found:
                    theirs.append(found[0]["tokens_per_second"])
        result = {
            "preset": name, "cell": cell, "ranks": arguments.ranks,
            "unroll_ranks": statistics.median(ours), "unroll_threads": statistics.median(threaded),
            "ranks_to_threads": statistics.median(a / b for a, b in zip(ours, threaded)),
        }
        if theirs:
            result["pytorch_ddp"] = statistics.median(theirs)
            result["ranks_to_ddp"] = statistics.median(a / b for a, b in zip(ours, theirs))
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
