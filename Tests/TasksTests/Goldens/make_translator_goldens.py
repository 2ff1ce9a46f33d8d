#!/usr/bin/env python3
"""Writes the golden values of encoder-decoders: `values/translator-<case>.json`.

    python make_translator_goldens.py            # rewrite every case
    python make_translator_goldens.py --check    # recompute, compare, write nothing

Environment as for `make_goldens.py`. The modules below are written as one writes them in PyTorch:
sentence by sentence, an nn.LSTM or nn.GRU for the encoder, a loop over the target's steps for the
decoder. Four pairs; all sizes differ; f64 throughout.

    parameter p (its place in the file's `parameters`), element i (row-major)
                        0.4 · cos(0.97 · i + 1.3 · p)
    source token (r, t)   (7·t² + 3·r + t·r + 1) mod V        target token   (5·t² + 2·r + t·r) mod W
    start and stop        W + 1 and W

A file holds: parameters [{name, shape}], loss (mean over all tokens of the targets, stop symbols
included), gradients {parameter: values}.
"""

import argparse
import json
import math
import pathlib

import torch
from torch import nn

VALUES = pathlib.Path(__file__).parent / "values"
SOURCE_COUNT, TARGET_COUNT = 7, 6
SOURCE_LENGTHS = [4, 2, 5, 1]
TARGET_LENGTHS = [4, 3, 3, 1]


class Translator(nn.Module):
    def __init__(self, kind, layers, score, feeds):
        super().__init__()
        embedding_in, embedding_out, hidden, units, score_units = 3, 4, 5, 6, 8
        self.kind, self.layers, self.score, self.feeds = kind, layers, score, feeds
        self.units = units
        self.source_embedding = nn.Embedding(SOURCE_COUNT, embedding_in)
        self.target_embedding = nn.Embedding(TARGET_COUNT + 2, embedding_out)
        recurrent = getattr(nn, kind)
        self.encoder = recurrent(embedding_in, hidden, layers, bidirectional=True)
        for layer in range(layers):
            for state in "hc" if kind == "LSTM" else "h":
                self.add_module(f"bridge_{state}_l{layer}", nn.Linear(2 * hidden, units))
        self.decoder = recurrent(embedding_out + (units if feeds else 0), units, layers)
        self.attention = nn.Module()
        self.attention.key = nn.Linear(
            2 * hidden, units if score == "general" else score_units, bias=False
        )
        if score == "additive":
            self.attention.query = nn.Linear(units, score_units)
            self.attention.vector = nn.Parameter(torch.zeros(score_units))
        self.combination = nn.Linear(2 * hidden + units, units)
        self.output = nn.Linear(units, TARGET_COUNT + 2)

    def initial(self, final):
        """The decoder's states from the encoder's `[layers · 2, hidden]`."""

        def bridged(state, final):
            pairs = final.view(self.layers, -1)
            return torch.stack(
                [getattr(self, f"bridge_{state}_l{k}")(pairs[k]) for k in range(self.layers)]
            )

        if self.kind == "LSTM":
            return bridged("h", final[0]), bridged("c", final[1])
        return bridged("h", final)

    def scores(self, h, outputs):
        keys = self.attention.key(outputs)
        if self.score == "general":
            return keys @ h
        return torch.tanh(self.attention.query(h) + keys) @ self.attention.vector

    def loss(self, source, target):
        """Sum over the tokens of one pair."""
        outputs, final = self.encoder(self.source_embedding(torch.tensor(source)))
        state = self.initial(final)
        fed = torch.zeros(self.units)
        total = 0.0
        given = [TARGET_COUNT + 1, *target]
        for token, asked in zip(given, [*target, TARGET_COUNT]):
            x = self.target_embedding(torch.tensor(token))
            if self.feeds:
                x = torch.cat([x, fed])
            h, state = self.decoder(x[None], state)
            context = torch.softmax(self.scores(h[0], outputs), 0) @ outputs
            fed = torch.tanh(self.combination(torch.cat([context, h[0]])))
            total = total + nn.functional.cross_entropy(self.output(fed), torch.tensor(asked))
        return total


CASES = {
    "general": ("LSTM", 2, "general", False),
    "additive-feeding": ("GRU", 1, "additive", True),
}


def result(case):
    torch.set_default_dtype(torch.float64)
    model = Translator(*case)
    parameters = list(model.named_parameters())
    with torch.no_grad():
        for place, (_, parameter) in enumerate(parameters):
            values = [0.4 * math.cos(0.97 * i + 1.3 * place) for i in range(parameter.numel())]
            parameter.copy_(torch.tensor(values).view(parameter.shape))
    loss = 0.0
    for row, (length, target_length) in enumerate(zip(SOURCE_LENGTHS, TARGET_LENGTHS)):
        source = [(7 * t * t + 3 * row + t * row + 1) % SOURCE_COUNT for t in range(length)]
        target = [(5 * t * t + 2 * row + t * row) % TARGET_COUNT for t in range(target_length)]
        loss = loss + model.loss(source, target)
    loss = loss / sum(length + 1 for length in TARGET_LENGTHS)
    loss.backward()
    rounded = lambda x: float(f"{x:.12g}")  # noqa: E731
    return {
        "made_with": {"torch": torch.__version__},
        "parameters": [{"name": n, "shape": list(p.shape)} for n, p in parameters],
        "loss": rounded(loss.item()),
        "gradients": {n: [rounded(x) for x in p.grad.flatten().tolist()] for n, p in parameters},
    }


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--check", action="store_true")
    check = arguments.parse_args().check
    for name, case in CASES.items():
        file = VALUES / f"translator-{name}.json"
        made = result(case)
        if check:
            old = json.loads(file.read_text())
            assert old["parameters"] == made["parameters"], name
            assert abs(old["loss"] - made["loss"]) < 1e-11, name
            for key, values in made["gradients"].items():
                assert all(abs(a - b) < 1e-11 for a, b in zip(values, old["gradients"][key])), key
            print(f"{name}: equal")
        else:
            file.write_text(json.dumps(made) + "\n")
            print(f"{name}: loss {made['loss']}")


main()
