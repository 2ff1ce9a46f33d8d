#!/usr/bin/env python3
"""A PyTorch twin of `unroll train compose`: music as 88 sigmoids a step.

    python composer.py jsb-chorales-quarter.json --cell gru --hidden 46

Every piece is a sequence of its own length: a step of zeros, then its steps, each predicted from
those before. An epoch sees every piece of 'train' once, in an order drawn anew, B pieces an update;
the loss of an update is the mean over its steps of the sum over keys. Dropout lies between the
layers and on the last layer's output. After each epoch 'valid' is measured with dropout off; the
weights that did best there are measured on 'test'. Only training counts as time.
"""

import argparse
import copy
import json
import math
import pathlib
import sys
import time

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import common  # noqa: E402
from arguments import add_numbers, begin  # noqa: E402

LOWEST, KEYS = 21, 88


class Composer(nn.Module):
    def __init__(self, options):
        super().__init__()
        kind = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[options.cell]
        between = options.dropout if options.layers > 1 else 0
        self.rnn = kind(KEYS, options.hidden, options.layers, dropout=between)
        self.dropout = nn.Dropout(options.dropout)
        self.output = nn.Linear(options.hidden, KEYS)
        if options.xavier:
            self.begin_as_xavier(options.hidden)

    def begin_as_xavier(self, hidden):
        """Every gate's matrix by its own size, and no bias: Unroll's `--init xavier`."""
        for name, parameter in self.named_parameters():
            if parameter.dim() == 1:
                nn.init.zeros_(parameter)
            elif name.startswith("rnn."):
                for gate in parameter.data.split(hidden):
                    nn.init.xavier_uniform_(gate)
            else:
                nn.init.xavier_uniform_(parameter)

    def forward(self, pieces):
        """Nats of all steps together, and their number."""
        targets = pad_sequence(pieces)
        inputs = torch.cat([torch.zeros_like(targets[:1]), targets[:-1]])
        lengths = torch.tensor([len(piece) for piece in pieces])
        pack = lambda steps: pack_padded_sequence(steps, lengths, enforce_sorted=False)  # noqa: E731
        outputs, _ = self.rnn(pack(inputs))
        logits = self.output(self.dropout(outputs.data))
        nats = nn.functional.binary_cross_entropy_with_logits(
            logits, pack(targets).data, reduction="sum"
        )
        return nats, len(logits)


def read_pieces(path):
    """The pieces of each part as 0/1 matrices (steps, 88)."""

    def matrix(piece):
        steps = torch.zeros(len(piece), KEYS)
        for step, notes in enumerate(piece):
            steps[step, [note - LOWEST for note in notes]] = 1
        return steps

    music = json.loads(pathlib.Path(path).read_text())
    return {part: [matrix(p) for p in music[part]] for part in ("train", "valid", "test")}


@torch.no_grad()
def evaluate(model, pieces):
    """Nats a step over all pieces."""
    model.eval()
    nats, steps = model(pieces)
    model.train()
    return nats.item() / steps


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("music", help="a JSON file of piano rolls")
    parser.add_argument("--cell", choices=["lstm", "gru", "rnn"], default="gru")
    add_numbers(parser, int, [
        ("hidden", 46),
        ("layers", 1),
        ("batch", 8),
        ("epochs", 100),
        ("patience", 0),
        ("seed", 1),
        ("threads", torch.get_num_threads()),
    ])
    add_numbers(parser, float, [
        ("learning-rate", 2e-3),
        ("clip", 5.0),
        ("dropout", 0.0),
        ("weight-decay", 0.0),
    ])
    parser.add_argument("--xavier", action="store_true", help="begin as Unroll's --init xavier")
    parser.add_argument("--cosine", action="store_true", help="decay the learning rate to zero")
    return parser.parse_args()


def main():
    options = parse_arguments()
    begin(options)
    parts = read_pieces(options.music)
    model = Composer(options)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay, fused=True
    )
    train = parts["train"]
    updates = options.epochs * math.ceil(len(train) / options.batch)
    schedule = (
        torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, updates) if options.cosine else None
    )
    best, weights, worse, seconds, steps_done = math.inf, None, 0, 0.0, 0
    for epoch in range(1, options.epochs + 1):
        start = time.perf_counter()
        for batch in torch.randperm(len(train)).split(options.batch):
            optimizer.zero_grad(set_to_none=True)
            nats, steps = model([train[index] for index in batch])
            (nats / steps).backward()
            nn.utils.clip_grad_norm_(model.parameters(), options.clip)
            optimizer.step()
            if schedule is not None:
                schedule.step()
            steps_done += steps
        seconds += time.perf_counter() - start
        valid = evaluate(model, parts["valid"])
        if valid < best:
            best, weights, worse = valid, copy.deepcopy(model.state_dict()), 0
        else:
            worse += 1
            if options.patience and worse >= options.patience:
                break
    model.load_state_dict(weights)
    print(
        json.dumps(
            dict(
                framework="pytorch",
                version=torch.__version__,
                threads=options.threads,
                cpu=common.cpu_name(),
                parameters=sum(p.numel() for p in model.parameters()),
                seed=options.seed,
                epochs=epoch,
                best_valid_nll=round(best, 4),
                test_nll=round(evaluate(model, parts["test"]), 4),
                training_seconds=round(seconds, 2),
                steps_per_second=round(steps_done / seconds),
            )
        )
    )


if __name__ == "__main__":
    main()
