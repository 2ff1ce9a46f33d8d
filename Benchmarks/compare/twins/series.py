#!/usr/bin/env python3
"""A PyTorch twin of `unroll train classify` for series of numbers: the same model, hyper-parameters
and size of minibatches; seeds and the order of the examples are its own.

    python series.py train.csv test.csv --cell gru --layers 2 --hidden 64 --bidirectional \
        --pooling max --dropout 0.3 --batch 64 --epochs 50 --lr 0.005
    python series.py train-images-idx3-ubyte t10k-images-idx3-ubyte --cell lstm --hidden 128 \
        --dropout 0.2 --batch 128 --epochs 10 --lr 0.002

Reads CSV files, a row a label and its series, or IDX images, a row of pixels a step, whose
labels lie beside them. All series of a file are equally long. Prints a JSON object an epoch:
accuracy on the test file, and tokens a second in training alone.
"""

import argparse
import csv
import json
import math
import pathlib
import time

import numpy as np
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self, features, classes, options):
        super().__init__()
        kind = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[options.cell]
        self.pooling = options.pooling
        self.rnn = kind(
            features, options.hidden, options.layers, bidirectional=options.bidirectional,
            batch_first=True, dropout=options.dropout if options.layers > 1 else 0)
        self.dropout = nn.Dropout(options.dropout)
        self.output = nn.Linear((1 + options.bidirectional) * options.hidden, classes)

    def forward(self, x):
        outputs, state = self.rnn(x)
        if self.pooling == "max":
            features = outputs.max(dim=1).values
        else:
            hidden = state[0] if isinstance(state, tuple) else state
            last = hidden[-2:] if self.rnn.bidirectional else hidden[-1:]
            features = torch.cat(list(last), dim=1)
        return self.output(self.dropout(features))


def read(path):
    """[examples, steps, features], labels"""
    path = pathlib.Path(path)
    if path.suffix == ".csv":
        with path.open(encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if row]
        values = np.array([[float(x) for x in row[1:]] for row in rows], dtype=np.float32)
        return torch.from_numpy(values)[:, :, None], [row[0] for row in rows]
    images = np.frombuffer(path.read_bytes(), dtype=np.uint8, offset=16)
    count = int.from_bytes(path.read_bytes()[4:8], "big")
    labels = path.with_name(path.name.replace("images-idx3", "labels-idx1")).read_bytes()[8:]
    images = images.reshape(count, 28, 28).astype(np.float32) / 255
    return torch.from_numpy(images), [str(label) for label in labels]


@torch.no_grad()
def accuracy(model, x, y):
    model.eval()
    right = sum((model(a).argmax(dim=1) == b).sum().item() for a, b in zip(x.split(256), y.split(256)))
    model.train()
    return right / len(y)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--cell", choices=["rnn", "gru", "lstm"], default="lstm")
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--bidirectional", action="store_true")
    parser.add_argument("--pooling", choices=["last", "max"], default="last")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--updates", type=int, default=0, help="stop after so many; 0: by epochs")
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cpu-time", action="store_true", help="rates by processor time")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    clock = time.process_time if options.cpu_time else time.perf_counter
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    x, names = read(options.train)
    test_x, test_names = read(options.test)
    classes = {name: index for index, name in enumerate(sorted(set(names)))}
    y = torch.tensor([classes[name] for name in names])
    test_y = torch.tensor([classes[name] for name in test_names])
    model = Classifier(x.shape[2], len(classes), options)
    optimizer = torch.optim.Adam(model.parameters(), lr=options.lr)
    updates = options.epochs * math.ceil(len(x) / options.batch)
    update, steps, seconds = 0, 0, 0.0
    for epoch in range(options.epochs):
        start = clock()
        for batch in torch.randperm(len(x)).split(options.batch):
            for group in optimizer.param_groups:
                group["lr"] = options.lr * (1 + math.cos(math.pi * update / updates)) / 2
            loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5)
            optimizer.step()
            update += 1
            steps += len(batch) * x.shape[1]
            if update == options.updates:
                break
        seconds += clock() - start
        print(
            json.dumps({
                "epoch": epoch + 1, "accuracy": accuracy(model, test_x, test_y),
                "tokens_per_second": steps / seconds}), flush=True)
        if update == options.updates:
            break


if __name__ == "__main__":
    main()
