#!/usr/bin/env python3
"""How fast PyTorch trains: whole updates, from token ids to changed weights.

One update is embedding, L layers of nn.LSTM, nn.GRU or nn.RNN, linear, mean cross-entropy,
backward, clip_grad_norm_ and Adam (fused). Each runs in the fastest way that PyTorch offers a
careful user; for bf16 the faster of two is chosen on the spot (see `--bf16-mode`).
"""

import copy
import time

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import common

PADDING = -100
BATCHES = 8


class LanguageModel(nn.Module):
    def __init__(self, preset, cell):
        super().__init__()
        self.embedding = nn.Embedding(preset.vocabulary, preset.embedding)
        kind = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[cell]
        self.rnn = kind(preset.embedding, preset.hidden, preset.layers)
        self.output = nn.Linear(preset.hidden, preset.vocabulary)

    def forward(self, inputs, targets, lengths=None):
        """Mean cross-entropy; with `lengths` the sequences are packed and nothing is padded."""
        x = self.embedding(inputs)
        if lengths is not None:
            outputs, _ = self.rnn(pack_padded_sequence(x, lengths))
            outputs, targets = outputs.data, pack_padded_sequence(targets, lengths).data
        else:
            outputs, _ = self.rnn(x)
        scores = self.output(outputs).flatten(0, -2)
        return nn.functional.cross_entropy(scores.float(), targets.flatten(), ignore_index=PADDING)


class Trainer:
    """One of three ways to hold weights: f32, f32 under autocast, bf16 beside an f32 master."""

    def __init__(self, model, mode):
        self.model = copy.deepcopy(model)
        self.autocast = torch.autocast("cpu", torch.bfloat16, enabled=mode == "autocast")
        self.masters = None
        updated = list(self.model.parameters())
        if mode == "master":
            self.masters = [p.detach().clone() for p in updated]
            self.model.to(torch.bfloat16)
            updated = self.masters
        self.updated = updated
        self.optimizer = torch.optim.Adam(updated, lr=common.LEARNING_RATE, fused=True)

    def update(self, batch):
        self.model.zero_grad(set_to_none=True)
        with self.autocast:
            loss = self.model(*batch)
        loss.backward()
        if self.masters:
            for master, weight in zip(self.masters, self.model.parameters()):
                master.grad = weight.grad.float()
        nn.utils.clip_grad_norm_(self.updated, common.CLIP)
        self.optimizer.step()
        if self.masters:
            with torch.no_grad():
                torch._foreach_copy_(list(self.model.parameters()), self.masters)
        return loss.item()


def make_batches(preset, layout):
    """(inputs, targets, lengths or None), real tokens; random tokens, (T, B)."""
    generator = torch.Generator().manual_seed(common.SEED)
    batches = []
    for lengths in common.random_lengths(preset, BATCHES):
        shape = (max(lengths), preset.batch)
        inputs, targets = torch.randint(preset.vocabulary, (2, *shape), generator=generator)
        past_end = torch.arange(shape[0]).unsqueeze(1) >= torch.tensor(lengths).unsqueeze(0)
        targets[past_end] = PADDING
        packed = torch.tensor(lengths) if layout == "packed" else None
        batches.append(((inputs, targets, packed), sum(lengths)))
    return batches


def faster_mode(model, batch):
    """Whichever of the two bf16 modes takes less time for its third update."""
    seconds = {}
    for mode in ["autocast", "master"]:
        trainer = Trainer(model, mode)
        for _ in range(3):
            start = time.perf_counter()
            trainer.update(batch)
            seconds[mode] = time.perf_counter() - start
    return min(seconds, key=seconds.get)


def main():
    parser = common.argument_parser(__doc__.splitlines()[0])
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument(
        "--bf16-mode",
        choices=["faster", "autocast", "master"],
        default="faster",
        help="autocast; a bf16 model with f32 master weights; or try both (default)",
    )
    layouts = parser.add_mutually_exclusive_group()
    for layout in ["padded", "packed"]:
        layouts.add_argument(
            f"--{layout}",
            dest="layout",
            action="store_const",
            const=layout,
            help=f"{layout} sequences where lengths vary (default: packed)",
        )
    arguments = parser.parse_args()
    preset = common.chosen_preset(arguments)
    varying = preset.shortest is not None
    layout = (arguments.layout or "packed") if varying else "equal"

    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(common.SEED)

    model, batches = LanguageModel(preset, arguments.cell), make_batches(preset, layout)
    mode = "f32"
    if arguments.precision == "bf16":
        mode = arguments.bf16_mode
        if mode == "faster":
            mode = faster_mode(model, batches[0][0])
    trainer = Trainer(model, mode)

    def update(index):
        batch, tokens = batches[index % BATCHES]
        return trainer.update(batch), tokens

    timing = common.measure(update, arguments.warmup, arguments.updates)
    more = {"mode": mode} if mode != "f32" else {}
    if varying:
        more["layout"] = layout
    versions = {"torch": torch.__version__}
    common.report("pytorch", preset, arguments, timing, arguments.precision, versions, **more)


if __name__ == "__main__":
    main()
