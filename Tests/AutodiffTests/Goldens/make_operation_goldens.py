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


def memory(slots, width, reads, writes, reach, constant):
    """A memory through the steps of TARGET, from the equations of Graves, Wayne & Danihelka (2014).

    Columns that steer a head: key, strength, gate, sharpening, shifts; of a writing head also erase
    and add. Heads find their slots in, and read, what the step before left; |x| = sqrt(x·x + 1e-2).
    """
    heads, shifts = reads + writes, 2 * reach + 1
    columns = heads * (width + 3 + shifts) + 2 * width * writes
    controls = value(0, sum(TARGET), columns)
    first_weights, first_reads = value(1, heads * slots), value(2, reads * width)
    norm = lambda x: torch.sqrt((x * x).sum(-1) + 1e-2)
    found = [None] * sum(TARGET)
    for row in tokens(TARGET):
        contents = torch.full((slots, width), constant)
        weights = [torch.softmax(w, 0) for w in first_weights.split(slots)]
        for token in row:
            rest, new, erasing, adding = controls[token], [], [], []

            def take(count):
                nonlocal rest
                taken, rest = rest[:count], rest[count:]
                return taken

            for head in range(heads):
                key = torch.tanh(take(width))
                strength, gate = F.softplus(take(1)), torch.sigmoid(take(1))
                sharpening, shift = 1 + F.softplus(take(1)), torch.softmax(take(shifts), 0)
                if head >= reads:
                    erasing.append(torch.sigmoid(take(width)))
                    adding.append(torch.tanh(take(width)))
                similarity = contents @ key / (norm(contents) * norm(key))
                by_content = torch.softmax(strength * similarity, 0)
                gated = gate * by_content + (1 - gate) * weights[head]
                moved = sum(
                    shift[j + reach] * torch.roll(gated, j) for j in range(-reach, reach + 1))
                sharp = moved**sharpening
                new.append(sharp / sharp.sum())
            assert len(rest) == 0
            found[token] = torch.cat([w @ contents for w in new[:reads]])
            for w, e in zip(new[reads:], erasing):
                contents = contents * (1 - torch.outer(w, e))
            for w, a in zip(new[reads:], adding):
                contents = contents + torch.outer(w, a)
            weights = new
    # What the first step would have read.
    begin = torch.tanh(first_reads).expand(len(TARGET), -1)
    return case(weighed(torch.stack(found)) + weighed(begin), controls, first_weights, first_reads)


def main():
    cases = {"crf": crf(), "attention-pooling": attention_pooling()}
    for score in ("additive", "dot", "general", "scaled-dot"):
        cases[f"attention-{score}"] = attention(score)
    for criterion in ("sigmoid", "squared-error"):
        cases[criterion] = output(criterion)
    cases["memory-two-heads"] = memory(6, 4, 1, 1, 1, constant=1e-6)
    cases["memory-five-heads"] = memory(4, 3, 2, 3, 2, constant=0.3)
    digits = lambda x: float(f"{x:.12g}")
    for entry in cases.values():
        entry["loss"] = digits(entry["loss"])
        entry["gradients"] = [[digits(x) for x in g] for g in entry["gradients"]]
    path = pathlib.Path(__file__).with_name("operations.json")
    document = {"made_with": f"torch {torch.__version__}", "cases": cases}
    path.write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
