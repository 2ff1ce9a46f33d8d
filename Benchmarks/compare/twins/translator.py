#!/usr/bin/env python3
"""A PyTorch twin of `unroll train translate`: bidirectional LSTM, LSTM decoder, attention.

    unroll data split-pairs --pairs fra.txt --swap --fraction 0.05 --train train.tsv --test test.tsv
    python translator.py train.tsv test.tsv                     # trains, prints BLEU (needs sacrebleu)
    python translator.py train.tsv test.tsv --pairs 5 --unroll .build/release/unroll    # speed, in turn

The model, the words, the batches of similar lengths, Adam, clipping, dropout and schedule are those of
`recipes/tatoeba-fra-eng.toml`; `--source-tokens char`, `--batch 64` and the like make the other
recipe's. The encoder reads packed sequences, so that the reverse direction starts at the end of
each sentence, as in Unroll. Tokens a second count real tokens of both sides, stop symbols included.

`--pairs` and its options: `in_turn.py`.
"""

import argparse
import collections
import json
import math
import pathlib
import random
import statistics
import sys
import unicodedata

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

import in_turn
from arguments import add_numbers

CLIP, WARMUP, POOL = 5.0, 500, 16
JOINTS = "'\u2019-"
OPENING, CLOSING = set("([{“‘«¿¡$£"), set(".,!?;:)]}%…”’»。，！？")


def words(sentence):
    """Words and marks as `SentenceWords` cuts them."""
    def inner(character):
        return unicodedata.category(character)[0] in "LMN"

    result, word = [], ""
    for place, character in enumerate(sentence):
        between = word and place + 1 < len(sentence) and inner(sentence[place + 1])
        if inner(character):
            word += character
        elif between and character in JOINTS:
            result.append(word + character)
            word = ""
        elif (between and character in ".,:" and sentence[place - 1].isdecimal()
              and sentence[place + 1].isdecimal()):
            word += character
        else:
            result += [word] if word else []
            result += [] if character.isspace() else [character]
            word = ""
    return result + ([word] if word else [])


def sentence(tokens):
    text, touches, quoted = "", True, False
    for token in tokens:
        quote = token == '"'
        text += token if touches or token in CLOSING or quote and quoted else " " + token
        quoted ^= quote
        touches = token in OPENING or quote and quoted or len(token) > 1 and token[-1] in JOINTS
    return text


class Vocabulary:
    def __init__(self, texts, least):
        counts = collections.Counter(token for text in texts for token in text)
        kept = sorted((t for t, n in counts.items() if n >= least), key=lambda t: (-counts[t], t))
        self.tokens = ["<unk>", *kept]
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.stop, self.start = len(self.tokens), len(self.tokens) + 1

    def encode(self, text):
        return [self.ids.get(token, 0) for token in text]


def read(path, options):
    """Pairs as tokens, and the targets as they are read."""
    cut = {"char": list, "word": words}
    pairs = []
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        source, target = (field.strip().lower() for field in line.split("\t")[:2])
        pairs.append((cut[options.source_tokens](source), words(target), target))
    return pairs


