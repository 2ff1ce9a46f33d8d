"""What is checked of each task: graphs give what `unroll predict` and `unroll score` give."""

import functools
import os
import pathlib
import re
import subprocess
import sys
import wave

import numpy as np
import safetensors.numpy

import imports
import reference
from harness import close, log_softmax, padded

# Cells that ONNX has an operator for; the others are loops.
STANDARD = {"lstm": "LSTM", "lstm-peephole": "LSTM", "gru": "GRU", "gru-reset-before": "GRU",
            "rnn": "RNN", "rnn-relu": "RNN"}
CELLS = [*STANDARD, "lstm-coupled", "gru-simple", "jordan", "scrn", "clockwork", "mingru", "minlstm"]
# Weights that are no small numbers, so that a wrong one shows.
SMALL = ["--hidden", 5, "--init", "uniform:0.6"]

TEXTS = ["good film", "a bad boring film indeed", "lovely", "not nice at all", "good good bad fine",
         "never seen words"]
LABELS = ["pos", "neg", "pos", "neg", "other", "other"]


def all(long):
    """Names and functions of a command in an empty folder."""
    for cell in CELLS:
        yield f"classify {cell}", functools.partial(classify, cell=cell)
    for name, options in CLASSIFIERS.items():
        yield f"classify, {name}", functools.partial(classify, options=options)
    for name, task in TASKS.items():
        for cell in CELLS if long else ["lstm", "gru"]:
            yield f"{name} {cell}", functools.partial(task, cell=cell)
    for cell in ["lstm", "gru"]:
        yield f"import --torch {cell}", functools.partial(imports.torch, cell=cell)
    for cell in ["lstm", "gru", "gru-reset-before", "rnn"]:
        yield f"import --keras {cell}", functools.partial(imports.keras, cell=cell)
    yield "import, ONNX's vectors", imports.onnx_vectors
    yield "import, Keras's vectors", imports.keras_vectors
    yield "import, errors", imports.errors
    yield "errors", errors
    yield "docs/exchange.md", page


def write(unroll, name, lines):
    (unroll.folder / name).write_text("".join(line + "\n" for line in lines))
    return name


# Classifiers.

CLASSIFIERS = {
    "both ways": ["--bidirectional", "--layers", 2],
    "both ways in loops": ["--bidirectional", "--layers", 2, "--cell", "lstm-coupled"],
    "projection": ["--projection", 3, "--layers", 2],
    "zoneout": ["--zoneout", 0.2, "--cell", "gru", "--bidirectional"],
    "projection and zoneout of peepholes":
        ["--projection", 3, "--zoneout", 0.1, "--cell", "lstm-peephole"],
    "residual, normalised": ["--layers", 3, "--residual", "--layer-norm"],
    "mean": ["--pooling", "mean", "--bidirectional"],
    "max": ["--pooling", "max", "--cell", "gru"],
    "attention": ["--pooling", "attention", "--cell", "scrn"],
    "self-attention, additive": ["--self-attention", "additive", "--pooling", "mean"],
    "self-attention, scaled": ["--self-attention", "scaled-dot", "--pooling", "max"],
    "self-attention, general": ["--self-attention", "general", "--pooling", "attention"],
    "labels": ["--multi-label"],
}


def classify(unroll, cell="lstm", options=()):
    write(unroll, "train.tsv", [f"{label}\t{text}" for label, text in zip(LABELS * 3, TEXTS * 3)])
    run = unroll.train("classify", "--data", "train.tsv", "--embedding", 4, "--cell", cell, *SMALL,
                       *options)
    graph = unroll.export()
    if not options:
        expected = STANDARD.get(cell, "Scan")
        assert expected in graph.operators, f"no {expected} among {graph.operators}"
    encode = graph.vocabulary()
    tokens, lengths = padded([encode(text.split()) for text in TEXTS])
    found = graph(tokens=tokens, lengths=lengths)["probabilities"]
    expected = [list(line["probabilities"].values()) for line in unroll.predict(TEXTS, run=run)]
    close(found, expected, "probabilities")
    # What stands behind an end does not matter.
    tokens[tokens == 0] = 1
    tokens, _ = padded([encode(text.split()) for text in TEXTS], fill=2)
    close(graph(tokens=tokens, lengths=lengths)["probabilities"], found, "other padding", 1e-7)


