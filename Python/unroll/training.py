"""Training, seen and ended from Python."""

import contextlib
import functools
import json
import signal
import sys
import threading
from pathlib import Path

from . import data as examples
from ._library import (
    PROGRESS, UsageError, call, check_settings, folder, request, settings as settings_of, string, task_name)
from .beside import Beside, refuse_if_held
from .run import Place, Run

# What may be given as examples in memory in the place of files.
_FILES = ["data", "text", "pairs", "valid", "test"]


def train(task, out=None, *, overwrite=False, progress=True, **settings):
    """Trains a run and opens its best weights.

    `task` and `settings` are those of `unroll train TASK`, underscores for dashes (`clip_norm=1.0`; `from_run` for
    `--from`, a word that Python keeps to itself). What is left out follows from the data, as on the command line;
    `defaults="fixed"` keeps it as `unroll.settings` lists it. Files may be paths or examples in memory: a pair (inputs,
    answers), or `unroll.Texts`. What is in memory is written to a file beside the run's folder for the
    library to read. A file that is there already is replaced only if it is that of the run that `overwrite` replaces.

    `out` is the folder of the run; without one it lives as long as the object. `progress` is True for a
    line on standard error, False for none, or a function that takes what happens as a dictionary and
    returns what is true to end the training. Ctrl-C ends it with a checkpoint, from which `unroll.resume(out)` goes on.
    """
    place = None
    if out is None:
        place = Place()
        out = place.path / "run"
    # What no folder can be called.
    folder(out)
    out = Path(string(out)).absolute()
    settings = _given(settings)
    in_memory = [n for n in _FILES if n in settings and not examples.are_paths(settings[n])]
    named = set(settings).intersection(_FILES).difference(in_memory)
    for name in named:
        examples.check_paths(settings[name])
    if not in_memory:
        return _trained(task, out, overwrite, progress, settings, place)
    if out.name in ("", ".."):
        out = out.resolve()
        if not out.name:
            raise UsageError(
                f"'{out}' has nothing beside it, where examples in memory go\n  hint: name another folder")
    # A task that is misspelt is told before what it reads.
    settings_of(task)
    examples.reads(task)
    _check(task, settings, in_memory, out, is_all=not named)
    if not overwrite and (out / "config.toml").exists():
        # The file of its examples is left to it.
        raise UsageError(
            f"'{out}' already holds a run\n  hint: go on with unroll.resume, replace it with overwrite=True, or "
            "name another folder")
    # The library takes the lock of the run only after its examples are written.
    refuse_if_held(out / "lock", out)
    read = [path for name in named for path in _list(settings[name])]
    with Beside(out, overwrite, read) as beside:
        for name in in_memory:
            settings[name] = beside.put(f"{out.name}-{name}", functools.partial(
                examples.written, task, settings[name], by_channel=_setting(settings, "layout") == "channel",
                missing=_setting(settings, "missing") or "refuse", learns=name == "data"))
        run = _trained(task, out, overwrite, progress, settings, place, beside.begin)
        beside.begin()
        return run


def _trained(task, out, overwrite, progress, settings, place, begin=None):
    arguments = [task_name(task), request(settings), folder(out), int(overwrite)]
    return _finished(_told(progress, "train", arguments, begin), out, settings, place)


# Of columns, which examples in memory have none of.
_OF_COLUMNS = ["separator", "group", "label_column", "text_column", "target"]


def _check(task, settings, in_memory, out, is_all):
    """Raises what is wrong with settings before examples are written. `is_all`: whether all are in memory."""
    check_settings(task, {
        name: str(out.with_name(f"{out.name}-{name}")) if name in in_memory else value
        for name, value in settings.items()})
    for name in _OF_COLUMNS:
        if is_all and task in ("classify", "regress") and _setting(settings, name) not in (None, ""):
            raise UsageError(
                f"'{name}' is for tables in files, found examples in memory, which have no such columns\n  hint: leave "
                "it out, or write the table to a file and name that")


def _setting(settings, name):
    """A setting by its name or key; None where it is not given."""
    return settings.get(name, settings.get(f"data.{name}"))


def _list(value):
    return value if isinstance(value, list) else [value]


def resume(run, *, progress=True, **settings):
    """Goes on with a run from its last checkpoint: the same bits as if it had never stopped.

    `run` is its folder or a `Run`; `settings` are those that a continued run may change.
    """
    out, place = (run.folder, run._place) if isinstance(run, Run) else (run, None)
    settings = _given(settings)
    arguments = [folder(out), request(settings)]
    return _finished(_told(progress, "resume", arguments), out, settings, place)


_RESERVED = {"from": "from_run"}


def argument(setting):
    """A setting's name as Python has it."""
    return _RESERVED.get(setting, setting)


def _given(settings):
    """Those that are not None, under the names that the library has for them."""
    names = {own: setting for setting, own in _RESERVED.items()}
    return {names.get(name, name): value for name, value in settings.items() if value is not None}


def _finished(answer, out, settings, place):
    run = Run(out, threads=settings.get("threads") or 0)
    run._place = place
    run.end, run.updates = answer["end"], answer["updates"]
    return run


def _told(progress, name, arguments, begin=None):
    """Calls the library, which calls `progress`, and before that `begin` as the run is there. What they raise ends the
    training and is raised here."""
    tell = _Display().tell if progress is True else progress or (lambda event: False)
    raised = []

    def heard(_, event):
        try:
            if begin:
                begin()
            wants_end = event is not None and bool(tell(json.loads(event)))
        except BaseException as error:
            raised.append(error)
        return int(bool(raised) or wants_end)

    with _interrupts_kept(raised):
        answer = call(name, *arguments, PROGRESS(heard), None)
    if raised:
        raise raised[0]
    return json.loads(answer)


@contextlib.contextmanager
def _interrupts_kept(raised):
    """Keeps what Ctrl-C raises in a list. Python would raise it wherever it next looks for signals: as a
    listener is called by the library, which no exception can cross."""
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return

    def keep(number, frame):
        try:
            handler(number, frame)
        except BaseException as error:
            raised.append(error)

    signal.signal(signal.SIGINT, keep)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


class _Display:
    """One line that is written over and over, in terminals and notebooks; elsewhere validations alone."""

    def __init__(self):
        # Notebooks know what a carriage return means.
        self.is_live = sys.stderr is not None and (sys.stderr.isatty() or "ipykernel" in sys.modules)
        self.width = 0

    def tell(self, event):
        kind = event["event"]
        if kind == "started":
            self.say(
                f"{event['parameters']} parameters, {event['description']}, "
                f"{event['total_updates']} updates, {event['threads']} threads")
        elif kind == "updated" and self.is_live:
            share = 100 * event["update"] // max(1, event["total_updates"])
            loss = "nan" if event["loss"] is None else f"{event['loss']:.4f}"
            self.show(
                f"{share}%  update {event['update']}/{event['total_updates']}  "
                f"epoch {event['epoch']:.2f}  loss {loss}")
        elif kind == "validated":
            best = "  best" if event["is_best"] else ""
            self.say(f"epoch {event['epoch']:.2f}  valid {event['text']}{best}")
        elif kind == "tested":
            self.say(f"test  {event['text']}")
        elif kind == "note":
            self.say(event["text"])
        elif kind == "warning":
            self.say(f"warning: {event['text']}")
        elif kind == "ended":
            self.show("")

    def show(self, text):
        if self.is_live:
            print("\r" + text.ljust(self.width), end="\r", file=sys.stderr, flush=True)
            self.width = len(text)

    def say(self, text):
        self.show("")
        if sys.stderr is not None:
            print(text, file=sys.stderr, flush=True)
