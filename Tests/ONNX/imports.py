"""Weights of PyTorch and Keras as runs: what those answer is what the layers' equations say."""

import json
import os
import pathlib

import numpy as np
import safetensors.numpy

import reference
from harness import close
from reference import sigmoid

WORDS = ["<unk>", "cold", "warm", "wind", "<eos>", "sun"]
LABELS = ["bad", "fair", "good"]
TEXTS = ["sun wind", "cold cold wind never", "warm"]
EMBEDDING, UNITS = 4, 3


def softmax(x):
    powers = np.exp(x - x.max())
    return powers / powers.sum()


def imported(unroll, weights, *options, cell, layers=1, both=False, source="--torch"):
    """The run's probabilities of each text."""
    safetensors.numpy.save_file(
        {name: np.ascontiguousarray(value, np.float32) for name, value in weights.items()},
        unroll.folder / "model.safetensors")
    (unroll.folder / "words.txt").write_text("\n".join(WORDS) + "\n")
    (unroll.folder / "labels.txt").write_text("\n".join(LABELS) + "\n")
    settings = unroll("train", "classify", "--data", "none.tsv", "--cell", cell, "--layers", layers,
                      "--hidden", UNITS, "--embedding", EMBEDDING,
                      *["--bidirectional"] * both, "--print-config")
    (unroll.folder / "model.toml").write_text(settings)
    unroll("import", source, "model.safetensors", "--config", "model.toml", "--vocabulary",
           "words.txt", "--files", "labels.txt", "--out", "run", "--overwrite", *options)
    return [list(line["probabilities"].values()) for line in unroll.predict(TEXTS)]


def numbers(*shape):
    """Numbers of no meaning, other ones at each call."""
    numbers.seed += 1
    return np.random.default_rng(numbers.seed).uniform(-0.8, 0.8, shape)


numbers.seed = 0


def vectors(table):
    return [table[[WORDS.index(word) if word in WORDS else 0 for word in text.split()]]
            for text in TEXTS]


def torch_module(gates, recurrent="lstm", prefix=""):
    """The state_dict of a module with two layers both ways, as PyTorch names it."""
    weights = {f"{prefix}emb.weight": numbers(len(WORDS), EMBEDDING),
               f"{prefix}head.weight": numbers(len(LABELS), 2 * UNITS),
               f"{prefix}head.bias": numbers(len(LABELS))}
    for layer, inputs in ((0, EMBEDDING), (1, 2 * UNITS)):
        for suffix in (f"_l{layer}", f"_l{layer}_reverse"):
            name = f"{prefix}{recurrent}."
            weights |= {f"{name}weight_ih{suffix}": numbers(gates * UNITS, inputs),
                        f"{name}weight_hh{suffix}": numbers(gates * UNITS, UNITS),
                        f"{name}bias_ih{suffix}": numbers(gates * UNITS),
                        f"{name}bias_hh{suffix}": numbers(gates * UNITS)}
    return weights


def torch(unroll, cell):
    layer, gates = {"lstm": (reference.lstm, 4), "gru": (reference.gru, 3)}[cell]
    for prefix, options in (("", []), ("net.", ["--rename", "net.emb=embedding", "net.lstm=rnn",
                                                "net.head=output"])):
        weights = torch_module(gates, prefix=prefix)
        found = imported(unroll, weights, *options, cell=cell, layers=2, both=True)
        expected = []
        for x in vectors(weights[f"{prefix}emb.weight"]):
            for level in (0, 1):
                part = dict(weights=weights, prefix=f"{prefix}lstm.")
                x = np.hstack([layer(x, suffix=f"_l{level}", **part),
                               layer(x[::-1], suffix=f"_l{level}_reverse", **part)[::-1]])
            last = np.hstack([x[-1, :UNITS], x[0, UNITS:]])
            expected.append(softmax(reference.linear(last, weights, f"{prefix}head")))
        close(found, expected, "probabilities")


def keras_step(kind, kernel, recurrent, bias):
    """One step of a layer as Keras documents it: `(x, states) -> states`, h first."""
    def lstm(x, states):
        h, c = states
        i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c

    def gru(x, states):
        h = states[0]
        xz, xr, xh = np.split(x @ kernel + bias[0], 3)
        hz, hr, hh = np.split(h @ recurrent + bias[1], 3)
        z, r = sigmoid(xz + hz), sigmoid(xr + hr)
        return (z * h + (1 - z) * np.tanh(xh + r * hh),)

    def gru_before(x, states):
        h = states[0]
        xz, xr, xh = np.split(x @ kernel + bias, 3)
        uz, ur, uh = np.split(recurrent, 3, axis=1)
        z, r = sigmoid(xz + h @ uz), sigmoid(xr + h @ ur)
        return (z * h + (1 - z) * np.tanh(xh + (r * h) @ uh),)

    def simple(x, states):
        return (np.tanh(x @ kernel + states[0] @ recurrent + bias),)

    return {"lstm": lstm, "gru": gru, "gru-reset-before": gru_before, "rnn": simple}[kind]


