"""Writes values/translation-scores.json: BLEU and chrF of awkward segments by sacreBLEU 2.6.0.

    python make_translation_goldens.py
"""

import json
import random
from pathlib import Path

from sacrebleu.metrics import BLEU, CHRF

NAMED = {
    "one word short": [("the cat sat on mat", "the cat sat on the mat")],
    "equal": [("Hello, world!", "Hello, world!"), ("a b c d e", "a b c d e")],
    "nothing shared": [("abc def", "xyz uvw")],
    "empty hypothesis": [("", "the cat sat"), ("the dog ran home now", "the dog ran home now")],
    "all empty": [("", "a b")],
    "empty reference": [("a b", ""), ("one two three four", "one two three four")],
    "no segment": [],
    "one token": [("cat", "cat")],
    "one character": [("a", "a"), (".", ".")],
    "three tokens, no order 4": [("the red cat", "the red cat")],
    "repeated words are clipped": [("the the the the the the the", "the cat is on the mat")],
    "smoothing of two orders": [("the mat on sat cat the", "the cat sat on the mat")],
    "numbers": [("3.14 is 1,000 or 1-2, 5. and .5 or 4-x", "3.14 is 1,000 or 1 - 2, 5 and .5 or 4-y")],
    "stops": [("a.. b... ,c,.d .,. end.", "a.. b.. ,c,.d ... end .")],
    "punctuation": [("(hi) [x] {y} `z` \"q\" 'r' #1 $2 50% a/b a\\b a_b ~c ^d |e|",
                     "( hi ) [x] {y} 'z' \"q\" r #1 $2 50 % a/b a\\b a-b ~c ^ d |e|")],
    "entities": [("&quot;a&quot; &amp;lt;b &lt;c&gt; &amp;amp; &apos;", "\"a\" <b <c> & '")],
    "skipped and hyphens at line ends": [("a <skipped>b co-\noperate x\ny", "a b cooperate x y"),
                                         ("tail-\n", "tail-")],
    "white space": [(" a\t b\u00a0c\u3000d\x1ce\x85f\u200bg ", "a b c d e f\u200bg")],
    "unicode": [("L’été s’achève… n'est-ce pas\u00a0?", "L'été s'achève... n’est-ce pas ?"),
                ("e\u0301te\u0301 caf\u00e9", "\u00e9t\u00e9 cafe\u0301"),
                ("今天天气很好。", "今天天气不错。"), ("👩‍👩‍👧 👍", "👩‍👧 👍")],
    "case": [("The Cat Sat On The Mat Today", "the cat sat on the mat today")],
    "punctuation inside words for chrF++": [("(a) -- b- -c !! ! 'tis", "(a ) -- b - c !! ! 'tis")],
    "one segment of two pulls the mean": [("completely wrong output here", "what a fine day it is"),
                                          ("it is a fine day today", "it is a fine day today")],
}


def random_pairs(seed, count):
    draw = random.Random(seed)
    words = ["the", "cat", "a", "1.5", "2,000", "it's", "end.", "(so", "well)", "été", "x-y", "10-",
             "今", "?", "...", "%", "don't,", "A"]
    pairs = []
    for _ in range(count):
        ref = [draw.choice(words) for _ in range(draw.randint(0, 14))]
        hyp = [w for w in ref if draw.random() > 0.15]
        for _ in range(draw.randint(0, 3)):
            hyp.insert(draw.randint(0, len(hyp)), draw.choice(words))
        pairs.append((" ".join(hyp), " ".join(ref)))
    return pairs


def main():
    cases = dict(NAMED)
    for seed in range(6):
        cases[f"random {seed}"] = random_pairs(seed, 3 + 12 * seed)
    result = []
    for name, pairs in cases.items():
        case = {"name": name, "pairs": pairs}
        if pairs:
            hypotheses, references = map(list, zip(*pairs))
            for key, metric in [("bleu", BLEU()), ("bleu none", BLEU(tokenize="none")), ("chrf", CHRF()),
                                ("chrf++", CHRF(word_order=2))]:
                score = metric.corpus_score(hypotheses, [references])
                case[key] = score.score
                case[key + " line"] = score.format(signature=str(metric.get_signature()))
        else:
            case.update({"bleu": 0, "bleu none": 0, "chrf": 0})
            case["chrf++"] = 0
        result.append(case)
    path = Path(__file__).parent / "values" / "translation-scores.json"
    path.write_text(json.dumps({"cases": result}, ensure_ascii=True, indent=0) + "\n")


main()
