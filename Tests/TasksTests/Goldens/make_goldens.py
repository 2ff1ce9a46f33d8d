#!/usr/bin/env python3
"""Writes the golden values that the training tests compare with: `values/<case>.json`.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install torch==2.13.0+cpu numpy \\
        --extra-index-url https://download.pytorch.org/whl/cpu
    /tmp/goldens/bin/python make_goldens.py            # rewrite every case
    /tmp/goldens/bin/python make_goldens.py --check    # recompute, compare, write nothing

Every case is a small language model, token → embedding → L recurrent layers → linear → mean
cross-entropy over all real targets, with one batch of T steps by B sequences. Both sides build
the inputs from formulas, computed in f64, so that the files hold results only:

    parameter p (its place in the file's `parameters`), element i (row-major)
                        f32(0.4 · cos(0.97 · i + 1.3 · p))
    token(t, b)         (7·t² + 3·b + t·b + 1) mod V
    input(t, b)         token(t, b)              target(t, b)   token(t + 1, b)
    h0[k][b][j]         f32(0.3 · cos(0.61 · i + 0.2))    i = (k·B + b)·H + j
    c0[k][b][j]         f32(0.3 · cos(0.53 · i + 0.9))    k = layer, or 2·layer + direction

Weights and states are rounded to f32 once, at the start; everything after is f64 autograd, which
is the truth that an f32 implementation has to approach. How near PyTorch's own f32 comes is
written beside it (`float32`), as a guide for tolerances. Compare gradients relative to the
largest of their parameter: in deep layers the largest is a few 1e-4. (0.97 and not 0.37: with
slow waves neighbouring weights are alike, three ReLU layers die and the gradient of the lowest
LSTM layer shrinks to 1e-5, where a loose tolerance would pass anything.)

A file holds (all arrays flat and row-major, nine significant digits):

    case          name, cell, layers, directions, tied, vocabulary, embedding, hidden, steps,
                  batch, lengths (absent when every sequence has T steps), projection (absent when
                  h has H columns; otherwise that many)
    made_with     versions and date; the only part that differs between two runs
    formula       {scale, step, shift} of the weights: scale · cos(step · i + shift · p)
    parameters    [{name, shape}] in order; PyTorch's names, gate order and shapes
    stride        arrays in `gradients` and `updates[].weights` hold elements 0, s, 2s, … of the
                  parameter; 1 except in the large case. 5 shares no factor with its sizes
    targets       how many targets the loss is a mean of
    loss          before any update
    outputs       (T, B, directions·H) of the top layer; zero past a sequence's end
    finalHidden, finalCell               (L·directions, B, H), at each sequence's own end
    gradients     {parameter: values}
    initialHiddenGradient, initialCellGradient    (L·directions, B, H)
    updates       [{name, optimizer, options, clip, carried, losses, norms, weights}]:
                  five updates from the formula's weights. `losses[u]` and `norms[u]` (of the whole
                  gradient, before clipping) belong to update u, `weights` to the end. Clipping
                  follows clip_grad_norm_: factor = min(1, clip / (norm + 1e-6)).
                  carried = false: every update sees the same batch and the same h0 and c0.
                  carried = true: update u sees window u, whose step t is t + u·T of the token
                  formula, and starts from the final states of the window before, detached.
    float32       largest absolute difference of PyTorch's f32 from the values here
"""

import argparse
import datetime
import json
import math
import pathlib
import platform
import sys
from dataclasses import dataclass

import numpy
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

VALUES = pathlib.Path(__file__).parent / "values"
UPDATES = 5
WEIGHTS = {"scale": 0.4, "step": 0.97, "shift": 1.3}


@dataclass(frozen=True)
class Case:
    """One model and batch; the sizes all differ, so that a swapped dimension cannot pass."""

    name: str
    cell: str
    layers: int
    vocabulary: int = 13
    embedding: int = 6
    hidden: int = 5
    steps: int = 7
    batch: int = 3
    directions: int = 1
    projection: int = 0
    tied: bool = False
    cutoffs: tuple[int, ...] | None = None
    lengths: tuple[int, ...] | None = None
    stride: int = 1
    all_optimizers: bool = False

    @property
    def columns(self):
        """Of h."""
        return self.projection or self.hidden

    @property
    def has_cell_state(self):
        return self.cell.startswith("lstm") or self.cell == "clockwork"


