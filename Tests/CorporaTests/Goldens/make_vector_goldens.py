#!/usr/bin/env python3
"""Writes `vectors.json`: files of word vectors in many forms, and what gensim reads of them.

    pip install gensim
    python3 make_vector_goldens.py

`words` and `values` are what gensim's `KeyedVectors.load_word2vec_format` reads: lists, since JSON readers
take two spellings of one accented letter for one key.
"""

import json
import logging
import pathlib
import random
import tempfile

import numpy as np
from gensim.models import KeyedVectors

logging.disable(logging.CRITICAL)

WORDS = [
    "the", "The", "caf\u00e9", "cafe\u0301", "\u732b", "\U0001F600", "don't", "1", "2.5", "</s>", "<unk>", "a-b", "...", ",", "#tag",
    "na\u00efve", "\u00df", "nan", "inf", "1e5", "-3", "\u0130",
]


def number(draw):
    value = draw.choice([draw.uniform(-1, 1), draw.uniform(-1e-6, 1e-6), draw.uniform(-1e5, 1e5), 0.0])
    return draw.choice(["{:.6f}", "{:g}", "{:.3e}", "{!r}"]).format(value)


def file(seed, dimension, header, end="\n", trailing=False, repeated=False, last=True):
    draw = random.Random(seed)
    words = draw.sample(WORDS, draw.randrange(3, len(WORDS)))
    if repeated:
        words += words[:2]
    lines = [f"{len(words)} {dimension}"] if header else []
    for word in words:
        fields = [word] + [number(draw) for _ in range(dimension)]
        lines.append(" ".join(fields) + (" " if trailing else ""))
    return end.join(lines) + (end if last else "")


def cases():
    for seed in range(40):
        yield dict(
            seed=seed, dimension=[1, 2, 3, 7, 50][seed % 5], header=seed % 2 == 0,
            end="\r\n" if seed % 7 == 3 else "\n", trailing=seed % 3 == 1, repeated=seed % 4 == 2,
            last=seed % 5 != 4)


def main():
    files = []
    for options in cases():
        # A word and one number look like a header.
        if options["dimension"] == 1 and not options["header"]:
            options["dimension"] = 4
        content = file(**options)
        with tempfile.NamedTemporaryFile() as place:
            place.write(content.encode())
            place.flush()
            vectors = KeyedVectors.load_word2vec_format(
                place.name, no_header=not options["header"])
        # Of words that are there twice, gensim leaves the places empty.
        words = [w for w in vectors.index_to_key if w is not None]
        files.append({
            "name": " ".join(f"{k}={v!r}" for k, v in options.items()), "text": content,
            "dimension": vectors.vector_size,
            "words": words,
            "values": [[float(np.float32(v)) for v in vectors.get_vector(w)] for w in words],
        })
    out = pathlib.Path(__file__).with_name("vectors.json")
    out.write_text("[\n" + ",\n".join(json.dumps(f) for f in files) + "\n]\n")
    print(f"{len(files)} files, {out.stat().st_size} bytes")


main()
