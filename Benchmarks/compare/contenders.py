"""Unroll and the frameworks beside it: how each is called for one row of the table."""

import json
import os
import pathlib
import subprocess
import sys
from dataclasses import dataclass

FOLDER = pathlib.Path(__file__).resolve().parent
BUILT = FOLDER.parents[1] / ".build" / "release" / "unroll"


@dataclass(frozen=True)
class Row:
    preset: str
    cell: str
    precision: str

    def __str__(self):
        return f"{self.preset} {self.cell} {self.precision}"


ROWS = [
    *[
        Row("char512", cell, precision)
        for cell in ["lstm", "gru", "rnn"]
        for precision in ["f32", "bf16"]
    ],
    *[
        Row(preset, cell, precision)
        for preset in ["big1024", "char128"]
        for cell in ["lstm", "gru"]
        for precision in ["f32", "bf16"]
    ],
    *[
        Row(preset, "lstm", precision)
        for preset in ["ptb-medium", "ptb-small"]
        for precision in ["f32", "bf16"]
    ],
    Row("lengths", "lstm", "f32"),
]


def run_json(command):
    """The JSON objects a command prints, or None after saying what went wrong."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = (done.stderr.strip() or "no message").splitlines()[-1]
        print(f"  {' '.join(map(str, command))}\n  failed: {reason}", file=sys.stderr)
        return None
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


class Unroll:
    name = "unroll"

    def __init__(self, program, threads, updates):
        self.program, self.threads, self.updates = program, threads, updates

    def takes(self, _):
        return True

    def train(self, row):
        command = [self.program, "bench", "--json", "--preset", row.preset, "--cell", row.cell]
        command += ["--precision", row.precision, "--threads", self.threads]
        found = run_json([*command, "--repeat", self.updates])
        return found and found[0]

    def sample(self, preset, precision):
        command = [self.program, "bench", "--sampling", "--json", "--preset", preset]
        found = run_json([*command, "--precision", precision, "--repeat", 2000])
        return found and found[0]


class Script:
    """A script of this folder under an interpreter that can import the framework."""

    def __init__(self, name, script, python, module, threads, updates, extra=()):
        self.name, self.script, self.python, self.module = name, script, python, module
        self.threads, self.updates, self.extra = threads, updates, list(extra)

    def is_installed(self):
        probe = [self.python, "-c", f"import {self.module}"]
        try:
            return subprocess.run(probe, capture_output=True, check=False).returncode == 0
        except OSError:
            return False

    def takes(self, row):
        if self.module == "torch":
            return ("--padded" not in self.extra) or row.preset == "lengths"
        return row.precision == "f32" and row.cell in ("lstm", "gru") and row.preset != "lengths"

    def train(self, row):
        command = [self.python, FOLDER / self.script, "--json", "--preset", row.preset]
        command += ["--cell", row.cell, "--threads", self.threads, "--updates", self.updates]
        if self.module == "torch":
            command += ["--precision", row.precision]
        found = run_json([*command, *self.extra])
        return found and found[0]


def others(threads, updates):
    """The frameworks that are installed; `TORCH_PYTHON` and `JAX_PYTHON` name interpreters."""
    torch = os.environ.get("TORCH_PYTHON", sys.executable)
    jax = os.environ.get("JAX_PYTHON", torch)
    all_scripts = [
        Script("pytorch", "torch_train.py", torch, "torch", threads, updates),
        Script("pytorch padded", "torch_train.py", torch, "torch", threads, updates, ["--padded"]),
        Script("jax", "jax_train.py", jax, "jax", threads, updates),
        Script("keras", "keras_train.py", jax, "keras", threads, updates),
    ]
    found = {script.module: script.is_installed() for script in all_scripts}
    for module, is_installed in found.items():
        if not is_installed:
            print(f"{module} cannot be imported: left out", file=sys.stderr)
    return [script for script in all_scripts if found[script.module]]
