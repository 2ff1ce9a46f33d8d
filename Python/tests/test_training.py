"""Progress, ending and going on."""

import io
import os
import signal
import subprocess
import sys
import threading

import pytest

import unroll

# So few examples would by themselves not be validated on.
SMALL = {"hidden": 5, "epochs": 6, "batch": 8, "threads": 1, "defaults": "fixed"}


def test_progress_is_told(kinds):
    events = []
    run = unroll.train("classify", data=kinds, progress=events.append, **SMALL)
    names = [event["event"] for event in events]
    assert names[0] == "started" and names[-1] == "ended" and names.count("validated") == 6
    assert events[0]["total_updates"] == run.updates
    last = [event for event in events if event["event"] == "updated"][-1]
    assert last["update"] == run.updates
    assert run.end == events[-1]["end"] == "finished"


def test_the_display_writes_lines(kinds, capsys):
    unroll.train("classify", data=kinds, **SMALL)
    text = capsys.readouterr().err
    assert "parameters" in text and text.count("valid") >= 6 and "\r" not in text


def test_the_display_writes_one_line_over_and_over_in_notebooks(kinds, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    unroll.train("classify", data=kinds, **SMALL)
    assert "\r100%" in capsys.readouterr().err


def end_at(epoch):
    """A listener who has heard enough after some epochs."""
    heard = []

    def listen(event):
        heard.append(event["event"])
        return heard.count("validated") == epoch

    return listen


def test_a_training_that_was_ended_goes_on_as_if_it_had_not_been(kinds, tmp_path):
    whole = unroll.train("classify", tmp_path / "whole", data=kinds, progress=False, **SMALL)
    part = unroll.train("classify", tmp_path / "part", data=kinds, progress=end_at(2), **SMALL)
    assert part.end == "interrupted" and part.updates == whole.updates * 2 // 6
    rest = unroll.resume(part, progress=False, threads=2)
    assert rest.end == "finished" and rest.updates == whole.updates
    for name, values in whole.state_dict().items():
        assert values.tobytes() == rest.state_dict()[name].tobytes(), name
    longer = unroll.resume(tmp_path / "part", progress=False, epochs=7)
    assert longer.updates == whole.updates * 7 // 6


def test_control_c_ends_a_training_with_a_checkpoint(kinds, tmp_path):
    def press(event):
        if event["event"] == "validated":
            os.kill(os.getpid(), signal.SIGINT)

    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        unroll.train("classify", tmp_path / "run", data=kinds, progress=press, **SMALL)
    assert signal.getsignal(signal.SIGINT) is handler
    assert unroll.resume(tmp_path / "run", progress=False).end == "finished"


ENDLESS = """
import os, signal, threading, time, unroll, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
def press():
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGINT)
def listen(event):
    if event["event"] == "started":
        threading.Thread(target=press).start()
try:
    unroll.train(
        "classify", sys.argv[2], data=sys.argv[1], hidden=5, updates=10**9, eval_every=10**8, threads=1,
        progress=listen)
except KeyboardInterrupt:
    print("ended")
"""


def test_control_c_is_heard_while_the_library_works(classifier, tmp_path):
    data = classifier.folder.with_name("kinds-data.npz")
    result = subprocess.run(
        [sys.executable, "-c", ENDLESS, data, tmp_path / "run"], capture_output=True, text=True,
        timeout=100)
    assert (result.stdout, result.stderr, result.returncode) == ("ended\n", "", 0)
    assert any(path.name.startswith("checkpoint") for path in (tmp_path / "run").iterdir())


def test_what_a_listener_raises_is_raised(kinds):
    def fail(event):
        raise LookupError("no listener")

    with pytest.raises(LookupError, match="no listener"):
        unroll.train("classify", data=kinds, progress=fail, **SMALL)


def test_trainings_beside_each_other_are_those_one_after_the_other(kinds):
    alone = unroll.train("classify", data=kinds, progress=False, **SMALL).state_dict()
    runs = [None] * 3

    def train(place):
        runs[place] = unroll.train("classify", data=kinds, progress=False, **SMALL)

    threads = [threading.Thread(target=train, args=[place]) for place in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for run in runs:
        for name, values in run.state_dict().items():
            assert values.tobytes() == alone[name].tobytes(), name


def test_arrays_have_one_layout(kinds, tmp_path):
    plain, turned = (
        unroll.train("classify", tmp_path / name, data=kinds, layout=name, progress=False, **SMALL)
        for name in ["step", "channel"])
    for name, values in plain.state_dict().items():
        assert values.tobytes() == turned.state_dict()[name].tobytes(), name
    assert plain.evaluate(kinds)["loss"] == turned.evaluate(kinds)["loss"]


def test_line_breaks_are_blanks_everywhere(tmp_path):
    data = (["a b", "c\nd", "a", "d c"] * 3, ["x", "y"] * 6)
    run = unroll.train("classify", tmp_path / "texts", data=data, tokens="char", encode="ids", hidden=4, embedding=3,
                       updates=4, threads=1, progress=False)
    assert (run.predict_proba(["c\nd"]) == run.predict_proba(["c d"])).all()


def test_shorthands_take_numbers(tmp_path):
    run = unroll.train("recall", tmp_path / "run", heads=2, hidden=6, memory_slots=8, updates=1, sequences=8,
                       valid_sequences=2, progress=False)
    assert run.settings["model.read_heads"] == run.settings["model.write_heads"] == 2


def test_a_folder_is_not_taken_twice(kinds, tmp_path):
    def again(event):
        if event["event"] == "validated":
            with pytest.raises(unroll.UnrollError):
                unroll.resume(tmp_path / "run", progress=False)
            # Nor are its examples, which would be another's.
            with pytest.raises(unroll.UsageError, match="in use"):
                unroll.train("classify", tmp_path / "run", data=(kinds[0][::2], kinds[1][::2]), progress=False,
                             overwrite=True, **SMALL)

    unroll.train("classify", tmp_path / "run", data=kinds, progress=again, **SMALL)
    data = (tmp_path / "run-data.npz").read_bytes()
    with pytest.raises(unroll.UsageError, match="already holds a run"):
        unroll.train("classify", tmp_path / "run", data=(kinds[0][::2], kinds[1][::2]), progress=False, **SMALL)
    assert (tmp_path / "run-data.npz").read_bytes() == data
    unroll.train("classify", tmp_path / "run", data=kinds, progress=False, overwrite=True, **SMALL)
