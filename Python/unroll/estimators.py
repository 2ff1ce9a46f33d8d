"""scikit-learn's estimators: `fit`, `predict`, `score`, to be cloned, piped, searched and pickled.

Their parameters are the settings of the task that they train; None leaves a setting to follow from the data, as
the command does, or to its default. A part of the data is held out to choose the best weights, unless a
classifier has few: `valid_fraction` says otherwise.
"""

import inspect
import os

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d, validate_data

from ._library import UsageError, settings as settings_of
from .data import Texts, listed, refuse_missing, series
from .run import Place
from .training import argument, train

# What `fit` gets instead, and where a run goes.
_FILES = {
    "data.train", "data.text", "data.labels", "data.valid", "data.valid_labels", "data.condition",
    "data.cache", "train.test",
}


class _Estimator(BaseEstimator):
    """What all have in common; a class names its task."""

    def __init_subclass__(cls, task=None, **others):
        super().__init_subclass__(**others)
        if task is None:
            return
        cls._task = task
        offered = [
            s for s in settings_of(task)
            if s["key"] not in _FILES and not any(s["key"] == f for f in cls._fixed)]
        names = [argument(s["name"]) for s in offered]

        def __init__(self, **settings):
            for name in names:
                setattr(self, name, settings.pop(name, None))
            if settings:
                raise TypeError(f"{cls.__name__} has no parameter '{next(iter(settings))}'")

        kind = inspect.Parameter
        __init__.__signature__ = inspect.Signature(
            [kind("self", kind.POSITIONAL_OR_KEYWORD)]
            + [kind(name, kind.KEYWORD_ONLY, default=None) for name in names])
        cls.__init__ = __init__
        lines = [f"{n} : {s['must']}, default {s['default']!r}\n        {s['help']}." for n, s in
                 zip(names, offered)]
        cls.__doc__ += "\n\n    Parameters\n    ----------\n    " + "\n    ".join(lines) + "\n"

    _fixed = ()

    def _train(self, setting, examples, **more):
        chosen = {name: value for name, value in self.get_params().items() if value is not None}
        self.run_ = train(self._task, progress=False, **{setting: examples, **chosen, **more})
        return self


class _Series(_Estimator):
    """Reads series of numbers."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = self._takes_nan
        return tags

    @property
    def _takes_nan(self):
        return self.missing not in (None, "refuse")

    def _checked(self, X, reset, **more):
        """X as an array of float32, or as it is where it is a list of series of different lengths."""
        if isinstance(X, np.ma.MaskedArray) or getattr(X, "ndim", 2) == 1 and hasattr(X, "tolist"):
            X = listed(X, "series")
        if more.get("y") is not None:
            more["y"] = _one_each(more["y"])
        if isinstance(X, (list, tuple)) and len({np.shape(item) for item in X}) > 1:
            series(X)
            if "y" not in more:
                return X
            y = more["y"]
            if y is None:
                raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
            if len(y) != len(X):
                raise ValueError(f"found {len(X)} series and {len(y)} targets, expected as many")
            return X, y
        # One to learn from and one to choose the best weights by.
        least = 2 if reset and self.valid_fraction != 0 else 1
        return validate_data(
            self, X, **more, reset=reset, allow_nd=True, dtype=np.float32, order="C",
            ensure_min_samples=least, ensure_all_finite="allow-nan" if self._takes_nan else True)


class _Classifier(ClassifierMixin):
    """Tells classes apart, one for each example; a class says how its examples are read."""

    _fixed = ("data.multi_label",)

    def _learn(self, X, y):
        check_classification_targets(y)
        self.classes_, indices = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"found the one class {self.classes_[0]!r}, expected two classes or more to tell apart")
        examples = (X, [str(index) for index in indices])
        if self.class_weights in (None, "none", "balanced"):
            return self._train("data", examples)
        place = Place()
        weights = place.path / "class-weights.tsv"
        weights.write_text(_weights_by_index(self.class_weights, self.classes_), encoding="utf-8")
        self._train("data", examples, out=place.path / "run", class_weights=weights)
        # With the run, which may be resumed.
        self.run_._place = place
        return self

    def _probabilities(self, X):
        known = self.run_.predict_proba(X).astype(np.float64)
        order = [int(label) for label in self.run_.classes]
        # A class of which all examples were held out was never learnt.
        probabilities = np.zeros((len(known), len(self.classes_)))
        probabilities[:, order] = known / known.sum(axis=1, keepdims=True)
        return probabilities

    def predict(self, X):
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]


class SequenceClassifier(_Classifier, _Series, task="classify"):
    """A class for a series of numbers: arrays [series, steps] or [series, steps, channels], or a list of
    arrays of any lengths."""

    def fit(self, X, y):
        return self._learn(*self._checked(X, y=y, reset=True))

    def predict_proba(self, X):
        check_is_fitted(self)
        return self._probabilities(self._checked(X, reset=False))


class SequenceRegressor(RegressorMixin, _Series, task="regress"):
    """A number for a series of numbers: arrays [series, steps] or [series, steps, channels], or a list of
    arrays of any lengths."""

    _fixed = ("data.every_step", "data.window", "data.horizon")

    def fit(self, X, y):
        X, y = self._checked(X, y=y, y_numeric=True, reset=True)
        return self._train("data", (X, y))

    def predict(self, X):
        check_is_fitted(self)
        return self.run_.predict(self._checked(X, reset=False)).astype(np.float64)


class TextClassifier(_Classifier, _Estimator, task="classify"):
    """A class for a text: lists of strings."""

    _fixed = (*_Classifier._fixed, "data.features")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        return tags

    def fit(self, X, y):
        X = _texts(X)
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        y = _one_each(y)
        check_consistent_length(X, y)
        return self._learn(X, y)

    def predict_proba(self, X):
        check_is_fitted(self)
        return self._probabilities(_texts(X))


class SequenceTagger(_Estimator, task="tag"):
    """A tag for every word of a sentence: X is a list of lists of words, y of lists of tags."""

    _fixed = ("data.intent", "data.features", "data.tag_column")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        tags.target_tags.required = True
        return tags

    def fit(self, X, y):
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        X, y = listed(X, "sentences"), listed(y, "tags")
        self._train("data", (X, y))
        self.classes_ = np.unique([tag for tags in y for tag in tags])
        return self

    def predict(self, X):
        check_is_fitted(self)
        return self.run_.predict(X)

    def score(self, X, y):
        """The share of words whose tag is right."""
        X, y = listed(X, "sentences"), listed(y, "tags")
        check_consistent_length(X, y)
        pairs = []
        for place, (tags, rights) in enumerate(zip(self.predict(X), y)):
            if len(tags) != len(rights):
                raise UsageError(f"sentence {place + 1} has {len(tags)} words and {len(rights)} tags")
            pairs += zip(tags, rights)
        return float(np.mean([own == right for own, right in pairs]))


class LanguageModel(_Estimator, task="lm"):
    """How probable texts are, and texts of its own: X is a list of strings, a line each."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        tags.target_tags.required = False
        return tags

    def fit(self, X, y=None):
        return self._train("text", Texts(_texts(X)))

    def score_samples(self, X):
        """The log-probability of each text, in nats."""
        check_is_fitted(self)
        return np.array([score.log_probability for score in self.run_.score(_texts(X))])

    def score(self, X, y=None):
        """The mean log-probability of a token, in nats: the higher the better."""
        check_is_fitted(self)
        scores = self.run_.score(_texts(X))
        return sum(s.log_probability for s in scores) / max(1, sum(s.tokens for s in scores))

    def sample(self, prompt="", **options):
        """A text that begins with `prompt`: see `Run.sample`."""
        check_is_fitted(self)
        return self.run_.sample(prompt, **options)


