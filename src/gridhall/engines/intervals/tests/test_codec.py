"""Items taken out alone are those of the whole: any width, any blocks, any place, whatever was read before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gridhall.engines.intervals.codec import (
    _unpack_items,
    compressor,
    decompressor,
    pack,
    unpack_into,
    unpack_items_into,
)

DTYPES = (np.uint8, np.uint16, np.int32, np.int64)
SHAPES = ("noise", "loads", "runs", "zeros", "one")


def make_plane(shape: str, dtype: type, size: int) -> np.ndarray:
    """Cells that blosc2 stores in each of its ways: packed, copied as they are, runs, a single value, nothing."""
    rng = np.random.default_rng(size)
    most = np.iinfo(dtype).max
    if shape == "noise":
        return rng.integers(0, most, size, dtype, endpoint=True)
    if shape == "loads":
        return np.minimum(rng.gamma(1.2, 40, size), most).astype(dtype)
    if shape == "runs":
        return np.repeat(rng.integers(0, min(most, 900), size // 24 + 1, dtype), 24)[:size].copy()
    return np.full(size, int(shape == "one"), dtype)


def is_given_wrongly(start: int, count: int, size: int, block: int) -> bool:
    """
    Tell what blosc2 4.14.1 (C library 3.3.5) gives wrongly, all counted in items.

    It unpacks a block straight into the answer when the block begins where is asked and is as long as all that is
    asked for; but it clips the beginning to the block first, so that the second of two blocks passes for the only one.
    """
    second = start // block + 1
    length = min(block, size - second * block)
    return start % block != 0 and start + count > second * block and count == length


PLACES = {
    "shape": st.sampled_from(SHAPES),
    "dtype": st.sampled_from(DTYPES),
    "eighths": st.integers(4, 24),
    "blocks": st.integers(1, 6),
    "left_over": st.integers(0, 191),
    "data": st.data(),
}


def draw_place(data: st.DataObject, size: int, block: int) -> tuple[int, int]:
    """A place in a plane, often as long as a block, or as the short one at its end."""
    start = data.draw(st.integers(0, size - 1))
    lengths = [length for length in (block, size % block, 2 * block) if 0 < length <= size - start]
    exact = [st.sampled_from(lengths)] if lengths else []
    return start, data.draw(st.one_of(*exact, st.integers(1, size - start)))


@settings(max_examples=400, deadline=None)
@given(**PLACES)
def test_items_are_those_of_the_whole(
    shape: str, dtype: type, eighths: int, blocks: int, left_over: int, data: st.DataObject
) -> None:
    block = 8 * eighths
    plane = make_plane(shape, dtype, blocks * block + left_over % block)
    packed = pack(plane, block * plane.itemsize)
    whole = np.empty_like(plane)
    assert unpack_into(packed, whole) and (whole == plane).all()
    for _ in range(4):
        start, count = draw_place(data, plane.size, block)
        found = np.empty(count, dtype)
        assert unpack_items_into(packed, start, found)
        assert (found == plane[start : start + count]).all(), (start, count)


@settings(max_examples=400, deadline=None)
@given(**PLACES)
def test_the_library_is_wrong_nowhere_else(
    shape: str, dtype: type, eighths: int, blocks: int, left_over: int, data: st.DataObject
) -> None:
    block = 8 * eighths
    plane = make_plane(shape, dtype, blocks * block + left_over % block)
    packed = pack(plane, block * plane.itemsize)
    start, count = draw_place(data, plane.size, block)
    found = np.empty(count, dtype)
    got = _unpack_items(decompressor(), packed, start, count, found.view(np.uint8))
    right = got == found.nbytes and bool((found == plane[start : start + count]).all())
    assert right or is_given_wrongly(start, count, plane.size, block), (start, count)


@pytest.mark.parametrize(
    "size, start, count",
    [(6 * 96, 40, 96), (6 * 96, 95, 96), (6 * 96, 4 * 96 + 1, 96), (2 * 96 + 40, 96 + 70, 40), (96 + 8, 95, 8)],
)
@pytest.mark.parametrize("dtype", DTYPES)
def test_as_many_items_as_a_block_from_the_middle_of_another(size: int, start: int, count: int, dtype: type) -> None:
    assert is_given_wrongly(start, count, size, 96)
    plane = make_plane("loads", dtype, size)
    found = np.empty(count, dtype)
    assert unpack_items_into(pack(plane, 96 * plane.itemsize), start, found)
    assert (found == plane[start : start + count]).all()


@settings(max_examples=60, deadline=None)
@given(order=st.permutations([(width, block) for width in range(4) for block in (8, 96, 2688)]), lasting=st.booleans())
@example(order=[(0, 2688), (3, 2688), (1, 96), (2, 8)], lasting=True)
def test_one_context_reads_planes_of_every_width_after_each_other(order: list[tuple[int, int]], lasting: bool) -> None:
    for width, block in order:
        plane = make_plane("loads", DTYPES[width], 3 * block + 5)
        compressor(plane.itemsize, block * plane.itemsize, is_lasting=lasting)
        packed = pack(plane, block * plane.itemsize)
        for start, count in ((1, block), (block - 1, 2 * block), (2 * block + 1, 4), (0, plane.size)):
            found = np.empty(count, plane.dtype)
            assert unpack_items_into(packed, start, found) and (found == plane[start : start + count]).all()


@pytest.mark.parametrize("wrong", [b"", b"\x05", b"\x00" * 64, b"\xff" * 64])
def test_what_is_no_plane_is_told(wrong: bytes) -> None:
    out = np.empty(96, np.int32)
    assert not unpack_items_into(np.frombuffer(wrong, np.uint8), 3, out)
    assert not unpack_into(np.frombuffer(wrong, np.uint8), out)
