"""Examples in memory, as the files that the tasks read."""

import collections.abc
import os

import numpy as np

from ._library import UsageError, string


class Texts(list):
    """A list of texts, a line each, to train a language model or an autoencoder on."""

    def __init__(self, lines=()):
        super().__init__(listed(lines, "lines"))


def listed(values, what):
    """What may be counted, and taken one by one: an array or a list. The rows of a pandas table of numbers are an
    array, its lone column of texts is a list. Raises a `UsageError` for what holds no such things."""
    if isinstance(values, (list, tuple)):
        return values
    if isinstance(values, np.ma.MaskedArray):
        return _unmasked(values)
    if hasattr(values, "columns") and hasattr(values, "to_numpy"):
        return _rows(values)
    if isinstance(values, collections.abc.Iterator):
        return list(values)
    if hasattr(values, "__array__") and not hasattr(values, "__len__"):
        values = np.asarray(values)
    is_bare = isinstance(values, (str, bytes, collections.abc.Mapping, collections.abc.Set))
    try:
        count = None if is_bare else len(values)
    except TypeError:
        count = None
    if count is None:
        raise UsageError(
            f"found {what} of the type {type(values).__name__}, expected a list or an array\n  hint: give one for "
            "each example, in a list")
    if hasattr(values, "tolist") and not isinstance(values, np.ndarray) and getattr(values, "ndim", 0) == 1:
        # pandas names the rows of a column as it likes; the numbers of torch are no labels.
        return values.tolist()
    return values if hasattr(values, "__array__") else list(values)


def _rows(table):
    """A table of pandas or its like: texts for a lone column of them, else an array."""
    rows = table.to_numpy()
    if rows.dtype == object and all(getattr(kind, "kind", "O") in "fiub" for kind in table.dtypes):
        # Numbers of which some are missing.
        rows = table.to_numpy(dtype=np.float64, na_value=np.nan)
    if rows.dtype.kind not in "fiub" and rows.ndim == 2 and rows.shape[1] == 1:
        return rows[:, 0].tolist()
    return rows


def _unmasked(array):
    """What is masked is not known: NaN, or None where no numbers are."""
    if array.dtype.kind in "fiub":
        exact = array if array.dtype.kind == "f" else array.astype(np.float64)
        return exact.filled(np.nan)
    return array.astype(object).filled(None)


def is_missing(value):
    """Whether a label is none: None, NaN, what pandas has for them, or masked."""
    if value is None or value is np.ma.masked:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        # pandas' NA does not even say whether it is itself.
        return type(value).__name__ == "NAType"


def refuse_missing(answer, place):
    """Raises a `UsageError` for the answer to the example at `place` where there is none."""
    if is_missing(answer):
        raise UsageError(
            f"answer {place + 1} is missing: found {answer!r}, expected a label or a number\n  hint: leave such "
            "examples out")


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


def reads(task):
    """Raises a `UsageError` for a task whose examples can only be files."""
    if task not in ("tag", "translate", "classify", "regress", "lm", "autoencode"):
        raise UsageError(f"'{task}' reads no examples from memory\n  hint: name files")


def written(task, value, file, by_channel=False, missing="refuse", learns=False):
    """Writes examples to a file whose name begins with `file`, in a folder that is there; gives its path. Paths are
    given back as they are.

    `by_channel`: whether the run reads series channel after channel; `missing`: what it puts in the place of NaN;
    `learns`: whether classes are to be told apart by what is written.
    """
    if are_paths(value):
        check_paths(value)
        return [string(path) for path in value] if isinstance(value, list) else string(value)
    try:
        return _written(task, value, file, by_channel, missing, learns)
    except UnicodeEncodeError as error:
        raise UsageError(
            f"the text {error.object[:40]!r} holds {error.object[error.start]!r}, which is no character of Unicode\n"
            "  hint: read the texts as what they are, as with open(FILE, encoding='latin-1')") from None


