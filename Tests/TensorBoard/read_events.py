#!/usr/bin/env python3
"""Trains small runs with --tensorboard and reads them back with the tensorboard package.

read_events.py UNROLL: the command. Ends with 1 where an event is missing or other than metrics.jsonl says.
"""

import io
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

EVERYTHING = {"scalars": 0, "tensors": 0, "histograms": 0, "images": 0}


def train(unroll, task, *arguments):
    # A handful of examples would by itself not be validated on.
    subprocess.run([unroll, "train", task, "--quiet", *map(str, arguments)], check=True,
                   env=os.environ | {"UNROLL_TRAIN_DEFAULTS": "fixed"})


def read(folder):
    events = EventAccumulator(str(folder), size_guidance=EVERYTHING)
    events.Reload()
    return events


def records(run, split):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [record for record in map(json.loads, lines) if record["split"] == split]


def check_scalars(events, tag, expected):
    found = [(event.step, event.value) for event in events.Scalars(tag)]
    assert [step for step, _ in found] == [step for step, _ in expected], (tag, found, expected)
    for (_, value), (step, wanted) in zip(found, expected):
        assert abs(value - wanted) <= 1e-6 * max(1, abs(wanted)), (tag, step, value, wanted)


def check_metrics(events, run):
    for tag, name in [("loss", "loss"), ("learning_rate", "lr"), ("gradient_norm", "grad_norm")]:
        check_scalars(
            events, "train/" + tag, [(r["update"], r[name]) for r in records(run, "train")])
    validations = records(run, "valid")
    for name in validations[0]:
        if name not in ("update", "split", "epoch", "tokens", "wall_time", "format"):
            check_scalars(events, "valid/" + name, [(r["update"], r[name]) for r in validations])
    assert all(event.value > 0 for event in events.Scalars("train/tokens_per_second"))
    phases = [tag for tag in events.Tags()["scalars"] if tag.startswith("phase/")]
    last = sum(events.Scalars(tag)[-1].value for tag in phases)
    assert len(phases) == 7 and abs(last - 1) < 1e-5, (phases, last)


def check_histograms(events, unroll, run):
    shown = subprocess.run(
        [unroll, "inspect", str(run), "--json"], check=True, capture_output=True, text=True)
    steps = [r["update"] for r in records(run, "valid")]
    for tensor in json.loads(shown.stdout)["tensors"]:
        for kind in ("weights", "gradients"):
            tag = f"{kind}/{tensor['name']}"
            if kind == "gradients" and tag not in events.Tags()["histograms"]:
                assert "embedding" in tag, tag
                continue
            found = events.Histograms(tag)
            assert [event.step for event in found] == steps, tag
            for event in found:
                value = event.histogram_value
                assert value.num == sum(value.bucket) == tensor["parameters"], tag
                assert len(value.bucket) == len(value.bucket_limit)
                assert value.min <= value.max and abs(value.bucket_limit[-1] - value.max) < 1e-6


def check_texts(events, run, configuration):
    texts = [event.tensor_proto.string_val[0].decode() for event in events.Tensors("sample")]
    wanted = [r["text"] for r in records(run, "sample")]
    assert texts == ["\n".join("    " + line for line in text.split("\n")) for text in wanted]
    shown = events.Tensors("configuration")[0].tensor_proto.string_val[0].decode()
    assert shown.replace("    ", "") == configuration


def check_pictures(events, tag):
    pictures = events.Images(tag)
    assert pictures, tag
    for picture in pictures:
        image = Image.open(io.BytesIO(picture.encoded_image_string))
        image.load()
        assert image.mode == "RGB" and image.size == (picture.width, picture.height), tag
        assert len(image.getcolors(1 << 20)) > 1, tag


def check_page(unroll, folder):
    """The example of docs/exchange.md, as somebody copies it."""
    page = (Path(__file__).parents[2] / "docs/exchange.md").read_text().partition("\n## TensorBoard\n")[2]
    (command,) = re.findall(r"^```sh\n(.*?)^```$", page, re.M | re.S)
    (program,) = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    (folder / "unroll").symlink_to(os.path.abspath(unroll))
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    subprocess.run(["bash", "-euc", command], check=True, cwd=folder, env=environment)
    said = subprocess.check_output([sys.executable, "-c", program], cwd=folder, text=True)
    assert len(said.splitlines()) > 2 and "attention/1" in said, said


def main(unroll):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        text = folder / "text.txt"
        text.write_text("".join(f"the pear {n % 7} is on the tree {n % 5}\n" for n in range(300)))
        small = ["--hidden", 12, "--embedding", 6, "--batch", 4, "--threads", 2]

        run = folder / "lm"
        lm = ["--text", text, "--steps", 9, "--updates", 8, "--eval-every", 3, *small]
        train(unroll, "lm", *lm, "--samples", "--tensorboard", "--out", run)
        events = read(run)
        check_metrics(events, run)
        check_histograms(events, unroll, run)
        configuration = (run / "config.toml").read_text()
        check_texts(events, run, configuration)
        # A second process goes on in a file of its own; both are one history.
        train(unroll, "lm", "--resume", run, "--updates", 12, "--samples", "--tensorboard")
        assert len(list(run.glob("events.out.tfevents.*"))) == 2
        events = read(run)
        check_metrics(events, run)
        check_texts(events, run, configuration)

        lines = folder / "lines.tsv"
        lines.write_text("".join(f"{'ab'[n % 2]}\tword {n % 2} {n % 5}\n" for n in range(60)))
        run = folder / "classify"
        train(unroll, "classify", "--data", lines, *small, "--updates", 4, "--eval-every", 2,
              "--tensorboard", folder / "logs", "--out", run)
        events = read(folder / "logs")
        check_metrics(events, run)
        check_pictures(events, "confusion")

        pairs = folder / "pairs.tsv"
        pairs.write_text("".join(f"a{n % 9} b{n % 4}\tB{n % 4} A{n % 9}\n" for n in range(80)))
        run = folder / "translate"
        train(unroll, "translate", "--pairs", pairs, *small, "--updates", 4, "--eval-every", 2,
              "--attention", "general", "--tensorboard", "--out", run)
        events = read(run)
        check_metrics(events, run)
        check_pictures(events, "attention/1")
        (folder / "page").mkdir()
        check_page(unroll, folder / "page")
    print("tensorboard reads what was written")


if __name__ == "__main__":
    main(sys.argv[1])
