"""What a run says from Python, against what the command says."""

import copy
import csv
import json
import math
import os
import pickle
import subprocess
from pathlib import Path

import numpy as np
import pytest

import unroll

# The command of the same build, where there is one.
COMMAND = Path(__file__).parents[2] / ".build" / "release" / "unroll"


@pytest.fixture
def command():
    if not COMMAND.exists():
        pytest.skip(f"there is no '{COMMAND}' to compare with")

    def run(*arguments, text=None):
        return subprocess.run(
            [COMMAND, *map(str, arguments)], input=text, capture_output=True, text=True, check=True
        ).stdout

    return run


def test_the_weights_are_those_of_the_command(command, classifier, tmp_path):
    data = classifier.folder.with_name("kinds-data.npz")
    command(
        "train", "classify", "--data", data, "--hidden", 11, "--epochs", 4, "--batch", 8, "--lr", 0.02,
        "--threads", 1, "--quiet", "--defaults", "fixed", "--out", tmp_path / "run")
    theirs = unroll.Run(tmp_path / "run")
    mine = classifier.state_dict()
    assert list(mine) == list(theirs.state_dict())
    for name, values in theirs.state_dict().items():
        assert mine[name].tobytes() == values.tobytes(), name


TEXTS = (["a fine film", "a dull film", "fine", "so dull"] * 9, ["good", "bad"] * 18)
SENTENCES = ([["the", "pear"], ["one", "pear", "falls"]] * 9, [["O", "B-fruit"], ["O", "B-fruit", "O"]] * 9)


@pytest.mark.parametrize("task", ["classify", "classify texts", "regress", "tag", "lm"])
def test_what_nobody_gives_is_what_the_command_chooses(task, command, kinds, waves, tmp_path):
    examples = {
        "classify": kinds, "classify texts": TEXTS, "regress": waves, "tag": SENTENCES,
        "lm": unroll.Texts(["anna made the salad", "bob ate the pear"] * 30)}[task]
    (task, *_), setting = task.split(), "text" if task == "lm" else "data"
    said = []
    mine = unroll.train(
        task, tmp_path / "mine", epochs=1, threads=1, progress=said.append, **{setting: examples})
    assert any(event["event"] == "note" for event in said)
    (data,) = tmp_path.glob("mine-*")
    command(
        "train", task, f"--{setting}", data, "--epochs", 1, "--threads", 1, "--quiet", "--out", tmp_path / "theirs")
    theirs = unroll.Run(tmp_path / "theirs")
    assert mine.settings == theirs.settings
    for name, values in theirs.state_dict().items():
        assert mine.state_dict()[name].tobytes() == values.tobytes(), name


def test_answers_are_those_of_the_command(command, classifier, kinds):
    series = kinds[0][:5]
    lines = "\n".join(",".join(map(repr, one.ravel().tolist())) for one in series)
    theirs = [
        json.loads(line) for line in command("predict", classifier.folder, "--json", text=lines).splitlines()]
    assert classifier.predict(series) == [answer["label"] for answer in theirs]
    expected = [[answer["probabilities"][name] for name in classifier.classes] for answer in theirs]
    assert classifier.predict_proba(series).tolist() == expected
    # The same series as text.
    assert classifier.answers(lines.split("\n")) == theirs


class Elsewhere:
    """What numpy takes for an array, as pandas' tables and torch's tensors are."""

    def __init__(self, array):
        self._array = array

    def __array__(self, dtype=None, copy=None):
        return self._array


def test_shapes_and_layouts_of_arrays(classifier, kinds):
    series = kinds[0]
    whole = classifier.predict_proba(series)
    assert whole.shape == (90, 3) and whole.dtype == np.float32
    for other in [
        np.asfortranarray(series), series.astype(np.float64), series.reshape(90, 34), list(series),
        [one.tolist() for one in series], series[::-1][::-1], Elsewhere(series),
    ]:
        assert (classifier.predict_proba(other) == whole).all()
    lengths = np.arange(90) % 16 + 1
    uneven = [one[:length] for one, length in zip(series, lengths)]
    together = classifier.predict_proba(uneven)
    for place in [0, 7, 31, 89]:
        assert (classifier.predict_proba([uneven[place]])[0] == together[place]).all()
    assert classifier.predict_proba(series[:0]).shape == (0, 3)