@dataclass(frozen=True)
class Recipe:
    """How five updates are made."""

    name: str
    optimizer: str
    options: dict
    clip: float | None = None
    carried: bool = False


SMALL_CELLS = ["rnn", "rnn-relu", "gru", "gru-reset-before", "lstm"]
CELL_VARIANTS = ["gru-simple", "lstm-coupled", "lstm-peephole"]
OTHER_CELLS = ["jordan", "scrn", "clockwork", "mingru", "minlstm"]

CASES = [
    *[Case(f"{cell}-1-layer", cell, 1) for cell in SMALL_CELLS],
    *[Case(f"{cell}-3-layers", cell, 3) for cell in SMALL_CELLS],
    Case("lstm-2-layers-large", "lstm", 2, vocabulary=29, embedding=21, hidden=37, stride=5),
    Case("lstm-tied", "lstm", 1, embedding=6, hidden=6, tied=True),
    Case("lstm-adaptive", "lstm", 1, vocabulary=19, hidden=37, cutoffs=(5, 11), stride=5),
    Case("lstm-optimizers", "lstm", 2, all_optimizers=True),
    Case("lstm-lengths", "lstm", 2, lengths=(7, 5, 2)),
    Case("gru-lengths", "gru", 2, lengths=(7, 5, 2)),
    *[Case(f"{cell}-1-layer", cell, 1) for cell in CELL_VARIANTS],
    *[Case(f"{cell}-2-layers", cell, 2) for cell in CELL_VARIANTS],
    *[Case(f"{cell}-1-layer", cell, 1, hidden=9) for cell in OTHER_CELLS],
    # Two layers of Jordan's sigmoids pass too little of a gradient to tell right from wrong.
    *[Case(f"{cell}-2-layers", cell, 2, hidden=9) for cell in OTHER_CELLS if cell != "jordan"],
    Case("lstm-bidirectional-lengths", "lstm", 2, directions=2, lengths=(7, 5, 2)),
    Case("lstm-projection-lengths", "lstm", 2, directions=2, projection=4, lengths=(7, 5, 2)),
]

ADAM = {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8}

USUAL_RECIPES = [
    Recipe("adam", "Adam", ADAM),
    Recipe("sgd-clipped", "SGD", {"lr": 0.5}, clip=0.25),
]

