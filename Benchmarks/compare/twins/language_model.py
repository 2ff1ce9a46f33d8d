#!/usr/bin/env python3
"""A PyTorch twin of `unroll train lm`: a character language model of one text file.

    python language_model.py input.txt --target 1.45

The text's first 90 % train, the next 5 % validate, the last 5 % test. The training part is cut
into B equal streams that run side by side; an update sees T characters of each, and starts where
the update before stopped, with its states (detached). An epoch ends where no full window is left.
Dropout lies between the layers and on the last layer's output. Validation reads its part as one
stream with carried state from zero and dropout off; its time is not counted as training.
"""

import argparse
import json
import math
import pathlib
import sys
import time

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import common  # noqa: E402
from arguments import add_numbers, begin  # noqa: E402

EVALUATION_WINDOW = 1024


class LanguageModel(nn.Module):
    def __init__(self, vocabulary, options):
        super().__init__()
        kind = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[options.cell]
        between = options.dropout if options.layers > 1 else 0
        self.embedding = nn.Embedding(vocabulary, options.embedding)
        self.rnn = kind(options.embedding, options.hidden, options.layers, dropout=between)
        self.dropout = nn.Dropout(options.dropout)
        self.output = nn.Linear(options.hidden, vocabulary)

    def forward(self, inputs, targets, state):
        """Mean nats a character, and the final state without its history."""
        outputs, state = self.rnn(self.embedding(inputs), state)
        scores = self.output(self.dropout(outputs))
        loss = nn.functional.cross_entropy(scores.flatten(0, 1), targets.flatten())
        return loss, detached(state)


def detached(state):
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def read_parts(path):
    """Character ids of the three parts, and the sorted characters of the whole text."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    characters = sorted(set(text))
    index = {character: i for i, character in enumerate(characters)}
    ids = torch.tensor([index[character] for character in text])
    first, second = len(ids) * 90 // 100, len(ids) * 95 // 100
    return (ids[:first], ids[first:second], ids[second:]), characters


def windows(ids, batch, steps):
    """Yields (inputs, targets), each (T, B), of B streams side by side."""
    length = (len(ids) - 1) // batch
    inputs = ids[: batch * length].view(batch, length).T
    targets = ids[1 : batch * length + 1].view(batch, length).T
    for start in range(0, length - steps + 1, steps):
        yield inputs[start : start + steps], targets[start : start + steps]


def rate(update, options):
    """Share of the full rate: it rises for a warm-up, and falls along a cosine if it is known how far."""
    warm = min(1, (update + 1) / options.warmup) if options.warmup else 1
    if options.updates is None:
        return warm
    done = max(0, update - options.warmup) / max(1, options.updates - options.warmup)
    return warm * (1 + math.cos(math.pi * min(1, done))) / 2


@torch.no_grad()
def evaluate(model, ids):
    """Nats a character over all of `ids` but its first, as one stream."""
    model.eval()
    total, state = 0.0, None
    for start in range(0, len(ids) - 1, EVALUATION_WINDOW):
        targets = ids[start + 1 : start + 1 + EVALUATION_WINDOW].unsqueeze(1)
        inputs = ids[start : start + len(targets)].unsqueeze(1)
        loss, state = model(inputs, targets, state)
        total += loss.item() * len(targets)
    model.train()
    return total / (len(ids) - 1)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", help="a UTF-8 text file")
    parser.add_argument("--cell", choices=["lstm", "gru", "rnn"], default="lstm")
    add_numbers(parser, int, [
        ("embedding", 64),
        ("hidden", 256),
        ("layers", 2),
        ("batch", 64),
        ("steps", 64),
        ("epochs", 20),
        ("seed", 1),
        ("threads", torch.get_num_threads()),
        ("warmup", 0),
    ])
    add_numbers(parser, float, [
        ("learning-rate", 2e-3), ("clip", 5.0), ("dropout", 0.2), ("weight-decay", 0.0),
    ])
    parser.add_argument("--updates", type=int, help="so many, along a cosine; default: --epochs at one rate")
    parser.add_argument("--bf16", action="store_true", help="products in bf16 (autocast)")
    parser.add_argument("--target", type=float, help="stop at this validation loss (nats)")
    parser.add_argument("--evaluate-every", type=int, help="updates; default: once an epoch")
    parser.add_argument("--json", action="store_true", help="print JSON objects, one a line")
    return parser.parse_args()


def main():
    options = parse_arguments()
    begin(options)

    (train, valid, test), characters = read_parts(options.text)
    per_epoch = ((len(train) - 1) // options.batch) // options.steps
    if per_epoch == 0 or len(valid) < 2 or len(test) < 2:
        sys.exit(
            f"error: '{options.text}' has {len(train)} training characters, fewer than one window "
            f"of {options.batch} streams by {options.steps} steps\n"
            "  hint: lower --batch or --steps"
        )
    every = options.evaluate_every or per_epoch
    model = LanguageModel(len(characters), options)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay, fused=True
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda update: rate(update, options))

    def show(**values):
        if options.json:
            print(json.dumps(values), flush=True)
        else:
            print("  ".join(f"{key} {value}" for key, value in values.items()), flush=True)

    show(
        framework="pytorch",
        version=torch.__version__,
        threads=options.threads,
        cpu=common.cpu_name(),
        characters=len(train) + len(valid) + len(test),
        symbols=len(characters),
        parameters=sum(p.numel() for p in model.parameters()),
    )
    seconds, updates, shown, reached = 0.0, 0, 0, None
    best, running = math.inf, torch.zeros(())
    epochs = -(-options.updates // per_epoch) if options.updates else options.epochs
    for epoch in range(1, epochs + 1):
        state, start = None, time.perf_counter()
        for inputs, targets in windows(train, options.batch, options.steps):
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
                loss, state = model(inputs, targets, state)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), options.clip)
            optimizer.step()
            schedule.step()
            running += loss.detach()
            updates += 1
            if updates % every and updates != options.updates:
                continue
            seconds += time.perf_counter() - start
            nats = evaluate(model, valid)
            best = min(best, nats)
            show(
                epoch=epoch,
                update=updates,
                train_nats=round(running.item() / (updates - shown), 4),
                valid_nats=round(nats, 4),
                valid_bits=round(nats / math.log(2), 4),
                training_seconds=round(seconds, 2),
                characters_per_second=round(updates * options.batch * options.steps / seconds),
            )
            running.zero_()
            shown = updates
            if options.target is not None and nats <= options.target:
                reached = seconds
            if reached is not None or updates == options.updates:
                break
            start = time.perf_counter()
        if reached is not None or updates == options.updates:
            break
        seconds += time.perf_counter() - start
    closing = {"test_nats": round(evaluate(model, test), 4), "best_valid_nats": round(best, 4)}
    if options.target is not None:
        closing["target"] = options.target
        closing["seconds_to_target"] = None if reached is None else round(reached, 2)
    show(**closing, training_seconds=round(seconds, 2), peak_memory_mb=common.peak_memory_mb())


if __name__ == "__main__":
    main()