def classify_trigrams(unroll, cell):
    write(unroll, "train.tsv", [f"{label}\t{text}" for label, text in zip(LABELS * 3, TEXTS * 3)])
    unroll.train("classify", "--data", "train.tsv", "--embedding", 4, "--cell", cell,
                 "--encode", "trigrams", *SMALL)
    graph = unroll.export()
    encode = graph.vocabulary()
    bags = [[encode([f"#{word}#"[place:place + 3] for place in range(len(word))])
             for word in text.split()] for text in TEXTS]
    widest = max(len(bag) for text in bags for bag in text)
    tokens, lengths = padded([[bag + [-1] * (widest - len(bag)) for bag in text] for text in bags])
    found = graph(tokens=tokens, lengths=lengths)["probabilities"]
    close(found, [list(line["probabilities"].values()) for line in unroll.predict(TEXTS)],
          "probabilities")


def classify_series(unroll, cell):
    random = np.random.default_rng(1)
    rows = [random.normal(3, 2, 2 * steps).round(3) for steps in (5, 3, 7, 4, 6, 5) * 3]
    lines = [",".join(map(str, [label, *row])) for label, row in zip(LABELS * 3, rows)]
    write(unroll, "train.csv", lines)
    unroll.train("classify", "--data", "train.csv", "--features", 2, "--standardize", "--cell", cell,
                 *SMALL)
    graph = unroll.export()
    values, lengths = padded([row.reshape(-1, 2).astype(np.float32) for row in rows[:6]])
    found = graph(values=values, lengths=lengths)["probabilities"]
    predicted = unroll.predict([",".join(map(str, row)) for row in rows[:6]])
    close(found, [list(line["probabilities"].values()) for line in predicted], "probabilities")


# Language models.

def lm(unroll, cell, options=(), tokens="char"):
    sentences = ["how are you", "hello world", "fine", "a b"]
    write(unroll, "text.txt", sentences * 12)
    unroll.train("lm", "--text", "text.txt", "--embedding", 4, "--layers", 2, "--cell", cell,
                 "--batch", 2, "--steps", 8, "--tokens", tokens, *SMALL, *options)
    graph = unroll.export()
    encode = graph.vocabulary()
    if tokens == "char":
        rows = [encode("\n" + sentence + "\n") for sentence in sentences]
    else:
        rows = [[encode.end, *encode(sentence.split()), encode.end] for sentence in sentences]
    scores = [__import__("json").loads(line)["log_probability"] for line in unroll(
        "score", "run", "--json", input="\n".join(sentences) + "\n").splitlines()]
    ids, lengths = padded([row[:-1] for row in rows])
    out = graph(tokens=ids, lengths=lengths, **graph.zeros(len(rows)))
    found = [sum(logs[step, row[step + 1]] for step in range(len(row) - 1))
             for logs, row in zip(log_softmax(out["logits"]), rows)]
    # A sum of some ten terms.
    close(found, scores, "log-probabilities")
    # In two pieces, the states of the first going into the second: no step may know of the cut.
    cut = 2
    first = graph(tokens=ids[:, :cut], lengths=np.minimum(lengths, cut), **graph.zeros(len(rows)))
    longer = [place for place, length in enumerate(lengths) if length > cut]
    states = {name.replace("n", "0"): first[name][:, longer] for name in ("hn", "cn") if name in first}
    second = graph(tokens=ids[longer, cut:], lengths=np.array(lengths)[longer] - cut, **states)
    for place, row in enumerate(longer):
        steps = lengths[row] - cut
        close(second["logits"][place, :steps], out["logits"][row, cut:lengths[row]], "a second piece")
        close(second["hn"][:, place], out["hn"][:, row], "last states")


def lm_adaptive(unroll, cell):
    lm(unroll, cell, ["--output", "adaptive", "--cutoffs", 3, 5], tokens="word")