OTHER_RECIPES = [
    Recipe("adam-carried", "Adam", ADAM, carried=True),
    Recipe("momentum", "SGD", {"lr": 0.1, "momentum": 0.9}),
    Recipe("nesterov", "SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    Recipe("adam-l2", "Adam", {**ADAM, "weight_decay": 0.01}),
    Recipe("adamw", "AdamW", {**ADAM, "weight_decay": 0.01}),
    Recipe("rmsprop", "RMSprop", {"lr": 0.001, "alpha": 0.99, "eps": 1e-8}),
    Recipe("adagrad", "Adagrad", {"lr": 0.05, "eps": 1e-10}),
]


class OwnCell(nn.Module):
    """Layers of a cell that torch.nn lacks, with the names and shapes of those it has.

    A subclass says how many gates there are and how one step goes: `step(a, u, p, state)`, where
    a is a list of x W + b_ih, a gate each, u a list of functions h → h U + b_hh, p a list of
    peephole weights, and state holds h, or h and c. `recurrent_gates` counts the gates of u, where
    they are not as many as those of a.
    """

    gates, recurrent_gates, peepholes = 0, None, 0

    def __init__(self, input_size, hidden_size, num_layers):
        super().__init__()
        self.num_layers = num_layers
        for k in range(num_layers):
            rows = self.gates * hidden_size
            recurrent_rows = self.hidden_gates() * hidden_size
            shapes = {
                "weight_ih": (rows, input_size if k == 0 else hidden_size),
                "weight_hh": (recurrent_rows, hidden_size),
                "bias_ih": (rows,),
                "bias_hh": (recurrent_rows,),
            }
            shapes = {name: shape for name, shape in shapes.items() if shape[0] > 0}
            if self.peepholes:
                shapes["weight_peephole"] = (self.peepholes * hidden_size,)
            for name, shape in shapes.items():
                self.register_parameter(f"{name}_l{k}", nn.Parameter(torch.zeros(shape)))

    @classmethod
    def hidden_gates(cls):
        return cls.gates if cls.recurrent_gates is None else cls.recurrent_gates

    @classmethod
    def unread(cls, hidden):
        """For each row of weight_hh, how many columns from the left are zero for good."""
        return [0] * hidden

    def clear_unread(self):
        """Called once the weights are written: what is zero then has no gradient and stays so."""
        for k in range(self.num_layers):
            weight = getattr(self, f"weight_hh_l{k}", None)
            for row, count in enumerate(self.unread(weight.shape[1]) if weight is not None else []):
                weight[row, :count] = 0

    def forward(self, x, initial):
        has_cell_state = isinstance(initial, tuple)
        final = []
        for k in range(self.num_layers):
            state = tuple(s[k] for s in (initial if has_cell_state else (initial,)))
            blocks = lambda name, n: getattr(self, f"{name}_l{k}").chunk(n)  # noqa: B023, E731
            w_ih, b_ih = blocks("weight_ih", self.gates), blocks("bias_ih", self.gates)
            n = self.hidden_gates()
            w_hh, b_hh = (blocks("weight_hh", n), blocks("bias_hh", n)) if n else ([], [])
            p = blocks("weight_peephole", self.peepholes) if self.peepholes else []
            u = [lambda h, w=w, b=b: h @ w.T + b for w, b in zip(w_hh, b_hh)]
            outputs = []
            for x_t in x:
                state = self.step([x_t @ w.T + b for w, b in zip(w_ih, b_ih)], u, p, state)
                outputs.append(state[0])
            x = torch.stack(outputs)
            final.append(state)
        final = tuple(torch.stack(states) for states in zip(*final))
        return x, final if has_cell_state else final[0]


class GRUResetBefore(OwnCell):
    """The GRU of Cho et al. 2014, blocks r, z, n: the reset gate acts before the product."""

    gates = 3

    def step(self, a, u, p, state):
        (h,) = state
        r = torch.sigmoid(a[0] + u[0](h))
        z = torch.sigmoid(a[1] + u[1](h))
        n = torch.tanh(a[2] + u[2](r * h))
        return ((1 - z) * n + z * h,)


class GRUSimple(OwnCell):
    """The GRU without a reset gate, blocks z, n."""

    gates = 2

    def step(self, a, u, p, state):
        (h,) = state
        z = torch.sigmoid(a[0] + u[0](h))
        n = torch.tanh(a[1] + u[1](h))
        return ((1 - z) * n + z * h,)


class LSTMCoupled(OwnCell):
    """CIFG of Greff et al. 2017, blocks f, g, o: the input gate is 1 - f."""

    gates = 3

    def step(self, a, u, p, state):
        h, c = state
        f = torch.sigmoid(a[0] + u[0](h))
        g = torch.tanh(a[1] + u[1](h))
        o = torch.sigmoid(a[2] + u[2](h))
        c = f * c + (1 - f) * g
        return o * torch.tanh(c), c


class LSTMPeephole(OwnCell):
    """The LSTM of Gers & Schmidhuber 2000, blocks i, f, g, o, peepholes i, f, o.

    Reproduces ONNX's node test `test_lstm_with_peepholes`: one step from c = 0, so it sees p_o alone.
    """

    gates, peepholes = 4, 3

    def step(self, a, u, p, state):
        h, c = state
        i = torch.sigmoid(a[0] + u[0](h) + p[0] * c)
        f = torch.sigmoid(a[1] + u[1](h) + p[1] * c)
        g = torch.tanh(a[2] + u[2](h))
        c = f * c + i * g
        o = torch.sigmoid(a[3] + u[3](h) + p[2] * c)
        return o * torch.tanh(c), c


class Jordan(OwnCell):
    """Jordan 1986 as in Mesnil et al. 2013; weight_hh is U above V, the state is y."""

    gates, recurrent_gates = 1, 2

    def step(self, a, u, p, state):
        (y,) = state
        return (torch.sigmoid(u[1](torch.tanh(a[0] + u[0](y)))),)


class SCRN(OwnCell):
    """Mikolov et al. 2015: the state is h, then s, which are a quarter of the units.

    Written with the paper's own matrices, which are cut out of weight_ih and weight_hh; the zeros
    are not used at all.
    """

    gates, alpha = 1, 0.95

    @classmethod
    def unread(cls, hidden):
        count = hidden - hidden // 4
        return [0] * count + [hidden] * (hidden - count)

    def step(self, a, u, p, state):
        (v,) = state
        hidden = v.shape[-1] - v.shape[-1] // 4
        bias = u[0](torch.zeros_like(v))
        fast, slow = (a[0] + bias).split([hidden, v.shape[-1] - hidden], -1)
        h, s = v[..., :hidden], v[..., hidden:]
        s = (1 - self.alpha) * slow + self.alpha * s
        product = u[0](torch.cat([h, s], -1)) - bias
        return (torch.cat([torch.sigmoid(fast + product[..., :hidden]), s], -1),)


class Clockwork(OwnCell):
    """Koutník et al. 2014: groups of periods 1, 2, 4 … 128; faster groups read slower ones.

    The steps are counted here; c, the steps since a unit's last update, is only written down at
    the end. It starts near 0, which means that every unit is due.
    """

    gates = 1

    @classmethod
    def groups(cls, hidden):
        return [unit * min(8, hidden) // hidden for unit in range(hidden)]

    @classmethod
    def unread(cls, hidden):
        groups = cls.groups(hidden)
        return [sum(other < group for other in groups) for group in groups]

    def forward(self, x, initial):
        steps, hidden = x.shape[0], initial[0].shape[-1]
        period = torch.tensor([2**group for group in self.groups(hidden)])
        reads = torch.tensor(self.groups(hidden))
        mask = (reads[None, :] >= reads[:, None]).to(x.dtype)
        hs = []
        for k in range(self.num_layers):
            w_ih, w_hh, b_ih, b_hh = (
                getattr(self, f"{name}_l{k}")
                for name in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
            )
            h, outputs = initial[0][k], []
            for t, x_t in enumerate(x):
                new = torch.tanh(x_t @ w_ih.T + b_ih + h @ (mask * w_hh).T + b_hh)
                h = torch.where(t % period == 0, new, h)
                outputs.append(h)
            x = torch.stack(outputs)
            hs.append(h)
        # A unit that has not come round yet still carries what c began with.
        c = torch.where(steps < period, steps + initial[1], (steps % period).to(x.dtype))
        return x, (torch.stack(hs), c)


class MinGRU(OwnCell):
    """minGRU of Feng et al. 2024, section 3.1, blocks z, n."""

    gates, recurrent_gates = 2, 0

    def step(self, a, u, p, state):
        (h,) = state
        z = torch.sigmoid(a[0])
        return ((1 - z) * h + z * a[1],)


class MinLSTM(OwnCell):
    """minLSTM of Feng et al. 2024, section 3.2, blocks i, f, g: the gates add up to one."""

    gates, recurrent_gates = 3, 0

    def step(self, a, u, p, state):
        (h,) = state
        i, f = torch.sigmoid(a[0]), torch.sigmoid(a[1])
        return (f / (f + i) * h + i / (f + i) * a[2],)


OWN_CELLS = {
    "jordan": Jordan,
    "scrn": SCRN,
    "clockwork": Clockwork,
    "mingru": MinGRU,
    "minlstm": MinLSTM,
    "gru-reset-before": GRUResetBefore,
    "gru-simple": GRUSimple,
    "lstm-coupled": LSTMCoupled,
    "lstm-peephole": LSTMPeephole,
}


class LanguageModel(nn.Module):
    """Embedding, recurrent layers, linear; `state_dict` in the order of the golden files."""

    def __init__(self, case, dtype):
        super().__init__()
        self.embedding = nn.Embedding(case.vocabulary, case.embedding)
        sizes = (case.embedding, case.hidden, case.layers)
        if case.cell in OWN_CELLS:
            self.rnn = OWN_CELLS[case.cell](*sizes)
        else:
            kind = {"rnn": nn.RNN, "rnn-relu": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[case.cell]
            options = {"nonlinearity": "relu"} if case.cell == "rnn-relu" else {}
            if case.projection:
                options["proj_size"] = case.projection
            self.rnn = kind(*sizes, bidirectional=case.directions == 2, **options)
        features = case.columns * case.directions
        if case.cutoffs:
            self.output = nn.AdaptiveLogSoftmaxWithLoss(
                features, case.vocabulary, list(case.cutoffs), head_bias=True
            )
        else:
            self.output = nn.Linear(features, case.vocabulary)
        if case.tied:
            self.output.weight = self.embedding.weight
        self.to(dtype)
        with torch.no_grad():
            # A tied matrix is listed, and counted, once: at its first name.
            for p, (_, parameter) in enumerate(self.named_parameters()):
                shift = WEIGHTS["shift"] * p
                parameter.copy_(
                    wave(parameter.shape, WEIGHTS["scale"], WEIGHTS["step"], shift, dtype)
                )
            if isinstance(self.rnn, OwnCell):
                self.rnn.clear_unread()


def wave(shape, scale, step, shift, dtype):
    """scale · cos(step · i + shift) for element i, rounded to f32, then stored as `dtype`."""
    values = [scale * math.cos(step * i + shift) for i in range(math.prod(shape))]
    return torch.tensor(values, dtype=torch.float64).float().to(dtype).reshape(tuple(shape))


def tokens(case, first_step):
    """(T + 1, B) tokens: rows 0..<T are inputs, rows 1...T the targets."""
    t = torch.arange(first_step, first_step + case.steps + 1).unsqueeze(1)
    b = torch.arange(case.batch).unsqueeze(0)
    return (7 * t * t + 3 * b + t * b + 1) % case.vocabulary


def initial_states(case, dtype):
    shape = (case.layers * case.directions, case.batch)
    states = [wave((*shape, case.columns), 0.3, 0.61, 0.2, dtype)]
    if case.has_cell_state:
        states.append(wave((*shape, case.hidden), 0.3, 0.53, 0.9, dtype))
    return [state.requires_grad_() for state in states]


def forward(case, model, states, window=0):
    """Returns the mean loss, the top layer's outputs and the final states."""
    ids = tokens(case, window * case.steps)
    x, targets = model.embedding(ids[:-1]), ids[1:]
    state = tuple(states) if case.has_cell_state else states[0]
    real = torch.ones(case.steps, case.batch, dtype=torch.bool)
    if case.lengths:
        outputs, final = model.rnn(pack_padded_sequence(x, list(case.lengths)), state)
        outputs, _ = pad_packed_sequence(outputs, total_length=case.steps)
        real = torch.arange(case.steps).unsqueeze(1) < torch.tensor(case.lengths).unsqueeze(0)
    else:
        outputs, final = model.rnn(x, state)
    if case.cutoffs:
        loss = model.output(outputs[real], targets[real]).loss
    else:
        loss = nn.functional.cross_entropy(model.output(outputs)[real], targets[real])
    return loss, outputs, list(final) if case.has_cell_state else [final]


def run_updates(case, recipe, dtype):
    """Five updates; returns losses, gradient norms before clipping, and the last weights."""
    model = LanguageModel(case, dtype)
    optimizer = getattr(torch.optim, recipe.optimizer)(model.parameters(), **recipe.options)
    states = initial_states(case, dtype)
    losses, norms = [], []
    for update in range(UPDATES):
        optimizer.zero_grad()
        loss, _, final = forward(case, model, states, update if recipe.carried else 0)
        loss.backward()
        limit = math.inf if recipe.clip is None else recipe.clip
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), limit).item())
        losses.append(loss.item())
        optimizer.step()
        if recipe.carried:
            states = [state.detach() for state in final]
    return losses, norms, dict(model.named_parameters())


