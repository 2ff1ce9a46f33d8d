"""libunroll, as unroll.h declares it."""

import ctypes
import json
import os
import platform
from pathlib import Path

import numpy as np


class UnrollError(Exception):
    """Something failed: a file, the data, the machine. `message` says what, `hint` the next step."""

    def __init__(self, text):
        super().__init__(text)
        self.message, _, hint = text.partition("\n  hint: ")
        self.hint = hint or None


class UsageError(UnrollError, ValueError):
    """What was asked for does not exist or does not fit."""


class DivergedError(UnrollError, ArithmeticError):
    """Training no longer gets anywhere: a lower learning rate may help."""


def _load():
    path = Path(__file__).with_name("libunroll.so")
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        machine = f"{platform.system()} on {platform.machine()}"
        if not path.exists():
            reason = "it is not there"
        else:
            reason = str(error)
        raise ImportError(
            f"'{path}' cannot be loaded on {machine}: {reason}; unroll needs Linux with glibc, on the kind "
            "of processor that it was built for"
        ) from error


library = _load()

TEXT = ctypes.POINTER(ctypes.c_char)
PROGRESS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p)
NUMBERS = ctypes.POINTER(ctypes.c_float)
_STRING, _NUMBER = ctypes.c_char_p, ctypes.c_int64
_PLACE = ctypes.POINTER(_NUMBER)

# The last argument of all is the place of the answer.
_ARGUMENTS = {
    "info": [],
    "settings": [_STRING],
    "check_settings": [_STRING, _STRING],
    "train": [_STRING, _STRING, _STRING, ctypes.c_int, PROGRESS, ctypes.c_void_p],
    # For programs without numpy, whose files `unroll.train` writes.
    "train_series": [
        _STRING, _STRING, NUMBERS, _PLACE, _NUMBER, _NUMBER, _STRING, _STRING, ctypes.c_int, PROGRESS,
        ctypes.c_void_p],
    "resume": [_STRING, _STRING, PROGRESS, ctypes.c_void_p],
    "metrics": [_STRING],
    "open": [_STRING, _STRING, _PLACE],
    "close": [_NUMBER],
    "describe": [_NUMBER],
    "predict": [_NUMBER, _STRING],
    "predict_series": [_NUMBER, NUMBERS, _PLACE, _NUMBER, _NUMBER, NUMBERS, _NUMBER, _PLACE],
    "sample": [_NUMBER, _STRING],
    "score": [_NUMBER, _STRING],
    "embed": [_NUMBER, _STRING, NUMBERS, _NUMBER, _PLACE],
    "evaluate": [_NUMBER, _STRING],
    "parameter": [_NUMBER, _STRING, ctypes.POINTER(NUMBERS), _PLACE],
}
for _name, _types in _ARGUMENTS.items():
    _function = getattr(library, "unroll_" + _name)
    _function.argtypes = [*_types, ctypes.POINTER(TEXT)]
    _function.restype = ctypes.c_int
library.unroll_free.argtypes = [TEXT]
library.unroll_free.restype = None

_ERRORS = {1: UnrollError, 2: UsageError, 3: DivergedError}


def call(name, *arguments):
    """The answer of `unroll_NAME`, which runs without Python's lock. Raises an `UnrollError`."""
    text = TEXT()
    status = getattr(library, "unroll_" + name)(*arguments, ctypes.byref(text))
    try:
        answer = ctypes.cast(text, ctypes.c_char_p).value or b"" if text else b""
    finally:
        library.unroll_free(text)
    answer = answer.decode("utf-8", "replace")
    if status:
        raise _ERRORS.get(status, UnrollError)(answer)
    return answer


def request(value):
    """JSON for the library. Raises a `TypeError` for what has no form in it, a `UsageError` for NaN and infinity."""
    try:
        return json.dumps(value, allow_nan=False, default=_plain).encode()
    except ValueError as error:
        if isinstance(error, UsageError):
            raise
        bad = next((
            f"{name}={number}" for name, number in (value.items() if isinstance(value, dict) else [])
            if np.ndim(number) == 0 and isinstance(number, (float, np.floating)) and not np.isfinite(number)), None)
        raise UsageError(f"found {bad or error}, expected finite numbers\n  hint: give a finite number") from None


def _plain(value):
    """numpy's numbers as Python's, paths as strings."""
    if hasattr(value, "__fspath__"):
        return string(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"found {value!r}, of the type {type(value).__name__}, which no setting takes")


def string(path):
    """A path as a string."""
    try:
        return os.fsdecode(path)
    except TypeError:
        raise UsageError(
            f"found {path!r:.60} of the type {type(path).__name__}, expected a path\n  hint: give a string") from None


def folder(path):
    """A path as the library takes it. Raises a `UsageError` for one that no folder can have."""
    name = string(path)
    if "\0" in name:
        raise UsageError(f"a path cannot hold a NUL: found {name!r}, expected the folder of a run")
    if not name:
        raise UsageError("the folder of the run has no name: found '', expected a path\n  hint: '.' is where you are")
    return name.encode("utf-8", "surrogateescape")


def task_name(task):
    """A task as the library takes it."""
    if not isinstance(task, str):
        raise UsageError(f"found a task of the type {type(task).__name__}, expected its name, such as 'classify'")
    return task.encode("utf-8", "surrogateescape")


def check_settings(task, values):
    """Raises what the library says of a task and its settings, before anything is written."""
    call("check_settings", task_name(task), request(values))


def info():
    """Version, instruction set, cores, and the tasks that can be trained."""
    return json.loads(call("info"))


def settings(task):
    """The settings of a task, a dictionary each: name, kind, default, help and so on."""
    return json.loads(call("settings", task_name(task)))