def lm_adaptive_inputs(unroll, cell, tie="--no-tie"):
    lm(unroll, cell, ["--output", "adaptive", "--adaptive-inputs", "--cutoffs", 3, 5, tie], tokens="word")


def lm_adaptive_tied(unroll, cell):
    lm_adaptive_inputs(unroll, cell, "--tie")


def lm_classes(unroll, cell):
    lm(unroll, cell, ["--output", "adaptive", "--adaptive-inputs", "--cluster-factor", 1, "--cutoffs", 3, 5,
                      "--tie"], tokens="word")


def lm_sampled(unroll, cell):
    lm(unroll, cell, ["--output", "sampled", "--negatives", 4], tokens="word")


def lm_hierarchical(unroll, cell):
    lm(unroll, cell, ["--output", "hierarchical"], tokens="word")


def lm_tied(unroll, cell):
    lm(unroll, cell, ["--tie"])


def conditional(unroll, cell):
    texts = ["rain falls", "snow", "sun and sun", "wind"]
    write(unroll, "train.tsv", [f"{label}\t{text}" for label, text in zip(LABELS * 2, texts * 3)])
    unroll.train("lm", "--condition", "train.tsv", "--embedding", 4, "--cell", cell, *SMALL)
    graph = unroll.export()
    encode = graph.vocabulary()
    labels = graph.metadata["labels.txt"].splitlines()
    count, end = len(encode.ids), len(encode.ids)
    lines = [f"{label}\t{text}" for label, text in zip(LABELS, texts)]
    rows = [[count + labels.index(label), *encode(text)] for label, text in zip(LABELS, texts)]
    ids, lengths = padded(rows)
    logs = log_softmax(graph(tokens=ids, lengths=lengths, **graph.zeros(len(rows)))["logits"])
    found = [sum(logs[index, step, id] for step, id in enumerate([*row[1:], end]))
             for index, row in enumerate(rows)]
    close(found, [line["log_probability"] for line in unroll.predict(lines)], "log-probabilities")


# Taggers.

SENTENCES = [[("John", "B-PER"), ("lives", "O"), ("in", "O"), ("Paris", "B-LOC")],
             [("Mary", "B-PER"), ("Smith", "I-PER")],
             [("we", "O"), ("like", "O"), ("New", "B-LOC"), ("York", "I-LOC"), ("much", "O")],
             [("Ann", "B-PER")]]


def tag(unroll, cell, options=("--head", "crf", "--characters", 3, "--window", 1)):
    lines = [f"{word} {tag}" for sentence in SENTENCES * 4 for word, tag in [*sentence, ("", "")]]
    write(unroll, "train.conll", [line.strip() for line in lines])
    unroll.train("tag", "--data", "train.conll", "--embedding", 4, "--bidirectional", "--cell", cell,
                 *SMALL, *options)
    graph = unroll.export()
    sentences = [[word for word, _ in sentence] for sentence in SENTENCES] + [["Unknown", "in", "Rom"]]
    encode = graph.vocabulary()
    words, lengths = padded([encode(sentence) for sentence in sentences])
    inputs = {"words": words, "lengths": lengths}
    if "characters" in graph.inputs:
        spell = graph.vocabulary("vocabulary-characters.json")
        longest = max(len(word) for sentence in sentences for word in sentence)
        inputs["characters"], _ = padded(
            [[spell(word) + [0] * (longest - len(word)) for word in sentence]
             for sentence in sentences])
        inputs["spelling_lengths"], _ = padded(
            [[len(word) for word in sentence] for sentence in sentences])
    out = graph(**inputs)
    names = graph.json("tags.json")["tags"]
    # Of a softmax the best sequence is told by what is written alike, and here by single tags.
    wishes = ["--confidence"] + ["--n-best", 1] * ("transitions" in out)
    predicted = unroll.predict([" ".join(sentence) for sentence in sentences], *wishes)
    for index, line in enumerate(predicted):
        emissions = out["emissions"][index, :lengths[index]].astype(np.float64)
        if "transitions" in out:
            tags, score, total = viterbi(emissions, out)
            close(score - total, line["n_best"][0]["log_probability"], "the best sequence")
        else:
            tags = emissions.argmax(1)
            close(alike(out["probabilities"][index], tags, names), line["confidences"], "confidences")
        found = repaired([names[tag] for tag in tags])
        assert found == line["tags"], f"{found}, not {line['tags']}"