def compute(case, dtype):
    """Everything numeric in a case's file, as f64 arrays (flat) at full length."""
    flat = lambda tensor: tensor.detach().double().flatten().numpy()  # noqa: E731
    model, states = LanguageModel(case, dtype), initial_states(case, dtype)
    loss, outputs, final = forward(case, model, states)
    loss.backward()
    results = {
        "loss": numpy.array([loss.item()]),
        "outputs": flat(outputs),
        "gradients": {name: flat(p.grad) for name, p in model.named_parameters()},
        "updates": {},
    }
    for kind, state, last in zip(["Hidden", "Cell"], states, final):
        results[f"final{kind}"] = flat(last)
        # The clockwork's c counts: no gradient goes through it.
        gradient = torch.zeros_like(state) if state.grad is None else state.grad
        results[f"initial{kind}Gradient"] = flat(gradient)
    for recipe in USUAL_RECIPES + (OTHER_RECIPES if case.all_optimizers else []):
        losses, norms, weights = run_updates(case, recipe, dtype)
        results["updates"][recipe.name] = {
            "losses": numpy.array(losses),
            "norms": numpy.array(norms),
            "weights": {name: flat(p) for name, p in weights.items()},
        }
    return results


def largest_difference(a, b):
    """The largest absolute difference between two equal structures of arrays."""
    if isinstance(a, dict):
        assert a.keys() == b.keys(), (a.keys(), b.keys())
        return max(largest_difference(a[key], b[key]) for key in a)
    assert a.shape == b.shape, (a.shape, b.shape)
    return float(numpy.abs(a - b).max())