def test_series_of_different_lengths_are_learnt(kinds):
    series, labels = kinds
    uneven = [one[: 3 + place % 14] for place, one in enumerate(series)]
    run = unroll.train("classify", data=(uneven, labels), hidden=7, epochs=1, progress=False)
    assert len(run.predict(uneven)) == 90
    assert run.predict(uneven) == [run.predict([one])[0] for one in uneven]
    with pytest.raises(unroll.UsageError, match="no colon"):
        unroll.train("classify", data=(uneven, ["a:b", "c"] * 45), progress=False)


def test_numbers_are_predicted_in_the_unit_of_the_targets(waves):
    series, speed = waves
    run = unroll.train(
        "regress", data=(series, 1000 + 100 * speed), hidden=8, epochs=2, standardize=True,
        progress=False)
    numbers = run.predict(series)
    assert numbers.shape == (90,) and (900 < numbers).all() and (numbers < 1300).all()
    assert run.classes is None


def test_weights_are_a_view_that_outlives_the_run(classifier):
    run = unroll.Run(classifier.folder)
    weights = run.state_dict()
    before = {name: values.copy() for name, values in weights.items()}
    assert before["rnn.weight_ih_l0"].shape == (44, 2)
    again = run.state_dict()["rnn.weight_hh_l0"]
    assert np.shares_memory(weights["rnn.weight_hh_l0"], again)
    run.close()
    del run, again
    for name, values in weights.items():
        assert (values == before[name]).all()
        with pytest.raises(ValueError):
            values[...] = 0


def test_copies_and_pickles_answer_alike(classifier, kinds, tmp_path):
    expected = classifier.predict_proba(kinds[0])
    for other in [pickle.loads(pickle.dumps(classifier)), copy.deepcopy(classifier)]:
        assert other.folder != classifier.folder
        assert (other.predict_proba(kinds[0]) == expected).all()
        assert other.metrics == classifier.metrics


def test_metrics_are_what_the_file_says(classifier):
    lines = (classifier.folder / "metrics.jsonl").read_text().splitlines()
    assert classifier.metrics == [json.loads(line) for line in lines]
    assert [r["update"] for r in classifier.metrics if r["split"] == "train"] == list(
        range(1, classifier.updates + 1))
    # What JSON cannot hold, and a line that is being written.
    with open(classifier.folder / "metrics.jsonl", "a") as file:
        file.write('{"update":99,"split":"valid","loss":null,"nonfinite":{"loss":"nan"}}\n{"upda')
    try:
        last = classifier.metrics[-1]
        assert last["update"] == 99 and math.isnan(last["loss"]) and "nonfinite" not in last
        with open(classifier.folder / "metrics.jsonl", "a") as file:
            file.write('\n{"format":99,"update":100}\n')
        with pytest.raises(unroll.UnrollError, match="has the format 99"):
            classifier.metrics
    finally:
        (classifier.folder / "metrics.jsonl").write_text("\n".join(lines) + "\n")


def test_evaluation_is_that_of_the_command(command, classifier, kinds):
    mine = classifier.evaluate(kinds)
    data = classifier.folder.with_name("kinds-data.npz")
    assert mine == json.loads(command("eval", classifier.folder, "--data", data, "--json"))
    assert mine == classifier.evaluate(data)


