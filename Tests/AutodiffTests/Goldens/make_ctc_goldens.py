#!/usr/bin/env python3
"""Writes `ctc.json`: losses and gradients of torch.nn.functional.ctc_loss in f64.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install torch==2.13.0+cpu numpy \\
        --extra-index-url https://download.pytorch.org/whl/cpu
    /tmp/goldens/bin/python make_ctc_goldens.py

Both sides make the logits from a formula: row n, frame t, class k of C classes is
f64(3 · cos(0.97 · ((t · C + k) + 31 · n))). A case is a minibatch, longest row first; `loss` is -ln p
of each row, 0 where zero_infinity says so; `gradient` is that of the sum of all rows by the logits,
[t][k] of each row, every `stride`-th element of the flat array.
"""

import json
import pathlib

import torch

CASES = [
    # name, classes, blank, lengths, targets, stride
    ("short", 5, 0, [6, 5, 5, 3, 2], [[1, 2, 2], [4, 4, 4], [3], [], [1, 1]], 1),
    ("blank-last", 4, 3, [7, 4, 1], [[0, 1, 0, 1], [2, 2], [1]], 1),
    ("long", 29, 0, [240, 171, 97], None, 37),
]


def case(name, classes, blank, lengths, targets, stride):
    if targets is None:
        targets = [[1 + (7 * u * u + 3 * n + u) % (classes - 1) for u in range(length // 4)]
                   for n, length in enumerate(lengths)]
    steps = max(lengths)
    logits = torch.zeros(steps, len(lengths), classes, dtype=torch.float64)
    for n, length in enumerate(lengths):
        i = torch.arange(length * classes, dtype=torch.float64) + 31 * n
        logits[:length, n] = (3 * torch.cos(0.97 * i)).reshape(length, classes)
    logits.requires_grad_(True)
    loss = torch.nn.functional.ctc_loss(
        logits.log_softmax(2), torch.tensor([label for row in targets for label in row]),
        torch.tensor(lengths), torch.tensor([len(row) for row in targets]),
        blank=blank, reduction="none", zero_infinity=True)
    loss.sum().backward()
    rows = [logits.grad[:length, n].flatten()[::stride].tolist()
            for n, length in enumerate(lengths)]
    return {"name": name, "classes": classes, "blank": blank, "lengths": lengths,
            "targets": targets, "stride": stride, "loss": [float(f"{x:.15g}") for x in loss],
            "gradient": [[float(f"{x:.12g}") for x in row] for row in rows]}


if __name__ == "__main__":
    path = pathlib.Path(__file__).parent / "ctc.json"
    cases = [case(*arguments) for arguments in CASES]
    path.write_text(json.dumps({"made_with": f"torch {torch.__version__}", "cases": cases}) + "\n")
