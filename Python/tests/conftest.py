"""Small examples and runs trained on them, once for all tests. Sizes differ, so that none stands for another."""

import signal

import numpy as np
import pytest

import unroll

# A shell that starts jobs behind itself has them ignore Ctrl-C, and so would Python.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def waves():
    """Noisy waves [90, 17, 2] of two channels, and how fast each is."""
    random = np.random.default_rng(3)
    speed = random.uniform(0.2, 1.2, 90)
    phase = random.uniform(0, 6.28, (90, 1))
    angles = speed[:, None] * np.arange(17) + phase
    series = np.stack([np.sin(angles), np.cos(angles)], axis=2)
    return (series + random.normal(0, 0.05, series.shape)).astype(np.float32), speed


@pytest.fixture(scope="session")
def kinds(waves):
    """The waves with a label each."""
    series, speed = waves
    return series, ["slow" if s < 0.5 else "middling" if s < 0.8 else "fast" for s in speed]


@pytest.fixture(scope="session")
def classifier(kinds, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "kinds"
    return unroll.train(
        "classify", out, data=kinds, hidden=11, epochs=4, batch=8, lr=0.02, threads=2, defaults="fixed",
        progress=False)


@pytest.fixture(scope="session")
def language_model():
    lines = unroll.Texts(["anna made the salad", "bob ate the pear"] * 30)
    return unroll.train(
        "lm", text=lines, layers=1, hidden=9, embedding=5, batch=4, steps=7, epochs=2, progress=False)
