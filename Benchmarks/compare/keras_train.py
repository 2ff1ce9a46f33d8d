#!/usr/bin/env python3
"""How fast Keras trains: `train_on_batch` of Embedding, L recurrent layers and Dense.

The backend is JAX, compiled with XLA, unless KERAS_BACKEND names another.
"""

import os

import common

SHAPES = ("char512", "char128", "ptb-medium", "ptb-small", "big1024")


def main():
    parser = common.argument_parser(__doc__.splitlines()[0], ("lstm", "gru"), SHAPES)
    arguments = parser.parse_args()
    preset = common.chosen_preset(arguments)
    common.confine_to_cores(arguments.threads)
    os.environ.setdefault("KERAS_BACKEND", "jax")

    import keras
    import numpy

    keras.utils.set_random_seed(common.SEED)
    kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[arguments.cell]
    model = keras.Sequential(
        [
            keras.Input((preset.steps,), dtype="int32"),
            keras.layers.Embedding(preset.vocabulary, preset.embedding),
            *[kind(preset.hidden, return_sequences=True) for _ in range(preset.layers)],
            keras.layers.Dense(preset.vocabulary),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(common.LEARNING_RATE, global_clipnorm=common.CLIP),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    inputs, targets = numpy.random.default_rng(common.SEED).integers(
        preset.vocabulary, size=(2, preset.batch, preset.steps), dtype=numpy.int32
    )

    def run(_):
        model.reset_metrics()
        return float(model.train_on_batch(inputs, targets)), preset.batch * preset.steps

    timing = common.measure(run, arguments.warmup, arguments.updates)
    backend = keras.backend.backend()
    versions = {"keras": keras.__version__, backend: __import__(backend).__version__}
    common.report("keras", preset, arguments, timing, "f32", versions, backend=backend)


if __name__ == "__main__":
    main()