def _written(task, value, file, by_channel, missing, learns):
    if isinstance(value, Texts):
        return _lines(file.with_name(file.name + ".txt"), [[text] for text in value])
    if not isinstance(value, tuple) or len(value) != 2:
        raise UsageError(
            f"found examples of the type {type(value).__name__}, expected paths, a pair (inputs, answers) or "
            "unroll.Texts")
    inputs, answers = listed(value[0], "inputs"), value[1]
    if answers is not None:
        answers = _one_each(listed(answers, "answers"))
        if len(inputs) != len(answers):
            raise UsageError(f"found {len(inputs)} inputs and {len(answers)} answers, expected as many")
    if len(inputs) == 0:
        raise UsageError("found no example at all")
    if answers is None and task in ("classify", "tag", "translate"):
        raise UsageError(f"'{task}' learns from answers\n  hint: give a pair (inputs, answers)")
    if task == "tag":
        return _sentences(file, inputs, answers)
    if task == "translate":
        # What stands behind a second tab would be another column.
        rows = [[_without_tabs(text) for text in pair] for pair in zip(inputs, answers)]
        return _lines(file.with_name(file.name + ".tsv"), rows)
    if task in ("classify", "regress"):
        if task == "classify" and _are_texts(inputs):
            rows = [[_label(label, place), text] for place, (text, label) in enumerate(zip(inputs, answers))]
            if learns:
                _refuse_empty(rows)
            return _lines(file.with_name(file.name + ".tsv"), rows)
        return _table(task, file, inputs, answers, by_channel, missing)
    raise UsageError(f"'{task}' reads no examples from memory\n  hint: name files")


def _one_each(answers):
    """A column of answers as a list of them."""
    is_column = isinstance(answers, np.ndarray) and answers.ndim == 2 and answers.shape[1] == 1
    return answers[:, 0] if is_column else answers


def _are_texts(inputs):
    """Whether inputs are texts. Raises a `UsageError` where only some are."""
    are_texts = [isinstance(text, str) for text in inputs]
    if any(are_texts) and not all(are_texts):
        other = are_texts.index(False)
        raise UsageError(
            f"input {are_texts.index(True) + 1} is a text, input {other + 1} of the type "
            f"{type(inputs[other]).__name__}, expected texts alone or series of numbers alone")
    return all(are_texts)


def _refuse_empty(rows):
    """Empty texts are passed over by the library; here is said what that leaves."""
    kept = {label for label, text in rows if not isinstance(text, str) or text.strip()}
    empty = sum(isinstance(text, str) and not text.strip() for _, text in rows)
    if empty and len(kept) < 2 <= len({label for label, _ in rows}):
        rest = f"the others have the single label '{kept.pop()}'" if kept else "there is no other"
        raise UsageError(
            f"{empty} of {len(rows)} texts are empty, and {rest}, expected texts of two labels or more\n  hint: look "
            "at what the inputs hold")


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


def _label(label, place):
    """A label, or several, of the example at `place`, as a cell."""
    if isinstance(label, (list, tuple, set)):
        return ",".join(sorted(_label(item, place) for item in label))
    refuse_missing(label, place)
    text = str(label)
    if np.ndim(label) or isinstance(label, dict):
        raise UsageError(
            f"answer {place + 1} must be a label, found {text[:40]!r} of the type {type(label).__name__}")
    if not text or "\t" in text or len(text.splitlines()) != 1:
        raise UsageError(f"found the label {text!r}, expected one line of text without tabs")
    return text


def words(sentence):
    """The words of a sentence. Raises a `UsageError` for what no line could hold as one."""
    if isinstance(sentence, str) or not hasattr(sentence, "__iter__"):
        raise UsageError(
            f"found {sentence!r:.60}, expected a list of words, or of their tags\n  hint: cut a text with .split()")
    sentence = list(sentence)
    for word in sentence:
        if not isinstance(word, str) or len(word.split()) != 1 or word.strip() != word:
            raise UsageError(f"found the word {word!r}, expected a string without blanks")
    return sentence


