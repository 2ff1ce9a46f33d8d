"""The same LSTM on the same series by three libraries, each as its pages show it: lines of code, accuracy on the
test data, seconds of `fit`.

    PYTHONPATH=../../Python .venv/estimators/bin/python estimators.py TRAIN.csv TEST.csv

Rows are a label and a series of numbers; MNIST-1D is such a table: 4,000 and 1,000 rows of 40 steps. Needs what
`make library` makes, Keras on JAX, skorch on torch, scikit-learn. Each trains on the same number of threads, in
turn, once for each seed; medians are told.
"""

import inspect
import os
import statistics
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np

UNITS, BATCH, EPOCHS, RATE, THREADS = 64, 64, 20, 0.005, 1


def unroll_by_the_data(X, y, seed):
    import unroll

    return unroll.SequenceClassifier(seed=seed, threads=THREADS).fit(X, y)


def unroll(X, y, seed):
    import unroll

    return unroll.SequenceClassifier(
        layers=1, hidden=UNITS, batch=BATCH, epochs=EPOCHS, lr=RATE, seed=seed, threads=THREADS,
        valid_fraction=0, defaults="fixed").fit(X, y)


def keras(X, y, seed):
    import keras

    keras.utils.set_random_seed(seed)
    model = keras.Sequential([
        keras.layers.Input(X[0, :, None].shape), keras.layers.LSTM(UNITS),
        keras.layers.Dense(int(y.max()) + 1, activation="softmax")])
    model.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy")
    model.fit(X[:, :, None], y, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return model


def skorch(X, y, seed):
    import skorch
    import torch

    class Classifier(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = torch.nn.LSTM(1, UNITS, batch_first=True)
            self.output = torch.nn.Linear(UNITS, int(y.max()) + 1)

        def forward(self, X):
            return self.output(self.rnn(X[:, :, None])[0][:, -1])

    torch.manual_seed(seed)
    return skorch.NeuralNetClassifier(
        Classifier, criterion=torch.nn.CrossEntropyLoss, optimizer=torch.optim.Adam, lr=RATE,
        batch_size=BATCH, max_epochs=EPOCHS, train_split=None, iterator_train__shuffle=True,
        verbose=0).fit(X, y)


def classes(model, X):
    if type(model).__module__.startswith("keras"):
        return model.predict(X[:, :, None], verbose=0).argmax(axis=1)
    return model.predict(X)


def lines(function):
    return sum(bool(line.strip()) for line in inspect.getsource(function).splitlines()[1:])


def confine():
    """No pool of threads is larger than those of the others."""
    import torch

    torch.set_num_threads(THREADS)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])


def main():
    confine()
    tables = [np.loadtxt(path, delimiter=",", dtype=np.float32) for path in sys.argv[1:3]]
    (y, X), (right, test) = [(t[:, 0].astype(np.int64), np.ascontiguousarray(t[:, 1:])) for t in tables]
    ways = [unroll, keras, skorch, unroll_by_the_data]
    measured = {way: [] for way in ways}
    for way in ways[:3]:
        way(X[:2 * BATCH], np.arange(2 * BATCH) % (y.max() + 1), 1)  # Imports and first calls.
    for seed in [1, 2, 3]:
        for way in ways:
            start, work = time.perf_counter(), time.process_time()
            model = way(X, y, seed)
            seconds = time.perf_counter() - start, time.process_time() - work
            measured[way].append((100 * np.mean(classes(model, test) == right), *seconds))
            print(way.__name__, seed, *measured[way][-1], file=sys.stderr)
    print("| | lines | accuracy, % | seconds | of processors |\n|---|---|---|---|---|")
    for way in ways:
        numbers = [f"{statistics.median(numbers):.1f}" for numbers in zip(*measured[way])]
        print(f"| {way.__name__.replace('_', ' ')} | {lines(way)} | {' | '.join(numbers)} |")


if __name__ == "__main__":
    main()
