"""Examples in memory, as the files that the tasks read."""

import os

import numpy as np

from ._library import UsageError, string


class Texts(list):
    """A list of texts, a line each, to train a language model or an autoencoder on."""


def are_paths(value):
    """Whether a setting names files."""
    if isinstance(value, Texts) or isinstance(value, tuple):
        return False
    return isinstance(value, (str, os.PathLike)) or (
        isinstance(value, list) and all(isinstance(item, (str, os.PathLike)) for item in value))


def check_paths(value):
    """Raises a `UsageError` for lines of text in the place of files."""
    for path in value if isinstance(value, list) else [value]:
        if any(letter.isspace() for letter in string(path)) and not os.path.exists(path):
            shown = string(path) if len(string(path)) <= 60 else string(path)[:60] + "…"
            raise UsageError(
                f"no file is called {shown!r}\n  hint: name files; lines in memory are unroll.Texts(lines), examples "
                "with answers a pair (inputs, answers)")


def written(task, value, file, by_channel=False):
    """Writes examples to a file whose name begins with `file`; gives its path. Paths are given back as they
    are. `by_channel`: whether the run reads series channel after channel."""
    if are_paths(value):
        check_paths(value)
        return [string(path) for path in value] if isinstance(value, list) else string(value)
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(value, Texts):
        return _lines(file.with_name(file.name + ".txt"), [[text] for text in value])
    if not isinstance(value, tuple) or len(value) != 2:
        raise UsageError(
            f"found examples of the type {type(value).__name__}, expected paths, a pair (inputs, answers) or "
            "unroll.Texts")
    inputs, answers = value
    if answers is not None and len(inputs) != len(answers):
        raise UsageError(f"found {len(inputs)} inputs and {len(answers)} answers, expected as many")
    if len(inputs) == 0:
        raise UsageError("found no example at all")
    reads_texts = task in ("tag", "translate") or task == "classify" and all(isinstance(text, str) for text in inputs)
    if answers is None and reads_texts:
        raise UsageError(f"'{task}' learns from answers\n  hint: give a pair (inputs, answers)")
    if task == "tag":
        return _columns(file.with_name(file.name + ".conll"), inputs, answers)
    if task == "translate":
        # What stands behind a second tab would be another column.
        rows = [[_without_tabs(text) for text in pair] for pair in zip(inputs, answers)]
        return _lines(file.with_name(file.name + ".tsv"), rows)
    if task in ("classify", "regress"):
        if task == "classify" and all(isinstance(text, str) for text in inputs):
            rows = [[_label(label), text] for text, label in zip(inputs, answers)]
            return _lines(file.with_name(file.name + ".tsv"), rows)
        return _table(task, file, inputs, answers, by_channel)
    raise UsageError(f"'{task}' reads no examples from memory\n  hint: name files")


def one_line(text):
    """A text whose own line breaks are blanks, as training and measuring read it."""
    return " ".join(text.splitlines())


def _lines(path, rows):
    """A line an example. A text's own line breaks become blanks, as in a table."""
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for place, row in enumerate(rows):
            cells = []
            for cell in row:
                if not isinstance(cell, str):
                    raise UsageError(
                        f"text {place + 1} must be a string, found {type(cell).__name__}")
                cells.append(one_line(cell))
            file.write("\t".join(cells) + "\n")
    return str(path)


def _without_tabs(text):
    return text.replace("\t", " ") if isinstance(text, str) else text


def _label(label):
    """A label, or several, as a cell."""
    if isinstance(label, (list, tuple, set)):
        return ",".join(sorted(_label(item) for item in label))
    text = str(label)
    if not text or "\t" in text or len(text.splitlines()) != 1:
        raise UsageError(f"found the label {text!r}, expected one line of text without tabs")
    return text


def words(sentence):
    """The words of a sentence. Raises a `UsageError` for what no line could hold as one."""
    for word in sentence:
        if not isinstance(word, str) or len(word.split()) != 1 or word.strip() != word:
            raise UsageError(f"found the word {word!r}, expected a string without blanks")
    return list(sentence)


def _columns(path, sentences, tags):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for place, (sentence, own) in enumerate(zip(sentences, tags)):
            if len(sentence) != len(own):
                raise UsageError(
                    f"sentence {place + 1} has {len(sentence)} words and {len(own)} tags")
            for word, tag in zip(words(sentence), words(own)):
                file.write(f"{word} {tag}\n")
            file.write("\n")
    return str(path)


