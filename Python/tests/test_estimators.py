"""The estimators are scikit-learn's in all that scikit-learn does with them."""

import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

import unroll

# Enough for what the checks want learnt. One thread: the data are tiny.
CHECKED = [
    unroll.SequenceClassifier(hidden=8, epochs=20, lr=0.05, batch=16, threads=1),
    unroll.SequenceRegressor(cell="rnn", hidden=16, epochs=30, lr=0.03, batch=16, threads=1),
]


@pytest.mark.parametrize("estimator", CHECKED, ids=lambda e: type(e).__name__)
def test_scikit_learns_own_checks(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(estimator, on_fail=None)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert not failed
    skipped = {r["check_name"] for r in results if r["status"] == "skipped"}
    # Asks for a variable that is set before scipy is imported.
    assert skipped <= {"check_array_api_input"}
    assert len(results) > 40


def test_series_of_channels_and_of_any_length(waves, kinds):
    series, labels = kinds
    settings = {"hidden": 7, "epochs": 2, "batch": 8, "threads": 1}
    model = unroll.SequenceClassifier(**settings).fit(series, labels)
    assert model.predict_proba(series).shape == (90, 3)
    np.testing.assert_allclose(model.predict_proba(series).sum(axis=1), 1)
    assert set(model.predict(series)) <= {"slow", "middling", "fast"} == set(model.classes_)
    assert model.score(series, labels) == np.mean(model.predict(series) == np.array(labels))
    uneven = [one[: 2 + place % 15] for place, one in enumerate(series)]
    model = unroll.SequenceClassifier(**settings).fit(uneven, labels)
    assert len(model.predict(uneven)) == 90
    numbers = unroll.SequenceRegressor(**settings).fit(uneven, waves[1])
    assert numbers.predict(uneven).shape == (90,)
    with pytest.raises(ValueError, match="90 series and 89 targets"):
        numbers.fit(uneven, waves[1][1:])


def test_cloned_pickled_piped_and_searched(kinds):
    series, labels = kinds
    flat = series[:, :, 0]
    model = unroll.SequenceClassifier(hidden=5, epochs=1, threads=1, clip_norm=2.0)
    assert clone(model).get_params() == model.get_params()
    assert model.get_params()["clip_norm"] == 2.0 and model.get_params()["lr"] is None
    fitted = clone(model).fit(flat, labels)
    again = pickle.loads(pickle.dumps(fitted))
    assert (again.predict_proba(flat) == fitted.predict_proba(flat)).all()
    pipeline = make_pipeline(FunctionTransformer(np.tanh), model)
    search = GridSearchCV(
        pipeline, {"sequenceclassifier__hidden": [3, 6]}, cv=2, n_jobs=2).fit(flat, labels)
    assert search.best_estimator_[-1].run_.settings["model.hidden"] in (3, 6)
    assert len(cross_val_score(model, flat, labels, cv=3)) == 3
    with pytest.raises(TypeError, match="no parameter 'hiden'"):
        unroll.SequenceClassifier(hiden=3)
    with pytest.raises(ValueError, match="hiden"):
        model.set_params(hiden=3)
    with pytest.raises(ValueError, match="must be a whole number"):
        unroll.SequenceClassifier(hidden=-1).fit(flat, labels)


@pytest.mark.parametrize("kind", [unroll.SequenceClassifier, unroll.TextClassifier])
def test_classifiers_give_one_class(kind):
    assert "multi_label" not in kind().get_params()
    with pytest.raises(TypeError, match="no parameter 'multi_label'"):
        kind(multi_label=True)


def test_texts():
    texts, labels = ["a fine film", "a dull film", "fine", "so dull"] * 12, [7, -3, 7, -3] * 12
    model = unroll.TextClassifier(hidden=8, embedding=6, epochs=8, lr=0.03, batch=8)
    model.fit(texts, labels)
    assert model.predict(["fine film", "dull"]).tolist() == [7, -3]
    assert model.predict_proba(texts[:3]).shape == (3, 2)
    assert model.score(texts, labels) == 1.0
    again = pickle.loads(pickle.dumps(model))
    assert (again.predict_proba(texts) == model.predict_proba(texts)).all()
    search = GridSearchCV(model, {"hidden": [4, 8]}, cv=2).fit(texts, labels)
    assert search.best_score_ > 0.5
    with pytest.raises(ValueError, match="one text"):
        model.predict("fine")
    with pytest.raises(ValueError, match="one class"):
        model.fit(texts, [1] * 48)
    with pytest.raises(NotFittedError):
        clone(model).predict(texts)


def test_tags():
    sentences = [["the", "pear"], ["a", "pair", "of", "shoes"], ["one", "pear", "falls"]] * 12
    tags = [["O", "B-fruit"], ["O", "B-couple", "O", "O"], ["O", "B-fruit", "O"]] * 12
    model = unroll.SequenceTagger(hidden=10, embedding=6, epochs=8, lr=0.03, batch=6).fit(sentences, tags)
    assert model.predict(sentences[:2]) == tags[:2]
    assert model.score(sentences, tags) == 1.0
    assert model.score(sentences[:1], [["O", "O"]]) == 0.5
    assert model.classes_.tolist() == ["B-couple", "B-fruit", "O"]
    assert pickle.loads(pickle.dumps(model)).predict(sentences[:3]) == tags[:3]
    assert search_score(model, {"hidden": [5, 10]}, sentences, tags) > 0


def test_language_models():
    texts = ["anna made the salad", "bob ate the pear"] * 20
    model = unroll.LanguageModel(
        layers=1, hidden=12, embedding=5, batch=4, steps=8, epochs=3, lr=0.02).fit(texts)
    scores = model.score_samples(["anna made", "aaaa aaaa"])
    assert scores.shape == (2,) and scores[0] > scores[1]
    assert model.score(texts) == pytest.approx(
        model.score_samples(texts).sum() / sum(len(text) + 1 for text in texts))
    assert model.sample("bob", length=9).startswith("bob")
    assert search_score(model, {"hidden": [4, 9]}, texts) < 0


def search_score(model, grid, *data):
    return GridSearchCV(model, grid, cv=2).fit(*data).best_score_


@pytest.mark.parametrize("kind", [unroll.SequenceClassifier, unroll.TextClassifier])
def test_weights_of_classes_go_by_their_labels(kind, kinds, tmp_path):
    series, labels = kinds
    X = series if kind is unroll.SequenceClassifier else [f"a {label} wave" for label in labels]
    (tmp_path / "weights.tsv").write_text("slow\t8\nfast\t1\n\nmiddling\t0.5\n")
    # The same labels in another order have other places.
    other = {"slow": "a", "fast": "b", "middling": "c"}
    (tmp_path / "others.tsv").write_text("a\t8\nb\t1\nc\t0.5\n")
    settings = {"hidden": 5, "updates": 6, "batch": 8, "threads": 1, "valid_fraction": 0.0}
    model = kind(class_weights=tmp_path / "weights.tsv", **settings).fit(X, labels)
    plain = unroll.train(
        "classify", data=(X, labels), progress=False, class_weights=tmp_path / "weights.tsv", **settings)
    assert set(model.predict(X[:9])) <= set(labels)
    order = [plain.classes.index(label) for label in model.classes_]
    np.testing.assert_allclose(model.predict_proba(X), plain.predict_proba(X)[:, order], atol=1e-6)
    third = kind(class_weights=str(tmp_path / "others.tsv"), **settings).fit(X, [other[label] for label in labels])
    assert third.predict_proba(X).shape == (90, 3)
    assert unroll.resume(model.run_, progress=False, updates=8).updates == 8
    assert len(pickle.loads(pickle.dumps(model)).predict(X)) == 90
    # Numbers are labels too.
    (tmp_path / "numbers.tsv").write_text("7\t1\n-3\t4\n")
    kind(class_weights=tmp_path / "numbers.tsv", **settings).fit(X, [7, -3] * 45)
    for text, said in [("0\t1\n1\t1\n2\t1\n", "unknown label '0'"), ("slow\t1\n", "no weight for the label"),
                       ("slow 1\n", "no tab"), ("slow\t1\nslow\t1\n", "a weight already"),
                       ("slow\t-1\n", "at least 0")]:
        (tmp_path / "wrong.tsv").write_text(text)
        with pytest.raises(unroll.UsageError, match=said):
            kind(class_weights=tmp_path / "wrong.tsv", **settings).fit(X, labels)
    with pytest.raises(unroll.UsageError, match="cannot read"):
        kind(class_weights="balance", **settings).fit(X, labels)
    kind(class_weights="balanced", **settings).fit(X, labels)


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_answers_that_are_missing(missing, kinds):
    series, labels = kinds
    uneven = [one[: 2 + place % 15] for place, one in enumerate(series)]
    texts = ["a wave"] * 90
    for model, X, y in [
        (unroll.SequenceClassifier(), series, labels), (unroll.SequenceClassifier(), uneven, labels),
        (unroll.TextClassifier(), texts, labels), (unroll.SequenceRegressor(), series, list(range(90))),
        (unroll.SequenceRegressor(), uneven, list(range(90))), (unroll.TextClassifier(), texts, [1, 2] * 45),
    ]:
        with pytest.raises(ValueError, match="answer 90 is missing"):
            model.fit(X, [*y[:-1], missing])
        with pytest.raises(ValueError, match="y"):
            model.fit(X, None)
    with pytest.raises(ValueError):
        unroll.SequenceTagger().fit([["a"], ["b"]], [["O"], [missing]])
    with pytest.raises(ValueError, match="y"):
        unroll.SequenceTagger().fit([["a"], ["b"]], None)


def test_a_column_of_answers(kinds):
    series, labels = kinds
    texts, column = [f"a {label} wave" for label in labels], np.array(labels)[:, None]
    uneven = [one[: 2 + place % 15] for place, one in enumerate(series)]
    settings = {"hidden": 4, "updates": 2, "threads": 1}
    for model, X in [(unroll.TextClassifier(**settings), texts), (unroll.SequenceClassifier(**settings), series),
                     (unroll.SequenceClassifier(**settings), uneven)]:
        with pytest.warns(DataConversionWarning):
            model.fit(X, column)
        assert set(model.classes_) == set(labels)


def test_tables_of_texts():
    pandas = pytest.importorskip("pandas")
    texts, labels = ["a fine film", "a dull film", "fine", "so dull"] * 12, [7, -3, 7, -3] * 12
    table = pandas.DataFrame({"text": texts, "y": labels})
    model = unroll.TextClassifier(hidden=8, embedding=6, epochs=8, lr=0.03, batch=8).fit(table[["text"]], table["y"])
    assert model.score(table[["text"]], labels) == model.score(table["text"], labels) == 1.0
    with pytest.raises(ValueError, match="expected a list"):
        model.predict({"a": 1})
    with pytest.raises(ValueError):
        model.fit(texts, labels[1:])


def test_series_with_numbers_missing(kinds):
    series, labels = kinds[0].copy(), kinds[1]
    series[4, 5] = np.nan
    masked = np.ma.MaskedArray(kinds[0], np.isnan(series))
    settings = {"hidden": 4, "updates": 2, "threads": 1}
    for X in [series, masked]:
        with pytest.raises(ValueError, match="NaN"):
            unroll.SequenceClassifier(**settings).fit(X, labels)
    model = unroll.SequenceClassifier(missing="mean", **settings).fit(series, labels)
    assert model.__sklearn_tags__().input_tags.allow_nan
    assert (model.predict_proba(series) == model.predict_proba(masked)).all()


def test_scores_of_sentences_that_are_not_as_many():
    sentences, tags = [["the", "pear"], ["one", "pear", "falls"]] * 9, [["O", "B-fruit"], ["O", "B-fruit", "O"]] * 9
    model = unroll.SequenceTagger(hidden=4, updates=2, threads=1).fit(sentences, tags)
    with pytest.raises(ValueError, match="inconsistent numbers"):
        model.score(sentences[:1], tags[:2])
    with pytest.raises(ValueError, match="sentence 1 has 2 words and 3 tags"):
        model.score(sentences[:1], tags[1:2])
