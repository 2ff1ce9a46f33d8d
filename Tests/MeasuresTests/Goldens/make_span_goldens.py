#!/usr/bin/env python3
"""Writes the golden span scores that SpanScoresTests compares with: `values/span-scores.json`.

    python3 make_span_goldens.py

Random tag sequences, about half of whose tags break their scheme, scored by the rules of conlleval
(Erik Tjong Kim Sang, version of 2004-01-26): one pass over the tokens with a flag that says whether
the chunk that is open in both columns is right so far. Spans are never formed, unlike in the code
under test. S-, and the end of a chunk after E-, follow seqeval (its non-strict mode).

A case: scheme, sentences [[truth tags], [predicted tags]], report (the text that conlleval prints),
starts (the phrases in the truth).
"""

import json
import pathlib
import random


def split(tag):
    head, hyphen, kind = tag.partition("-")
    return (head, kind) if hyphen else (tag, "")


def ends(before, tag):
    if before[0] == "O":
        return False
    if before[0] in "ES":
        return True
    return tag[0] in "BSO" or before[1] != tag[1]


def starts(before, tag):
    if tag[0] == "O":
        return False
    if tag[0] in "BS":
        return True
    return before[0] in "OES" or before[1] != tag[1]


def report(sentences):
    tokens = right = correct = present = found = 0
    by_type = {}

    def count(kind, place):
        by_type.setdefault(kind, [0, 0, 0])[place] += 1

    open_and_right = False
    last_truth = last_guess = ("O", "")
    for truths, guesses in sentences:
        # A blank line between sentences counts as a token outside of every chunk.
        for truth, guess in list(zip(truths, guesses)) + [(None, None)]:
            is_token = truth is not None
            truth_text, guess_text = truth, guess
            truth, guess = (split(truth), split(guess)) if is_token else (("O", ""), ("O", ""))
            truth_ends, guess_ends = ends(last_truth, truth), ends(last_guess, guess)
            if open_and_right:
                if truth_ends and guess_ends and last_guess[1] == last_truth[1]:
                    open_and_right = False
                    correct += 1
                    count(last_truth[1], 0)
                elif truth_ends != guess_ends or guess[1] != truth[1]:
                    open_and_right = False
            truth_starts, guess_starts = starts(last_truth, truth), starts(last_guess, guess)
            if truth_starts and guess_starts and truth[1] == guess[1]:
                open_and_right = True
            if truth_starts:
                present += 1
                count(truth[1], 1)
            if guess_starts:
                found += 1
                count(guess[1], 2)
            if is_token:
                tokens += 1
                right += truth_text == guess_text
            last_truth, last_guess = truth, guess

    def scores(correct, present, found):
        precision = 100 * correct / found if found else 0.0
        recall = 100 * correct / present if present else 0.0
        both = precision + recall
        return precision, recall, 2 * precision * recall / both if both else 0.0

    text = f"processed {tokens} tokens with {present} phrases; "
    text += f"found: {found} phrases; correct: {correct}.\n"
    p, r, f = scores(correct, present, found)
    text += "accuracy: %6.2f%%; precision: %6.2f%%; recall: %6.2f%%; FB1: %6.2f\n" % (
        100 * right / tokens, p, r, f)
    for kind in sorted(by_type):
        c, t, g = by_type[kind]
        text += "%17s: precision: %6.2f%%; recall: %6.2f%%; FB1: %6.2f  %d\n" % (
            (kind,) + scores(c, t, g) + (g,))
    return text


def sequence(rng, positions, kinds, length):
    tags = []
    for _ in range(length):
        draw = rng.random()
        if tags and draw < 0.4 and tags[-1] != "O":
            # Go on with the type of the tag before: long chunks, right and wrong.
            tags.append(rng.choice(positions) + "-" + tags[-1].partition("-")[2])
        elif draw < 0.6:
            tags.append("O")
        else:
            tags.append(rng.choice(positions) + "-" + rng.choice(kinds))
    return tags


def main():
    rng = random.Random(20261121)
    cases = []
    for scheme, positions in (("iob", "BI"), ("iob", "I"), ("iobes", "BIES"), ("iobes", "BIIE")):
        for kinds in (["LOC"], ["LOC", "PER"], ["fromloc.city_name", "B-x", "a", "MISC"]):
            sentences = []
            for _ in range(30):
                truth = sequence(rng, positions, kinds, rng.randint(1, 14))
                guess = [
                    tag if rng.random() < 0.75
                    else rng.choice(["O"] + [p + "-" + k for p in positions for k in kinds])
                    for tag in truth
                ]
                sentences.append([truth, guess])
            cases.append({"scheme": scheme, "sentences": sentences, "report": report(sentences)})
    path = pathlib.Path(__file__).parent / "values" / "span-scores.json"
    path.write_text(json.dumps({"cases": cases}, separators=(",", ":")) + "\n")


main()