def require_lively(case, results):
    """Stops at a case that could not tell right from wrong: dead, saturated or blown up."""
    outputs = numpy.abs(results["outputs"])
    real = outputs[outputs > 0]
    assert numpy.isfinite(results["loss"]).all() and results["loss"][0] < 10, case.name
    assert real.size >= 0.2 * outputs.size, f"{case.name}: most outputs are zero"
    if case.cell != "rnn-relu":
        assert (real > 0.999).mean() < 0.1, f"{case.name}: saturated"
    for name, gradient in results["gradients"].items():
        assert numpy.abs(gradient).max() > 1e-4, f"{case.name}: no gradient reaches {name}"


def document(case):
    """The case's file as a dictionary that `dump` can write."""
    truth, single = compute(case, torch.float64), compute(case, torch.float32)
    require_lively(case, truth)
    thin = lambda arrays: {name: a[:: case.stride] for name, a in arrays.items()}  # noqa: E731
    described = {
        "name": case.name,
        "cell": case.cell,
        "layers": case.layers,
        "directions": case.directions,
        "tied": case.tied,
        "vocabulary": case.vocabulary,
        "embedding": case.embedding,
        "hidden": case.hidden,
        "steps": case.steps,
        "batch": case.batch,
    }
    if case.projection:
        described["projection"] = case.projection
    if case.lengths:
        described["lengths"] = list(case.lengths)
    if case.cutoffs:
        described["cutoffs"] = list(case.cutoffs)
    updates = []
    for recipe in USUAL_RECIPES + OTHER_RECIPES:
        if recipe.name not in truth["updates"]:
            continue
        result = truth["updates"][recipe.name]
        updates.append(
            {
                "name": recipe.name,
                "optimizer": recipe.optimizer,
                "options": recipe.options,
                **({} if recipe.clip is None else {"clip": recipe.clip}),
                "carried": recipe.carried,
                "losses": result["losses"],
                "norms": result["norms"],
                "weights": thin(result["weights"]),
            }
        )
    states = [key for key in truth if key.startswith(("final", "initial"))]
    differences = {
        key: largest_difference(truth[key], single[key])
        for key in ["loss", "outputs", *states, "gradients"]
    }
    differences["updates"] = {
        name: largest_difference(truth["updates"][name]["weights"], result["weights"])
        for name, result in single["updates"].items()
    }
    return {
        "case": described,
        "made_with": versions(),
        "formula": WEIGHTS,
        "parameters": [
            {"name": name, "shape": list(p.shape)}
            for name, p in LanguageModel(case, torch.float64).named_parameters()
        ],
        "stride": case.stride,
        "targets": sum(case.lengths) if case.lengths else case.steps * case.batch,
        "loss": truth["loss"][0],
        "outputs": truth["outputs"],
        **{key: truth[key] for key in states},
        "gradients": thin(truth["gradients"]),
        "updates": updates,
        "float32": differences,
    }


