"""What a guest owes its host: libunroll in a process that is not its own."""

import ctypes
import json
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


def test_nothing_is_a_sentence_too(classifier, tmp_path):
    """NULL in the place of every pointer, one after the other and all at once."""
    number = classifier._handle.number
    run = bytes(tmp_path / "run")
    full = {
        "settings": [b"tag"],
        "check_settings": [b"tag", b"{}"],
        "train": [b"tag", b"{}", run, 0, _library.PROGRESS(), None],
        "train_series": [
            b"classify", b"{}", (ctypes.c_float * 4)(), (ctypes.c_int64 * 2)(1, 1), 2, 2, b'["a", "b"]',
            run, 0, _library.PROGRESS(), None],
        "resume": [run, b"{}", _library.PROGRESS(), None],
        "metrics": [run],
        "open": [run, b"{}", ctypes.byref(ctypes.c_int64())],
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


def notes(folder):
    """What the weights say of their origin."""
    with open(folder / "model.safetensors", "rb") as file:
        return json.loads(file.read(int.from_bytes(file.read(8), "little")))["__metadata__"]


def test_a_run_names_the_build_of_the_library(classifier, tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "unroll", symlinks=True)
    with open(tmp_path / "unroll" / "libunroll.so", "ab") as file:
        file.write(b"another build")
    data = classifier.folder.with_name("kinds-data.npz")
    builds = []
    for place in [PACKAGE.parent, tmp_path]:
        run = tmp_path / f"run{len(builds)}"
        assert python(
            f"import unroll; unroll.train('classify', r'{run}', data=r'{data}', hidden=3, epochs=1, progress=False)",
            PYTHONPATH=str(place)) == (0, "")
        builds.append(notes(run)["unroll.build"])
    # Python is the same both times.
    assert builds[0] == notes(classifier.folder)["unroll.build"] != builds[1]
    assert notes(classifier.folder)["unroll.version"] == unroll.__version__


SERIES = dict(values=[0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 0, -1, 5e-8, 1 / 3], lengths=[3, 1, 2], width=2)


def train_series(folder, answers, settings, values, lengths, width, task=b"classify", overwrite=0):
    return json.loads(_library.call(
        "train_series", task, settings and json.dumps(settings).encode(), (ctypes.c_float * len(values))(*values),
        (ctypes.c_int64 * len(lengths))(*lengths), len(lengths), width,
        None if answers is None else json.dumps(answers).encode(), bytes(folder), overwrite,
        _library.PROGRESS(), None))


def test_arrays_are_learnt_from_as_from_python(tmp_path):
    settings = {"epochs": 2, "batch": 2, "threads": 1, "valid_fraction": 0}
    values = np.array(SERIES["values"], np.float32).reshape(-1, 2)
    uneven = [values[:3], values[3:4], values[4:]]
    for task, answers in [("classify", ["a b", "#1", "a b"]), ("regress", [0.1, -7, 1e-9])]:
        ended = train_series(tmp_path / task, answers, settings, **SERIES, task=task.encode())
        assert ended["end"] == "finished" and ended["updates"] > 0
        mine = unroll.Run(tmp_path / task)
        theirs = unroll.train(task, data=(uneven, answers), progress=False, **settings)
        assert mine.classes == theirs.classes
        for name, weights in theirs.state_dict().items():
            assert weights.tobytes() == mine.state_dict()[name].tobytes(), name
        # What is read is what was there, to the last bit.
        assert [line.rsplit(":", 1)[0] for line in (tmp_path / f"{task}-data.ts").read_text().splitlines()[2:]] == [
            ":".join(",".join(repr(float(x)) for x in channel) for channel in one.T) for one in uneven]
    # There is a run; its data stay.
    before = (tmp_path / "classify-data.ts").read_bytes()
    with pytest.raises(unroll.UsageError, match="already holds a run"):
        train_series(tmp_path / "classify", ["x", "y", "x"], settings, **SERIES)
    assert (tmp_path / "classify-data.ts").read_bytes() == before
    assert train_series(tmp_path / "classify", ["x", "y", "x"], settings, **SERIES, overwrite=1)["end"] == "finished"


@pytest.mark.parametrize("change, message", [
    ({"answers": ["a"]}, "3 series and 1 answers"),
    ({"answers": ["a", "b:c", "d"]}, "answer 2 must be a number or a line of text without a colon"),
    ({"answers": ["a", " b", "d"]}, "answer 2"), ({"answers": ["a", "", "d"]}, "answer 2"),
    ({"answers": ["a", None, "d"]}, "answer 2"), ({"answers": ["a", "b\nc", "d"]}, "answer 2"),
    ({"answers": {"a": 1}}, "JSON list"), ({"answers": None}, "no label"),
    ({"values": [0.0] * 11 + [float("nan")]}, "series 3, step 2: found nan"),
    ({"lengths": [3, 0, 3]}, "series 2 has 0 steps"), ({"lengths": [3, -1, 2]}, "series 2 has -1 steps"),
    ({"lengths": []}, "no series at all"), ({"width": 0}, "0 numbers a step"), ({"width": 1 << 40}, "numbers a step"),
    ({"settings": {"data": "x.csv"}}, "the settings name data"), ({"settings": {"hiden": 3}}, "did you mean 'hidden'"),
    ({"task": b"lm"}, "reads no series of numbers, but"), ({"task": b"x"}, "there is no task 'x'"),
])
def test_arrays_that_cannot_be_learnt_from(change, message, tmp_path):
    arguments = {"answers": ["a", "b", "a"], "settings": None, **SERIES, **change}
    with pytest.raises(unroll.UnrollError) as caught:
        train_series(tmp_path / "run", **arguments)
    assert message in str(caught.value)
    assert not (tmp_path / "run").exists()


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
  check(
      unroll_train_series("classify", "{\"epochs\": 1, \"threads\": 1}", values, lengths, 2, 2, "[\"a\", \"b\"]",
                          arguments[3], 0, listen, &heard, &text), text, "train from arrays");
  unroll_free(text);
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
    settings = f'{{"data": "{data}", "hidden": 11, "epochs": 4, "batch": 8, "lr": 0.02, "defaults": "fixed"}}'
    output = subprocess.check_output(
        [tmp_path / "program", settings, tmp_path / "run", tmp_path / "arrays"], text=True)
    expected = classifier.predict_proba(
        [np.array([[0.5, 1], [1.5, 2], [2.5, 3]]), np.array([[3.5, 4]])])
    assert [np.float32(line) for line in output.split()] == expected.ravel().tolist()
