#!/usr/bin/env python3
"""How fast PyTorch samples text: one stream, one thread, one character after another.

Two ways are tried, nn.LSTM on sequences of one step and a stack of nn.LSTMCell, and the faster is
reported. Every character is drawn from the softmax, as a user would.
"""

import argparse
import json
import platform
import time

import torch
from torch import nn

import common


class Stack(nn.Module):
    """nn.LSTM, one step a call."""

    def __init__(self, preset):
        super().__init__()
        self.rnn = nn.LSTM(preset.embedding, preset.hidden, preset.layers)

    def forward(self, x, state):
        outputs, state = self.rnn(x.unsqueeze(0), state)
        return outputs[0], state


class Cells(nn.Module):
    """nn.LSTMCell, one a layer."""

    def __init__(self, preset):
        super().__init__()
        inputs = [preset.embedding] + [preset.hidden] * (preset.layers - 1)
        self.cells = nn.ModuleList(nn.LSTMCell(size, preset.hidden) for size in inputs)

    def forward(self, x, states):
        states, new_states = states or [None] * len(self.cells), []
        for cell, state in zip(self.cells, states):
            state = cell(x, state)
            new_states.append(state)
            x = state[0]
        return x, new_states


@torch.inference_mode()
def characters_per_second(preset, layers, characters):
    """Samples `characters`, after a tenth as many to warm up."""
    embedding = nn.Embedding(preset.vocabulary, preset.embedding)
    output = nn.Linear(preset.hidden, preset.vocabulary)
    token, state = torch.zeros(1, dtype=torch.long), None
    warmup = max(1, characters // 10)
    for index in range(warmup + characters):
        if index == warmup:
            start = time.perf_counter()
        h, state = layers(embedding(token), state)
        token = torch.multinomial(torch.softmax(output(h), -1), 1)[0]
        token.item()
    return characters / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", choices=common.PRESETS, default="char512")
    parser.add_argument("--characters", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(common.SEED)

    preset = common.PRESETS[arguments.preset]
    speeds = {
        kind.__name__: characters_per_second(preset, kind(preset), arguments.characters)
        for kind in [Stack, Cells]
    }
    fastest = max(speeds, key=speeds.get)
    result = {
        "framework": "pytorch",
        "what": "sample",
        "preset": preset.name,
        "threads": arguments.threads,
        "way": {"Stack": "nn.LSTM", "Cells": "nn.LSTMCell"}[fastest],
        "characters_per_second": round(speeds[fastest], 1),
        "cpu": common.cpu_name(),
        "versions": {"torch": torch.__version__, "python": platform.python_version()},
    }
    if arguments.json:
        print(json.dumps(result))
    else:
        print(f"pytorch {preset.name}: {speeds[fastest]:,.0f} characters/s with {result['way']}")


if __name__ == "__main__":
    main()