def test_language_models_score_and_write(command, language_model):
    texts = ["anna ate the salad", "bob"]
    scores = language_model.score(texts)
    theirs = [
        json.loads(line)
        for line in command(
            "score", language_model.folder, "--json", text="\n".join(texts)).splitlines()]
    assert [s.log_probability for s in scores] == [t["log_probability"] for t in theirs]
    assert [s.tokens for s in scores] == [len(text) + 1 for text in texts]
    text = language_model.sample("an", length=23, temperature=0.7, top_k=4, seed=5)
    assert text == command(
        "sample", language_model.folder, "--prompt", "an", "--length", 23, "--temperature", 0.7, "--top-k", 4,
        "--seed", 5)
    assert language_model.score([]) == []


def test_tags_translations_and_vectors():
    sentences = [["the", "pear"], ["a", "pair", "of", "shoes"], ["one", "pear", "falls"]] * 12
    tags = [["O", "B-fruit"], ["O", "B-couple", "O", "O"], ["O", "B-fruit", "O"]] * 12
    tagger = unroll.train(
        "tag", data=(sentences, tags), hidden=13, embedding=6, epochs=8, lr=0.03, batch=6, progress=False)
    assert tagger.predict(sentences[:3]) == tags[:3]
    assert tagger.predict(["the pear", "a pair of shoes", ["one", "pear", "falls"]]) == tags[:3]
    assert tagger.answers(["the pear"])[0]["spans"][0]["type"] == "fruit"

    pairs = (["a b c", "c b", "b", "a c"] * 14, ["c b a", "b c", "b", "c a"] * 14)
    translator = unroll.train(
        "translate", pairs=pairs, valid_fraction=0.3, hidden=10, embedding=5, epochs=1, progress=False)
    assert [type(text) for text in translator.predict(["a b", "c"])] == [str, str]
    assert "translation" in unroll.Run(translator.folder, beam=3).answers(["a"])[0]

    texts = unroll.Texts(["the pear", "a pair of shoes", "one pear falls"] * 9)
    encoder = unroll.train("autoencode", text=texts, hidden=6, epochs=1, progress=False)
    vectors = encoder.embed(texts[:3])
    assert vectors.dtype == np.float32 and vectors.shape[0] == 3
    assert (encoder.embed([texts[2]])[0] == vectors[2]).all()
    assert encoder.embed([]).shape == (0, vectors.shape[1])


def test_settings_are_those_of_the_command(command, classifier):
    names = {s["name"] for s in unroll.settings("classify")}
    help_of_command = command("train", "classify", "--help")
    for name in names:
        assert "--" + name.replace("_", "-") in help_of_command, name
    assert classifier.settings["model.hidden"] == 11
    tasks = [task["name"] for task in unroll.info()["tasks"]]
    assert {"lm", "classify", "regress", "tag", "translate", "transcribe"} <= set(tasks)
    for task in tasks:
        assert all(s["help"] and s["must"] for s in unroll.settings(task))


def test_keys_and_shorthands_do_as_settings(tmp_path, language_model):
    text = tmp_path / "text.txt"
    text.write_text("anna made the salad\n" * 40)
    run = unroll.train(
        "lm", text=[text], schedule="warmup-cosine", layers=1, batch=4, steps=8, hidden=np.int64(6), embedding=4,
        **{"optimizer.clip_norm": 2, "train.epochs": 1}, progress=False)
    assert run.settings["schedule.name"] == "cosine"
    assert run.settings["optimizer.clip_norm"] == 2.0
    assert run.settings["model.hidden"] == 6
    # Texts of a label go by the same name.
    labelled = tmp_path / "labelled.tsv"
    labelled.write_text("greek\talpha\nlatin\tsalve\n" * 20)
    run = unroll.train("lm", condition=labelled, hidden=6, layers=1, epochs=1, progress=False)
    assert isinstance(run.sample(condition="greek", length=5), str)


def test_the_environment_sets_nothing(monkeypatch, kinds):
    monkeypatch.setenv("UNROLL_MODEL_HIDDEN", "5")
    run = unroll.train("classify", data=kinds, hidden=4, layers=1, epochs=1, progress=False)
    assert run.settings["model.hidden"] == 4
