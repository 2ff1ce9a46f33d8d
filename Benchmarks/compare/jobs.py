"""What is compared besides updates: sampling, the start, the time to a validation loss, and subwords."""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from contenders import FOLDER, run_json

# An LSTM of 384 units on characters; AdamW with a rate that rises for three tenths of all updates and falls along a
# cosine. (streams, updates, rate), chosen on the validation part for the least time until 1.45 nats: the fewest
# characters, or the fewest updates.
TO_A_LOSS = [(32, 1100, 0.01), (64, 700, 0.014)]
SHAPE = ["--layers", 1, "--hidden", 384, "--embedding", 64, "--dropout", 0, "--steps", 64]


def sampling(unroll, torch, pairs):
    """Characters a second of one stream on one thread."""
    results = []
    for precision in ["f32", "bf16"]:
        ratios, ours, theirs = [], [], []
        for _ in range(pairs):
            a = unroll.sample("char512", precision)
            b = run_json([torch, FOLDER / "torch_sample.py", "--json", "--characters", 500])
            if not a or not b:
                break
            ours.append(a["characters_per_second"])
            theirs.append(b[0]["characters_per_second"])
            ratios.append(ours[-1] / theirs[-1])
        if not ratios:
            continue
        result = {
            "preset": "char512",
            "precision": precision,
            "ratio": statistics.median(ratios),
            "unroll_characters_per_second": statistics.median(ours),
            "pytorch_characters_per_second": statistics.median(theirs),
        }
        results.append(result)
        print(
            f"sampling char512 {precision}: {statistics.median(ours):,.0f} characters/s, "
            f"PyTorch f32 {statistics.median(theirs):,.0f}, ratio {result['ratio']:.1f}",
            flush=True,
        )
    return results


