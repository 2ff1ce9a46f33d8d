#!/usr/bin/env python3
"""A PyTorch twin of `unroll train lm --tokens word --output adaptive`: words of a training, a validation and a test text.

    python words.py train.txt valid.txt test.txt --cutoffs 2000 10000
    python words.py train.txt valid.txt test.txt --cutoffs 2000 10000 --pairs 3 --updates 60

Words are numbered by how often the training text has them, and every line ends with one of its own. B equal streams
run side by side, T words an update, with states carried on; Adam, its rate falling along half a cosine. Perplexities
count every word of a text but its first. With `--pairs` both sides train in turn and words per second are compared.
"""

import argparse
import collections
import json
import math
import pathlib
import sys
import time

import torch
from torch import nn

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parent)]
import common  # noqa: E402
from arguments import add_numbers, begin  # noqa: E402
import in_turn  # noqa: E402
from language_model import detached, windows  # noqa: E402


class WordModel(nn.Module):
    def __init__(self, vocabulary, options):
        super().__init__()
        between = options.dropout if options.layers > 1 else 0
        self.embedding = nn.Embedding(vocabulary, options.hidden)
        self.rnn = nn.LSTM(options.hidden, options.hidden, options.layers, dropout=between)
        self.dropout = nn.Dropout(options.dropout)
        self.output = nn.AdaptiveLogSoftmaxWithLoss(options.hidden, vocabulary, options.cutoffs, div_value=4.0)

    def forward(self, inputs, targets, state):
        """Mean nats a word, and the final state without its history."""
        outputs, state = self.rnn(self.dropout(self.embedding(inputs)), state)
        loss = self.output(self.dropout(outputs).flatten(0, 1), targets.flatten()).loss
        return loss, detached(state)


def read(paths):
    """Ids of each text, by the words of the first, and how many there are."""
    texts = []
    for path in paths:
        lines = pathlib.Path(path).read_text(encoding="utf-8").split("\n")
        texts.append([word for line in lines[: len(lines) - (not lines[-1])] for word in line.split() + ["<eos>"]])
    counts = collections.Counter(texts[0])
    counts["<unk>"] += 0
    index = {word: number for number, (word, _) in enumerate(counts.most_common())}
    unknown = index["<unk>"]
    return [torch.tensor([index.get(word, unknown) for word in text]) for text in texts], len(index)


@torch.no_grad()
def evaluate(model, ids, streams=16, steps=128):
    """Nats a word."""
    model.eval()
    total, count, state = 0.0, 0, None
    for inputs, targets in windows(ids, streams, steps):
        loss, state = model(inputs, targets, state)
        total += loss.item() * targets.numel()
        count += targets.numel()
    model.train()
    return total / count


def speed(options, train, vocabulary):
    """Words a second of `--updates` updates, the first fifth not counted."""
    torch.manual_seed(options.seed)
    model = WordModel(vocabulary, options)
    optimizer = torch.optim.Adam(model.parameters(), lr=options.learning_rate, fused=True)
    state, clock, start = None, in_turn.clock(options), 0.0
    first = options.updates // 5
    for update, (inputs, targets) in enumerate(windows(train, options.batch, options.steps)):
        if update == first:
            start = clock()
        if update == options.updates:
            break
        optimizer.zero_grad(set_to_none=True)
        loss, state = model(inputs, targets, state)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), options.clip)
        optimizer.step()
    return (options.updates - first) * options.batch * options.steps / (clock() - start)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", nargs=3, metavar="TEXT", help="to train, to validate, to test")
    parser.add_argument("--cutoffs", type=int, nargs="+", default=[2000, 10000])
    add_numbers(parser, int, [("hidden", 256), ("layers", 1), ("batch", 32), ("steps", 35), ("epochs", 6), ("seed", 1),
                          ("threads", torch.get_num_threads())])
    add_numbers(parser, float, [("learning-rate", 3e-3), ("clip", 1.0), ("dropout", 0.4)])
    in_turn.add_arguments(parser)
    return parser.parse_args()


def main():
    options = parse_arguments()
    begin(options)
    (train, valid, test), vocabulary = read(options.texts)
    if options.pairs:
        return in_turn.measure(
            options, lambda: speed(options, train, vocabulary),
            ["lm", "--text", options.texts[0], "--valid", options.texts[1], "--tokens", "word", "--output", "adaptive",
             "--cutoffs", *options.cutoffs, "--layers", options.layers, "--hidden", options.hidden,
             "--embedding", options.hidden, "--batch", options.batch, "--steps", options.steps, "--dropout",
             options.dropout, "--lr", options.learning_rate, "--clip-norm", options.clip, "--seed", options.seed,
             "--eval-every", "1000000"])
    model = WordModel(vocabulary, options)
    optimizer = torch.optim.Adam(model.parameters(), lr=options.learning_rate, fused=True)
    total = options.epochs * sum(1 for _ in windows(train, options.batch, options.steps))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total)
    print(json.dumps({"version": torch.__version__, "threads": options.threads, "cpu": common.cpu_name(),
                      "words": vocabulary, "parameters": sum(p.numel() for p in model.parameters())}), flush=True)
    seconds = 0.0
    for epoch in range(1, options.epochs + 1):
        state, start, words = None, time.perf_counter(), 0
        for inputs, targets in windows(train, options.batch, options.steps):
            optimizer.zero_grad(set_to_none=True)
            loss, state = model(inputs, targets, state)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), options.clip)
            optimizer.step()
            schedule.step()
            words += targets.numel()
        seconds += time.perf_counter() - start
        print(json.dumps({"epoch": epoch, "valid_perplexity": round(math.exp(evaluate(model, valid)), 2),
                          "training_seconds": round(seconds, 1),
                          "words_per_second": round(epoch * words / seconds)}), flush=True)
    print(json.dumps({"test_perplexity": round(math.exp(evaluate(model, test)), 2),
                      "training_seconds": round(seconds, 1)}))


if __name__ == "__main__":
    main()