class Translator(nn.Module):
    def __init__(self, source, target, options):
        super().__init__()
        size, hidden, units = options.embedding, options.hidden, options.decoder_hidden
        self.options, self.vocabulary = options, target
        self.source_embedding = nn.Embedding(len(source.tokens), size, sparse=True)
        self.target_embedding = nn.Embedding(len(target.tokens) + 2, size)
        nn.init.uniform_(self.target_embedding.weight, -size**-0.5, size**-0.5)
        self.encoder = nn.LSTM(size, hidden, bidirectional=True)
        self.bridge_h, self.bridge_c = nn.Linear(2 * hidden, units), nn.Linear(2 * hidden, units)
        self.decoder = nn.LSTM(size, units)
        self.attention = options.attention
        has_keys = self.attention in ("general", "additive")
        self.keys = nn.Linear(2 * hidden, units, bias=False) if has_keys else nn.Identity()
        if self.attention == "additive":
            self.query = nn.Linear(units, units)
            self.vector = nn.Parameter(torch.empty(units).uniform_(-units**-0.5, units**-0.5))
        self.combination = nn.Linear(
            units + (2 * hidden if self.attention != "none" else 0), size)
        self.output = nn.Linear(size, len(target.tokens) + 2)
        self.output.weight = self.target_embedding.weight
        self.dropout = nn.Dropout(options.dropout)

    def encode(self, sources):
        """Outputs and keys (B, S, ·), a mask of what is no token, and the decoder's states."""
        lengths = torch.tensor([len(x) for x in sources])
        x = self.dropout(self.source_embedding(pad_sequence([torch.tensor(s) for s in sources])))
        packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
        outputs, (h, c) = self.encoder(packed)
        outputs = pad_packed_sequence(outputs)[0].transpose(0, 1)
        outside = torch.arange(outputs.shape[1]) >= lengths[:, None]
        both = [torch.cat([state[0], state[1]], 1) for state in (h, c)]
        states = self.bridge_h(both[0])[None], self.bridge_c(both[1])[None]
        return outputs, self.keys(outputs), outside, states

    def features(self, h, memory):
        """(B, T, size) for the decoder's h (B, T, units)."""
        outputs, keys, outside, _ = memory
        if self.attention == "none":
            return self.combination(h)
        if self.attention == "additive":
            scores = torch.tanh(self.query(h)[:, :, None] + keys[:, None]) @ self.vector
        else:
            scores = h @ keys.transpose(1, 2)
            if self.attention == "scaled-dot":
                scores = scores / math.sqrt(h.shape[2])
        scores = scores.masked_fill(outside[:, None], -math.inf)
        return torch.tanh(self.combination(torch.cat([scores.softmax(2) @ outputs, h], 2)))

    def forward(self, sources, targets):
        """The mean loss of a token."""
        memory = self.encode(sources)
        start, stop = self.vocabulary.start, self.vocabulary.stop
        given = pad_sequence([torch.tensor([start, *t]) for t in targets], padding_value=stop)
        asked = pad_sequence([torch.tensor([*t, stop]) for t in targets], True, -1)
        h, _ = self.decoder(self.dropout(self.target_embedding(given)), memory[3])
        a = self.dropout(self.features(h.transpose(0, 1), memory))
        # The output layer reads real tokens only.
        real = asked >= 0
        scores = self.output(a[real])
        return nn.functional.cross_entropy(scores, asked[real])

    @torch.no_grad()
    def greedy(self, sources, longest):
        memory = self.encode(sources)
        states, tokens = memory[3], torch.full((len(sources),), self.vocabulary.start)
        found, live = [[] for _ in sources], [True] * len(sources)
        for _ in range(longest):
            h, states = self.decoder(self.target_embedding(tokens)[None], states)
            scores = self.output(self.features(h.transpose(0, 1), memory))[:, 0, :-1]
            tokens = scores.argmax(1)
            for row, token in enumerate(tokens.tolist()):
                live[row] = live[row] and token != self.vocabulary.stop
                if live[row]:
                    found[row].append(token)
            if not any(live):
                break
        return found