def alike(probabilities, tags, names):
    """How probable it is at each place that a tag is written as the chosen one is, beside the others."""
    def written(place, tag):
        return repaired([names[tag if other == place else chosen] for other, chosen in enumerate(tags)])[place]

    return [sum(share for tag, share in enumerate(probabilities[place])
                if tag == tags[place] or written(place, tag) == written(place, tags[place]))
            for place in range(len(tags))]


def repaired(tags):
    """As files write them: a span that begins in its midst begins with B."""
    return [
        "B" + tag[1:] if tag[0] == "I" and before[1:] != tag[1:] else tag
        for before, tag in zip(["O", *tags], tags)]


def viterbi(emissions, out):
    """The best tags, their score and the logarithm of the sum over all sequences."""
    transitions = out["transitions"].astype(np.float64)
    best = total = out["start_transitions"] + emissions[0]
    back = []
    with np.errstate(divide="ignore"):
        for step in emissions[1:]:
            scores = best[:, None] + transitions
            back.append(scores.argmax(0))
            best = scores.max(0) + step
            total = np.logaddexp.reduce(total[:, None] + transitions, 0) + step
        best, total = best + out["end_transitions"], total + out["end_transitions"]
    tags = [int(best.argmax())]
    for row in reversed(back):
        tags.append(int(row[tags[-1]]))
    return tags[::-1], best.max(), np.logaddexp.reduce(total)


def tag_softmax(unroll, cell):
    tag(unroll, cell, ["--self-attention", "dot"])


# Regression.

def regress(unroll, cell, options=(), rows=None):
    random = np.random.default_rng(2)
    rows = [random.normal(50, 20, 6).round(2) for _ in range(24)]
    write(unroll, "train.csv", [",".join(map(str, [row.sum().round(2), *row])) for row in rows])
    unroll.train("regress", "--data", "train.csv", "--standardize", "--cell", cell, *SMALL, *options)
    graph = unroll.export()
    values = np.array(rows[:5])[:, :, None]
    found = graph(values=values, lengths=[6] * 5)["prediction"]
    predicted = unroll.predict([",".join(map(str, row)) for row in rows[:5]])
    close(found.reshape(5, -1), [line["prediction"] for line in predicted], "prediction")


def regress_quantiles(unroll, cell):
    regress(unroll, cell, ["--loss", "quantile", "--quantiles", "0.1,0.5,0.9"])


def forecast(unroll, cell):
    steps = np.arange(60)
    series = np.stack([10 + np.sin(steps / 3), 100 + 5 * np.cos(steps / 5)], 1).round(4)
    write(unroll, "train.csv", ["a,b"] + [f"{a},{b}" for a, b in series])
    for options in (["--normalize", "window"], ["--normalize", "none", "--standardize"]):
        unroll.train("regress", "--data", "train.csv", "--target", "b", "--window", 8, "--horizon", 3,
                     "--cell", cell, *SMALL, *options)
        graph = unroll.export()
        found = graph(values=series[None, -8:], lengths=[8])["prediction"]
        lines = ["a,b"] + [f"{a},{b}" for a, b in series]
        predicted = unroll.predict(lines)[0]["forecasts"][0]["forecast"]
        close(found[0], predicted, f"forecast, {options[1]}")


# Writing one sequence from another.

