"""Recurrent layers by their equations, in 64 bits, for what no command of `unroll` prints."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(x, weights, suffix="_l0", prefix="rnn."):
    """h at each step of one sequence `[steps, inputs]`; gates i f g o, as PyTorch has them."""
    w, u, b = parts(weights, prefix, suffix)
    h = c = np.zeros(u.shape[1])
    states = []
    for step in x:
        i, f, g, o = np.split(w @ step + u @ h + b[0] + b[1], 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.array(states)


def gru(x, weights, suffix="_l0", prefix="rnn."):
    """The same of a GRU, gates r z n, which resets behind the product."""
    w, u, b = parts(weights, prefix, suffix)
    h = np.zeros(u.shape[1])
    states = []
    for step in x:
        xr, xz, xn = np.split(w @ step + b[0], 3)
        hr, hz, hn = np.split(u @ h + b[1], 3)
        r, z = sigmoid(xr + hr), sigmoid(xz + hz)
        h = (1 - z) * np.tanh(xn + r * hn) + z * h
        states.append(h)
    return np.array(states)


def parts(weights, prefix, suffix):
    def part(name):
        return weights[f"{prefix}{name}{suffix}"].astype(np.float64)
    return part("weight_ih"), part("weight_hh"), (part("bias_ih"), part("bias_hh"))


def linear(x, weights, name="output"):
    return x @ weights[f"{name}.weight"].astype(np.float64).T + weights[f"{name}.bias"]


def softmax(x):
    powers = np.exp(x - x.max())
    return powers / powers.sum()


def softplus(x):
    return np.log1p(np.exp(x))


def machine(x, weights, controller, slots, width, readers, writers, reach=1):
    """What the heads of a neural Turing machine read and its controller gives, step by step.

    `controller(sequence)` gives the units at each step of all inputs so far."""
    weights = {name: value.astype(np.float64) for name, value in weights.items()}
    heads = readers + writers
    memory = np.full((slots, width), 1e-6)
    places = [softmax(part) for part in np.split(weights["initial_weights"], heads)]
    reads = np.tanh(weights["initial_reads"])
    read_so_far, results = [], []
    for step in x:
        read_so_far.append(np.concatenate([step, reads]))
        units = controller(np.array(read_so_far))[-1]
        raw = linear(units, weights, "heads")
        found, writes = [], []
        for head in range(heads):
            key, raw = np.tanh(raw[:width]), raw[width:]
            strength, gate, sharpening = softplus(raw[0]), sigmoid(raw[1]), 1 + softplus(raw[2])
            shifts, raw = softmax(raw[3:4 + 2 * reach]), raw[4 + 2 * reach:]
            norms = np.sqrt((memory ** 2).sum(1) + 1e-2) * np.sqrt(key @ key + 1e-2)
            content = softmax(strength * (memory @ key) / norms)
            mixed = gate * content + (1 - gate) * places[head]
            moved = sum(share * np.roll(mixed, shift) for shift, share in
                        zip(range(-reach, reach + 1), shifts))
            places[head] = softmax(sharpening * np.log(np.maximum(moved, 1e-30)))
            if head < readers:
                found.append(places[head] @ memory)
            else:
                erase, add, raw = sigmoid(raw[:width]), np.tanh(raw[width:2 * width]), raw[2 * width:]
                writes.append((places[head], erase, add))
        reads = np.concatenate(found)
        for place, erase, _ in writes:
            memory = memory * (1 - np.outer(place, erase))
        for place, _, add in writes:
            memory = memory + np.outer(place, add)
        results.append(np.concatenate([units, reads]))
    return np.array(results)
