"""Evaluates a run of a character LSTM in PyTorch: prints nats a token, as `unroll eval` does.

    python pytorch_evaluate.py RUN TEXT
"""

import json
import sys

import torch
from safetensors.torch import load_file

run, text = sys.argv[1:]
tokens = json.load(open(f"{run}/vocabulary.json", encoding="utf-8"))["tokens"]
index = {token: i for i, token in enumerate(tokens)}
ids = torch.tensor([index[c] for c in open(text, encoding="utf-8", newline="").read()])

weights = load_file(f"{run}/model.safetensors")
layers = sum(name.startswith("rnn.weight_hh") for name in weights)
hidden, embedding = weights["rnn.weight_hh_l0"].shape[1], weights["embedding.weight"].shape[1]
rnn = torch.nn.LSTM(embedding, hidden, layers)
rnn.load_state_dict({k[4:]: v for k, v in weights.items() if k.startswith("rnn.")})

with torch.no_grad():
    outputs, _ = rnn(weights["embedding.weight"][ids[:-1]])
    logits = outputs @ weights["output.weight"].T + weights["output.bias"]
    print(torch.nn.functional.cross_entropy(logits.double(), ids[1:]).item())
