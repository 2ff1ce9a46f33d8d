"""Recurrent networks on CPUs: Unroll from Python.

    import unroll
    run = unroll.train("tag", data="train.conll", hidden=200, out="runs/tags")
    run.predict(["anna made the salad"])

The names are those of the command `unroll train TASK`, with underscores for dashes; `unroll.settings("tag")`
lists them. The estimators of scikit-learn (`unroll.SequenceClassifier` and so on) need scikit-learn, all
else needs numpy alone.
"""

from ._library import DivergedError, UnrollError, UsageError, info, settings
from .data import Texts
from .run import Run, Score
from .training import resume, train

__version__ = info()["version"]

_ESTIMATORS = [
    "LanguageModel", "SequenceClassifier", "SequenceRegressor", "SequenceTagger", "TextClassifier",
]

__all__ = [
    "DivergedError", "Run", "Score", "Texts", "UnrollError", "UsageError", "info", "resume",
    "settings", "train", *_ESTIMATORS,
]


def __getattr__(name):
    if name not in _ESTIMATORS:
        raise AttributeError(f"module 'unroll' has no attribute '{name}'")
    try:
        from . import estimators
    except ModuleNotFoundError as error:
        if error.name != "sklearn":
            raise
        raise ModuleNotFoundError(
            f"unroll.{name} needs scikit-learn: pip install scikit-learn", name="sklearn"
        ) from None
    return getattr(estimators, name)


def __dir__():
    return sorted(__all__)