def translate(unroll, cell, options=("--attention", "additive", "--bidirectional")):
    pairs = ["a b c\tx y", "b c\ty z w", "c a a b\tx", "b\tz", "a b\tx y z", "c c\tw w"]
    write(unroll, "pairs.tsv", pairs * 4)
    if cell == "clockwork":
        # Two states side by side are no state of its modules.
        options = [option for option in options if option != "--bidirectional"]
    unroll.train("translate", "--pairs", "pairs.tsv", "--embedding", 4, "--layers", 2, "--cell", cell,
                 "--tokens", "word", "--valid", "pairs.tsv", "--epochs", 40, "--lr", 0.05, *SMALL, *options)
    encoder, step = unroll.export("encoder", "step")
    sources = ["a b c", "c", "b c a a b"]
    read = encoder.vocabulary("vocabulary-source.json")
    ids, lengths = padded([read(source.split()) for source in sources])
    memory = encoder(source=ids, source_lengths=lengths)
    target = step.vocabulary("vocabulary-target.json")
    stop = len(target.ids)
    predicted = unroll.predict(sources)
    written = [target(line["translation"].split()) for line in predicted]
    # One that does not stop has no last token.
    stopped = [place for place, row in enumerate(written) if len(row) < 20]
    assert len(stopped) > 1, written
    rows, target_lengths = padded([[stop + 1, *row] for row in written])
    state = {name: memory[name] for name in ("h0", "c0", "keys", "values") if name in memory}
    if "keys" in step.inputs:
        state["source_lengths"] = lengths
    if "fed" in step.inputs:
        state |= step.zeros(len(sources), "fed")
    total = np.zeros(len(sources))
    for place in range(rows.shape[1]):
        out = step(token=rows[:, place], **state)
        logs = log_softmax(out["logits"])
        for index, row in enumerate(written):
            if place <= len(row):
                total[index] += logs[index, [*row, stop][place]]
        state |= {name.replace("n", "0"): out[name] for name in ("hn", "cn") if name in out}
        if "features" in out:
            state["fed"] = out["features"]
    close(total[stopped], [predicted[place]["log_probability"] for place in stopped], "log-probabilities")


def translate_fed(unroll, cell):
    translate(unroll, cell, ["--attention", "general", "--input-feeding", "--tie", "decoder"])


def translate_clusters(unroll, cell):
    translate(unroll, cell, ["--attention", "dot", "--output", "adaptive", "--cutoffs", 2, 4])


def translate_plain(unroll, cell):
    translate(unroll, cell, ["--attention", "none"])


# The others.

def compose(unroll, cell):
    pieces = [[[60, 64], [62], [], [65, 69]], [[60], [64], [67]], [[62, 65], [60]]]
    import json
    write(unroll, "music.json", [json.dumps({part: pieces for part in ("train", "valid", "test")})])
    unroll.train("compose", "--data", "music.json", "--cell", cell, *SMALL)
    graph = unroll.export()
    rows = []
    for piece in pieces:
        roll = np.zeros((len(piece) + 1, graph.inputs["values"].shape[2]), np.float32)
        for step, keys in enumerate(piece):
            roll[step + 1, np.array(keys, int) - 21] = 1
        rows.append(roll)
    values, lengths = padded(rows)
    out = graph(values=values, lengths=lengths, **graph.zeros(len(rows)))
    found = [out["probabilities"][index, length - 1] for index, length in enumerate(lengths)]
    predicted = unroll.predict([json.dumps(piece) for piece in pieces])
    close(found, [line["probabilities"] for line in predicted], "probabilities")


def answer(unroll, cell, options=("--bidirectional", "--fusion", 3)):
    lines = ["1 Mary went to the hall.", "2 John took the apple there and went to the office.",
             "3 Where is Mary?\thall", "4 Mary left.", "5 Where is the apple?\toffice"]
    write(unroll, "stories.txt", lines * 12)
    unroll.train("answer", "--stories", "stories.txt", "--embedding", 4, "--cell", cell, "--hops", 2,
                 *SMALL, *options)
    graph = unroll.export()
    encode, answers = graph.vocabulary(), graph.metadata["labels.txt"].splitlines()
    predicted = unroll.predict(lines)
    stories = [[encode(text.split()) for text in line["sentences"]] for line in predicted]
    longest = max(len(words) for story in stories for words in story)
    counts, _ = padded([[len(words) for words in story] for story in stories])
    story, sentences = padded(
        [[words + [0] * (longest - len(words)) for words in story] for story in stories])
    question, words = padded([encode(line["question"].split()) for line in predicted])
    out = graph(story=story, story_words=counts, story_sentences=sentences, question=question,
                question_words=words)
    for index, line in enumerate(predicted):
        chosen = answers.index(line["answer"])
        assert out["probabilities"][index].argmax() == chosen
        close(out["probabilities"][index, chosen], line["probability"], "probability")
        close(out["attention"][index, :, :sentences[index]], line["attention"], "attention")


