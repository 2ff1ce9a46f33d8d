#!/usr/bin/env python3
"""A PyTorch twin of `unroll train tag`: BiLSTM taggers of utterances with slots (ATIS) and of
sentences in columns (CoNLL), there with characters.

    python tagger.py atis.train.w-intent.iob atis.test.w-intent.iob --head crf
    python tagger.py train.txt test.txt --columns --iobes --normalise --characters 50 --hidden 200 \
        --epochs 15

The same model, minibatches, dropout rates, schedule and initialisation: minibatches follow from the
seed by the same counter-based generator (Philox4x32-10), so that every update sees the sentences
that Unroll's sees; masks and first weights are PyTorch's own draws of the same distributions.
Sentences are packed, not padded, through the LSTM; the CRF works on the padded batch. Adam steps the
whole embedding, where Unroll steps the words of the minibatch.

Prints span F1 on the test file as conlleval computes it.
"""

import argparse
import json
import math
import pathlib
import sys
import time
from collections import Counter

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import common  # noqa: E402
from arguments import add_numbers, begin  # noqa: E402

SHUFFLING, WORD_DROPOUT = 5, 10
"""Purposes of random numbers, as Unroll numbers them."""


# ---- Data -----------------------------------------------------------------------------------------


def read_utterances(path):
    """[(words, tags)] of lines `BOS word … EOS<TAB>O slot … intent`."""
    sentences = []
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line.strip():
            words, tags = (part.split() for part in line.split("\t"))
            sentences.append((words[1:-1], tags[1:-1]))
    return sentences


def read_columns(path):
    """[(words, tags)] of lines `word … tag`, a blank line between sentences."""
    sentences = []
    for block in pathlib.Path(path).read_text(encoding="utf-8").split("\n\n"):
        rows = [line.split() for line in block.splitlines() if line.strip()]
        if rows:
            sentences.append(([row[0] for row in rows], [row[-1] for row in rows]))
    return sentences


def normalised(word):
    """In lower case, every digit a 0."""
    return "".join("0" if letter.isdigit() else letter for letter in word.lower())


def iobes(tags):
    """IOB2 tags with the last word of a span marked E, a span of one word S."""
    result = []
    for tag, following in zip(tags, tags[1:] + ["O"]):
        goes_on = tag != "O" and following == "I-" + tag[2:]
        ends = {"B": "B" if goes_on else "S", "I": "I" if goes_on else "E"}
        result.append(tag if tag == "O" else ends[tag[0]] + tag[1:])
    return result


def iob2(tags):
    return [{"S": "B", "E": "I"}.get(tag[0], tag[0]) + tag[1:] for tag in tags]


def philox(counter, seed):
    """The four words of Philox4x32-10 at `counter` (Salmon et al. 2011)."""
    counter, key0, key1 = list(counter), seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        product0, product1 = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [
            (product1 >> 32) ^ counter[1] ^ key0,
            product1 & 0xFFFFFFFF,
            (product0 >> 32) ^ counter[3] ^ key1,
            product0 & 0xFFFFFFFF,
        ]
        key0, key1 = (key0 + 0x9E3779B9) & 0xFFFFFFFF, (key1 + 0xBB67AE85) & 0xFFFFFFFF
    return counter


def word(seed, purpose, update, row, index):
    return philox((index >> 2, row, update, purpose), seed)[index & 3]


def shuffled(count, seed, epoch, row=0):
    """0 … count-1 in the order of Unroll's `Shuffle`."""
    order = list(range(count))
    for index in range(count - 1, 0, -1):
        other = (word(seed, SHUFFLING, epoch, row, index) * (index + 1)) >> 32
        order[index], order[other] = order[other], order[index]
    return order


def minibatches(lengths, batch, seed, epoch, pool=8):
    """Lists of sentences, longest first, as Unroll's `SequenceBatches` makes them."""
    order, pooled = shuffled(len(lengths), seed, epoch), []
    for start in range(0, len(order), batch * pool):
        pooled += sorted(order[start : start + batch * pool], key=lambda i: -lengths[i])
    batches = [pooled[start : start + batch] for start in range(0, len(pooled), batch)]
    return [batches[i] for i in shuffled(len(batches), seed, epoch, row=1)]


def spans(tags):
    """{(type, start, end)} of IOB2 tags, a stray I opening a span."""
    found, start, kind = set(), None, None
    for index, tag in enumerate(list(tags) + ["O"]):
        position, _, name = tag.partition("-")
        if kind is not None and (position != "I" or name != kind):
            found.add((kind, start, index))
            kind = None
        if position != "O" and kind is None:
            start, kind = index, name
    return found


# ---- Model ----------------------------------------------------------------------------------------


