"""Examples in memory: what is written for them and where, and how tables, masks and gaps are read."""

import functools
import json
import threading
from pathlib import Path

import numpy as np
import pytest

import refusals
import unroll
from unroll import _library, data, training

refused = functools.partial(refusals.refused, kind=unroll.UsageError)
SMALL = {"hidden": 5, "updates": 3, "batch": 8, "threads": 1, "progress": False}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# What is written beside a run.


@pytest.mark.parametrize("name", ["run-data.npz", "run-text.txt"])
def test_a_file_of_that_name_stays(name, kinds, tmp_path):
    (tmp_path / name).write_bytes(b"mine")
    for overwrite in [False, True]:
        for settings in [{}, {"hiden": 3}]:
            with pytest.raises(unroll.UsageError):
                if name == "run-text.txt":
                    unroll.train("lm", tmp_path / "run", text=unroll.Texts(["a b"] * 40), overwrite=overwrite,
                                 **SMALL, **settings)
                else:
                    unroll.train("classify", tmp_path / "run", data=kinds, overwrite=overwrite, **SMALL, **settings)
            assert (tmp_path / name).read_bytes() == b"mine"
            assert names(tmp_path) == [name]


def test_a_link_of_that_name_is_not_followed(kinds, tmp_path):
    (tmp_path / "other").write_bytes(b"mine")
    (tmp_path / "run-data.npz").symlink_to("other")
    refused(lambda: unroll.train("classify", tmp_path / "run", data=kinds, **SMALL), "is there already", "hint")
    (tmp_path / "other").unlink()
    refused(lambda: unroll.train("classify", tmp_path / "run", data=kinds, **SMALL), "is there already")
    assert names(tmp_path) == ["run-data.npz"]


@pytest.mark.parametrize("settings", [
    {"hiden": 3}, {"hidden": 0}, {"cell": "q"}, {"lr": float("nan")}, {"label_column": 1}, {"from_run": "/nowhere"},
    {"embeddings": "/nowhere"}, {"valid": (np.zeros((0, 3)), [])}])
def test_what_is_refused_leaves_nothing(settings, kinds, tmp_path):
    refused_or_failed = pytest.raises(unroll.UnrollError)
    with refused_or_failed:
        unroll.train("classify", tmp_path / "a" / "b" / "run", data=kinds, **{**SMALL, **settings})
    assert names(tmp_path) == []