def answer_positions(unroll, cell):
    answer(unroll, cell, ["--encoder", "position", "--attention", "additive"])


def autoencode(unroll, cell, options=()):
    sentences = ["one two three", "two", "three one one two", "four two"]
    write(unroll, "text.txt", sentences * 6)
    unroll.train("autoencode", "--text", "text.txt", "--embedding", 4, "--code", 3, "--cell", cell,
                 "--layers", 2, "--bidirectional", *SMALL, *options)
    encoder, step = unroll.export("encoder", "step")
    encode = encoder.vocabulary()
    end = len(encode.ids)
    tokens, lengths = padded([[*encode(text.split()), end] for text in sentences])
    out = encoder(tokens=tokens, lengths=lengths)
    write(unroll, "asked.txt", sentences)
    unroll("embed", "run", "--text", "asked.txt", "--out", "codes.npy")
    close(out["code"], np.load(unroll.folder / "codes.npy"), "codes")
    # Written greedily, as `predict` does.
    names = list(encode.ids)
    state = {name: out[name] for name in ("h0", "c0") if name in out}
    code = {"code": out["code"]} if "code" in step.inputs else {}
    token, texts = np.full(len(sentences), end + 1), [[] for _ in sentences]
    for _ in range(12):
        result = step(token=token, **code, **state)
        token = result["logits"].argmax(1)
        state = {name.replace("n", "0"): result[name] for name in ("hn", "cn") if name in result}
        for text, id in zip(texts, token):
            text.append(names[id] if id < end else None)
    for text, line in zip(texts, unroll.predict(sentences)):
        words = line["reconstruction"].split()
        # The end of a line is a word of the vocabulary, which is not printed.
        text = [word for word in text[:[*text, None].index(None)] if word != "<eos>"]
        count = min(len(words), len(text))
        assert text[:count] == words[:count], f"{text}, not {words}"


def autoencode_tied(unroll, cell):
    autoencode(unroll, cell, ["--tie", "--no-feed-code"])


def autoencode_documents(unroll, cell):
    documents = [["one two", "three"], ["two two two"], ["three one", "two", "one"]]
    lines = [line for document in documents * 8 for line in [*document, ""]]
    write(unroll, "text.txt", lines)
    unroll.train("autoencode", "--text", "text.txt", "--hierarchical", "--embedding", 4, "--code", 3,
                 "--cell", cell, *SMALL)
    sentence, document, step, start, token = unroll.export(
        "sentence-encoder", "document-encoder", "document-step", "sentence-start", "sentence-step")
    encode = sentence.vocabulary()
    codes = []
    for texts in documents:
        ids, lengths = padded([[*encode(text.split()), len(encode.ids)] for text in texts])
        codes.append(np.vstack([sentence(tokens=ids, lengths=lengths)["code"], np.zeros((1, 3))]))
    values, lengths = padded(codes)
    out = document(values=values, lengths=lengths)
    write(unroll, "asked.txt", [line for texts in documents for line in [*texts, ""]])
    unroll("embed", "run", "--text", "asked.txt", "--out", "codes.npy")
    close(out["code"], np.load(unroll.folder / "codes.npy"), "codes")
    # The parts fit together: what one gives the next one takes.
    states = {name: out[name] for name in ("h0", "c0") if name in out}
    inner = {"code": out["code"]} if "code" in step.inputs else {}
    written = step(previous=np.zeros((3, 3)), **inner, **states)["sentence"]
    inner = {"code": written} if "code" in token.inputs else {}
    logits = token(token=[len(encode.ids) + 2] * 3, **inner, **start(code=written))["logits"]
    assert logits.shape == (3, len(encode.ids) + 2) and np.isfinite(logits).all()