class CRF(nn.Module):
    """A linear-chain conditional random field (Lafferty et al. 2001) over padded batches."""

    def __init__(self, tags):
        super().__init__()
        self.start_transitions = nn.Parameter(torch.empty(tags).uniform_(-0.1, 0.1))
        self.end_transitions = nn.Parameter(torch.empty(tags).uniform_(-0.1, 0.1))
        self.transitions = nn.Parameter(torch.empty(tags, tags).uniform_(-0.1, 0.1))

    def forward(self, emissions, tags, mask):
        """Mean negative log-likelihood; emissions (T, B, tags), tags and mask (T, B)."""
        steps, rows = mask.shape
        row = torch.arange(rows)
        score = self.start_transitions[tags[0]] + emissions[0, row, tags[0]]
        alpha = self.start_transitions + emissions[0]
        for t in range(1, steps):
            step = self.transitions[tags[t - 1], tags[t]] + emissions[t, row, tags[t]]
            score = score + step * mask[t]
            following = torch.logsumexp(alpha.unsqueeze(2) + self.transitions, 1) + emissions[t]
            alpha = torch.where(mask[t].bool().unsqueeze(1), following, alpha)
        last = mask.sum(0).long() - 1
        score = score + self.end_transitions[tags[last, row]]
        return (torch.logsumexp(alpha + self.end_transitions, 1) - score).mean()

    def decode(self, emissions, allowed):
        """The best tags of one sentence (T, tags) among those that IOB2 allows."""
        start, transitions = allowed
        score = self.start_transitions + emissions[0] + start
        before = []
        for emission in emissions[1:]:
            best, previous = (score.unsqueeze(1) + self.transitions + transitions).max(0)
            score = best + emission
            before.append(previous)
        path = [int((score + self.end_transitions).argmax())]
        for previous in reversed(before):
            path.append(int(previous[path[-1]]))
        return path[::-1]


class Tagger(nn.Module):
    def __init__(self, words, letters, tags, options):
        super().__init__()
        self.embedding = nn.Embedding(words, options.embedding)
        size = options.embedding
        self.character_rnn = None
        if options.characters:
            self.character_embedding = nn.Embedding(letters, options.character_embedding)
            self.character_rnn = nn.LSTM(
                options.character_embedding, options.characters, bidirectional=True)
            size += 2 * options.characters
        self.rnn = nn.LSTM(size, options.hidden, bidirectional=True)
        self.output = nn.Linear(2 * options.hidden, tags)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -options.init, options.init)
        self.crf = CRF(tags) if options.head == "crf" else None
        self.input_dropout = nn.Dropout(options.input_dropout)
        self.dropout = nn.Dropout(options.dropout)

    def spellings(self, letters, shape):
        """(T, B, 2 · characters): the last states over the letters of every word, both ways."""
        places = [(t, b, word) for b, words in enumerate(letters) for t, word in enumerate(words)]
        packed = nn.utils.rnn.pack_sequence(
            [torch.tensor(word) for _, _, word in places], enforce_sorted=False)
        embedded = packed._replace(data=self.character_embedding(packed.data))
        last = torch.cat(list(self.character_rnn(embedded)[1][0]), dim=1)
        result = last.new_zeros(*shape, last.shape[1])
        steps, rows = zip(*((t, b) for t, b, _ in places))
        return result.index_put((torch.tensor(steps), torch.tensor(rows)), last)

    def emissions(self, words, letters, lengths):
        """(T, B, tags) of padded (T, B) words, longest first, and the letters of each."""
        x = self.embedding(words)
        if self.character_rnn:
            x = torch.cat([x, self.spellings(letters, words.shape)], dim=2)
        packed = pack_padded_sequence(self.input_dropout(x), lengths)
        outputs, _ = pad_packed_sequence(self.rnn(packed)[0])
        return self.output(self.dropout(outputs))

    def forward(self, words, letters, tags, lengths, mask):
        emissions = self.emissions(words, letters, lengths)
        if self.crf:
            return self.crf(emissions, tags, mask)
        return nn.functional.cross_entropy(emissions[mask.bool()], tags[mask.bool()])


# ---- Training -------------------------------------------------------------------------------------


def padded(rows):
    return nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows])


def allowed_transitions(tags):
    """0 or -inf: tags that may begin a sentence, and follow another, in IOB2 or IOBES."""
    has_ends = any(tag[0] in "ES" for tag in tags)

    def penalty(before, tag):
        if has_ends:
            is_open = before[0] in "BI"
            allowed = tag[2:] == before[2:] if is_open and tag[0] in "IE" else not is_open
            return 0.0 if allowed and is_open == (tag[0] in "IE") else -math.inf
        if not tag.startswith("I-"):
            return 0.0
        return 0.0 if before in ("B-" + tag[2:], tag) else -math.inf

    start = torch.tensor([penalty("O", tag) for tag in tags])
    return start, torch.tensor([[penalty(before, tag) for tag in tags] for before in tags])


