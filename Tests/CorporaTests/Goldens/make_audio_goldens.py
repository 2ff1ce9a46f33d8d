#!/usr/bin/env python3
"""Writes `audio.json`: speech features computed with numpy alone, for `SpeechFeatures`.

    python3 make_audio_goldens.py

Written from the definition and not from the Swift code: numpy's FFT, a dense filter matrix, the DCT
as a matrix. Both sides make the sound from a formula, rounded to f32:

    x_t = 0.4 sin(2π 440 t / rate) + 0.3 cos(1e-5 t²) + 0.05 sin(1.7 t)

`frames` and `width` are the shape; `features` every `stride`-th element of the flat array.
"""

import json
import pathlib

import numpy as np

CASES = [
    # name, rate, samples, kind, filters, coefficients, deltas, normalised, stacked, stride
    ("mfcc-8k", 8000, 3001, "mfcc", 26, 13, 2, False, 1, 7),
    ("mfcc-8k-normalised", 8000, 3001, "mfcc", 26, 13, 2, True, 1, 7),
    ("log-mel-16k", 16000, 5000, "log-mel", 40, 13, 1, False, 1, 11),
    ("log-mel-8k-stacked", 8000, 1960, "log-mel", 26, 13, 0, True, 3, 5),
    ("mfcc-one-frame", 8000, 200, "mfcc", 26, 13, 2, False, 2, 1),
]


def sound(rate, samples):
    t = np.arange(samples, dtype=np.float64)
    x = 0.4 * np.sin(2 * np.pi * 440 * t / rate) + 0.3 * np.cos(1e-5 * t * t) + 0.05 * np.sin(1.7 * t)
    return x.astype(np.float32).astype(np.float64)


def mel_matrix(filters, size, rate):
    def mel(f):
        return 1127 * np.log(1 + f / 700)

    points = 700 * (np.exp(np.linspace(mel(20), mel(rate / 2), filters + 2) / 1127) - 1)
    f = np.arange(size // 2 + 1) * rate / size
    rising = (f[None, :] - points[:-2, None]) / (points[1:-1] - points[:-2])[:, None]
    falling = (points[2:, None] - f[None, :]) / (points[2:] - points[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling))


def slopes(c):
    padded = np.pad(c, ((2, 2), (0, 0)), mode="edge")
    n = len(c)
    return sum(k * (padded[2 + k:2 + k + n] - padded[2 - k:2 - k + n]) for k in (1, 2)) / 10


def features(x, rate, kind, filters, coefficients, deltas, normalised, stacked):
    w, s = round(0.025 * rate), round(0.010 * rate)
    y = np.concatenate([x[:1], x[1:] - 0.97 * x[:-1]])
    count = 1 + (len(y) - w) // s
    frames = np.stack([y[i * s:i * s + w] for i in range(count)])
    frames = frames * (0.54 - 0.46 * np.cos(2 * np.pi * np.arange(w) / (w - 1)))
    size = 1 << (w - 1).bit_length()
    power = np.abs(np.fft.rfft(frames, size)) ** 2
    c = np.log(np.maximum(power @ mel_matrix(filters, size, rate).T, 1e-10))
    if kind == "mfcc":
        n, m = np.arange(coefficients)[:, None], np.arange(filters)[None, :]
        dct = np.sqrt(2 / filters) * np.cos(np.pi * n * (m + 0.5) / filters)
        dct[0] /= np.sqrt(2)
        c = c @ dct.T * (1 + 22 / 2 * np.sin(np.pi * np.arange(coefficients) / 22))
    parts = [c]
    for _ in range(deltas):
        parts.append(slopes(parts[-1]))
    c = np.concatenate(parts, axis=1)
    if normalised:
        c = (c - c.mean(0)) / c.std(0)
    missing = -len(c) % stacked
    c = np.concatenate([c, np.repeat(c[-1:], missing, axis=0)])
    return c.reshape(len(c) // stacked, -1)


def case(name, rate, samples, kind, filters, coefficients, deltas, normalised, stacked, stride):
    c = features(sound(rate, samples), rate, kind, filters, coefficients, deltas, normalised, stacked)
    return {"name": name, "rate": rate, "samples": samples, "kind": kind, "filters": filters,
            "coefficients": coefficients, "deltas": deltas, "normalised": normalised,
            "stacked": stacked, "stride": stride, "frames": c.shape[0], "width": c.shape[1],
            "features": [float(f"{v:.9g}") for v in c.flatten()[::stride]]}


if __name__ == "__main__":
    path = pathlib.Path(__file__).parent / "audio.json"
    cases = [case(*arguments) for arguments in CASES]
    path.write_text(json.dumps({"made_with": f"numpy {np.__version__}", "cases": cases}) + "\n")
