"""Runs of `unroll`, tiny and trained in a moment, and their graphs in onnxruntime."""

import json
import os
import pathlib
import subprocess

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-5


class Unroll:
    """The command, in a folder of its own."""

    def __init__(self, command, folder):
        self.command = os.path.abspath(command)
        self.folder = pathlib.Path(folder)
        # What a check compares is what it says, and not what follows from its handful of examples.
        self.environment = os.environ | {"UNROLL_TRAIN_DEFAULTS": "fixed"}

    def __call__(self, *arguments, input=None, fails=False):
        """Standard output; of a command that has to fail, its messages."""
        result = subprocess.run(
            [self.command, *map(str, arguments)], input=input, cwd=self.folder, text=True,
            env=self.environment, capture_output=True, timeout=120)
        if (result.returncode != 0) != fails:
            raise AssertionError(f"{arguments} ended with {result.returncode}: {result.stderr}")
        return result.stderr if fails else result.stdout

    def train(self, task, *options):
        """Trains a small run of one epoch; the folder's name."""
        epochs = [] if "--epochs" in options else ["--epochs", 1]
        self("train", task, *epochs, "--seed", 3, "--threads", 1, *options, "--quiet",
             "--overwrite", "--out", "run")
        return "run"

    def predict(self, lines, *options, run="run"):
        """The predictions, a dictionary a line."""
        out = self("predict", run, "--json", "--threads", 1, *options, input="\n".join(lines) + "\n")
        return [json.loads(line) for line in out.splitlines()]

    def export(self, *parts, run="run"):
        """The graphs of a run: one, or its parts."""
        self("export", run, "--onnx", "model.onnx")
        names = [f"model-{part}.onnx" for part in parts] or ["model.onnx"]
        graphs = [Graph(self.folder / name) for name in names]
        return graphs if parts else graphs[0]


class Graph:
    """An ONNX file that the checker has looked at."""

    def __init__(self, path):
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        self.operators = operators(model.graph)
        self.metadata = {entry.key: entry.value for entry in model.metadata_props}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"])
        self.inputs = {port.name: port for port in self.session.get_inputs()}
        self.outputs = [port.name for port in self.session.get_outputs()]

    def __call__(self, **inputs):
        types = {"tensor(int64)": np.int64, "tensor(float)": np.float32}
        feed = {name: np.asarray(value, types[self.inputs[name].type])
                for name, value in inputs.items()}
        return dict(zip(self.outputs, self.session.run(None, feed)))

    def zeros(self, batch, *names):
        """States before the first step."""
        return {name: np.zeros([size if isinstance(size, int) else batch
                                for size in self.inputs[name].shape], np.float32)
                for name in names or ("h0", "c0") if name in self.inputs}

    def json(self, name):
        return json.loads(self.metadata[name])

    def vocabulary(self, name="vocabulary.json"):
        return Vocabulary(self.json(name))


class Vocabulary:
    def __init__(self, json):
        self.ids = {token: id for id, token in enumerate(json["tokens"])}
        self.unknown = json.get("unknown")
        self.end = json.get("endOfSentence")

    def __call__(self, tokens):
        return [self.ids.get(token, self.unknown) for token in tokens]


def operators(graph):
    """The operators in use, those in the bodies of loops too."""
    found = set()
    for node in graph.node:
        found.add(node.op_type)
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                found |= operators(attribute.g)
    return found


def padded(rows, fill=0):
    """Rows of different lengths as one array, and the lengths. What stands behind an end must not
    matter: it is `fill`."""
    longest = max(len(row) for row in rows)
    tail = np.asarray(rows[0]).shape[1:]
    array = np.full((len(rows), longest, *tail), fill, np.asarray(rows[0]).dtype)
    for index, row in enumerate(rows):
        array[index, :len(row)] = row
    return array, [len(row) for row in rows]


def close(found, expected, what, tolerance=TOLERANCE):
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    assert found.shape == expected.shape, f"{what}: shape {found.shape}, not {expected.shape}"
    scale = np.maximum(1, np.abs(expected))
    error = np.max(np.abs(found - expected) / scale, initial=0)
    assert error <= tolerance, f"{what}: differs by {error:.2e}"


def log_softmax(x):
    x = np.asarray(x, np.float64)
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))
