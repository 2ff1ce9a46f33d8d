"""Options of a twin."""


def add_numbers(parser, kind, defaults):
    """Adds `--NAME` for each (name, default), a number of a kind."""
    for name, default in defaults:
        parser.add_argument(f"--{name}", type=kind, default=default, help=f"default {default}")