def start(program, torch, threads, runs=5):
    """Milliseconds from the start of the process to the first update of a model of char512's size.

    The ids are at hand, and the minibatch is tiny, so that the update itself takes no time.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        text = folder / "text.txt"
        text.write_text("".join(f"line {i} of a text to start with\n" for i in range(30)))
        command = [program, "train", "lm", "--text", text, "--cache", folder / "cache"]
        command += ["--defaults", "fixed"]
        command += ["--hidden", 512, "--embedding", 512, "--layers", 2, "--batch", 1]
        command += ["--steps", 8, "--updates", 1, "--threads", threads, "--quiet"]
        times = []
        # The first run makes the ids and is not counted.
        for index in range(runs + 1):
            times.append(_until_first_update(command, folder / f"run{index}"))
    milliseconds = statistics.median(times[1:])
    imported = run_json([torch, FOLDER / "torch_import_time.py", "--json"])
    pytorch = imported and imported[0]["seconds"]
    print(f"start to first update, char512: {milliseconds:.0f} ms; import torch: {pytorch} s")
    return {"unroll_milliseconds": milliseconds, "pytorch_import_seconds": pytorch}


def _until_first_update(command, run):
    """From the start of the process to the first line of its metrics."""
    metrics = run / "metrics.jsonl"
    begin = time.perf_counter()
    process = subprocess.Popen([str(part) for part in [*command, "--out", run]])
    found = None
    while found is None and process.poll() is None:
        if metrics.exists() and metrics.stat().st_size > 0:
            found = 1000 * (time.perf_counter() - begin)
        time.sleep(0.0005)
    if process.wait() != 0 or found is None:
        sys.exit(f"error: '{' '.join(map(str, command))}' made no update")
    return found


def time_to(program, torch, text, nats, threads):
    """Seconds of training until the validation loss is reached, validations not counted.

    Of either side the quickest of all ways counts.
    """
    ours, theirs = {}, {}
    for batch, updates, rate in TO_A_LOSS:
        both = [*SHAPE, "--batch", batch, "--updates", updates, "--warmup", updates * 3 // 10]
        both += ["--weight-decay", 0.05, "--threads", threads]
        for precision in ["f32", "bf16"]:
            way = f"{batch} streams, {precision}"
            command = [torch, FOLDER / "twins" / "language_model.py", text, "--target", nats, "--json"]
            command += [*both, "--learning-rate", rate, "--evaluate-every", 50]
            found = run_json(command + (["--bf16"] if precision == "bf16" else []))
            theirs[way] = found[-1]["seconds_to_target"] if found else None
            told = [*both, "--lr", rate, "--eval-every", 50, "--precision", precision]
            told += ["--optimizer", "adamw", "--schedule", "warmup-cosine"]
            ours[way] = _unroll_time_to(program, text, nats, told)
            print(f"time to {nats} nats, {way}: {ours[way]} s, PyTorch {theirs[way]} s", flush=True)
    unroll, pytorch = (min(filter(None, of.values()), default=None) for of in (ours, theirs))
    ratio = pytorch / unroll if pytorch and unroll else None
    print(f"time to {nats} nats: {unroll} s, PyTorch {pytorch} s, ratio {ratio}")
    return {"nats": nats, "unroll_seconds": ours, "pytorch_seconds": theirs, "ratio": ratio}


def subwords(program, python, text, threads, pairs):
    """Megabytes a second of text that become subwords of one tokenizer, the library's ids and no others.

    Unroll's time is that of the whole command, from its start to the store on the disk; the library's that of
    its encoder alone, with the lines in memory.
    """
    size = text.stat().st_size / 1e6
    ours, theirs, ratios = [], [], []
    with tempfile.TemporaryDirectory() as name:
        tokenizer = pathlib.Path(name) / "tokenizer.json"
        other = [python, FOLDER / "subwords.py", "--text", text, "--tokenizer", tokenizer]
        other += ["--threads", threads, "--json"]
        if not run_json(other):
            return None
        for index in range(pairs):
            found = run_json(other)[0]
            command = [program, "tokenize", "--text", text, "--tokenizer", tokenizer]
            command += ["--threads", threads, "--out", pathlib.Path(name) / str(index)]
            command += ["--quiet", "--json"]
            began = time.perf_counter()
            store = run_json(command)[0]
            ours.append(size / (time.perf_counter() - began))
            theirs.append(found["megabytes_per_second"])
            ratios.append(ours[-1] / theirs[-1])
            if store["tokens"] != found["tokens"]:
                sys.exit(f"error: {store['tokens']} tokens, the library has {found['tokens']}")
    result = {
        "threads": threads,
        "ratio": statistics.median(ratios),
        "unroll_megabytes_per_second": statistics.median(ours),
        "tokenizers_megabytes_per_second": statistics.median(theirs),
    }
    print(
        f"subwords: {statistics.median(ours):.1f} MB/s, tokenizers {statistics.median(theirs):.1f}, "
        f"ratio {result['ratio']:.1f}",
        flush=True,
    )
    return result


def _unroll_time_to(program, text, nats, told):
    characters = text.read_text(encoding="utf-8")
    first, second = len(characters) * 90 // 100, len(characters) * 95 // 100
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "train.txt").write_text(characters[:first], encoding="utf-8")
        (folder / "valid.txt").write_text(characters[first:second], encoding="utf-8")
        command = [program, "train", "lm", "--text", folder / "train.txt", "--quiet"]
        command += ["--defaults", "fixed"]
        command += ["--valid", folder / "valid.txt", "--out", folder / "run", *told]
        process = subprocess.Popen([str(part) for part in command])
        reached = None
        while reached is None and process.poll() is None:
            time.sleep(1)
            reached = _seconds_to(folder / "run" / "metrics.jsonl", nats)
        reached = reached or _seconds_to(folder / "run" / "metrics.jsonl", nats)
        process.terminate()
        process.wait()
    return reached


def _seconds_to(metrics, nats):
    """Seconds of all updates before the first validation at `nats` or below; None before it."""
    if not metrics.exists():
        return None
    seconds = 0.0
    # What follows the last line feed is still being written.
    for line in metrics.read_text(encoding="utf-8").rpartition("\n")[0].splitlines():
        record = json.loads(line)
        if record["split"] == "train" and record["tokens_per_sec"]:
            seconds += record["tokens"] / record["tokens_per_sec"]
        if record["split"] == "valid" and record["loss"] <= nats:
            return round(seconds, 2)
    return None
