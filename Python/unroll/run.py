"""A trained run: what it can say, and its numbers."""

import ctypes
import json
import math
import os
import shutil
import tempfile
import weakref
from collections import namedtuple
from pathlib import Path

import numpy as np

from . import data
from ._library import NUMBERS, UsageError, call, folder, request, string

Score = namedtuple("Score", ["log_probability", "tokens"])
Score.__doc__ = "How probable a sentence is, in nats, and of how many tokens it is."

# What `predict` gives, of all that the answer to an input says: the first of these that it has. An autoencoder
# repeats its text beside what it makes of it.
_ANSWERS = [
    "label", "labels", "tags", "translation", "answer", "reconstruction", "notes", "text", "prediction", "forecasts"]
# Where the label is a part of the question.
_ANSWERS_OF_TASK = {"lm-condition": ["log_probability"]}


class Place:
    """A folder that goes when its object goes."""

    def __init__(self):
        self.path = Path(tempfile.mkdtemp(prefix="unroll-"))
        self._end = weakref.finalize(self, _remove, self.path, os.getpid())


def _remove(path, process):
    # A child after a fork has no part in it.
    if os.getpid() == process:
        shutil.rmtree(path, ignore_errors=True)


class _Handle:
    """An opened run of the library, closed once nothing needs it: neither a `Run` nor a view of its weights."""

    def __init__(self, path, options):
        number = ctypes.c_int64()
        call("open", path, options, ctypes.byref(number))
        self.number = number.value
        self._end = weakref.finalize(self, _close, self.number, os.getpid())


def _close(number, process):
    if os.getpid() == process:
        call("close", number)


