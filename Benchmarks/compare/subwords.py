#!/usr/bin/env python3
"""Hugging Face's tokenizers: megabytes a second of text that become subwords, a line at a time.

    python subwords.py --text input.txt --tokenizer tokenizer.json

A tokenizer that is not there is learnt from the text, and written.
"""

import argparse
import json
import os
import pathlib
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", type=pathlib.Path, required=True)
    parser.add_argument("--tokenizer", type=pathlib.Path, required=True)
    parser.add_argument("--vocab-size", type=int, default=8000)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", action="store_true", help="print one JSON object, not a sentence")
    arguments = parser.parse_args()
    os.environ["RAYON_NUM_THREADS"] = str(arguments.threads)
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    if not arguments.tokenizer.exists():
        learnt = Tokenizer(models.BPE())
        learnt.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = trainers.BpeTrainer(
            vocab_size=arguments.vocab_size,
            min_frequency=2,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        learnt.train([str(arguments.text)], trainer)
        learnt.save(str(arguments.tokenizer))
    tokenizer = Tokenizer.from_file(str(arguments.tokenizer))
    with arguments.text.open(encoding="utf-8", newline="\n") as file:
        lines = file.readlines()
    began = time.perf_counter()
    tokens = 0
    for first in range(0, len(lines), 1 << 16):
        tokens += sum(len(found) for found in tokenizer.encode_batch(lines[first : first + (1 << 16)]))
    seconds = time.perf_counter() - began
    result = {
        "tokens": tokens,
        "seconds": seconds,
        "megabytes_per_second": arguments.text.stat().st_size / 1e6 / seconds,
    }
    if arguments.json:
        print(json.dumps(result))
    else:
        print(f"{tokens:,} tokens, {result['megabytes_per_second']:.1f} MB/s")


if __name__ == "__main__":
    main()
