#!/usr/bin/env python3
"""A PyTorch twin of `unroll train classify` for texts: the same model, hyper-parameters and way of
batching; seeds and the order of the examples are its own.

    unroll data split --data names --fraction 0.2 --train train.tsv --test test.tsv
    python classifier.py train.tsv test.tsv --tokens char --embedding 64 --hidden 128 \
        --pooling last --dropout 0.3 --epochs 10 --lr 0.003 --cosine

Reads lines `label<TAB>text`. Each epoch shuffles, sorts eight minibatches at a time by length and
trains on them in random order; sequences are packed. Prints a JSON object an epoch: accuracy on the
test file, and tokens a second in training alone.
"""

import argparse
import collections
import json
import math
import random
import time

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


class Classifier(nn.Module):
    def __init__(self, vocabulary, classes, options):
        super().__init__()
        kind = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[options.cell]
        self.pooling = options.pooling
        self.embedding = nn.Embedding(vocabulary, options.embedding)
        self.rnn = kind(
            options.embedding, options.hidden, options.layers, bidirectional=True, batch_first=True,
            dropout=options.dropout if options.layers > 1 else 0)
        self.dropout = nn.Dropout(options.dropout)
        self.output = nn.Linear(2 * options.hidden, classes)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.embedding(ids), lengths, batch_first=True)
        outputs, state = self.rnn(packed)
        if self.pooling == "last":
            hidden = state[0] if isinstance(state, tuple) else state
            features = torch.cat([hidden[-2], hidden[-1]], dim=1)
        else:
            padded, _ = pad_packed_sequence(outputs, batch_first=True, padding_value=-math.inf)
            features = padded.max(dim=1).values
        return self.output(self.dropout(features))


def read(path):
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t", 1) for line in file if line.strip()]


def tokens(text, options):
    text = text.lower() if options.lowercase else text
    return list(text) if options.tokens == "char" else text.split()


def batches(examples, size):
    random.shuffle(examples)
    result = []
    for start in range(0, len(examples), 8 * size):
        pool = sorted(examples[start : start + 8 * size], key=lambda e: -len(e[1]))
        result += [pool[i : i + size] for i in range(0, len(pool), size)]
    random.shuffle(result)
    return result


def collate(batch):
    ids = pad_sequence([torch.tensor(e[1]) for e in batch], batch_first=True)
    lengths = torch.tensor([len(e[1]) for e in batch])
    return ids, lengths, torch.tensor([e[0] for e in batch])


@torch.no_grad()
def accuracy(model, examples):
    model.eval()
    examples = sorted(examples, key=lambda e: -len(e[1]))
    right = 0
    for start in range(0, len(examples), 64):
        ids, lengths, labels = collate(examples[start : start + 64])
        right += (model(ids, lengths).argmax(dim=1) == labels).sum().item()
    model.train()
    return right / len(examples)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--tokens", choices=["char", "word"], default="word")
    parser.add_argument("--lowercase", action="store_true")
    parser.add_argument("--min-count", type=int, default=1)
    parser.add_argument("--cell", choices=["rnn", "gru", "lstm"], default="lstm")
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--embedding", type=int, default=128)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--pooling", choices=["last", "max"], default="last")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--cosine", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    random.seed(options.seed)
    raw = [(label, tokens(text, options)) for label, text in read(options.train)]
    counts = collections.Counter(token for _, text in raw for token in text)
    kept = sorted(token for token, count in counts.items() if count >= options.min_count)
    index = {token: i + 1 for i, token in enumerate(kept)}
    labels = {label: i for i, label in enumerate(sorted({label for label, _ in raw}))}

    def encode(pairs):
        return [(labels[label], [index.get(token, 0) for token in text]) for label, text in pairs]

    train = encode(raw)
    test = encode([(label, tokens(text, options)) for label, text in read(options.test)])
    model = Classifier(len(index) + 1, len(labels), options)
    optimizer = torch.optim.Adam(model.parameters(), lr=options.lr)
    updates = options.epochs * math.ceil(len(train) / options.batch)
    update, seconds, best = 0, 0.0, 0.0
    for epoch in range(options.epochs):
        start = time.perf_counter()
        for batch in batches(train, options.batch):
            if options.cosine:
                rate = options.lr * (1 + math.cos(math.pi * update / updates)) / 2
                for group in optimizer.param_groups:
                    group["lr"] = rate
            ids, lengths, targets = collate(batch)
            loss = nn.functional.cross_entropy(model(ids, lengths), targets)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5)
            optimizer.step()
            update += 1
        seconds += time.perf_counter() - start
        score = accuracy(model, test)
        best = max(best, score)
        steps = (epoch + 1) * sum(len(text) for _, text in train)
        print(
            json.dumps({
                "epoch": epoch + 1, "accuracy": score, "best": best,
                "tokens_per_second": steps / seconds}), flush=True)


if __name__ == "__main__":
    main()