# No command prints what these say of an example that is given: their equations do.

def by_equations(unroll, cell, graph, output, port, width):
    weights = safetensors.numpy.load_file(unroll.folder / "run/model.safetensors")
    random = np.random.default_rng(4)
    rows = [random.normal(0, 1, (steps, width)).astype(np.float32) for steps in (3, 6, 1)]
    values, lengths = padded(rows, fill=9)
    found = graph(**{port: values, "lengths": lengths})[output]
    layer = {"lstm": reference.lstm, "gru": reference.gru}.get(cell)
    if layer is None:
        return
    for index, row in enumerate(rows):
        expected = reference.linear(layer(row, weights), weights)
        if output == "prediction":
            close(found[index], expected[-1], output)
        else:
            expected = log_softmax(expected) if output == "log_probabilities" else expected
            close(found[index, :len(row)], expected, output)


def record_sounds(unroll):
    random = np.random.default_rng(5)
    (unroll.folder / "sound").mkdir()
    for index in range(8):
        with wave.open(str(unroll.folder / f"sound/{index}.wav"), "wb") as file:
            file.setnchannels(1), file.setsampwidth(2), file.setframerate(8000)
            file.writeframes((3000 * random.normal(0, 1, 4000)).astype("<i2").tobytes())


def transcribe(unroll, cell):
    record_sounds(unroll)
    write(unroll, "sound.tsv", [f"{index}.wav\t{'ab'[index % 2]}" for index in range(8)])
    unroll.train("transcribe", "--audio", "sound", "--transcripts", "sound.tsv", "--cell", cell, *SMALL)
    graph = unroll.export()
    width = graph.inputs["features"].shape[2]
    by_equations(unroll, cell, graph, "log_probabilities", "features", width)


def autoencode_audio(unroll, cell):
    record_sounds(unroll)
    for fed in ("previous", "none"):
        unroll.train("autoencode", "--audio", "sound", "--code", 3, "--cell", cell, "--decoder-input",
                     fed, *SMALL)
        encoder, step = unroll.export("encoder", "step")
        weights = safetensors.numpy.load_file(unroll.folder / "run/model.safetensors")
        width = encoder.inputs["values"].shape[2]
        rows = np.random.default_rng(7).normal(0, 1, (2, 6, width)).astype(np.float32)
        out = encoder(values=rows, lengths=[6, 4])
        state = {name: out[name] for name in ("h0", "c0") if name in out}
        before = {"previous": np.zeros((2, width))} if fed == "previous" else {}
        code = {"code": out["code"]} if "code" in step.inputs else {}
        assert step(**before, **code, **state)["frame"].shape == (2, width)
        layer = {"lstm": reference.lstm, "gru": reference.gru}.get(cell)
        for row, length, found in zip(rows, (6, 4), out["code"] if layer else []):
            last = layer(row[:length], weights, prefix="encoder.rnn.")[-1]
            close(found, reference.linear(last, weights, "encoder.code"), "code")


def recall(unroll, cell):
    unroll.train("recall", "--model", cell, "--sequences", 4, "--valid-sequences", 2, "--batch", 2,
                 *SMALL)
    graph = unroll.export()
    by_equations(unroll, cell, graph, "logits", "values", graph.inputs["values"].shape[2])


def machine(unroll, cell, controller=None):
    unroll.train("recall", "--task", "copy", "--bits", 3, "--controller", controller or cell,
                 "--memory-slots", 5, "--memory-width", 4, "--heads", 2, "--sequences", 4,
                 "--valid-sequences", 2, "--batch", 2, *SMALL)
    graph = unroll.export()
    weights = safetensors.numpy.load_file(unroll.folder / "run/model.safetensors")
    random = np.random.default_rng(6)
    rows = [random.normal(0, 1, (steps, graph.inputs["values"].shape[2])).astype(np.float32)
            for steps in (4, 7, 1)]
    values, lengths = padded(rows, fill=9)
    found = graph(values=values, lengths=lengths)["logits"]
    layer = {"lstm": reference.lstm, "gru": reference.gru}.get(cell)

    def units(x):
        return (np.tanh(reference.linear(x, weights, "controller")) if controller
                else layer(x, weights, prefix="controller."))

    for index, row in enumerate(rows if layer else []):
        features = reference.machine(row, weights, units, slots=5, width=4, readers=2, writers=2)
        close(found[index, :len(row)], reference.linear(features, weights), "logits")