def keras(unroll, cell):
    name, gates, biases = {"lstm": ("lstm", 4, ()), "gru": ("gru", 3, (2,)),
                           "gru-reset-before": ("gru", 3, ()), "rnn": ("simple_rnn", 1, ())}[cell]
    weights = {"sequential/embedding/embeddings": numbers(len(WORDS), EMBEDDING),
               "sequential/dense/kernel": numbers(2 * UNITS, len(LABELS)),
               "sequential/dense/bias": numbers(len(LABELS))}
    steps = {}
    for layer, inputs in (("bidirectional_2", EMBEDDING), ("bidirectional_10", 2 * UNITS)):
        for direction in ("forward", "backward"):
            path = f"sequential/{layer}/{direction}_{name}/{name}_cell"
            parts = (numbers(inputs, gates * UNITS), numbers(UNITS, gates * UNITS),
                     numbers(*biases, gates * UNITS))
            weights |= dict(zip((f"{path}/kernel", f"{path}/recurrent_kernel", f"{path}/bias"), parts))
            steps[layer, direction] = keras_step(cell, *parts)
    found = imported(unroll, weights, cell=cell, layers=2, both=True, source="--keras")

    def run(step, x):
        states, rows = (np.zeros(UNITS),) * 2, []
        for row in x:
            states = step(row, states)
            rows.append(states[0])
        return np.array(rows)

    expected = []
    for x in vectors(weights["sequential/embedding/embeddings"]):
        for layer in ("bidirectional_2", "bidirectional_10"):
            x = np.hstack([run(steps[layer, "forward"], x),
                           run(steps[layer, "backward"], x[::-1])[::-1]])
        last = np.hstack([x[-1, :UNITS], x[0, UNITS:]])
        expected.append(softmax(last @ weights["sequential/dense/kernel"]
                                + weights["sequential/dense/bias"]))
    close(found, expected, "probabilities")


def errors(unroll):
    """What does not fit is a sentence with names and shapes, and no run is left."""
    weights = torch_module(4)

    def refused(weights, wanted, *options, **how):
        try:
            imported(unroll, weights, *options, **{"cell": "lstm", "layers": 2, "both": True} | how)
        except AssertionError as error:
            assert wanted in str(error), f"expected '{wanted}' in {error}"
            assert "partial" not in str(error), error
            assert not (unroll.folder / "run/config.toml").exists()
        else:
            raise AssertionError(f"not refused: {wanted}")

    refused(weights, "shape", cell="gru")
    refused(weights | {"emb.weight": numbers(9, EMBEDDING)}, "embedding.weight")
    refused({name: value for name, value in weights.items() if name != "head.bias"}, "holds no tensor")
    refused(weights | {"head.bias": np.array([1, np.nan, 0])}, "not finite")
    refused(weights, "has no 'decoder'", "--rename", "decoder=rnn")
    refused(weights, "is no FROM=TO", "--rename", "rnn")
    refused(weights, "is no layer that a run has", source="--keras")
    # Half a network is none.
    refused(weights, "no layers for rnn.", layers=1)
    refused({name: value[:, :UNITS] if name == "head.weight" else value for name, value in weights.items()},
            "no layers for rnn.", layers=1, both=False)
    # Where a GRU resets is seen by its bias alone.
    for rows, cell, other in [((9,), "gru-reset-before", "gru"), ((2, 9), "gru", "gru-reset-before")]:
        layer = {"embedding/embeddings": numbers(len(WORDS), EMBEDDING), "gru/gru_cell/kernel": numbers(EMBEDDING, 9),
                 "gru/gru_cell/recurrent_kernel": numbers(UNITS, 9), "gru/gru_cell/bias": numbers(*rows),
                 "dense/kernel": numbers(UNITS, len(LABELS)), "dense/bias": numbers(len(LABELS))}
        refused(layer, f"those of the cell '{cell}'", cell=other, layers=1, both=False, source="--keras")


