"""What does not fit is said, with what was found and what was expected."""

import numpy as np
import pytest

import unroll
from refusals import refused
from unroll import data as examples


def test_arrays_to_predict_for(classifier):
    good = np.zeros((4, 5, 2), np.float32)
    predict = classifier.predict
    refused(lambda: predict(np.zeros((4, 5, 3))), "(4, 5, 3)", "expected 2 channels")
    refused(lambda: predict(np.zeros((4, 5))), "(4, 5)", "expected 2 channels")
    refused(lambda: predict(np.zeros(4)), "(4,)", "[series, steps]")
    refused(lambda: predict(np.zeros((4, 0, 2))), "one step or more")
    refused(lambda: predict(good.astype(complex)), "complex128", "numbers")
    refused(lambda: predict(good.astype(str)), "numbers")
    refused(lambda: predict([np.zeros((3, 2)), np.zeros((3, 1))]), "(3, 1)", "expected 2 channels")
    refused(lambda: predict([np.zeros((3, 2)), np.zeros((0, 2))]), "one step or more")
    refused(lambda: predict([np.zeros((2, 2, 2))]), "series 1", "(2, 2, 2)")
    for number in [np.nan, np.inf, -np.inf, 1e300]:
        bad = np.zeros((4, 5, 2))
        bad[2, 3, 1] = number
        refused(lambda: predict(bad), "series 3, step 4", "expected a finite number")
    refused(lambda: predict("1,2"), "expected a list")
    refused(lambda: predict(["1,2", "1,x"]), "input 2")


def test_lines_are_no_files(tmp_path):
    lines = ["the first line", "the second"]
    refused(lambda: unroll.train("lm", text=lines, out=tmp_path / "run"), "'the first line'", "unroll.Texts")
    refused(lambda: unroll.train("lm", text="a " * 9000, out=tmp_path / "run"), "unroll.Texts")
    assert not (tmp_path / "run").exists()


def test_a_tab_is_no_column(tmp_path):
    file = examples.written("translate", (["a\tb", "d"], ["c", "e\tf"]), tmp_path / "pairs")
    with open(file, encoding="utf-8") as pairs:
        assert pairs.read() == "a b\tc\nd\te f\n"


def test_examples_to_learn(kinds, waves):
    series, labels = kinds

    def train(data, task="classify", **settings):
        return lambda: unroll.train(task, data=data, progress=False, **settings)

    refused(train((series, labels[:-1])), "90 inputs and 89 answers")
    refused(train((series[:0], [])), "no example")
    bad = series.copy()
    bad[7, 3, 0] = np.nan
    refused(train((bad, labels)), "series 8", "NaN")
    refused(train((list(bad), labels)), "series 8", "NaN")
    refused(train((series.astype(object), labels)), "numbers")
    refused(train((series, ["one"] * 90)), "single label")
    refused(train((["text"] * 90, ["a\tb"] * 90)), "without tabs")
    refused(train((["text", 3] * 45, labels)), "numbers")
    refused(train((series, ["x"] * 90), "regress"), "targets", "numbers")
    refused(train((series, np.full(90, np.nan)), "regress"), "finite")
    refused(train((series, np.zeros((90, 2))), "regress"), "one finite number")
    refused(train((["text"] * 90, None)), "learns from answers")
    refused(train(([["a"]], None), "tag"), "learns from answers")
    refused(lambda: unroll.train("translate", pairs=(["a"], None), progress=False), "learns from answers")
    refused(train(3), "expected paths")
    refused(train({"a": 1}), "expected paths")
    refused(train((series, labels), "answer", stories="x"), "reads no examples from memory")
    refused(train(([["a", "b c"]], [["O", "O"]]), "tag"), "'b c'", "without blanks")
    refused(train(([["a", "b"]], [["O"]]), "tag"), "2 words and 1 tags")


def test_settings(kinds):
    def train(**settings):
        return lambda: unroll.train("classify", data=kinds, progress=False, **settings)

    refused(train(hiden=3), "'hiden' is no setting of 'classify'", "did you mean 'hidden'")
    refused(train(hidden="many"), "model.hidden in the settings must be a whole number", "many")
    refused(train(hidden=2.5), "model.hidden", "2.5")
    refused(train(hidden=0), "from 1 to 65536, found 0")
    refused(train(cell="lstn"), "model.cell", "'lstm'", "lstn")
    refused(train(hidden=[3]), "model.hidden")
    refused(train(hidden={"a": 3}), "hidden must be")
    refused(train(bidirectional="yes"), "true or false")
    with pytest.raises(ValueError):
        unroll.train("classify", data=kinds, lr=float("nan"), progress=False)
    with pytest.raises(TypeError, match="which no setting takes"):
        unroll.train("classify", data=kinds, hidden=object(), progress=False)
    refused(lambda: unroll.train("clasify", data=kinds), "there is no task 'clasify'", "classify")
    refused(lambda: unroll.train("classify"), "no data to train on")
    refused(lambda: unroll.settings("x"), "there is no task 'x'")


def test_runs(classifier, language_model, tmp_path, kinds):
    refused(lambda: unroll.Run(tmp_path / "none"), "there is no folder")
    refused(lambda: unroll.Run(tmp_path), "holds no run")
    with pytest.raises(ValueError, match="NUL"):
        unroll.Run("a\0b")
    refused(lambda: unroll.Run(classifier.folder, top=3), "have no 'top'")
    refused(lambda: unroll.Run(classifier.folder, beam=3), "beam")
    refused(lambda: unroll.Run(classifier.folder, threads=-1), "threads", "-1")
    refused(lambda: unroll.Run(language_model.folder, top_k=2), "top_k", "classify")
    refused(lambda: language_model.predict(["a"]), "predict is for runs of")
    refused(lambda: language_model.predict_proba(["a"]), "no classes")
    refused(lambda: classifier.score(["a"]), "score is for runs of", "lm")
    refused(lambda: classifier.sample(), "sample is for runs of")
    refused(lambda: classifier.embed(["a"]), "embed is for runs of", "autoencode")
    refused(lambda: language_model.score(["Ω"]), "sentence 1")
    refused(lambda: language_model.score("anna"), "expected a list")
    refused(lambda: language_model.score(["anna", 3]), "sentence 2 must be a string, found int")
    refused(lambda: language_model.sample(length=-1), "length", "-1")
    refused(lambda: language_model.sample(temperature=-1), "temperature", "0 or more")
    refused(lambda: language_model.sample(top_p=0), "top_p")
    refused(lambda: language_model.sample(top=3), "have no 'top'")
    refused(lambda: language_model.sample(seed=-4), "seed")
    refused(lambda: classifier.evaluate(tmp_path / "none.npz"), "does not exist")
    (tmp_path / "config.toml").write_text("[run]\ntask = 3\n")
    refused(lambda: unroll.Run(tmp_path), "run.task")
