#!/usr/bin/env python3
"""A PyTorch twin of `unroll train classify` for texts: the same model, hyper-parameters and way of
batching; seeds and the order of the examples are its own.

    unroll data split --data names --fraction 0.2 --train train.tsv --test test.tsv
    python classifier.py train.tsv test.tsv --tokens char --embedding 64 --hidden 128 \
        --pooling last --dropout 0.3 --epochs 10 --lr 0.003 --cosine

    unroll data split --data mr --fraction 0.1 --train train.tsv --test test.tsv
    python classifier.py train.tsv test.tsv --encode trigrams --lowercase --pooling max \
        --dropout 0.5 --epochs 5 --lr 0.001 --cosine

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
        if options.encode == "trigrams":
            self.embedding = nn.EmbeddingBag(vocabulary, options.embedding, mode="sum")
        else:
            self.embedding = nn.Embedding(vocabulary, options.embedding)
        self.rnn = kind(
            options.embedding, options.hidden, options.layers, bidirectional=True, batch_first=True,
            dropout=options.dropout if options.layers > 1 else 0)
        self.dropout = nn.Dropout(options.dropout)
        self.output = nn.Linear(2 * options.hidden, classes)

    def embedded(self, sequences):
        """[batch, steps, embedding] of rows of ids, or of rows of bags of ids."""
        if isinstance(self.embedding, nn.Embedding):
            ids = pad_sequence([torch.tensor(row) for row in sequences], batch_first=True)
            return self.embedding(ids)
        bags = [bag for row in sequences for bag in row]
        offsets = torch.tensor([0] + [len(bag) for bag in bags[:-1]]).cumsum(0)
        sums = self.embedding(torch.tensor([id for bag in bags for id in bag]), offsets)
        return pad_sequence(sums.split([len(row) for row in sequences]), batch_first=True)

    def forward(self, sequences):
        lengths = torch.tensor([len(row) for row in sequences])
        packed = pack_padded_sequence(self.embedded(sequences), lengths, batch_first=True)
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


def pieces(token, options):
    """What a token is looked up as: itself, or the letter trigrams of `#token#`."""
    if options.encode == "ids":
        return [token]
    marked = f"#{token}#"
    return [marked[i : i + 3] for i in range(len(token))]


def batches(examples, size):
    random.shuffle(examples)
    result = []
    for start in range(0, len(examples), 8 * size):
        pool = sorted(examples[start : start + 8 * size], key=lambda e: -len(e[1]))
        result += [pool[i : i + size] for i in range(0, len(pool), size)]
    random.shuffle(result)
    return result


def collate(batch):
    return [e[1] for e in batch], torch.tensor([e[0] for e in batch])


@torch.no_grad()
def accuracy(model, examples):
    model.eval()
    examples = sorted(examples, key=lambda e: -len(e[1]))
    right = 0
    for start in range(0, len(examples), 64):
        sequences, labels = collate(examples[start : start + 64])
        right += (model(sequences).argmax(dim=1) == labels).sum().item()
    model.train()
    return right / len(examples)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--tokens", choices=["char", "word"], default="word")
    parser.add_argument("--encode", choices=["ids", "trigrams"], default="ids")
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
    parser.add_argument("--cpu-time", action="store_true", help="rates by processor time")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    clock = time.process_time if options.cpu_time else time.perf_counter
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    random.seed(options.seed)
    raw = [(label, tokens(text, options)) for label, text in read(options.train)]
    counts = collections.Counter(
        piece for _, text in raw for token in text for piece in pieces(token, options))
    kept = sorted(token for token, count in counts.items() if count >= options.min_count)
    index = {token: i + 1 for i, token in enumerate(kept)}
    labels = {label: i for i, label in enumerate(sorted({label for label, _ in raw}))}

    def encode(pairs):
        result = []
        for label, text in pairs:
            bags = [[index.get(piece, 0) for piece in pieces(token, options)] for token in text]
            row = bags if options.encode == "trigrams" else [bag[0] for bag in bags]
            result.append((labels[label], row))
        return result

    train = encode(raw)
    test = encode([(label, tokens(text, options)) for label, text in read(options.test)])
    model = Classifier(len(index) + 1, len(labels), options)
    optimizer = torch.optim.Adam(model.parameters(), lr=options.lr)
    updates = options.epochs * math.ceil(len(train) / options.batch)
    update, seconds, best = 0, 0.0, 0.0
    for epoch in range(options.epochs):
        start = clock()
        for batch in batches(train, options.batch):
            if options.cosine:
                rate = options.lr * (1 + math.cos(math.pi * update / updates)) / 2
                for group in optimizer.param_groups:
                    group["lr"] = rate
            sequences, targets = collate(batch)
            loss = nn.functional.cross_entropy(model(sequences), targets)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5)
            optimizer.step()
            update += 1
        seconds += clock() - start
        score = accuracy(model, test)
        best = max(best, score)
        steps = (epoch + 1) * sum(len(text) for _, text in train)
        print(
            json.dumps({
                "epoch": epoch + 1, "accuracy": score, "best": best,
                "tokens_per_second": steps / seconds}), flush=True)


if __name__ == "__main__":
    main()