def test_folders_that_cannot_be(kinds, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    refused(lambda: unroll.train("classify", "", data=kinds, **SMALL), "no name")
    refused(lambda: unroll.train("classify", "a\0b", data=kinds, **SMALL), "NUL")
    refused(lambda: unroll.train("classify", 3, data=kinds, **SMALL), "expected a path")
    refused(lambda: unroll.train("classify", "/", data=kinds, **SMALL), "nothing beside it")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(unroll.UnrollError, match="hint"):
        unroll.train("classify", tmp_path / "file" / "run", data=kinds, **SMALL)
    with pytest.raises(unroll.UnrollError, match="file"):
        unroll.train("classify", tmp_path / "file", data=kinds, **SMALL)
    assert names(tmp_path) == ["file", "here"] and names(tmp_path / "here") == []


def test_a_run_that_is_replaced_has_its_examples_replaced(kinds, tmp_path):
    series, labels = kinds
    out, file = tmp_path / "run", tmp_path / "run-data.npz"
    first = unroll.train("classify", out, data=kinds, **SMALL)
    before = file.read_bytes()
    weights = (out / "model.safetensors").read_bytes()
    # What is refused by the library, after the examples are written, brings the old ones back.
    with pytest.raises(unroll.UnrollError):
        unroll.train("classify", out, data=(series[:40], labels[:40]), overwrite=True, embeddings="/nowhere", **SMALL)
    with pytest.raises(unroll.UnrollError, match="single label"):
        unroll.train("classify", out, data=(series[:40], ["a"] * 40), overwrite=True, **SMALL)
    # So does a file that the training itself reads.
    refused(
        lambda: unroll.train("classify", out, data=(series[:40], labels[:40]), valid=file, overwrite=True, **SMALL),
        "is there already")
    assert file.read_bytes() == before and (out / "model.safetensors").read_bytes() == weights
    unroll.train("classify", out, data=(series[:40], labels[:40]), overwrite=True, **SMALL)
    assert len(np.load(file)["X"]) == 40
    assert names(tmp_path) == ["run", "run-data.npz"]
    assert unroll.resume(first.folder, progress=False, updates=5).updates == 5


def test_two_trainings_of_one_folder(kinds, tmp_path, monkeypatch):
    """The second one comes as the first one's examples are written, and the library has not locked the run yet."""
    series, labels = kinds
    out, file = tmp_path / "run", tmp_path / "run-data.npz"
    halves = {"first": (series[::2], labels[::2]), "second": (series[1::2], labels[1::2])}
    is_written, may_go_on = threading.Event(), threading.Event()
    told, call = training._told, {}

    def held(*arguments, **more):
        if threading.current_thread().name == "first":
            is_written.set()
            may_go_on.wait(20)
        return told(*arguments, **more)

    monkeypatch.setattr(training, "_told", held)

    def train(name):
        try:
            call[name] = unroll.train("classify", out, data=halves[name], overwrite=name == "second", **SMALL)
        except unroll.UnrollError as error:
            call[name] = error

    first, second = (threading.Thread(target=train, args=[name], name=name) for name in ["first", "second"])
    first.start()
    assert is_written.wait(20)
    second.start()
    second.join()
    may_go_on.set()
    first.join()
    assert isinstance(call["second"], unroll.UsageError) and "in use" in str(call["second"])
    assert isinstance(call["first"], unroll.Run)
    assert (np.load(file)["X"] == halves["first"][0]).all()
    assert unroll.resume(out, progress=False, updates=5).updates == 5
    assert names(tmp_path) == ["run", "run-data.npz"]


def test_many_trainings_of_one_folder(kinds, tmp_path):
    series, labels = kinds
    for turn in range(10):
        out, ended = tmp_path / f"run{turn}", {}

        def train(place):
            try:
                # Some are written to a file of another kind.
                one = list(series[place:]) if place % 2 else [one[:9 + i % 3] for i, one in enumerate(series[place:])]
                ended[place] = unroll.train("classify", out, data=(one, labels[place:]), **SMALL)
            except unroll.UsageError as error:
                ended[place] = error

        threads = [threading.Thread(target=train, args=[place]) for place in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        won = [place for place, run in ended.items() if isinstance(run, unroll.Run)]
        assert len(won) <= 1 and len(ended) == 6
        for place in won:
            (file,) = tmp_path.glob(f"run{turn}-*")
            if place % 2:
                assert len(np.load(file)["X"]) == 90 - place
            else:
                assert len(file.read_text().splitlines()) == 2 + 90 - place
        if not won:
            assert not list(tmp_path.glob(f"run{turn}*"))


# What inputs may be.


def test_tables_of_pandas(kinds):
    pandas = pytest.importorskip("pandas")
    series, labels = kinds[0][:, :, 0], kinds[1]
    table = pandas.DataFrame(series, columns=[f"step {i}" for i in range(17)], index=[f"i{i}" for i in range(90)])
    run = unroll.train("classify", data=(table, pandas.Series(labels, index=range(90, 0, -1))), **SMALL)
    plain = unroll.train("classify", data=(series, labels), **SMALL)
    for name, values in plain.state_dict().items():
        assert values.tobytes() == run.state_dict()[name].tobytes()
    assert run.predict(table) == run.predict(series)
    assert run.evaluate((table, labels)) == run.evaluate((series, pandas.DataFrame({"y": labels})))
    texts = ["a fine film", "a dull film"] * 20
    for inputs in [pandas.DataFrame({"film": texts}), pandas.Series(texts), np.array(texts), iter(texts)]:
        run = unroll.train("classify", data=(inputs, ["good", "bad"] * 20), tokens="word", encode="ids", **SMALL)
        assert "film" in (run.folder / "vocabulary.json").read_text()
        assert "dull" in (run.folder / "vocabulary.json").read_text()
    table = pandas.DataFrame({"film": texts})
    assert run.predict(table) == run.predict(texts) == run.predict(table["film"])
    assert run.evaluate((table, ["good", "bad"] * 20)) == run.evaluate((texts, ["good", "bad"] * 20))
    assert list(unroll.Texts(table)) == list(unroll.Texts(table["film"])) == texts
    refused(lambda: unroll.train("classify", data=(pandas.DataFrame({"a": texts, "b": texts}), ["x", "y"] * 20)),
            "numbers")
    refused(lambda: unroll.train("classify", data=([*texts, float("nan")], ["x", "y"] * 20 + ["x"])), "input 41")


def test_what_is_no_list(classifier, language_model, kinds):
    texts = {"a": "b", "c": "d"}
    for inputs in [texts, texts.keys(), {"a", "b"}, "text", b"text", None, 3]:
        refused(lambda: unroll.train("classify", data=(inputs, ["x", "y"]), progress=False), "expected a list")
        refused(lambda: classifier.predict(inputs), "expected a list")
        refused(lambda: language_model.score(inputs), "expected a list")
        refused(lambda: classifier.evaluate((inputs, ["fast", "slow"])), "expected a list")
        refused(lambda: unroll.Texts(inputs), "expected a list")
        refused(lambda: unroll.train("classify", data=(kinds[0], inputs), progress=False))
    refused(lambda: classifier.evaluate((kinds[0], None)), "answers")
    refused(lambda: unroll.train("tag", data=([None], [["O"]]), progress=False), "list of words")
    refused(lambda: unroll.train("tag", data=(["ab"], [["O", "O"]]), progress=False), "list of words")
    refused(lambda: unroll.train(None), "expected its name")
    series, labels = kinds
    assert classifier.predict(one for one in series) == classifier.predict(series)
    assert classifier.evaluate((map(np.asarray, series), iter(labels))) == classifier.evaluate(kinds)
    encoder = unroll.train("autoencode", text=unroll.Texts(["the pear", "a pair"] * 9), hidden=4, updates=1,
                           progress=False)
    assert (encoder.embed(text for text in ["the pear"]) == encoder.embed(["the pear"])).all()
    refused(lambda: encoder.embed(None), "expected a list")


def test_texts_that_are_none():
    refused(lambda: unroll.train("lm", text=unroll.Texts(["a\udcff"] * 9), progress=False), "Unicode", "hint")
    refused(lambda: unroll.train("tag", data=([["a\udcff"]], [["O"]]), progress=False), "Unicode")
    refused(lambda: unroll.train("classify", data=(["a\udcff", "b"], ["x", "y"]), progress=False), "Unicode")
    refused(lambda: unroll.train("classify", data=(["", "good"] * 20, ["up", "down"] * 20), progress=False),
            "20 of 40 texts are empty", "'down'")
    refused(lambda: unroll.train("classify", data=(["", " "] * 20, ["up", "down"] * 20), progress=False),
            "40 of 40 texts are empty")


def test_lists_of_words_hold_no_comments():
    sentences = [["#one", "-DOCSTART-"], ["-DOCSTART-", "is"], ["#", "two", "#one"], ["#", "text", "=", "x"]] * 9
    tags = [["first", "start"], ["begin", "verb"], ["mark", "number", "O"], ["O", "O", "O", "name"]] * 9
    for count in [1, 2, 3, 4]:
        run = unroll.train("tag", data=(sentences[:count] * 9, tags[:count] * 9), hidden=12, embedding=6, epochs=30,
                           lr=0.05, threads=1, valid_fraction=0.0, progress=False)
        assert run.predict(sentences[:count]) == tags[:count]
        measured = run.evaluate((sentences[:count], tags[:count]))
        assert measured["count"] == sum(map(len, tags[:count])) and measured["accuracy"] == 1


@pytest.mark.parametrize("missing", [None, float("nan"), np.float32("nan"), np.ma.masked])
def test_labels_that_are_missing(missing, kinds, classifier):
    series, labels = kinds
    gaps = [*labels[:-1], missing]
    refused(lambda: unroll.train("classify", data=(series, gaps), **SMALL), "answer 90 is missing", "hint")
    refused(lambda: unroll.train("classify", data=(["a text"] * 90, gaps), **SMALL), "answer 90 is missing")
    refused(lambda: classifier.evaluate((series, gaps)), "answer 90 is missing")
    refused(lambda: unroll.train("classify", data=(["a text"] * 3, [["a", missing], "b", "c"]), **SMALL), "answer 1")
    refused(lambda: unroll.train("tag", data=([["a"], ["b"]], [["O"], [missing]]), **SMALL))
    refused(lambda: unroll.train("regress", data=(series, [0.5] * 89 + [missing]), **SMALL), "answer 90 is missing")


def test_labels_of_pandas_that_are_missing(kinds, classifier):
    pandas = pytest.importorskip("pandas")
    for column in [pandas.Series([*kinds[1][:-1], pandas.NA]), pandas.Series([*kinds[1][:-1], None], dtype="string"),
                   pandas.Series(pandas.Categorical([*kinds[1][:-1], None])),
                   pandas.Series([1, 2, 3] * 29 + [1, 2, pandas.NA], dtype="Int64")]:
        refused(lambda: unroll.train("classify", data=(kinds[0], column), **SMALL), "answer 90 is missing")
        refused(lambda: classifier.evaluate((kinds[0], column)), "answer 90 is missing")


def test_a_column_of_labels_is_a_list_of_them(kinds):
    series, labels = kinds
    run = unroll.train("classify", data=(series, np.array(labels)[:, None]), **SMALL)
    assert run.classes == ["fast", "middling", "slow"]
    refused(lambda: unroll.train("classify", data=(series, np.array([labels, labels]).T), **SMALL), "must be a label")
    refused(lambda: unroll.train("classify", data=(series, [{"a": 1}] * 90), **SMALL), "must be a label")


@pytest.mark.parametrize("way", ["mean", "forward", "zero"])
@pytest.mark.parametrize("is_even", [True, False])
@pytest.mark.parametrize("layout", ["step", "channel"])
def test_numbers_that_are_missing(way, is_even, layout, kinds):
    series, labels = kinds[0].copy(), kinds[1]
    random = np.random.default_rng(5)
    series[random.uniform(size=series.shape) < 0.2] = np.nan
    series[:, 3] = 0.25
    gaps = series if is_even else [one[:4 + place % 9] for place, one in enumerate(series)]
    settings = {**SMALL, "layout": layout}
    run = unroll.train("classify", data=(gaps, labels), missing=way, **settings)
    values, lengths = data.series(gaps)
    filled = data.filled(values, lengths, 2, way)
    assert np.isfinite(filled).all()
    whole = np.split(filled, np.cumsum(lengths)[:-1])
    plain = unroll.train("classify", data=(whole, labels), **settings)
    for name, weights in plain.state_dict().items():
        assert weights.tobytes() == run.state_dict()[name].tobytes()
    assert (run.predict_proba(gaps) == plain.predict_proba(whole)).all()
    assert run.evaluate((gaps, labels)) == plain.evaluate((whole, labels))
    if is_even:
        assert np.isnan(gaps).any()
        # Masked numbers are missing too.
        masked = np.ma.MaskedArray(np.nan_to_num(gaps, nan=7), np.isnan(gaps))
        assert (run.predict_proba(masked) == plain.predict_proba(whole)).all()
        again = unroll.train("classify", data=(masked, labels), missing=way, **settings)
        assert again.evaluate((masked, labels)) == plain.evaluate((whole, labels))


def test_numbers_that_are_missing_where_nothing_stands_for_them(kinds, classifier):
    series, labels = kinds[0].copy(), kinds[1]
    masked = np.ma.MaskedArray(series, np.zeros(series.shape, bool))
    masked[4, 5, 1] = np.ma.masked
    refused(lambda: unroll.train("classify", data=(masked, labels), **SMALL), "series 5", "NaN", "missing='mean'")
    refused(lambda: unroll.train("classify", data=(list(masked), labels), **SMALL), "series 5", "NaN")
    refused(lambda: classifier.predict(masked), "series 5", "nan")
    refused(lambda: classifier.predict(np.ma.MaskedArray(np.ones((1, 2, 2), int), [[[0, 0], [0, 1]]])), "series 1")
    series[3, 2] = np.inf
    refused(lambda: unroll.train("classify", data=(series, labels), missing="mean", **SMALL), "series 4", "mend")
    series[3] = np.nan
    with pytest.raises(unroll.UnrollError, match="series 4.*no number at all"):
        unroll.train("classify", data=(series, labels), missing="mean", **SMALL)


# Other settings and answers.


@pytest.mark.parametrize("setting", ["label_column", "separator", "group", "text_column", "data.label_column"])
def test_memory_has_no_columns(setting, kinds, tmp_path):
    refused(lambda: unroll.train("classify", data=kinds, **SMALL, **{setting: "y"}), "is for tables in files")
    # But tables beside it have.
    table = tmp_path / "valid.csv"
    rows = ["y," + ",".join(f"s{i}" for i in range(34))]
    rows += [f"{label}," + ",".join(map(str, one.ravel().tolist())) for one, label in zip(*kinds)]
    table.write_text("\n".join(rows) + "\n")
    if "label" in setting:
        unroll.train("classify", data=kinds, valid=table, features=2, **SMALL, **{setting: "y"})


def test_what_is_true_ends_a_training(kinds):
    for answer in [np.True_, 1, "yes"]:
        run = unroll.train("classify", data=kinds, hidden=5, epochs=3, progress=lambda event: answer)
        assert run.end == "interrupted"
    run = unroll.train("classify", data=kinds, hidden=5, epochs=1, progress=lambda event: np.False_)
    assert run.end == "finished"


def test_a_line_is_one_series(classifier):
    refused(lambda: classifier.predict(["1,2,3\n4,5,6"]), "input 1", "2 lines")
    refused(lambda: classifier.answers(["1,2", "1,2,3\n4,5,6"]), "input 2", "2 lines")


def test_labels_that_were_never_trained(classifier, kinds):
    refused(lambda: classifier.evaluate((kinds[0], ["zz"] * 90)), "nothing in these data can be measured", "'zz'")
    assert classifier.evaluate((kinds[0], ["zz", *kinds[1][1:]]))["unseen_labels"] == ["zz"]


def test_settings_that_are_no_number(kinds):
    refused(lambda: unroll.train("classify", data=kinds, lr=float("nan")), "lr=nan", "finite")
    refused(lambda: unroll.train("classify", data="x.npz", lr=np.float32("inf")), "lr=inf", "finite")
    refused(lambda: unroll.Run("a\0b"), "NUL")
    refused(lambda: unroll.resume(""), "no name")
    assert _library.request({"a": Path("b")}) == b'{"a": "b"}'


def test_what_an_autoencoder_predicts_is_what_it_makes_of_a_text():
    texts = unroll.Texts(["the pear", "a pair of shoes"] * 20)
    run = unroll.train("autoencode", text=texts, hidden=16, epochs=40, lr=0.02, threads=1, progress=False)
    answers = run.answers(texts[:2])
    assert run.predict([*texts[:2], "shoes of the pear", ""]) == [
        *(answer["reconstruction"] for answer in answers), run.answers(["shoes of the pear"])[0]["reconstruction"], ""]
    small = unroll.train("autoencode", text=texts, hidden=2, updates=1, threads=1, progress=False)
    assert small.predict(["a pair of shoes"]) != ["a pair of shoes"]


def test_what_a_text_of_a_label_predicts_is_its_probability(tmp_path):
    (tmp_path / "labelled.tsv").write_text("greek\talpha\nlatin\tsalve\n" * 20)
    run = unroll.train("lm", condition=tmp_path / "labelled.tsv", hidden=6, layers=1, epochs=1, progress=False)
    lines = ["greek\talpha", "latin\talpha"]
    assert run.predict(lines) == [answer["log_probability"] for answer in run.answers(lines)]
    assert all(number < 0 for number in run.predict(lines))


def test_what_pieces_predict_are_notes(tmp_path):
    piece = [[60, 64], [62], [60, 64], [62]] * 3
    (tmp_path / "pieces.json").write_text(json.dumps({"train": [piece] * 6, "valid": [piece], "test": [piece]}))
    run = unroll.train("compose", data=tmp_path / "pieces.json", hidden=6, updates=2, progress=False)
    (notes,) = run.predict([json.dumps(piece)])
    assert notes == run.answers([json.dumps(piece)])[0]["notes"] and isinstance(notes, list)