def _texts(X):
    if isinstance(X, str):
        raise ValueError("found one text, expected a list of them")
    return [text for text in listed(X, "texts")]


def _one_each(y):
    """The answers as an array, one for each example. Raises a `UsageError` for one that is missing."""
    y = listed(y, "answers")
    # As objects: among words numpy would make a word of NaN.
    for place, answer in enumerate(np.asarray(y, dtype=object).ravel()):
        refuse_missing(answer, place)
    return column_or_1d(y, warn=True)


def _weights_by_index(file, classes):
    """Lines `label<TAB>weight` of a file, with the places of labels in their stead: those are what is learnt."""
    name = os.fsdecode(file)
    try:
        with open(file, encoding="utf-8-sig") as opened:
            lines = opened.read().split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"class_weights: cannot read '{name}': {error}\n  hint: give none, balanced, or a file of lines "
            "label<TAB>weight") from None
    indices = {str(label).strip(): index for index, label in enumerate(classes)}
    found = {}
    for number, line in enumerate(lines):
        label, tab, weight = line.rpartition("\t")
        if not line.strip():
            continue
        place = f"'{name}' line {number + 1}"
        if not tab:
            raise UsageError(f"{place}: found no tab, expected 'label<TAB>weight'")
        if label.strip() not in indices:
            shown = ", ".join(list(indices)[:12])
            raise UsageError(
                f"{place}: unknown label '{label.strip()}', expected one of the {len(indices)} of y: {shown}\n"
                "  hint: correct the label, or leave the line out")
        if label.strip() in found:
            raise UsageError(f"{place}: the label '{label.strip()}' has a weight already")
        found[label.strip()] = f"{indices[label.strip()]}\t{weight.strip()}\n"
        _check_weight(weight.strip(), place)
    missing = [label for label in indices if label not in found]
    if missing:
        raise UsageError(f"'{name}' has no weight for the label '{missing[0]}'\n  hint: give each label of y a line")
    return "".join(found.values())


def _check_weight(text, place):
    try:
        if 0 <= float(text) < 1e9:
            return
    except ValueError:
        pass
    raise UsageError(f"{place}: found the weight '{text}', expected a number of at least 0")
