#!/usr/bin/env python3
"""A PyTorch twin of `unroll train transcribe`: features, bidirectional LSTM, CTC.

    unroll data make digits --recordings RECORDINGS --out digits
    python transcriber.py digits --epochs 12                       # trains, prints word error rates
    python transcriber.py digits --pairs 5 --unroll .build/release/unroll      # speed, in turn

The model, the features, the batches of similar lengths, Adam, clipping, dropout and noise are those of
`recipes/digits.toml`. `--packed` (the default) reads every recording to its own end in both
directions, as Unroll does; `--padded` lets the reverse direction start in the padding, which is
faster in PyTorch and another model. Frames a second count real frames only.

`--pairs` and its options: `in_turn.py`.
"""

import argparse
import json
import pathlib
import random
import sys
import wave

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

import in_turn
from arguments import add_numbers

CLIP = 5.0
FILTERS, COEFFICIENTS = 26, 13


def read_wav(path):
    with wave.open(str(path)) as file:
        assert file.getsampwidth() == 2 and file.getnchannels() == 1
        data = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return data / 32768.0, file.getframerate()


class Features:
    """MFCC with slopes and slopes of slopes, mean 0 and variance 1 over each recording."""

    def __init__(self, rate):
        self.window, self.shift = round(0.025 * rate), round(0.010 * rate)
        self.size = 1 << (self.window - 1).bit_length()
        self.hamming = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(self.window) / (self.window - 1))

        def mel(f):
            return 1127 * np.log(1 + f / 700)

        points = 700 * (np.exp(np.linspace(mel(20), mel(rate / 2), FILTERS + 2) / 1127) - 1)
        f = np.arange(self.size // 2 + 1) * rate / self.size
        rising = (f - points[:-2, None]) / (points[1:-1] - points[:-2])[:, None]
        falling = (points[2:, None] - f) / (points[2:] - points[1:-1])[:, None]
        self.filters = np.maximum(0, np.minimum(rising, falling)).T
        n, m = np.arange(COEFFICIENTS)[:, None], np.arange(FILTERS)
        dct = np.sqrt(2 / FILTERS) * np.cos(np.pi * n * (m + 0.5) / FILTERS)
        dct[0] /= np.sqrt(2)
        self.cepstra = (dct * (1 + 11 * np.sin(np.pi * n / 22))).T

    @staticmethod
    def slopes(c):
        p = np.pad(c, ((2, 2), (0, 0)), mode="edge")
        n = len(c)
        return sum(k * (p[2 + k : 2 + k + n] - p[2 - k : 2 - k + n]) for k in (1, 2)) / 10

    def __call__(self, x):
        y = np.concatenate([x[:1], x[1:] - 0.97 * x[:-1]])
        count = 1 + (len(y) - self.window) // self.shift
        places = np.arange(count)[:, None] * self.shift + np.arange(self.window)
        power = np.abs(np.fft.rfft(y[places] * self.hamming, self.size)) ** 2
        c = np.log(np.maximum(power @ self.filters, 1e-10)) @ self.cepstra
        d = self.slopes(c)
        c = np.concatenate([c, d, self.slopes(d)], axis=1)
        return torch.tensor((c - c.mean(0)) / c.std(0), dtype=torch.float32)


def read_part(folder, part, alphabet=None):
    lines = (folder / f"{part}.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines]
    alphabet = alphabet or sorted({character for _, text in pairs for character in text})
    index = {character: i + 1 for i, character in enumerate(alphabet)}
    features, examples = None, []
    for name, text in pairs:
        sound, rate = read_wav(folder / part / name)
        features = features or Features(rate)
        examples.append((features(sound), [index[character] for character in text], text))
    return examples, alphabet


class Transcriber(nn.Module):
    def __init__(self, inputs, classes, options):
        super().__init__()
        self.options = options
        self.rnn = nn.LSTM(
            inputs, options.hidden, options.layers, bidirectional=True,
            dropout=options.dropout if options.layers > 1 else 0)
        self.dropout = nn.Dropout(options.dropout)
        self.output = nn.Linear(2 * options.hidden, classes)

    def forward(self, sequences):
        """(T, B, classes) log-probabilities, and lengths; `sequences` longest first."""
        lengths = torch.tensor([len(x) for x in sequences])
        x = pad_sequence(sequences)
        if self.training and self.options.noise > 0:
            x = x + self.options.noise * torch.randn_like(x)
        if self.options.padded:
            h, _ = self.rnn(x)
        else:
            h, _ = pad_packed_sequence(self.rnn(pack_padded_sequence(x, lengths))[0])
        return self.output(self.dropout(h)).log_softmax(2), lengths


def batches(examples, size, generator, pool=8):
    """As Unroll cuts them: pools of 8 minibatches are sorted by length together."""
    order = list(range(len(examples)))
    generator.shuffle(order)
    result = []
    for start in range(0, len(order), size * pool):
        members = sorted(order[start : start + size * pool], key=lambda i: -len(examples[i][0]))
        result += [members[i : i + size] for i in range(0, len(members), size)]
    generator.shuffle(result)
    return result


def errors(reference, hypothesis):
    last = list(range(len(hypothesis) + 1))
    for i, word in enumerate(reference):
        current = [i + 1]
        for j, other in enumerate(hypothesis):
            current.append(min(last[j] + (word != other), last[j + 1] + 1, current[j] + 1))
        last = current
    return last[-1]


@torch.no_grad()
def word_error_rate(model, examples, alphabet):
    model.eval()
    wrong, words = 0, 0
    order = sorted(range(len(examples)), key=lambda i: -len(examples[i][0]))
    for start in range(0, len(order), 64):
        rows = order[start : start + 64]
        scores, lengths = model([examples[i][0] for i in rows])
        best = scores.argmax(2)
        for column, (i, length) in enumerate(zip(rows, lengths)):
            path = torch.unique_consecutive(best[:length, column]).tolist()
            text = "".join(alphabet[label - 1] for label in path if label)
            wrong += errors(examples[i][2].split(), text.split())
            words += len(examples[i][2].split())
    model.train()
    return wrong / words


def train(options, examples, alphabet, valid=None, updates=None):
    """Trains; returns frames a second, the first fifth of the updates left out."""
    torch.manual_seed(options.seed)
    generator = random.Random(options.seed)
    model = Transcriber(examples[0][0].shape[1], len(alphabet) + 1, options)
    optimizer = torch.optim.Adam(model.parameters(), lr=options.learning_rate, fused=True)
    per_epoch = -(-len(examples) // options.batch)
    total = updates or options.epochs * per_epoch
    warmup = 100
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda u: min(1, (u + 1) / warmup) * (
        0.5 * (1 + np.cos(np.pi * max(0, u - warmup) / max(1, total - warmup)))))
    clock = in_turn.clock(options)
    done, frames, seconds = 0, 0, 0.0
    while done < total:
        for rows in batches(examples, options.batch, generator):
            start = clock()
            scores, lengths = model([examples[i][0] for i in rows])
            labels = [examples[i][1] for i in rows]
            count = torch.tensor([len(x) for x in labels])
            loss = nn.functional.ctc_loss(
                scores, torch.tensor(sum(labels, [])), lengths, count, reduction="sum",
                zero_infinity=True) / count.sum()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
            schedule.step()
            done += 1
            if done > total // 5:
                frames += int(lengths.sum())
                seconds += clock() - start
            if done == total:
                break
        if valid:
            print(json.dumps({
                "epoch": done / per_epoch, "loss": loss.item(), "frames_per_sec": frames / max(seconds, 1e-9),
                "valid_wer": word_error_rate(model, valid, alphabet)}), flush=True)
    return frames / seconds, model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path, help="what `unroll data make digits` wrote")
    add_numbers(parser, int, [("hidden", 128), ("layers", 2), ("batch", 32), ("epochs", 12), ("seed", 1),
                          ("threads", torch.get_num_threads())])
    add_numbers(parser, float, [("learning-rate", 2e-3), ("dropout", 0.3), ("noise", 0.3)])
    parser.add_argument("--padded", action="store_true", help="do not pack sequences")
    parser.add_argument("--packed", dest="padded", action="store_false")
    in_turn.add_arguments(parser)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    examples, alphabet = read_part(options.data, "train")
    if options.pairs:
        in_turn.measure(
            options, lambda: train(options, examples, alphabet, updates=options.updates)[0],
            ["transcribe", "--audio", options.data / "train",
             "--transcripts", options.data / "train.tsv", "--set", "data.valid_fraction=0",
             "--bidirectional", "--layers", options.layers, "--hidden", options.hidden,
             "--dropout", options.dropout, "--input-noise", options.noise,
             "--batch", options.batch, "--lr", options.learning_rate,
             "--schedule", "warmup-cosine", "--warmup", 100])
        return
    valid, _ = read_part(options.data, "valid", alphabet)
    _, model = train(options, examples, alphabet, valid)
    test, _ = read_part(options.data, "test", alphabet)
    print(json.dumps({"test_wer": word_error_rate(model, test, alphabet)}))


if __name__ == "__main__":
    sys.exit(main())
