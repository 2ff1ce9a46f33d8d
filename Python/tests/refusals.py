"""What is refused, and what is said of it."""

import pytest

import unroll


def refused(call, *parts, kind=unroll.UnrollError):
    with pytest.raises(kind) as caught:
        call()
    for part in parts:
        assert part in str(caught.value), str(caught.value)
