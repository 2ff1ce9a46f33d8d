#!/usr/bin/env python3
"""Writes the golden values of operations, `operations.json`, in f64 by PyTorch's autograd.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install torch==2.13.0+cpu numpy \\
        --extra-index-url https://download.pytorch.org/whl/cpu
    /tmp/goldens/bin/python make_operation_goldens.py

Both sides build inputs and parameters from a formula: element i (row-major) of input number p is
0.8 · cos(0.97 · i + 1.3 · p). Inputs are numbered as they stand in a case. Tokens are ordered by
step, then by row, longest row first. What is not a loss already is weighed with cos(0.7 · i + 0.4).

A case holds `loss` and the gradient of every input, flat and row-major.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
TARGET, SOURCE, SOURCES = [4, 3, 1, 1], [6, 5, 2], [2, 0, 2, 2]
CRF = [5, 4, 4, 2, 1]


def tokens(lengths):
    """The token numbers of every row."""
    rows = [[] for _ in lengths]
    number = 0
    for step in range(lengths[0]):
        for row, length in enumerate(lengths):
            if step < length:
                rows[row].append(number)
                number += 1
    return rows


def value(p, *shape):
    i = range(math.prod(shape))
    flat = [0.8 * math.cos(0.97 * k + 1.3 * p) for k in i]
    return torch.tensor(flat).reshape(shape).requires_grad_()


def weighed(y):
    c = torch.tensor([math.cos(0.7 * k + 0.4) for k in range(y.numel())]).reshape(y.shape)
    return (c * y).sum()


def case(loss, *inputs):
    loss.backward()
    return {"loss": loss.item(), "gradients": [x.grad.flatten().tolist() for x in inputs]}


def crf(tags=4):
    rows = tokens(CRF)
    e, start = value(0, sum(CRF), tags), value(1, tags)
    end, transitions = value(2, tags), value(3, tags, tags)
    loss = 0
    for row in rows:
        labels = [(7 * t + t // 3) % tags for t in row]
        score = start[labels[0]] + end[labels[-1]] + sum(e[t, y] for t, y in zip(row, labels))
        score = score + sum(transitions[a, b] for a, b in zip(labels, labels[1:]))
        alpha = start + e[row[0]]
        for t in row[1:]:
            alpha = torch.logsumexp(alpha[:, None] + transitions, dim=0) + e[t]
        loss = loss + torch.logsumexp(alpha + end, dim=0) - score
    return case(0.3 * loss, e, start, end, transitions)


def attention(score):
    size = 3 if score in ("additive", "general") else 5
    q, memory = value(0, sum(TARGET), size), value(1, sum(SOURCE), 5)
    parameters = {
        "additive": lambda: [value(2, 4, 3), value(3, 4), value(4, 4, 5), value(5, 4)],
        "general": lambda: [value(2, 3, 5)],
    }.get(score, lambda: [])()
    targets, sources = tokens(TARGET), tokens(SOURCE)
    context = [None] * sum(TARGET)
    for row, source in enumerate(SOURCES):
        x = memory[sources[source]]
        for t in targets[row]:
            if score == "scaled-dot":
                context[t] = F.scaled_dot_product_attention(q[t][None], x, x)[0]
                continue
            if score == "dot":
                s = x @ q[t]
            elif score == "general":
                s = F.bilinear(q[t].expand(len(x), 3).contiguous(), x, parameters[0][None])[:, 0]
            else:
                w, b, u, v = parameters
                s = torch.tanh(F.linear(q[t], w, b) + F.linear(x, u)) @ v
            context[t] = torch.softmax(s, dim=0) @ x
    return case(weighed(torch.stack(context)), q, memory, *parameters)


def attention_pooling():
    x, w, b, v = value(0, sum(SOURCE), 3), value(1, 5, 3), value(2, 5), value(3, 5)
    pooled = []
    for row in tokens(SOURCE):
        rows = x[row]
        pooled.append(torch.softmax(torch.tanh(F.linear(rows, w, b)) @ v, dim=0) @ rows)
    return case(weighed(torch.stack(pooled)), x, w, b, v)


def output(criterion, classes=7):
    """Every token's loss is a sum over classes; targets are [i % 3 = 0], or 0.8 cos as number 3."""
    x, w, b = value(0, sum(SOURCE), 4), value(1, classes, 4), value(2, classes)
    y = F.linear(x, w, b)
    if criterion == "sigmoid":
        t = torch.tensor([float(i % 3 == 0) for i in range(y.numel())]).reshape(y.shape)
        loss = F.binary_cross_entropy_with_logits(y, t, reduction="sum")
    else:
        loss = F.mse_loss(y, value(3, *y.shape).detach(), reduction="sum")
    return case(0.3 * loss, x, w, b)


def main():
    cases = {"crf": crf(), "attention-pooling": attention_pooling()}
    for score in ("additive", "dot", "general", "scaled-dot"):
        cases[f"attention-{score}"] = attention(score)
    for criterion in ("sigmoid", "squared-error"):
        cases[criterion] = output(criterion)
    digits = lambda x: float(f"{x:.12g}")
    for entry in cases.values():
        entry["loss"] = digits(entry["loss"])
        entry["gradients"] = [[digits(x) for x in g] for g in entry["gradients"]]
    path = pathlib.Path(__file__).with_name("operations.json")
    document = {"made_with": f"torch {torch.__version__}", "cases": cases}
    path.write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
