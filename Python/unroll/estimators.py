"""scikit-learn's estimators: `fit`, `predict`, `score`, to be cloned, piped, searched and pickled.

Their parameters are the settings of the task that they train; None leaves a setting to follow from the data, as
the command does, or to its default. A part of the data is held out to choose the best weights, unless a
classifier has few: `valid_fraction` says otherwise.
"""

import inspect

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ._library import settings as settings_of
from .data import Texts, series
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
        self.run_ = train(self._task, progress=False, **{setting: examples}, **more, **chosen)
        return self


class _Series(_Estimator):
    """Reads series of numbers."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def _checked(self, X, reset, **more):
        """X as an array of float32, or as it is where it is a list of series of different lengths."""
        if isinstance(X, (list, tuple)) and len({np.shape(item) for item in X}) > 1:
            series(X)
            if "y" not in more:
                return X
            y = np.asarray(more["y"])
            if len(y) != len(X):
                raise ValueError(f"found {len(X)} series and {len(y)} targets, expected as many")
            return X, y
        # One to learn from and one to choose the best weights by.
        least = 2 if reset and self.valid_fraction != 0 else 1
        return validate_data(
            self, X, **more, reset=reset, allow_nd=True, dtype=np.float32, order="C",
            ensure_min_samples=least)


class SequenceClassifier(ClassifierMixin, _Series, task="classify"):
    """A class for a series of numbers: arrays [series, steps] or [series, steps, channels], or a list of
    arrays of any lengths."""

    def fit(self, X, y):
        X, y = self._checked(X, y=y, reset=True)
        check_classification_targets(y)
        self.classes_, indices = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"found the one class {self.classes_[0]!r}, expected two classes or more to tell apart")
        return self._train("data", (X, [str(index) for index in indices]))

    def predict_proba(self, X):
        check_is_fitted(self)
        X = self._checked(X, reset=False)
        known = self.run_.predict_proba(X).astype(np.float64)
        order = [int(label) for label in self.run_.classes]
        # A class of which all examples were held out was never learnt.
        probabilities = np.zeros((len(known), len(self.classes_)))
        probabilities[:, order] = known / known.sum(axis=1, keepdims=True)
        return probabilities

    def predict(self, X):
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]


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


class TextClassifier(ClassifierMixin, _Estimator, task="classify"):
    """A class for a text: lists of strings."""

    _fixed = ("data.features", "data.multi_label")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        return tags

    def fit(self, X, y):
        y = np.asarray(y)
        check_classification_targets(y)
        self.classes_, indices = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"found the one class {self.classes_[0]!r}, expected two classes or more to tell apart")
        return self._train("data", (_texts(X), [str(index) for index in indices]))

    def predict_proba(self, X):
        check_is_fitted(self)
        known = self.run_.predict_proba(_texts(X)).astype(np.float64)
        probabilities = np.zeros((len(known), len(self.classes_)))
        probabilities[:, [int(label) for label in self.run_.classes]] = known
        return probabilities

    def predict(self, X):
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]


class SequenceTagger(_Estimator, task="tag"):
    """A tag for every word of a sentence: X is a list of lists of words, y of lists of tags."""

    _fixed = ("data.intent", "data.features", "data.tag_column")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        tags.target_tags.required = True
        return tags

    def fit(self, X, y):
        self.classes_ = np.unique([tag for tags in y for tag in tags])
        return self._train("data", (list(X), list(y)))

    def predict(self, X):
        check_is_fitted(self)
        return self.run_.predict(X)

    def score(self, X, y):
        """The share of words whose tag is right."""
        pairs = [
            (own, right) for tags, rights in zip(self.predict(X), y) for own, right in zip(tags, rights)
        ]
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
    return [text for text in X]