def batches(examples, options, generator):
    """As Unroll cuts them: pools of 16 minibatches are sorted by length together."""
    order = list(range(len(examples)))
    generator.shuffle(order)
    lengths = [len(s) + len(t) + 1 for s, t in examples]
    count = -(-sum(lengths) // options.batch_tokens) if options.batch_tokens else -(
        -len(order) // options.batch)
    size = -(-len(order) // count)
    ordered = []
    for start in range(0, len(order), size * POOL):
        ordered += sorted(order[start : start + size * POOL], key=lambda i: -lengths[i])
    if options.batch_tokens:
        result, batch, tokens = [], [], 0
        for i in ordered:
            if batch and tokens + lengths[i] / 2 > options.batch_tokens:
                result.append(batch)
                batch, tokens = [], 0
            batch.append(i)
            tokens += lengths[i]
        result.append(batch)
    else:
        result = [ordered[i : i + size] for i in range(0, len(ordered), size)]
    generator.shuffle(result)
    return result


def train(options, pairs, vocabularies, updates=None):
    """Trains; returns tokens a second, the first fifth of the updates left out, and the model."""
    torch.manual_seed(options.seed)
    generator = random.Random(options.seed)
    source, target = vocabularies
    examples = [(source.encode(s), target.encode(t)) for s, t, _ in pairs
                if max(len(s), len(t)) <= options.max_length]
    model = Translator(source, target, options)
    sparse = [model.source_embedding.weight]
    dense = [p for p in model.parameters() if p is not sparse[0]]
    optimizers = [torch.optim.Adam(dense, lr=options.learning_rate, fused=True),
                  torch.optim.SparseAdam(sparse, lr=options.learning_rate)]
    per_epoch = len(batches(examples, options, random.Random(0)))
    total = updates or options.epochs * per_epoch
    clock = in_turn.clock(options)
    done, tokens, seconds = 0, 0, 0.0
    while done < total:
        losses = []
        for rows in batches(examples, options, generator):
            start = clock()
            factor = min(1, (done + 1) / WARMUP) * 0.5 * (
                1 + math.cos(math.pi * max(0, done - WARMUP) / max(1, total - WARMUP)))
            for optimizer in optimizers:
                optimizer.param_groups[0]["lr"] = options.learning_rate * factor
                optimizer.zero_grad(set_to_none=True)
            loss = model([examples[i][0] for i in rows], [examples[i][1] for i in rows])
            loss.backward()
            sparse[0].grad = sparse[0].grad.coalesce()
            norm = math.sqrt(sum(
                float((p.grad._values() if p.grad.is_sparse else p.grad).square().sum())
                for p in model.parameters()))
            if norm > CLIP:
                for p in model.parameters():
                    p.grad.mul_(CLIP / (norm + 1e-6))
            for optimizer in optimizers:
                optimizer.step()
            losses.append(loss.item())
            done += 1
            if done > total // 5:
                tokens += sum(len(examples[i][0]) + len(examples[i][1]) + 1 for i in rows)
                seconds += clock() - start
            if done == total:
                break
        if not updates:
            print(json.dumps({
                "epoch": round(done / per_epoch, 2), "loss": statistics.fmean(losses),
                "tokens_per_sec": tokens / max(seconds, 1e-9)}), flush=True)
    return tokens / seconds, model


def bleu(model, pairs, vocabularies):
    """sacreBLEU of greedy translations, of all sentences and of those over 10 words."""
    import sacrebleu

    model.eval()
    source, target = vocabularies
    found = [None] * len(pairs)
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]))
    for start in range(0, len(order), 64):
        rows = order[start : start + 64]
        sources = [source.encode(pairs[i][0]) for i in rows]
        for i, tokens in zip(rows, model.greedy(sources, 50 + 2 * len(sources[-1]))):
            found[i] = sentence(target.tokens[token] for token in tokens)
    long = [i for i in range(len(pairs)) if len(pairs[i][0]) > 10]
    return {name: round(sacrebleu.corpus_bleu(
        [found[i] for i in rows], [[pairs[i][2] for i in rows]]).score, 2)
        for name, rows in [("bleu", range(len(pairs))), ("bleu_over_10", long)] if rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train", help="lines 'source<TAB>target'")
    parser.add_argument("test", help="the same")
    add_numbers(parser, int, [("hidden", 256), ("decoder-hidden", 512), ("embedding", 256),
                          ("batch", 64), ("batch-tokens", 2000), ("epochs", 6), ("seed", 1),
                          ("min-count", 2), ("max-length", 30),
                          ("threads", torch.get_num_threads())])
    add_numbers(parser, float, [("learning-rate", 1e-3), ("dropout", 0.3)])
    parser.add_argument("--source-tokens", choices=["word", "char"], default="word")
    parser.add_argument("--attention", default="additive",
                        choices=["additive", "general", "scaled-dot", "none"])
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32", help="of Unroll")
    in_turn.add_arguments(parser)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    pairs = read(options.train, options)
    vocabularies = (Vocabulary([p[0] for p in pairs], options.min_count),
                    Vocabulary([p[1] for p in pairs], options.min_count))
    if options.pairs:
        size = "batch_tokens" if options.batch_tokens else "batch"
        shared = ("source_tokens", "min_count", "max_length", "hidden", "decoder_hidden",
                  "embedding", "attention", "dropout", "precision", size)
        in_turn.measure(
            options,
            lambda: train(options, pairs, vocabularies, updates=options.updates)[0],
            ["translate", "--pairs", options.train, "--set", "data.valid_fraction=0",
             "--bidirectional", "--tie", "decoder",
             *(text for name in shared
               for text in (f"--{name.replace('_', '-')}", getattr(options, name))),
             "--lr", options.learning_rate, "--schedule", "warmup-cosine", "--warmup", WARMUP])
        return
    _, model = train(options, pairs, vocabularies)
    print(json.dumps(bleu(model, read(options.test, options), vocabularies)))


if __name__ == "__main__":
    sys.exit(main())