def _sentences(file, sentences, tags):
    pairs = []
    for place, (sentence, own) in enumerate(zip(sentences, tags)):
        sentence, own = words(sentence), words(own)
        if len(sentence) != len(own):
            raise UsageError(
                f"sentence {place + 1} has {len(sentence)} words and {len(own)} tags")
        pairs.append((sentence, own))
    # Where columns may have comments and documents, other lines have words alone.
    has_marks = any(
        sentence[:1] and sentence[0][0] == "#" or "-DOCSTART-" in sentence for sentence, _ in pairs)
    path = file.with_name(file.name + (".txt" if has_marks else ".conll"))
    with open(path, "w", encoding="utf-8", newline="\n") as lines:
        for sentence, own in pairs:
            if has_marks:
                lines.write(" ".join(["BOS", *sentence, "EOS"]) + "\t" + " ".join(["O", *own, "O"]) + "\n")
            else:
                lines.writelines(f"{word} {tag}\n" for word, tag in zip(sentence, own))
                lines.write("\n")
    return str(path)


def series(inputs, width=None):
    """Series of numbers one after the other, and their lengths in steps.

    Arrays of float32 whose numbers stand side by side are taken as they are. Raises a `UsageError` that
    says the shape or type that was found and what was expected.
    """
    inputs = listed(inputs, "series")
    if hasattr(inputs, "__array__"):
        # torch's tensors among others.
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
    array = np.asarray(_unmasked(value) if isinstance(value, np.ma.MaskedArray) else value)
    if array.dtype.kind not in "fiub":
        raise UsageError(f"{what} must hold numbers, found the type {array.dtype}")
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, np.float32)


def filled(values, lengths, width, missing):
    """Series with what a run puts in the place of NaN, as the library reads them from files."""
    steps = values.reshape(-1, width).copy()
    for place, end in enumerate(np.cumsum(lengths)):
        # A view: what is put into it is put into the series.
        one = steps[end - lengths[place]:end]
        for channel, numbers in enumerate(one.T):
            known = np.flatnonzero(~np.isnan(numbers))
            if len(known) == len(numbers):
                continue
            if missing == "zero":
                numbers[np.isnan(numbers)] = 0
            elif len(known) == 0:
                raise UsageError(f"series {place + 1}: channel {channel + 1} has no number at all")
            elif missing == "mean":
                # One after the other, so that the last bit is the library's.
                total = np.cumsum(numbers[known], dtype=np.float64)[-1]
                numbers[np.isnan(numbers)] = total / len(known)
            else:
                before = np.searchsorted(known, np.arange(len(numbers)), side="right") - 1
                numbers[:] = numbers[known[np.maximum(before, 0)]]
    return steps


def _table(task, file, inputs, answers, by_channel, missing):
    """Series with their labels or targets: numpy's archive, or where lengths differ a table of rows."""
    values, lengths = series(inputs)
    width = values.size // int(lengths.sum())
    _refuse_nonfinite(values.reshape(-1, width), lengths, missing)
    if task == "classify":
        answers = np.array([_label(answer, place) for place, answer in enumerate(answers)])
    elif answers is not None:
        if isinstance(answers, (list, tuple)):
            for place, answer in enumerate(answers):
                refuse_missing(answer, place)
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


def _refuse_nonfinite(steps, lengths, missing):
    is_bad = np.isinf if missing != "refuse" else lambda numbers: ~np.isfinite(numbers)
    bad = is_bad(steps).any(axis=1)
    if bad.any():
        step = int(bad.argmax())
        place = int(np.searchsorted(np.cumsum(lengths), step, side="right"))
        mends = np.isnan(steps[step]).any() and missing == "refuse"
        raise UsageError(
            f"series {place + 1}: found NaN or infinity, expected finite numbers\n  hint: "
            + ("say what stands for NaN, as with missing='mean'" if mends else "mend the data"))
