"""What Hugging Face's tokenizers library (0.23.3) finds in texts with added tokens.

Writes added_tokens.json: a list of {"tokens": [[content, flags]], "texts": [[text, "piece|piece"]]},
where flags are letters: l lstrip, r rstrip, w single_word, n normalized.
"""

import json
import random

from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())
SETS = [
    [["<n>", ""], ["<nn>", ""]], [["<n>", "l"]], [["<n>", "r"]], [["<n>", "lr"], ["é", ""]],
    [["<n>", "w"]], [["<n", ""], ["<n>", "n"]], [["a<n>", "w"], ["<n>", ""]], [["aé", "wn"], ["é_", "r"]],
    [["<n>", "lrw"], ["n>1", "n"]],
]
TEXTS = ["a <n> b", "  <n>\u00a0 b", "_<n>", "é<n> c", "1 <n>-é", "<nn>a", "a\u2003<n>", ""]


def main():
    random.seed(7)
    parts = ["<n>", "<nn>", "<n", "n>", "a", "é", "_", "1", "-", " ", "  ", "\n", "\u2003", "\u0301", "a<n>"]
    texts = TEXTS + ["".join(random.choices(parts, k=random.randint(1, 7))) for _ in range(60)]
    found = []
    for tokens in SETS:
        tokenizer = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(ALPHABET)}, merges=[]))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        for content, flags in tokens:
            tokenizer.add_tokens([AddedToken(
                content, lstrip="l" in flags, rstrip="r" in flags, single_word="w" in flags,
                normalized="n" in flags)])
        found.append({"tokens": tokens, "texts": [
            [text, "|".join(tokenizer.id_to_token(i) for i in tokenizer.encode(text).ids)]
            for text in texts]})
    with open("added_tokens.json", "w", encoding="utf-8") as file:
        json.dump(found, file, ensure_ascii=False, separators=(",", ":"))
        file.write("\n")


main()
