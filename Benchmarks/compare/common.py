"""What every comparison shares: the presets, the count of floating-point operations, the clock.

Only the standard library is imported here, so that a script can set its thread count before its
framework starts.
"""

import argparse
import json
import os
import platform
import random
import resource
import statistics
import sys
import time
from dataclasses import dataclass, replace

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
CLIP = 5.0
LEARNING_RATE = 1e-3
SEED = 7


@dataclass(frozen=True)
class Preset:
    """A language model (embedding, L recurrent layers, linear) and the shape of its batches."""

    name: str
    vocabulary: int
    embedding: int
    hidden: int
    layers: int
    batch: int
    steps: int
    shortest: int | None = None
    """Sequences of shortest...steps tokens, uniform; None: all have `steps`."""

    def matrix_parameters(self, cell):
        """Weights a token is multiplied with: the recurrent layers' and the output's.

        The embedding is a look-up, biases are additions; neither is counted.
        """
        total = self.vocabulary * self.hidden
        for layer in range(self.layers):
            inputs = self.embedding if layer == 0 else self.hidden
            total += GATES[cell] * self.hidden * (inputs + self.hidden)
        return total

    def flops_per_token(self, cell):
        """A multiply and an add per weight, forward once and backward twice."""
        return 3 * 2 * self.matrix_parameters(cell)


PRESETS = {
    preset.name: preset
    for preset in [
        Preset("char512", 65, 512, 512, 2, batch=64, steps=64),
        Preset("big1024", 256, 1024, 1024, 2, batch=128, steps=64),
        Preset("char128", 65, 128, 128, 2, batch=32, steps=50),
        Preset("ptb-medium", 10000, 650, 650, 2, batch=20, steps=35),
        Preset("ptb-small", 10000, 200, 200, 2, batch=20, steps=20),
        Preset("lengths", 65, 256, 256, 2, batch=64, steps=200, shortest=10),
    ]
}


def argument_parser(description, cells=("lstm", "gru", "rnn"), presets=tuple(PRESETS)):
    """The options that the training scripts have in common."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--preset", choices=presets, default=presets[0])
    parser.add_argument("--cell", choices=cells, default="lstm")
    for name in ["vocab", "embedding", "hidden", "layers", "batch", "steps"]:
        parser.add_argument(f"--{name}", type=int, help="instead of the preset's")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--updates", type=int, default=10, help="timed updates (default 10)")
    parser.add_argument("--warmup", type=int, default=3, help="updates before them (default 3)")
    parser.add_argument("--json", action="store_true", help="print one JSON object, not a sentence")
    return parser


def chosen_preset(arguments):
    """The preset named on the command line with the sizes given there put in."""
    names = {"vocab": "vocabulary"}
    given = {
        names.get(name, name): getattr(arguments, name)
        for name in ["vocab", "embedding", "hidden", "layers", "batch", "steps"]
        if getattr(arguments, name) is not None
    }
    preset = PRESETS[arguments.preset]
    if not given:
        return preset
    return replace(preset, **given, name=f"{preset.name}*")


def confine_to_cores(threads):
    """Leaves this process `threads` cores; call before importing a framework that sizes its pool.

    XLA has no option for the count of threads that covers every pool, but all follow this.
    """
    cores = sorted(os.sched_getaffinity(0))
    if threads > len(cores):
        sys.exit(f"error: --threads is {threads}, but {len(cores)} cores are available")
    os.sched_setaffinity(0, cores[:threads])


def random_lengths(preset, batches):
    """`batches` lists of B lengths each, longest first."""
    source = random.Random(SEED)
    first = preset.steps if preset.shortest is None else preset.shortest
    return [
        sorted((source.randint(first, preset.steps) for _ in range(preset.batch)), reverse=True)
        for _ in range(batches)
    ]


@dataclass
class Timing:
    """Seconds and real tokens of every timed update, and the losses seen."""

    seconds: list
    tokens: list
    losses: list

    @property
    def tokens_per_second(self):
        return statistics.median(n / s for n, s in zip(self.tokens, self.seconds))


def measure(update, warmup, updates):
    """Times `update(index) -> (loss, real tokens)`, which must return a finished loss.

    Exits when the loss is not finite: a framework that computes NaN quickly is not fast.
    """
    timing = Timing([], [], [])
    for index in range(warmup + updates):
        start = time.perf_counter()
        loss, tokens = update(index)
        seconds = time.perf_counter() - start
        if not abs(loss) < float("inf"):
            sys.exit(f"error: the loss of update {index} is {loss}")
        timing.losses.append(loss)
        if index >= warmup:
            timing.seconds.append(seconds)
            timing.tokens.append(tokens)
    return timing


def report(framework, preset, arguments, timing, precision, versions, **more):
    """Prints what was measured, as one line."""
    flops = preset.flops_per_token(arguments.cell)
    result = {
        "framework": framework,
        "preset": preset.name,
        "cell": arguments.cell,
        "precision": precision,
        "threads": arguments.threads,
        "vocabulary": preset.vocabulary,
        "embedding": preset.embedding,
        "hidden": preset.hidden,
        "layers": preset.layers,
        "batch": preset.batch,
        "steps": preset.steps,
        **more,
        "tokens_per_second": round(timing.tokens_per_second, 1),
        "ms_per_update": round(1000 * statistics.median(timing.seconds), 3),
        "ms_fastest": round(1000 * min(timing.seconds), 3),
        "ms_slowest": round(1000 * max(timing.seconds), 3),
        "gflops": round(timing.tokens_per_second * flops / 1e9, 2),
        "peak_memory_mb": peak_memory_mb(),
        "updates": len(timing.seconds),
        "first_loss": round(timing.losses[0], 4),
        "last_loss": round(timing.losses[-1], 4),
        "cpu": cpu_name(),
        "versions": {**versions, "python": platform.python_version()},
    }
    if arguments.json:
        print(json.dumps(result), flush=True)
    else:
        variant = "".join(f" {value}" for value in more.values())
        print(
            f"{framework} {preset.name} {arguments.cell} {precision}{variant}, "
            f"{arguments.threads} threads: {result['tokens_per_second']:,.0f} tokens/s, "
            f"{result['ms_per_update']:.1f} ms/update, {result['gflops']:.1f} GFLOP/s, "
            f"{result['peak_memory_mb']} MB, loss {result['first_loss']} to {result['last_loss']}",
            flush=True,
        )


def peak_memory_mb():
    """The most memory this process ever held."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def cpu_name():
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
