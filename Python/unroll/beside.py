"""Files of examples beside the folder of a run."""

import contextlib
import fcntl
import json
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

from ._library import UnrollError, UsageError


class Beside:
    """Puts files of examples beside the folder of a run, for one training alone: while it lasts no other one replaces
    them. Those of a training that does not begin go again, and what stood in their place comes back."""

    def __init__(self, out, overwrite, read):
        """`read`: files that the training reads as they are."""
        self._out, self._overwrite, self._read = out, overwrite, read
        self._has_begun = False
        # Folders that were not there, each before the one above it.
        self._made = []
        # Each place, what stood there, and the locked file.
        self._files = []

    def __enter__(self):
        folder = self._out.parent
        try:
            self._made = [path for path in [folder, *folder.parents] if not path.exists()]
            folder.mkdir(parents=True, exist_ok=True)
            # Beside the run: files are moved to their place whole, which no other disk allows.
            self._scratch = Path(tempfile.mkdtemp(prefix=".unroll-", dir=folder))
        except OSError as error:
            self._remove_folders()
            raise _cannot("write to", folder, error) from None
        return self

    def put(self, name, write):
        """Puts a file to its place, and gives that. `write` makes it, with a name that begins with `name`."""
        try:
            return self._put(write(self._scratch / name))
        except OSError as error:
            raise _cannot("write", self._out.with_name(name), error) from None

    def _put(self, file):
        place = self._out.with_name(Path(file).name)
        # Locked before anyone can see it there.
        lock = os.open(file, os.O_RDWR)
        try:
            with contextlib.suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with _turn(place.parent):
                before = None
                if os.path.lexists(place):
                    self._check(place)
                    before = self._scratch / "before" / place.name
                    before.parent.mkdir(exist_ok=True)
                    _keep(place, before)
                self._files.append((place, before, lock))
                os.replace(file, place)
        finally:
            if not any(lock == own for _, _, own in self._files):
                os.close(lock)
        return str(place)

    def begin(self):
        """From here on the run names its files: they stay."""
        if not self._has_begun:
            self._has_begun = True
            shutil.rmtree(self._scratch, ignore_errors=True)

    def __exit__(self, *_):
        if not self._has_begun and self._files:
            with _turn(self._out.parent):
                self._undo()
        for _, _, lock in self._files:
            with contextlib.suppress(OSError):
                # A child after a fork may hold the file open for longer.
                fcntl.flock(lock, fcntl.LOCK_UN)
            os.close(lock)
        shutil.rmtree(self._scratch, ignore_errors=True)
        if not self._has_begun:
            self._remove_folders()

    def _undo(self):
        for place, before, lock in self._files:
            # A file that will not go is no reason to hide why.
            with contextlib.suppress(OSError):
                if _is(place, lock):
                    os.replace(before, place) if before else os.unlink(place)

    def _check(self, place):
        """Raises a `UsageError` for a file that is not this run's own to replace."""
        is_file = stat.S_ISREG(os.lstat(place).st_mode)
        if is_file:
            refuse_if_held(place, self._out)
        # Links are not followed, to wherever they lead.
        is_own = is_file and self._overwrite and _names(self._out, place)
        if not is_own or any(os.path.exists(path) and os.path.samefile(path, place) for path in self._read):
            raise UsageError(
                f"'{place}' is there already, and no run in '{self._out}' has it as its examples\n  hint: move it "
                "away, or name another folder for the run")

    def _remove_folders(self):
        for folder in self._made:
            try:
                folder.rmdir()
            except OSError:
                # Something else is in it by now, or it was never made.
                pass


def refuse_if_held(file, out):
    """Raises a `UsageError` if a training holds the lock of a file."""
    try:
        with open(file, "rb") as held:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError(
            f"'{out}' is in use: it is being trained\n  hint: wait until that is done, or name another folder"
        ) from None
    except OSError:
        # No lock, or none that this file system knows.
        pass


@contextlib.contextmanager
def _turn(folder):
    """One after the other, of all who look at what is in a folder before they write to it."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            number = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, number)
            fcntl.flock(number, fcntl.LOCK_EX)
        yield


def _keep(file, copy):
    try:
        os.link(file, copy)
    except OSError:
        # Not every file system has links.
        shutil.copy2(file, copy)


def _is(place, file):
    """Whether an open file stands at a place."""
    try:
        return os.path.samestat(os.lstat(place), os.fstat(file))
    except OSError:
        return False


def _names(out, file):
    """Whether the run in a folder has a file as examples."""
    try:
        lines = (out / "config.toml").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    for line in lines:
        if not re.match("(train|text|pairs|valid|test) = ", line):
            continue
        for quoted in re.findall(r'"(?:[^"\\]|\\.)*"', line):
            # What JSON does not read as TOML does is no path of ours.
            with contextlib.suppress(ValueError, OSError):
                if os.path.samefile(json.loads(quoted), file):
                    return True
    return False


def _cannot(what, path, error):
    return UnrollError(f"cannot {what} '{path}': {error.strerror or error}\n  hint: name another folder for the run")
