"""Writes values/seqeval-scores.json: span scores of generated corpora by seqeval 1.2.2.

    pip install seqeval==1.2.2 && python make_seqeval_goldens.py

Two families. Of any tags, half of which break their scheme, in IOB and IOBES: seqeval as it is by default, which
reads spans as conlleval does. Of whole spans, written in every scheme that seqeval has too: its strict mode, told the
scheme. A case: family, scheme, sentences [[truth tags], [predicted tags]], precision, recall, f1, accuracy.
"""

import json
import pathlib
import random

from seqeval import metrics, scheme

SCHEMES = {"iob1": scheme.IOB1, "iob2": scheme.IOB2, "iobes": scheme.IOBES, "bilou": scheme.BILOU}


def any_tags(rng, letters, kinds, length):
    return [rng.choice(["O", "O"] + [f"{p}-{k}" for p in letters for k in kinds]) for _ in range(length)]


def spans(rng, kinds, length):
    found, start = [], rng.randint(0, 2)
    while start < length:
        end = min(length, start + rng.randint(1, 4))
        found.append((rng.choice(kinds), start, end))
        start = end + rng.choice([0, 0, 1, 2])
    return found


def written(name, found, length):
    tags, before = ["O"] * length, None
    for kind, start, end in found:
        for place in range(start, end):
            first, last = place == start, place == end - 1
            if name == "iob1":
                letter = "B" if first and before == (kind, start) else "I"
            elif name == "iob2":
                letter = "B" if first else "I"
            else:
                inner, closing, alone = ("I", "E", "S") if name == "iobes" else ("I", "L", "U")
                letter = (alone if last else "B") if first else closing if last else inner
            tags[place] = f"{letter}-{kind}"
        before = (kind, end)
    return tags


def case(family, name, sentences, **options):
    truths, guesses = [s[0] for s in sentences], [s[1] for s in sentences]
    scores = {
        key: getattr(metrics, f"{key}_score")(truths, guesses, zero_division=0, **options)
        for key in ("precision", "recall", "f1")}
    return {"family": family, "scheme": name, "sentences": sentences,
            "accuracy": metrics.accuracy_score(truths, guesses),
            **{key: float(value) for key, value in scores.items()}}


def main():
    rng, cases = random.Random(20261128), []
    for name, letters in (("iob1", "BI"), ("iobes", "BIES")):
        for kinds in (["LOC"], ["LOC", "x.y", "PER-z"]):
            lengths = [rng.randint(1, 12) for _ in range(25)]
            cases.append(case("any tags", name, [
                [any_tags(rng, letters, kinds, n), any_tags(rng, letters, kinds, n)] for n in lengths]))
    for name, known in SCHEMES.items():
        for kinds in (["LOC"], ["LOC", "PER", "x-y"]):
            sentences = []
            for _ in range(25):
                length = rng.randint(1, 15)
                truth = spans(rng, kinds, length)
                guess = [s for s in truth if rng.random() < 0.7] if rng.random() < 0.7 else spans(rng, kinds, length)
                sentences.append([written(name, truth, length), written(name, guess, length)])
            cases.append(case("spans", name, sentences, mode="strict", scheme=known))
    path = pathlib.Path(__file__).parent / "values" / "seqeval-scores.json"
    path.write_text(json.dumps({"cases": cases}, separators=(",", ":")) + "\n")


main()
