#!/usr/bin/env python3
"""A PyTorch twin of `unroll train adding`: the same models, first weights and hyper-parameters on the
same distribution of examples; the draws are PyTorch's own.

    python adding.py --cell lstm --hidden 64 --batch 50 --updates 3000 --lr 5e-3
    python adding.py --cell gru --hidden 64 --batch 50 --updates 2400 --lr 2e-3
    python adding.py --cell irnn --hidden 100 --batch 16 --updates 25000 --lr 1e-4
    python adding.py --cell rnn --hidden 100 --batch 50 --updates 3000 --lr 1e-3

Prints a JSON object every tenth of the way: the mean squared error on 1,000 other examples, and
tokens a second in training alone.
"""

import argparse
import json
import time

import torch
from torch import nn


class Adder(nn.Module):
    def __init__(self, options):
        super().__init__()
        kinds = {
            "rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM,
            "irnn": lambda *sizes, **how: nn.RNN(*sizes, nonlinearity="relu", **how)}
        self.rnn = kinds[options.cell](2, options.hidden, batch_first=True)
        self.output = nn.Linear(options.hidden, 1)
        if options.cell == "irnn":
            nn.init.eye_(self.rnn.weight_hh_l0)
            nn.init.normal_(self.rnn.weight_ih_l0, std=0.001)
            nn.init.zeros_(self.rnn.bias_ih_l0)
            nn.init.zeros_(self.rnn.bias_hh_l0)
        if options.cell == "lstm":
            for gate in self.rnn.weight_ih_l0.detach().split(options.hidden):
                nn.init.xavier_uniform_(gate)
            for gate in self.rnn.weight_hh_l0.detach().split(options.hidden):
                nn.init.orthogonal_(gate)
            nn.init.zeros_(self.rnn.bias_hh_l0)
            nn.init.zeros_(self.rnn.bias_ih_l0)
            self.rnn.bias_ih_l0.detach()[options.hidden : 2 * options.hidden] = 1

        if options.cell in ("irnn", "lstm"):
            nn.init.xavier_uniform_(self.output.weight)
            nn.init.zeros_(self.output.bias)

    def forward(self, x):
        return self.output(self.rnn(x)[0][:, -1])[:, 0]


def examples(count, length, generator):
    numbers = torch.rand(count, length, generator=generator)
    markers = torch.zeros(count, length)
    rows = torch.arange(count)
    half = length // 2
    first = torch.randint(half, (count,), generator=generator)
    second = half + torch.randint(length - half, (count,), generator=generator)
    markers[rows, first] = 1
    markers[rows, second] = 1
    return torch.stack([numbers, markers], dim=2), (numbers * markers).sum(dim=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cell", choices=["rnn", "gru", "lstm", "irnn"], default="lstm")
    parser.add_argument("--length", type=int, default=200)
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--updates", type=int, default=3000)
    parser.add_argument("--lr", type=float, default=5e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cpu-time", action="store_true", help="rates by processor time")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    clock = time.process_time if options.cpu_time else time.perf_counter
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(options.seed + 1)
    test_x, test_y = examples(1000, options.length, torch.Generator().manual_seed(0))
    model = Adder(options)
    optimizer = torch.optim.Adam(model.parameters(), lr=options.lr)
    seconds = 0.0
    for update in range(1, options.updates + 1):
        x, y = examples(options.batch, options.length, generator)
        start = clock()
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        seconds += clock() - start
        if update % max(options.updates // 10, 1) == 0:
            with torch.no_grad():
                error = nn.functional.mse_loss(model(test_x), test_y).item()
            rate = update * options.batch * options.length / seconds
            print(json.dumps({"update": update, "mse": error, "tokens_per_second": rate}), flush=True)


if __name__ == "__main__":
    main()
