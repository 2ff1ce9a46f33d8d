"""What a guest owes its host: libunroll in a process that is not its own."""

import ctypes
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import unroll
from unroll import _library

PACKAGE = Path(unroll.__file__).parent
HEADER = next(
    path for path in [PACKAGE / "unroll.h", Path(__file__).parents[2] / "Sources/CUnroll/include/unroll.h"]
    if path.exists())


def python(program, **environment):
    """Runs a program in a process of its own; its output, errors too."""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd="/",
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent), **environment})
    return result.returncode, result.stdout + result.stderr


def test_it_needs_nothing_but_the_c_library():
    if not shutil.which("readelf"):
        pytest.skip("there is no readelf")
    library = PACKAGE / "libunroll.so"
    needed = subprocess.check_output(["readelf", "-d", library], text=True)
    names = set(re.findall(r"NEEDED.*\[(.*)\]", needed))
    assert names <= {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
    symbols = subprocess.check_output(["readelf", "--dyn-syms", "-W", library], text=True)
    defined = {
        line.split()[-1] for line in symbols.splitlines() if re.search(r"(FUNC|OBJECT) .*(DEFAULT|PROTECTED) +\d+ ", line)}
    declared = set(re.findall(r"\b(unroll_\w+)\(", HEADER.read_text()))
    assert {name.split("@")[0] for name in defined} == declared
    assert declared == {"unroll_free", *("unroll_" + name for name in _library._ARGUMENTS)}


def test_signals_stay_the_hosts(kinds):
    def caught():
        mask = int(re.search(r"SigCgt:\s*(\w+)", Path("/proc/self/status").read_text()).group(1), 16)
        # Beyond 31 are those that the C library keeps for threads.
        return mask & 0x7FFFFFFF

    program = (
        "import re\n"
        "def caught(): return int(re.search(r'SigCgt:\\s*(\\w+)', open('/proc/self/status').read()).group(1), 16)"
        " & 0x7fffffff\n"
        "before = caught()\nimport unroll\nassert caught() == before, (before, caught())")
    assert python(program) == (0, "")
    before = caught()
    unroll.train("classify", data=kinds, hidden=3, epochs=1, progress=False).predict(kinds[0])
    assert caught() == before


def test_floating_point_stays_the_hosts(classifier, kinds):
    small = np.full(3, 1e-40, np.float32)
    classifier.predict(kinds[0])
    assert (small * np.float32(0.5) > 0).all()

    def listen(event):
        assert (small * np.float32(0.5) > 0).all()

    unroll.train("classify", data=kinds, hidden=3, epochs=1, progress=listen)
    assert (small * np.float32(0.5) > 0).all()


def test_a_child_of_a_process_that_used_it_is_refused(classifier, kinds):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            classifier.predict(kinds[0])
            text = "it answered"
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
        os.write(writer, text.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    assert os.waitpid(child, 0)[1] == 0
    assert text.startswith("UnrollError: this process was forked") and "spawn" in text
    assert len(classifier.predict(kinds[0])) == 90


def test_threads_that_use_one_run_get_what_is_right(classifier, kinds):
    series = kinds[0]
    expected = {size: classifier.predict_proba(series[:size]) for size in [1, 5, 33, 90]}
    wrong = []

    def ask(size):
        for _ in range(20):
            if not (classifier.predict_proba(series[:size]) == expected[size]).all():
                wrong.append(size)

    threads = [threading.Thread(target=ask, args=[size]) for size in [*expected, *expected]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_run_that_was_closed_is_refused(classifier, kinds):
    run = unroll.Run(classifier.folder)
    number = run._handle.number
    run.close()
    with pytest.raises(unroll.UsageError, match="was closed"):
        run.predict(kinds[0])
    for closed in [number, 0, -3, 2**62]:
        with pytest.raises(unroll.UsageError, match="no opened run"):
            _library.call("describe", closed)


def test_nothing_is_a_sentence_too(classifier):
    """NULL in the place of every pointer, one after the other and all at once."""
    number = classifier._handle.number
    full = {
        "settings": [b"tag"],
        "train": [b"tag", b"{}", b"/nowhere/run", 0, _library.PROGRESS(), None],
        "resume": [b"/nowhere/run", b"{}", _library.PROGRESS(), None],
        "metrics": [b"/nowhere/run"],
        "open": [b"/nowhere/run", b"{}", ctypes.byref(ctypes.c_int64())],
        "predict": [number, b'["1,2"]'],
        "predict_series": [
            number, (ctypes.c_float * 4)(), (ctypes.c_int64 * 2)(1, 1), 2, 2, (ctypes.c_float * 6)(), 6,
            ctypes.byref(ctypes.c_int64())],
        "sample": [number, b"{}"],
        "score": [number, b"[]"],
        "embed": [number, b"[]", None, 0, ctypes.byref(ctypes.c_int64())],
        "evaluate": [number, b"[]"],
        "parameter": [number, b"output.bias", None, None],
    }
    for name, arguments in full.items():
        for place in [*range(len(arguments)), None]:
            nothing = [
                value if isinstance(value, int) or place not in (index, None)
                else _library.PROGRESS() if isinstance(value, _library.PROGRESS) else None
                for index, value in enumerate(arguments)]
            try:
                _library.call(name, *nothing)
            except unroll.UnrollError as error:
                assert error.message
    assert _library.library.unroll_info(None) == 0
    assert _library.library.unroll_describe(0, None) == 2


@pytest.mark.parametrize("bytes_", [b"\xff\xfe", b"{", b"[]", b"3", b'{"hidden": {}}', b"[" * 9999, b'{"\\ud800": 1}'])
def test_requests_that_are_none(bytes_, classifier):
    with pytest.raises(unroll.UsageError):
        _library.call("train", b"tag", bytes_, b"/nowhere/run", 0, _library.PROGRESS(), None)
    with pytest.raises(unroll.UsageError):
        _library.call("open", bytes(classifier.folder), bytes_, ctypes.byref(ctypes.c_int64()))
    if bytes_ != b"[]":
        with pytest.raises(unroll.UsageError):
            _library.call("predict", classifier._handle.number, bytes_)


def test_another_processor_is_a_sentence(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "unroll", symlinks=True)
    library = tmp_path / "unroll" / "libunroll.so"
    with open(library, "r+b") as file:
        # The machine of an ELF file: 64-bit RISC-V.
        file.seek(18)
        file.write((243).to_bytes(2, "little"))
    code, text = python("import unroll", PYTHONPATH=str(tmp_path))
    assert code == 1 and "ImportError" in text and "cannot be loaded on Linux" in text
    library.unlink()
    code, text = python("import unroll", PYTHONPATH=str(tmp_path))
    assert code == 1 and "it is not there" in text
    code, text = python("import unroll", UNROLL_ISA="mmx")
    assert code == 1 and "UNROLL_ISA is 'mmx', but it must be one of" in text


PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include "unroll.h"

static int heard = 0;

static int listen(void *context, const char *event) {
  *(int *)context += event != NULL;
  return 0;
}

static void check(int status, char *text, const char *what) {
  if (status == 0) return;
  fprintf(stderr, "%s: status %d: %s\n", what, status, text ? text : "");
  exit(status);
}

int main(int count, char **arguments) {
  char *text;
  unroll_run run;
  (void)count;
  if (unroll_open("/nowhere", NULL, &run, &text) != 2 || !text || run != 0) return 9;
  unroll_free(text);
  check(unroll_train("classify", arguments[1], arguments[2], 1, listen, &heard, &text), text, "train");
  unroll_free(text);
  check(unroll_open(arguments[2], "{\"threads\": 1}", &run, &text), text, "open");
  unroll_free(text);
  int64_t columns = 0, lengths[2] = {3, 1};
  float values[8] = {0.5f, 1, 1.5f, 2, 2.5f, 3, 3.5f, 4}, outputs[6];
  check(unroll_predict_series(run, values, lengths, 2, 2, outputs, 6, &columns, &text), text, "predict");
  unroll_free(text);
  check(unroll_close(run, NULL), NULL, "close");
  for (int i = 0; i < 6; i++) printf("%.9g\n", outputs[i]);
  return heard > 0 && columns == 3 ? 0 : 8;
}
"""


def test_a_program_in_c_uses_it(classifier, tmp_path):
    compiler = next(filter(shutil.which, ["clang", "gcc", "cc"]), None)
    if compiler is None:
        pytest.skip("there is no C compiler")
    source = tmp_path / "program.c"
    source.write_text(PROGRAM)
    subprocess.run(
        [compiler, "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", f"-I{HEADER.parent}", source,
         PACKAGE / "libunroll.so", f"-Wl,-rpath,{PACKAGE}", "-o", tmp_path / "program"], check=True)
    data = classifier.folder.with_name("kinds-data.npz")
    settings = f'{{"data": "{data}", "hidden": 11, "epochs": 4, "batch": 8, "lr": 0.02}}'
    output = subprocess.check_output(
        [tmp_path / "program", settings, tmp_path / "run"], text=True)
    expected = classifier.predict_proba(
        [np.array([[0.5, 1], [1.5, 2], [2.5, 3]]), np.array([[3.5, 4]])])
    assert [np.float32(line) for line in output.split()] == expected.ravel().tolist()