def series(unroll, weights, values, cell, units, source="--torch"):
    """The last state of each series `[batch, steps, inputs]`, as the logits of a run that reads it out.

    Only differences of logits show in probabilities, and units may all be alike: a further class of
    logit 0 pins them down."""
    output = np.vstack([np.eye(units), np.zeros((1, units))])
    bias = np.zeros(units + 1)
    weights = weights | ({"output.weight": output, "output.bias": bias} if source == "--torch" else
                         {"dense/kernel": output.T, "dense/bias": bias})
    safetensors.numpy.save_file(
        {name: np.ascontiguousarray(value, np.float32) for name, value in weights.items()},
        unroll.folder / "model.safetensors")
    (unroll.folder / "labels.txt").write_text("".join(f"{unit:03}\n" for unit in range(units + 1)))
    (unroll.folder / "model.toml").write_text(unroll(
        "train", "classify", "--data", "none.csv", "--features", values.shape[2], "--cell", cell,
        "--hidden", units, "--print-config"))
    unroll("import", source, "model.safetensors", "--config", "model.toml", "--files", "labels.txt",
           "--out", "run", "--overwrite")
    lines = [",".join(str(number) for number in row.ravel()) for row in values]
    shares = np.array([list(line["probabilities"].values()) for line in unroll.predict(lines)])
    return np.log(shares[:, :-1] / shares[:, -1:])


def onnx_vectors(unroll):
    """The node tests of ONNX, as weights that PyTorch might have trained."""
    shared = os.environ.get("UNROLL_SHARED_DATA") or pathlib.Path(__file__).parents[3] / "shared/data"
    file = pathlib.Path(shared) / "onnx-rnn/onnx-rnn-cases.json"
    if not file.exists():
        print("skipped: ONNX's node tests, which are not here")
        return
    orders = {"LSTM": ("lstm", [0, 2, 3, 1]), "GRU": ("gru-reset-before", [1, 0, 2]), "RNN": ("rnn", [0])}
    checked = 0
    for node in json.loads(file.read_text()):
        if "P" in node["inputs"]:
            continue
        cell, order = orders[node["op"]]
        units = node["attrs"]["hidden_size"]
        arrays = {name: np.array(tensor["data"]).reshape(tensor["dims"])
                  for name, tensor in (node["inputs"] | node["outputs"]).items()}

        def gates(rows):
            return np.concatenate([rows[gate * units:(gate + 1) * units] for gate in order])

        biases = arrays.get("B", np.zeros((1, 2 * len(order) * units)))[0].reshape(2, -1)
        weights = {"rnn.weight_ih_l0": gates(arrays["W"][0]), "rnn.weight_hh_l0": gates(arrays["R"][0]),
                   "rnn.bias_ih_l0": gates(biases[0]), "rnn.bias_hh_l0": gates(biases[1])}
        batch_first = node["attrs"].get("layout") == 1
        values = arrays["X"] if batch_first else arrays["X"].transpose(1, 0, 2)
        expected = arrays["Y_h"][:, 0] if batch_first else arrays["Y_h"][0]
        close(series(unroll, weights, values, cell, units), expected, node["name"])
        checked += 1
    assert checked == 11, f"{checked} nodes"


def keras_vectors(unroll):
    """What Keras's own tests of its layers expect (`keras/src/layers/rnn/*_test.py`, Apache-2.0): weights
    that are all alike, and so say nothing of the order of gates; the equations above do."""
    # Written with fractions: a first row 0,1,2 would be the names of columns.
    values = np.arange(72.0).reshape(3, 6, 4)
    # Of an LSTM the forget gate's bias is 1.
    forget = np.repeat([0.03, 1, 0.03, 0.03], 3)
    for cell, name, bias, expected in [
        ("lstm", "lstm", forget, [0.6288687, 0.86899155, 0.9460773]),
        ("lstm", "lstm", np.full(12, 0.03), [0.57019705, 0.8661914, 0.9459622]),
        ("gru", "gru", np.full((2, 9), 0.03), [0.5217289, 0.6371659, 0.39384964]),
        ("gru-reset-before", "gru", np.full(9, 0.03), [0.51447755, 0.6426879, 0.40208298]),
    ]:
        width = bias.shape[-1]
        weights = {f"{name}/{name}_cell/kernel": np.full((4, width), 0.01),
                   f"{name}/{name}_cell/recurrent_kernel": np.full((3, width), 0.02),
                   f"{name}/{name}_cell/bias": bias}
        found = series(unroll, weights, values, cell, 3, source="--keras")
        close(found, np.repeat(np.array(expected)[:, None], 3, 1), f"Keras's {name}")