def series(inputs, width=None):
    """Series of numbers one after the other, and their lengths in steps.

    Arrays of float32 whose numbers stand side by side are taken as they are. Raises a `UsageError` that
    says the shape or type that was found and what was expected.
    """
    if hasattr(inputs, "__array__"):
        # pandas' tables and torch's tensors among others.
        inputs = np.asarray(inputs)
    if isinstance(inputs, np.ndarray) and inputs.dtype != object:
        arrays = _numbers(inputs, "the series")
        if arrays.ndim not in (2, 3):
            raise UsageError(
                f"found series of the shape {arrays.shape}, expected [series, steps] or "
                "[series, steps, channels]")
        # Of one channel a step is a number; of several a row may hold them side by side.
        channels = arrays.shape[2] if arrays.ndim == 3 else width or 1
        size = int(np.prod(arrays.shape[1:]))
        _check(size, channels, width, arrays.shape)
        lengths = np.full(len(arrays), size // channels, np.int64)
        return arrays, lengths
    arrays = [_numbers(item, f"series {place + 1}") for place, item in enumerate(inputs)]
    for place, array in enumerate(arrays):
        if array.ndim not in (1, 2):
            raise UsageError(
                f"series {place + 1} has the shape {array.shape}, expected [steps] or [steps, channels]")
        channels = array.shape[1] if array.ndim == 2 else width or 1
        width = width or channels
        _check(array.size, channels, width, array.shape)
    lengths = np.array([array.size // (width or 1) for array in arrays], np.int64)
    values = np.concatenate([a.ravel() for a in arrays]) if arrays else np.empty(0, np.float32)
    return values, lengths


def _check(size, channels, width, shape):
    if size == 0:
        raise UsageError(f"found series of the shape {tuple(shape)}, expected one step or more")
    if width is not None and channels != width or size % channels:
        raise UsageError(
            f"found series of the shape {tuple(shape)}, expected {width or channels} channels as in training")


def _numbers(value, what):
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise UsageError(f"{what} must hold numbers, found the type {array.dtype}")
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, np.float32)


def _table(task, file, inputs, answers, by_channel):
    """Series with their labels or targets: numpy's archive, or where lengths differ a table of rows."""
    values, lengths = series(inputs)
    width = values.size // int(lengths.sum())
    _refuse_nonfinite(values.reshape(-1, width), lengths)
    if task == "classify":
        answers = np.array([_label(answer) for answer in answers])
    elif answers is not None:
        answers = _numbers(answers, "the targets")
        if answers.ndim == 2 and answers.shape[1] == 1:
            answers = answers[:, 0]
        if answers.ndim != 1 or not np.isfinite(answers).all():
            raise UsageError("expected one finite number a series as its target")
    if lengths.min() == lengths.max():
        path = file.with_name(file.name + ".npz")
        arrays = {} if answers is None else {"y": answers}
        steps = values.reshape(len(lengths), -1, width)
        np.savez(path, X=steps.transpose(0, 2, 1) if by_channel else steps, **arrays)
        return str(path)
    return _uneven(file.with_name(file.name + ".ts"), values, lengths, width, answers)


def _uneven(path, values, lengths, width, answers):
    """Series of different lengths, a line each: channels between colons, the answer last."""
    ends = np.cumsum(lengths) * width
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(f"@univariate {str(width == 1).lower()}\n")
        file.write("@classLabel false\n" * (answers is None) + "@data\n")
        for place, (end, length) in enumerate(zip(ends, lengths)):
            steps = values.ravel()[end - length * width:end].reshape(length, width)
            fields = [",".join(map(repr, channel)) for channel in steps.T.tolist()]
            if answers is not None:
                answer = str(answers[place])
                if ":" in answer or answer.strip() != answer:
                    raise UsageError(
                        f"found the label {answer!r}, expected no colon and no blanks at its ends")
                fields.append(answer)
            file.write(":".join(fields) + "\n")
    return str(path)


def _refuse_nonfinite(steps, lengths):
    bad = ~np.isfinite(steps).all(axis=1)
    if bad.any():
        step = int(bad.argmax())
        place = int(np.searchsorted(np.cumsum(lengths), step, side="right"))
        raise UsageError(
            f"series {place + 1}: found NaN or infinity, expected finite numbers\n  hint: mend the data")
