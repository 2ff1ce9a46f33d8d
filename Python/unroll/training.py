"""Training, seen and ended from Python."""

import contextlib
import fcntl
import json
import signal
import sys
import threading
from pathlib import Path

from . import data as examples
from ._library import PROGRESS, UsageError, call, folder, request, settings as settings_of, string
from .run import Place, Run

# What may be given as examples in memory in the place of files.
_FILES = ["data", "text", "pairs", "valid", "test"]


def train(task, out=None, *, overwrite=False, progress=True, **settings):
    """Trains a run and opens its best weights.

    `task` and `settings` are those of `unroll train TASK`, underscores for dashes (`clip_norm=1.0`; `from_run` for
    `--from`, a word that Python keeps to itself). What is left out follows from the data, as on the command line;
    `defaults="fixed"` keeps it as `unroll.settings` lists it. Files may be paths or examples in memory: a pair (inputs,
    answers), or `unroll.Texts`. What is in memory is written to a file beside the run's folder for the
    library to read.

    `out` is the folder of the run; without one it lives as long as the object. `progress` is True for a
    line on standard error, False for none, or a function that takes what happens as a dictionary and
    returns True to end the training. Ctrl-C ends it with a checkpoint, from which `unroll.resume(out)` goes on.
    """
    place = None
    if out is None:
        place = Place()
        out = place.path / "run"
    out = Path(string(out)).absolute()
    settings = {_setting(name): value for name, value in settings.items() if value is not None}
    in_memory = [n for n in _FILES if n in settings and not examples.are_paths(settings[n])]
    for name in set(settings).intersection(_FILES).difference(in_memory):
        examples.check_paths(settings[name])
    if in_memory:
        # A task that is misspelt is told before what it reads.
        settings_of(task)
        if not overwrite and (out / "config.toml").exists():
            # The file of its examples is left to it.
            raise UsageError(
                f"'{out}' already holds a run\n  hint: go on with unroll.resume, replace it with overwrite=True, or "
                "name another folder")
        _refuse_if_held(out)
    for name in in_memory:
        settings[name] = examples.written(
            task, settings[name], out.with_name(f"{out.name}-{name}"), settings.get("layout") == "channel")
    arguments = [task.encode(), request(settings), folder(out), int(overwrite)]
    return _finished(_told(progress, "train", arguments), out, settings, place)


def resume(run, *, progress=True, **settings):
    """Goes on with a run from its last checkpoint: the same bits as if it had never stopped.

    `run` is its folder or a `Run`; `settings` are those that a continued run may change.
    """
    out, place = (run.folder, run._place) if isinstance(run, Run) else (Path(string(run)), None)
    settings = {_setting(name): value for name, value in settings.items()}
    arguments = [folder(out), request(settings)]
    return _finished(_told(progress, "resume", arguments), out, settings, place)


def _refuse_if_held(out):
    """The examples of a run that is being trained are left to it: the library takes its lock only after they are
    written."""
    try:
        with open(out / "lock", "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError(
            f"'{out}' is in use: it is being trained\n  hint: wait until that is done, or name another folder"
        ) from None
    except OSError:
        # No lock, or none that this file system knows.
        pass


_RESERVED = {"from": "from_run"}


def argument(setting):
    """A setting's name as Python has it."""
    return _RESERVED.get(setting, setting)


def _setting(name):
    return next((setting for setting, own in _RESERVED.items() if own == name), name)


def _finished(answer, out, settings, place):
    run = Run(out, threads=settings.get("threads") or 0)
    run._place = place
    run.end, run.updates = answer["end"], answer["updates"]
    return run


def _told(progress, name, arguments):
    """Calls the library, which calls `progress`. What that raises ends the training and is raised here."""
    tell = _Display().tell if progress is True else progress or (lambda event: False)
    raised = []

    def heard(_, event):
        try:
            wants_end = event is not None and tell(json.loads(event)) is True
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