def machine_feedforward(unroll, cell):
    machine(unroll, cell, "feedforward")


def adding(unroll, cell):
    unroll.train("adding", "--length", 5, "--examples", 20, "--valid-examples", 4, "--cell", cell,
                 *SMALL)
    graph = unroll.export()
    by_equations(unroll, cell, graph, "prediction", "values", 2)


TASKS = {
    "classify trigrams": classify_trigrams,
    "classify series": classify_series,
    "lm": lm,
    "lm, adaptive output": lm_adaptive,
    "lm, adaptive inputs": lm_adaptive_inputs,
    "lm, adaptive inputs, tied": lm_adaptive_tied,
    "lm, classes of words": lm_classes,
    "lm, sampled output": lm_sampled,
    "lm, hierarchical output": lm_hierarchical,
    "lm, tied": lm_tied,
    "lm --condition": conditional,
    "tag": tag,
    "tag, softmax": tag_softmax,
    "regress": regress,
    "regress, quantiles": regress_quantiles,
    "regress, forecast": forecast,
    "translate": translate,
    "translate, input fed": translate_fed,
    "translate, adaptive output": translate_clusters,
    "translate, no attention": translate_plain,
    "compose": compose,
    "answer": answer,
    "answer, positions": answer_positions,
    "autoencode": autoencode,
    "autoencode, tied": autoencode_tied,
    "autoencode --hierarchical": autoencode_documents,
    "autoencode --audio": autoencode_audio,
    "transcribe": transcribe,
    "recall": recall,
    "recall, machine": machine,
    "recall, machine without states": machine_feedforward,
    "adding": adding,
}


def errors(unroll):
    """What cannot be exported is a sentence, and leaves no file."""
    message = unroll("export", "nothing", "--onnx", "model.onnx", fails=True)
    assert "nothing" in message and not (unroll.folder / "model.onnx").exists(), message
    write(unroll, "train.tsv", [f"{label}\t{text}" for label, text in zip(LABELS * 3, TEXTS * 3)])
    unroll.train("classify", "--data", "train.tsv", *SMALL)
    message = unroll("export", "run", "--onnx", "no/such/folder/model.onnx", fails=True)
    assert "model.onnx" in message, message
    write(unroll, "words.txt", TEXTS * 3)
    unroll.train("lm", "--text", "words.txt", "--tokens", "word", "--output", "hierarchical", "--maxent-order", 2,
                 "--batch", 2, "--steps", 3, *SMALL)
    message = unroll("export", "run", "--onnx", "model.onnx", fails=True)
    assert "--maxent-order" in message and not (unroll.folder / "model.onnx").exists(), message


def page(unroll):
    """The examples of the page, one after the other, as somebody copies them."""
    text = (pathlib.Path(__file__).parents[2] / "docs/exchange.md").read_text()
    # That one wants another package: Tests/TensorBoard runs it.
    text = text.partition("\n## TensorBoard\n")[0]
    blocks = re.findall(r"^```(sh|python)\n(.*?)^```$", text, re.M | re.S)
    assert len(blocks) > 3, f"{len(blocks)} examples"
    (unroll.folder / "unroll").symlink_to(unroll.command)
    environment = os.environ | {"PATH": f"{unroll.folder}:{os.environ['PATH']}"}
    script = "".join(
        code if kind == "python" else
        f"import subprocess; subprocess.run(['bash', '-euc', {code!r}], check=True)\n"
        for kind, code in blocks)
    result = subprocess.run([sys.executable, "-c", script], cwd=unroll.folder, env=environment,
                            capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert "at on the" in result.stdout and re.search(r"loss \d.*at last", result.stdout), result.stdout
    assert "\"name\":\"pets\"" in (unroll.folder / "both.html").read_text()
