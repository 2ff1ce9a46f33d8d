"""What twins are told, and begin with."""

import torch


def add_numbers(parser, kind, defaults):
    """Adds `--NAME` for each (name, default), a number of a kind."""
    for name, default in defaults:
        parser.add_argument(f"--{name}", type=kind, default=default, help=f"default {default}")


def begin(options):
    """Threads and seed; denormals are zeros, as in Unroll."""
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
