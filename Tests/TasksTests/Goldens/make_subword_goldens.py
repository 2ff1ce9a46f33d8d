"""Writes values/subwords/: a made text, tokenizers that Hugging Face's library trained on it, and
what they make of awkward texts.

    python make_subword_goldens.py          (tokenizers 0.23.3)
    python make_subword_goldens.py --check FOLDER
    python make_subword_goldens.py --digest FILE

With --check the library loads every tokenizer.json of FOLDER, which the tests write where
UNROLL_TOKENIZER_FOLDER says, and compares it with the file of the same name here. With --digest it
prints the SHA-256 of the tokenizer.json of 1,000 pieces that it trains on FILE.
"""

import hashlib
import json
import random
import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

HERE = Path(__file__).parent / "values" / "subwords"
SPECIALS = ["<pad>", "<unk>", "<s>", "</s>"]

TEXTS = [
    "",
    " ",
    "the cat's toy, they'll say; we've 12,345.67 of them!",
    "  two  spaces   and\ttabs \n\n lines\n",
    "don't 'tis 'struth I'd y'all'd've '",
    "L'été s'achève à l'aube… n'est-ce pas\u00a0?",
    "decomposed: e\u0301te\u0301, composed: \u00e9t\u00e9",
    "今天天气很好。 日本語ひらがな",
    "emoji 👩‍👩‍👧 and 🇫🇷, ½ ² Ⅷ ٣",
    "<s> the </s><pad><unk> <s><s>",
    "\u3000ideographic\u2003spaces\u200bzero\x1fwidth",
    "a" * 40 + "nananananana" * 3,
    "x\r\ny\rz",
    "\x00\x01\x7f",
]


def text():
    draw = random.Random(7)
    syllables = ["ba", "ne", "to", "ri", "lou", "ché", "an", "on", "est", "ing", "th", "e", "a"]
    words = ["".join(draw.choice(syllables) for _ in range(draw.randint(1, 4))) for _ in range(300)]
    words += ["l'" + w for w in words[:20]] + ["don't", "they'll", "it's", "you're", "we've"]
    words += ["今天", "天气", "很好", "naïve", "e\u0301te\u0301", "été", "👍", "nananana", "aaaa"]
    words += [str(draw.randint(0, 9999)) for _ in range(30)]
    draw.shuffle(words)
    lines = []
    for _ in range(220):
        picked = [words[int(len(words) * draw.random() ** 3)] for _ in range(draw.randint(1, 12))]
        gaps = [draw.choice([" "] * 12 + ["  ", ", ", "\t", "-", "\u00a0"]) for _ in picked]
        lines.append("".join(w + g for w, g in zip(picked, gaps)).strip() + draw.choice(".?!…"))
    return "\n".join(lines) + "\n"


def cases():
    byte_level = dict(initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    yield "bytes", pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel(), {}, dict(
        vocab_size=600, min_frequency=2, special_tokens=SPECIALS, **byte_level)
    yield "bytes-prefix", pre_tokenizers.ByteLevel(add_prefix_space=True), decoders.ByteLevel(), {}, dict(
        vocab_size=2000, min_frequency=3, special_tokens=["<s>"], **byte_level)
    yield "whitespace", pre_tokenizers.WhitespaceSplit(), None, dict(unk_token="<unk>"), dict(
        vocab_size=400, min_frequency=2, special_tokens=SPECIALS)
    yield "suffix", pre_tokenizers.WhitespaceSplit(), decoders.BPEDecoder(suffix="</w>"), dict(
        unk_token="<unk>", fuse_unk=True, end_of_word_suffix="</w>"), dict(
        vocab_size=400, min_frequency=2, special_tokens=SPECIALS, end_of_word_suffix="</w>")


def encodings(tokenizer):
    result = []
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        result.append({
            "text": text, "ids": ids, "decoded": tokenizer.decode(ids),
            "decoded_whole": tokenizer.decode(ids, skip_special_tokens=False),
        })
    return result


def make():
    HERE.mkdir(parents=True, exist_ok=True)
    corpus = HERE / "text.txt"
    corpus.write_bytes(text().encode())
    found = {}
    for name, pre_tokenizer, decoder, model, trainer in cases():
        tokenizer = Tokenizer(models.BPE(**model))
        tokenizer.pre_tokenizer = pre_tokenizer
        if decoder:
            tokenizer.decoder = decoder
        tokenizer.train([str(corpus)], trainers.BpeTrainer(show_progress=False, **trainer))
        tokenizer.save(str(HERE / f"{name}.json"))
        found[name] = encodings(tokenizer)
    words = Tokenizer(models.WordLevel(unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words.train([str(corpus)], trainers.WordLevelTrainer(
        vocab_size=60, special_tokens=["<eos>", "<unk>"], show_progress=False))
    words.save(str(HERE / "words.json"))
    with open(HERE / "encodings.json", "w") as file:
        json.dump(found, file, ensure_ascii=True, indent=0)


def check(folder):
    for path in sorted(Path(folder).glob("*.json")):
        ours, theirs = (Tokenizer.from_file(str(p)) for p in (path, HERE / path.name))
        assert ours.to_str() == theirs.to_str(), path.name
        assert encodings(ours) == encodings(theirs), path.name
        print(path.name, "loads, and encodes and decodes alike")


def digest(path):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train([path], trainers.BpeTrainer(
        vocab_size=1000, min_frequency=2, special_tokens=SPECIALS, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    print(hashlib.sha256(tokenizer.to_str(pretty=True).encode()).hexdigest())


if sys.argv[1:2] == ["--check"]:
    check(sys.argv[2])
elif sys.argv[1:2] == ["--digest"]:
    digest(sys.argv[2])
else:
    make()
