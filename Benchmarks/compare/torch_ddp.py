#!/usr/bin/env python3
"""How fast PyTorch trains on several processes: DistributedDataParallel over gloo, f32.

Each process takes its share of the preset's batch; an update is what `torch_train.py` times, with the
gradients' mean over the processes in it.
"""

import os

import torch
import torch.distributed as dist
from torch import nn

import common
from torch_train import BATCHES, LanguageModel


def work(rank, arguments, preset):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(arguments.port))
    dist.init_process_group("gloo", rank=rank, world_size=arguments.ranks)
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(common.SEED)
    model = nn.parallel.DistributedDataParallel(LanguageModel(preset, arguments.cell))
    optimizer = torch.optim.Adam(model.parameters(), lr=common.LEARNING_RATE, fused=True)
    generator = torch.Generator().manual_seed(common.SEED + rank)
    shape = (2, preset.steps, preset.batch // arguments.ranks)
    batches = [torch.randint(preset.vocabulary, shape, generator=generator) for _ in range(BATCHES)]

    def update(index):
        inputs, targets = batches[index % BATCHES]
        optimizer.zero_grad(set_to_none=True)
        loss = model(inputs, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), common.CLIP)
        optimizer.step()
        return loss.item(), preset.batch * preset.steps

    timing = common.measure(update, arguments.warmup, arguments.updates)
    if rank == 0:
        versions = {"torch": torch.__version__}
        common.report(
            "pytorch", preset, arguments, timing, "f32", versions, ranks=arguments.ranks
        )
    dist.destroy_process_group()


def main():
    parser = common.argument_parser(__doc__.splitlines()[0])
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--port", type=int, default=29511)
    parser.set_defaults(threads=1)
    arguments = parser.parse_args()
    preset = common.chosen_preset(arguments)
    if preset.shortest is not None or preset.batch % arguments.ranks:
        parser.error("sequences of one length, and a batch that the ranks divide")
    torch.multiprocessing.spawn(work, (arguments, preset), nprocs=arguments.ranks)


if __name__ == "__main__":
    main()