def pytorch_names():
    """What `state_dict` of PyTorch's own modules holds: names in order, with shapes."""
    described = lambda module: [  # noqa: E731
        {"name": name, "shape": list(tensor.shape)} for name, tensor in module.state_dict().items()
    ]
    modules = {
        "RNN(6, 5)": nn.RNN(6, 5),
        "GRU(6, 5, num_layers=2)": nn.GRU(6, 5, num_layers=2),
        "LSTM(6, 5, num_layers=2)": nn.LSTM(6, 5, num_layers=2),
        "LSTM(6, 5, num_layers=2, bidirectional=True)": nn.LSTM(
            6, 5, num_layers=2, bidirectional=True
        ),
        "LSTM(6, 5, num_layers=2, proj_size=4)": nn.LSTM(6, 5, num_layers=2, proj_size=4),
        "LSTM(6, 5, bias=False)": nn.LSTM(6, 5, bias=False),
        "LSTMCell(6, 5)": nn.LSTMCell(6, 5),
        "GRUCell(6, 5)": nn.GRUCell(6, 5),
    }
    for case in CASES:
        modules[f"case {case.name}"] = LanguageModel(case, torch.float32)
    return {
        "made_with": versions(),
        "modules": {name: described(module) for name, module in modules.items()},
    }