class Run:
    """The best weights of the run in a folder.

    `threads` (0: as many as there are cores), `top_k`, `beam`, `length_penalty`, `n_best` and `confidence`
    are as `unroll predict` has them. Several threads may use a run at once: they wait for each other.
    """

    def __init__(self, folder_of_run, *, threads=0, **options):
        # What no folder can be called.
        folder(folder_of_run)
        self.folder = Path(string(folder_of_run)).absolute()
        self._options = {"threads": threads, **options}
        self._handle = _Handle(folder(self.folder), request(self._options))
        self._about = json.loads(call("describe", self._handle.number))
        # A run that nobody named a folder for keeps its own.
        self._place = None

    def __repr__(self):
        return f"Run({str(self.folder)!r}, task={self.task!r})"

    def close(self):
        """Lets the weights go. A run that is closed answers nothing more."""
        self._handle = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _call(self, name, *arguments):
        if self._handle is None:
            raise UsageError(f"the run in '{self.folder}' was closed")
        return call(name, self._handle.number, *arguments)

    # What it is.

    @property
    def task(self):
        """What it was trained as: `classify`, `tag` and so on."""
        return self._about["task"]

    @property
    def settings(self):
        """Every setting by its key, such as `model.hidden`."""
        return dict(self._about["settings"])

    @property
    def abilities(self):
        """What it can do: `predict`, `predict_series`, `sample`, `score`, `embed`."""
        return list(self._about["abilities"])

    @property
    def classes(self):
        """The labels of a classifier, in the order of its probabilities; else None."""
        return self._about["classes"] and list(self._about["classes"])

    @property
    def notes(self):
        """What there is to know of the weights, in sentences."""
        return list(self._about["notes"])

    @property
    def metrics(self):
        """What was recorded while it trained, a dictionary each: `pandas.DataFrame(run.metrics)`."""
        records = json.loads(call("metrics", folder(self.folder)))
        for record in records:
            # JSON has neither NaN nor infinity.
            record.update({name: float(text) for name, text in record.pop("nonfinite", {}).items()})
        return records

    def state_dict(self):
        """The weights by PyTorch's names, as arrays that are read only: the run's own memory, no copy.

        `module.load_state_dict({name: torch.tensor(value) for name, value in run.state_dict().items()})`
        """
        weights = {}
        for parameter in self._about["parameters"]:
            values, count = NUMBERS(), ctypes.c_int64()
            self._call(
                "parameter", parameter["name"].encode(), ctypes.byref(values), ctypes.byref(count))
            address = ctypes.addressof(values.contents)
            memory = (ctypes.c_float * count.value).from_address(address)
            # Views outlive the run.
            memory.owner = self._handle
            array = np.frombuffer(memory, np.float32).reshape(parameter["shape"])
            array.flags.writeable = False
            weights[parameter["name"]] = array
        return weights

    # What it can do.

    def answers(self, inputs):
        """All that there is to say of each input, as `unroll predict --json` does.

        Inputs are lines as the command reads them: texts, sentences, paths of recordings; for taggers lists of
        words do too.
        """
        return json.loads(self._call("predict", request(self._lines(inputs))))

    def predict(self, inputs):
        """The answer to each input: a label, a list of tags, a translation, a reconstruction, numbers; of texts of a
        label their log-probability in nats, of pieces the notes of the step that follows.

        Series of numbers go in as an array [series, steps] or [series, steps, channels], or as a list of
        arrays of any lengths. Labels come as a list, numbers as an array.
        """
        inputs = self._listed(inputs)
        if self._reads_arrays(inputs):
            outputs = self._outputs(inputs)
            if self.classes is None:
                return outputs[:, 0] if outputs.shape[1] == 1 else outputs
            if self.settings["data.multi_label"]:
                return [
                    [label for label, value in zip(self.classes, row) if value >= 0.5]
                    for row in outputs
                ]
            return [self.classes[index] for index in outputs.argmax(axis=1)]
        names = _ANSWERS_OF_TASK.get(self.task, _ANSWERS)
        return [_answer(answer, names) for answer in self.answers(inputs)]

    def predict_proba(self, inputs):
        """The probability of each of `classes`, a row for each input: [inputs, classes]."""
        if self.classes is None:
            raise UsageError(f"the run in '{self.folder}' has no classes to give probabilities of")
        inputs = self._listed(inputs)
        if self._reads_arrays(inputs):
            return self._outputs(inputs)
        rows = [
            [answer["probabilities"][label] for label in self.classes]
            for answer in self.answers(inputs)
        ]
        return np.array(rows, np.float32).reshape(len(rows), len(self.classes))

    def sample(self, prompt="", **options):
        """A text of the model's own. `length`, `temperature`, `top_k`, `top_p`, `seed`, `condition` and `count`
        are as `unroll sample` has them."""
        return json.loads(self._call("sample", request({"prompt": prompt, **options})))

    def score(self, sentences):
        """How probable each sentence is: a list of `Score`s."""
        lines = [data.one_line(sentence) for sentence in _strings(sentences, "sentence")]
        scores = json.loads(self._call("score", request(lines)))
        return [
            Score(math.nan if s["log_probability"] is None else s["log_probability"], s["tokens"])
            for s in scores
        ]

    def embed(self, inputs):
        """A vector for each text, or for the recording at each path: [inputs, numbers]."""
        texts = _strings(inputs, "input")
        count = len(texts)
        if not self.settings.get("model.hierarchical"):
            # Documents have lines of their own.
            texts = [data.one_line(text) for text in texts]
        lines, columns = request(texts), ctypes.c_int64()
        self._call("embed", lines, None, 0, ctypes.byref(columns))
        vectors = np.empty((count, columns.value), np.float32)
        if count:
            self._call("embed", lines, _start(vectors), vectors.size, ctypes.byref(columns))
        return vectors

    def evaluate(self, examples):
        """Measures it on files, or on examples as `unroll.train` takes them. A dictionary: loss, figures, …"""
        with tempfile.TemporaryDirectory(prefix="unroll-") as place:
            files = data.written(
                self.task, examples, Path(place) / "test", self.settings.get("data.layout") == "channel",
                self._missing)
            files = [files] if isinstance(files, str) else files
            measured = json.loads(self._call("evaluate", request(files)))
        unseen = measured.get("unseen_labels")
        if unseen and measured["loss"] is None:
            raise UsageError(
                f"nothing in these data can be measured: no example has a label that was trained, found {unseen[0]!r}"
                f"\n  hint: check that the data and '{self.folder}' belong together")
        return measured

    @property
    def _missing(self):
        """What stands for missing numbers."""
        return self.settings.get("data.missing", "refuse")

    # Copies and pickles carry the files of the run.

    def __getstate__(self):
        names = [
            p for p in sorted(self.folder.iterdir())
            if p.is_file() and p.name[0] != "." and not p.name.startswith(("checkpoint", "model-"))
        ]
        return {"files": {p.name: p.read_bytes() for p in names}, "options": self._options}

    def __setstate__(self, state):
        place = Place()
        for name, content in state["files"].items():
            # A pickle is a program anyway, but no slip should write elsewhere.
            (place.path / Path(name).name).write_bytes(content)
        self.__init__(place.path, **state["options"])
        self._place = place

    # Inputs.

    def _listed(self, inputs):
        """Inputs that can be counted. One text is told as such by who reads texts."""
        return inputs if isinstance(inputs, (str, bytes)) else data.listed(inputs, "inputs")

    def _reads_arrays(self, inputs):
        if "predict_series" not in self.abilities:
            return False
        if isinstance(inputs, (str, bytes)):
            return False
        are_lines = isinstance(inputs, (list, tuple)) and all(isinstance(i, str) for i in inputs)
        return not are_lines or len(inputs) == 0

    def _outputs(self, inputs):
        width = self._about["series_width"]
        values, lengths = data.series(inputs, width)
        if self._missing != "refuse" and np.isnan(values).any():
            values = data.filled(values, lengths, width, self._missing)
        columns = ctypes.c_int64()
        self._call("predict_series", None, None, 0, width, None, 0, ctypes.byref(columns))
        outputs = np.empty((len(lengths), columns.value), np.float32)
        if len(lengths):
            self._call(
                "predict_series", _start(values),
                lengths.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)), len(lengths), width,
                _start(outputs), outputs.size, ctypes.byref(columns))
        return outputs

    def _lines(self, inputs):
        if self.task == "tag" and not isinstance(inputs, (str, bytes)):
            inputs = data.listed(inputs, "inputs")
            inputs = [item if isinstance(item, str) else " ".join(data.words(item)) for item in inputs]
        lines = _strings(inputs, "input")
        if "predict_series" in self.abilities:
            # Blanks in the place of line breaks would make one series of two.
            for place, line in enumerate(lines):
                if len(line.splitlines()) > 1:
                    raise UsageError(
                        f"input {place + 1}: found {len(line.splitlines())} lines, expected one series\n  hint: cut "
                        "it with .splitlines()")
        # Stories and tables have lines of their own.
        return [data.one_line(line) for line in lines] if self.task in ("classify", "translate") else lines


def _answer(answer, names):
    if answer is None:
        return None
    name = next((name for name in names if name in answer), None)
    if name is None:
        return answer
    value = answer[name]
    if name == "reconstruction" and "mse" in answer:
        # The frames of a recording.
        return np.array(value, np.float32)
    return value[0] if name == "prediction" and len(value) == 1 else value


def _strings(inputs, what):
    """A list of strings. Raises a `UsageError` that says what was found in its place."""
    if isinstance(inputs, (str, bytes)):
        raise UsageError(f"found one {what}, expected a list of them\n  hint: write [{inputs!r:.40}]")
    inputs = list(data.listed(inputs, f"{what}s"))
    for place, item in enumerate(inputs):
        if not isinstance(item, str):
            raise UsageError(
                f"{what} {place + 1} must be a string, found {type(item).__name__}")
    # numpy's strings are Python's with another name.
    return [str(item) for item in inputs]


def _start(array):
    return array.ctypes.data_as(NUMBERS)