@torch.no_grad()
def evaluate(model, sentences, word_ids, letter_ids, tags):
    """Span F1 in percent."""
    model.eval()
    allowed, (correct, found, present) = allowed_transitions(tags), (0, 0, 0)
    order = sorted(range(len(sentences)), key=lambda i: -len(sentences[i][0]))
    for start in range(0, len(order), 64):
        rows = [sentences[i] for i in order[start : start + 64]]
        lengths = [len(words) for words, _ in rows]
        emissions = model.emissions(
            padded([word_ids(words) for words, _ in rows]),
            [letter_ids(words) for words, _ in rows], lengths)
        for row, (_, truth) in enumerate(rows):
            scores = emissions[: lengths[row], row]
            ids = model.crf.decode(scores, allowed) if model.crf else scores.argmax(1).tolist()
            expected, predicted = spans(iob2(truth)), spans(iob2([tags[i] for i in ids]))
            correct += len(expected & predicted)
            found += len(predicted)
            present += len(expected)
    model.train()
    precision, recall = 100 * correct / max(found, 1), 100 * correct / max(present, 1)
    return 2 * precision * recall / max(precision + recall, 1e-9)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--head", choices=["crf", "softmax"], default="crf")
    add_numbers(parser, int, [
        ("embedding", 100),
        ("hidden", 100),
        ("characters", 0),
        ("character-embedding", 30),
        ("batch", 16),
        ("epochs", 25),
        ("seed", 1),
        ("threads", 1),
    ])
    add_numbers(parser, float, [
        ("learning-rate", 2e-3),
        ("clip", 5.0),
        ("dropout", 0.5),
        ("input-dropout", 0.5),
        ("word-dropout", 0.5),
        ("init", 0.1),
    ])
    parser.add_argument("--columns", action="store_true", help="read CoNLL columns")
    parser.add_argument("--iobes", action="store_true", help="learn IOBES of IOB2")
    parser.add_argument("--normalise", action="store_true", help="lower case, digits as 0")
    parser.add_argument("--json", action="store_true", help="print JSON objects, one a line")
    return parser.parse_args()


def main():
    options = parse_arguments()
    begin(options)
    read = read_columns if options.columns else read_utterances
    train, test = read(options.train), read(options.test)
    if options.iobes:
        train, test = ([(words, iobes(tags)) for words, tags in part] for part in (train, test))

    def form(word):
        return normalised(word) if options.normalise else word

    counts = Counter(form(word) for words, _ in train for word in words)
    letters = Counter(letter for words, _ in train for word in words for letter in word)
    alphabet = {
        letter: i + 1 for i, letter in enumerate(sorted(k for k, n in letters.items() if n > 1))}
    vocabulary = {word: i + 1 for i, word in enumerate(sorted(counts))}
    tags = sorted({tag for _, tags in train for tag in tags})
    tag_ids = {tag: i for i, tag in enumerate(tags)}

    def word_ids(words):
        return [vocabulary.get(form(word), 0) for word in words]

    def letter_ids(words):
        return [[alphabet.get(letter, 0) for letter in word] for word in words]

    def replaced(sentence, update):
        """The words of a training sentence; those seen once are unknown now and then."""
        return [
            0
            if counts[name] == 1
            and (word(options.seed, WORD_DROPOUT, update, sentence, place) >> 8) * 2.0**-24
            < options.word_dropout
            else vocabulary[name]
            for place, name in enumerate(map(form, train[sentence][0]))
        ]

    lengths = [len(words) for words, _ in train]
    per_epoch = (len(train) - 1) // options.batch + 1
    total = per_epoch * options.epochs
    model = Tagger(len(vocabulary) + 1, len(alphabet) + 1, len(tags), options)
    optimizer = torch.optim.Adam(model.parameters(), lr=options.learning_rate, fused=True)

    def show(**values):
        if options.json:
            print(json.dumps(values), flush=True)
        else:
            print("  ".join(f"{key} {value}" for key, value in values.items()), flush=True)

    show(
        framework="pytorch",
        version=torch.__version__,
        threads=options.threads,
        cpu=common.cpu_name(),
        sentences=len(train),
        tags=len(tags),
        parameters=sum(p.numel() for p in model.parameters()),
    )
    seconds, cpu_seconds, update = 0.0, 0.0, 0
    for epoch in range(options.epochs):
        batches = minibatches(lengths, options.batch, options.seed, epoch)
        running, start, cpu_start = 0.0, time.perf_counter(), time.process_time()
        for rows in batches:
            rate = options.learning_rate * (1 + math.cos(math.pi * update / total)) / 2
            for group in optimizer.param_groups:
                group["lr"] = rate
            words = padded([replaced(i, update) for i in rows])
            targets = padded([[tag_ids[tag] for tag in train[i][1]] for i in rows])
            row_lengths = [lengths[i] for i in rows]
            mask = (torch.arange(len(words)).unsqueeze(1) < torch.tensor(row_lengths)).float()
            optimizer.zero_grad(set_to_none=True)
            spelt = [letter_ids(train[i][0]) for i in rows]
            loss = model(words, spelt, targets, row_lengths, mask)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), options.clip)
            optimizer.step()
            running += loss.item()
            update += 1
        seconds += time.perf_counter() - start
        cpu_seconds += time.process_time() - cpu_start
        show(epoch=epoch + 1, loss=round(running / per_epoch, 4), seconds=round(seconds, 2))
    show(
        test_f1=round(evaluate(model, test, word_ids, letter_ids, tags), 2),
        training_seconds=round(seconds, 2),
        cpu_seconds=round(cpu_seconds, 2),
        peak_memory_mb=common.peak_memory_mb(),
    )


if __name__ == "__main__":
    main()
