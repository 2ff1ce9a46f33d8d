#!/usr/bin/env python3
"""Writes the golden values of memory networks: `values/memory-network-<encoder>.json`.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install torch==2.13.0+cpu numpy \\
        --extra-index-url https://download.pytorch.org/whl/cpu
    /tmp/goldens/bin/python make_memory_goldens.py

The model is written down here from the papers that `MemoryNetwork` names, one question at a time,
with no batches, layouts or shared texts. Both sides build weights and inputs from formulas, in f64:

    parameter p (its place in the file's `parameters`), element i (row-major)
                        0.6 · cos(0.97 · i + 1.3 · p)
    word t of text x    (5·t + 3·x + t·x + 1) mod 9            lengths of texts: 5 4 4 3 2 1
    sentence i of q     text (2·i + 3·q + 1) mod 6             sentences of stories: 4 3 3 1
    question of q       text (q + 2) mod 6
    age of sentence i   min(sentences after it, 2)
    answer of q         1 3 - 0, where - asks for nothing

A file holds: made_with; parameters [{name, shape}]; scores (questions, answers); attention
[hop][question][sentence]; loss, the mean over questions with an answer; gradients {name: values}.
"""

import json
import math
import pathlib
import platform

import torch

TEXTS, STORIES, ANSWERS = [5, 4, 4, 3, 2, 1], [4, 3, 3, 1], [1, 3, None, 0]
VOCABULARY, EMBEDDING, HIDDEN, FUSION, AGES, HOPS, CLASSES = 9, 5, 4, 3, 3, 3, 4


class Additive(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.query = torch.nn.Linear(size, size)
        self.key = torch.nn.Linear(size, size, bias=False)
        self.vector = torch.nn.Parameter(torch.zeros(size))

    def forward(self, query, memory):
        return torch.tanh(self.query(query) + self.key(memory)) @ self.vector


class General(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.key = torch.nn.Linear(size, size, bias=False)

    def forward(self, query, memory):
        return self.key(memory) @ query


class MemoryNetwork(torch.nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.embedding = torch.nn.Embedding(VOCABULARY, EMBEDDING)
        if encoder == "rnn":
            self.rnn = torch.nn.GRU(EMBEDDING, HIDDEN, bidirectional=True)
            self.fusion = torch.nn.GRU(2 * HIDDEN, FUSION, bidirectional=True)
            size, text_size, attention = 2 * FUSION, 2 * HIDDEN, General
        else:
            self.rnn = self.fusion = None
            size, text_size, attention = EMBEDDING, EMBEDDING, Additive
        self.age = torch.nn.Embedding(AGES, size)
        self.question = torch.nn.Linear(text_size, size)
        self.attention = attention(size)
        self.hop = torch.nn.GRU(size, size)
        self.output = torch.nn.Linear(2 * size, CLASSES)

    def encode(self, words):
        x = self.embedding(torch.tensor(words))
        if self.rnn is not None:
            return self.rnn(x)[1].flatten()
        count, size = x.shape
        j = torch.arange(1, count + 1, dtype=x.dtype)[:, None] / count
        k = torch.arange(1, size + 1, dtype=x.dtype)[None] / size
        return (((1 - j) - k * (1 - 2 * j)) * x).sum(0)

    def forward(self, story, question):
        memory = torch.stack([self.encode(text) for text in story])
        if self.fusion is not None:
            memory = self.fusion(memory)[0]
        ages = [min(len(story) - 1 - i, AGES - 1) for i in range(len(story))]
        memory = memory + self.age(torch.tensor(ages))
        asked = self.question(self.encode(question))
        state, weights = asked, []
        for _ in range(HOPS):
            weight = torch.softmax(self.attention(state, memory), 0)
            state = self.hop((weight @ memory)[None], state[None])[1][0]
            weights.append(weight)
        return self.output(torch.cat([asked, state])), weights


def numbers(tensor):
    return [float(f"{x:.16g}") for x in tensor.detach().flatten().tolist()]


def make(encoder):
    model = MemoryNetwork(encoder).double()
    for p, parameter in enumerate(model.parameters()):
        values = [0.6 * math.cos(0.97 * i + 1.3 * p) for i in range(parameter.numel())]
        parameter.data = torch.tensor(values, dtype=torch.float64).reshape(parameter.shape)
    texts = [
        [(5 * t + 3 * x + t * x + 1) % VOCABULARY for t in range(count)]
        for x, count in enumerate(TEXTS)
    ]
    scores, attention, losses = [], [[] for _ in range(HOPS)], []
    for q, count in enumerate(STORIES):
        story = [texts[(2 * i + 3 * q + 1) % len(TEXTS)] for i in range(count)]
        score, weights = model(story, texts[(q + 2) % len(TEXTS)])
        scores.append(score)
        for hop, weight in enumerate(weights):
            attention[hop].append(numbers(weight))
        if ANSWERS[q] is not None:
            losses.append(-torch.log_softmax(score, 0)[ANSWERS[q]])
    loss = torch.stack(losses).mean()
    loss.backward()
    result = {
        "made_with": {"torch": torch.__version__, "python": platform.python_version()},
        "parameters": [
            {"name": name, "shape": list(p.shape)} for name, p in model.named_parameters()
        ],
        "scores": numbers(torch.stack(scores)),
        "attention": attention,
        "loss": loss.item(),
        "gradients": {name: numbers(p.grad) for name, p in model.named_parameters()},
    }
    path = pathlib.Path(__file__).parent / f"values/memory-network-{encoder}.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(path.name, loss.item())


for encoder in ["rnn", "position"]:
    make(encoder)