def versions():
    return {
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "python": platform.python_version(),
        "date": datetime.date.today().isoformat(),
    }


def dump(value, depth=0):
    """Compact JSON: one key a line down to the arrays, which take one line each."""
    if isinstance(value, dict) and depth < 1:
        lines = [f'"{key}": {dump(item, depth + 1)}' for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + "\n}"
    if isinstance(value, dict):
        nested = any(isinstance(item, (dict, numpy.ndarray)) for item in value.values())
        separator = ",\n  " if nested else ", "
        items = [f'"{key}": {dump(item, depth + 1)}' for key, item in value.items()]
        return "{" + ("\n  " if nested else "") + separator.join(items) + "}"
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], dict):
        return "[\n  " + ",\n  ".join(dump(item, depth + 1) for item in value) + "]"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(dump(item, depth + 1) for item in value) + "]"
    if isinstance(value, numpy.ndarray):
        return "[" + ",".join(format(item, ".9g") for item in value.tolist()) + "]"
    if isinstance(value, (bool, str, int)) or value is None:
        return json.dumps(value)
    return format(float(value), ".9g")


def close(a, b):
    """Whether two parsed files agree, up to the last bits of another processor's libm."""
    if isinstance(a, dict) and isinstance(b, dict):
        skipped = {"made_with", "float32"}
        return a.keys() == b.keys() and all(close(a[k], b[k]) for k in a if k not in skipped)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, float) or isinstance(b, float):
        return abs(a - b) <= 1e-8 * max(1, abs(a), abs(b))
    return a == b


def main():
    parser = argparse.ArgumentParser(description="Make the golden values of the training tests.")
    parser.add_argument("--check", action="store_true", help="compare with the files, do not write")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    VALUES.mkdir(exist_ok=True)
    files = {f"{case.name}.json": dump(document(case)) for case in CASES}
    files["pytorch-names.json"] = dump(pytorch_names())
    stale = []
    for name, text in files.items():
        path = VALUES / name
        if arguments.check:
            if not path.exists() or not close(json.loads(path.read_text()), json.loads(text)):
                stale.append(name)
            continue
        path.write_text(text + "\n")
        print(f"{len(text):7} bytes  {name}")
    if stale:
        sys.exit(f"differ from what is computed now: {', '.join(stale)}")


if __name__ == "__main__":
    main()
