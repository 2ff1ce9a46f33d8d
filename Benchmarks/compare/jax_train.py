#!/usr/bin/env python3
"""How fast plain JAX trains: whole updates, compiled by XLA into one function.

Embedding, L recurrent layers, linear, mean cross-entropy, gradient, clip by global norm and Adam.
No library of layers or optimizers is used. Both products of a layer are inside the scan: hoisting
the input product over all steps reads better on paper and measured 10 to 30 % slower on 2 cores.
"""

import math

import common

SHAPES = ("char512", "char128", "ptb-medium", "ptb-small", "big1024")


def main():
    parser = common.argument_parser(__doc__.splitlines()[0], ("lstm", "gru"), SHAPES)
    arguments = parser.parse_args()
    preset = common.chosen_preset(arguments)
    common.confine_to_cores(arguments.threads)

    import jax
    import jax.numpy as jnp
    import numpy

    gates, hidden = common.GATES[arguments.cell], preset.hidden

    def initial_parameters():
        source = numpy.random.default_rng(common.SEED)
        bound = 1 / math.sqrt(hidden)
        uniform = lambda *shape: jnp.asarray(  # noqa: E731
            source.uniform(-bound, bound, shape), jnp.float32
        )
        layers = [
            {
                "input": uniform(preset.embedding if k == 0 else hidden, gates * hidden),
                "recurrent": uniform(hidden, gates * hidden),
                "bias": uniform(gates * hidden),
                "recurrent_bias": uniform(gates * hidden),
            }
            for k in range(preset.layers)
        ]
        return {
            "embedding": uniform(preset.vocabulary, preset.embedding),
            "layers": layers,
            "output": uniform(hidden, preset.vocabulary),
            "output_bias": uniform(preset.vocabulary),
        }

    def lstm_step(layer, state, projected):
        h, c = state
        i, f, g, o = jnp.split(projected + h @ layer["recurrent"], 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    def gru_step(layer, state, projected):
        (h,) = state
        x_r, x_z, x_n = jnp.split(projected, 3, axis=-1)
        h_r, h_z, h_n = jnp.split(h @ layer["recurrent"] + layer["recurrent_bias"], 3, axis=-1)
        r, z = jax.nn.sigmoid(x_r + h_r), jax.nn.sigmoid(x_z + h_z)
        h = (1 - z) * jnp.tanh(x_n + r * h_n) + z * h
        return (h,), h

    step, states = {"lstm": (lstm_step, 2), "gru": (gru_step, 1)}[arguments.cell]

    def loss_of(parameters, inputs, targets):
        x = parameters["embedding"][inputs]
        for layer in parameters["layers"]:
            bias = layer["bias"] + (layer["recurrent_bias"] if arguments.cell == "lstm" else 0)

            def advance(state, x_t, layer=layer, bias=bias):
                return step(layer, state, x_t @ layer["input"] + bias)

            zero = tuple(jnp.zeros((preset.batch, hidden)) for _ in range(states))
            _, x = jax.lax.scan(advance, zero, x)
        scores = jax.nn.log_softmax(x @ parameters["output"] + parameters["output_bias"])
        return -jnp.take_along_axis(scores, targets[..., None], axis=-1).mean()

    def update(parameters, m, v, count, inputs, targets):
        loss, gradient = jax.value_and_grad(loss_of)(parameters, inputs, targets)
        norm = jnp.sqrt(sum(jnp.vdot(g, g) for g in jax.tree.leaves(gradient)))
        factor = jnp.minimum(1, common.CLIP / (norm + 1e-6))
        gradient = jax.tree.map(lambda g: g * factor, gradient)
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
        rate = common.LEARNING_RATE * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
        parameters = jax.tree.map(
            lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-8), parameters, m, v
        )
        return parameters, m, v, count + 1, loss

    parameters = initial_parameters()
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    held = [parameters, zeros, jax.tree.map(jnp.copy, zeros), jnp.float32(1)]
    compiled = jax.jit(update, donate_argnums=(0, 1, 2))
    tokens = numpy.random.default_rng(common.SEED).integers(
        preset.vocabulary, size=(2, preset.steps, preset.batch), dtype=numpy.int32
    )

    def run(_):
        *held[:], loss = compiled(*held, *tokens)
        jax.block_until_ready(held)
        return float(loss), preset.steps * preset.batch

    timing = common.measure(run, arguments.warmup, arguments.updates)
    common.report("jax", preset, arguments, timing, "f32", {"jax": jax.__version__})


if __name__ == "__main__":
    main()
