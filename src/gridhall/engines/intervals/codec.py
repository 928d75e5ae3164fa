"""
Compressed planes: blosc2 (LZ4), called straight from compiled code without the interpreter's lock.

The `blosc2` package holds the lock while it works; here its C library is called from numba instead. Every thread
owns its contexts. One plane is one blosc2 chunk whose blocks are one series each, so that a single series can be taken
out alone. What arrives is packed fast (bit shuffle, LZ4); months, read again and again, are packed to be read fast
(byte shuffle, LZ4HC): two thirds of the time to unpack, for a tenth more room. Either is read wherever it stands.
Checksums are 64 lanes of multiply-and-rotate over 8-byte words: as fast as memory, 64 bits.
"""

from __future__ import annotations

import ctypes
import importlib.util
import threading
from pathlib import Path
from typing import Any

import llvmlite.binding
import numba
import numpy as np
from numba import types
from numpy.typing import NDArray

PLANE_OVERHEAD = 1024
"""A compressed plane is never longer than its content plus this much plus 32 bytes a block."""

_LZ4, _LZ4HC, _SHUFFLE, _BITSHUFFLE, _ALWAYS_SPLIT = 1, 2, 1, 2, 1
_ARRIVING = (_LZ4, _BITSHUFFLE, 5)
_LASTING = (_LZ4HC, _SHUFFLE, 3)
_FILTERS = 6


class _CompressParams(ctypes.Structure):
    """`blosc2_cparams` of blosc2 3."""

    _fields_ = [
        ("compcode", ctypes.c_uint8),
        ("compcode_meta", ctypes.c_uint8),
        ("clevel", ctypes.c_uint8),
        ("use_dict", ctypes.c_int),
        ("typesize", ctypes.c_int32),
        ("nthreads", ctypes.c_int16),
        ("blocksize", ctypes.c_int32),
        ("splitmode", ctypes.c_int32),
        ("schunk", ctypes.c_void_p),
        ("filters", ctypes.c_uint8 * _FILTERS),
        ("filters_meta", ctypes.c_uint8 * _FILTERS),
        ("prefilter", ctypes.c_void_p),
        ("preparams", ctypes.c_void_p),
        ("tuner_params", ctypes.c_void_p),
        ("tuner_id", ctypes.c_int),
        ("instr_codec", ctypes.c_bool),
        ("codec_params", ctypes.c_void_p),
        ("filter_params", ctypes.c_void_p * _FILTERS),
    ]


class _DecompressParams(ctypes.Structure):
    """`blosc2_dparams` of blosc2 3."""

    _fields_ = [
        ("nthreads", ctypes.c_int16),
        ("schunk", ctypes.c_void_p),
        ("postfilter", ctypes.c_void_p),
        ("postparams", ctypes.c_void_p),
        ("typesize", ctypes.c_int32),
    ]


def _library_path() -> Path:
    spec = importlib.util.find_spec("blosc2")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("The interval store needs the package blosc2; install it with: pip install blosc2")
    folder = Path(next(iter(spec.submodule_search_locations))) / "lib"
    found = sorted([*folder.glob("libblosc2.so*"), *folder.glob("libblosc2*.dylib"), *folder.glob("libblosc2*.dll")])
    if not found:
        raise ImportError(f"{folder} holds no blosc2 library; reinstall the package blosc2")
    return found[0]


_PATH = _library_path()
llvmlite.binding.load_library_permanently(str(_PATH))
_LIB = ctypes.CDLL(str(_PATH))
_LIB.blosc2_create_cctx.restype = ctypes.c_void_p
_LIB.blosc2_create_cctx.argtypes = [_CompressParams]
_LIB.blosc2_create_dctx.restype = ctypes.c_void_p
_LIB.blosc2_create_dctx.argtypes = [_DecompressParams]
_LIB.blosc2_free_ctx.argtypes = [ctypes.c_void_p]
_LIB.blosc2_init()

_word = types.intp
blosc2_compress_ctx: Any = types.ExternalFunction(
    "blosc2_compress_ctx", types.int32(_word, _word, types.int32, _word, types.int32)
)
blosc2_decompress_ctx: Any = types.ExternalFunction(
    "blosc2_decompress_ctx", types.int32(_word, _word, types.int32, _word, types.int32)
)
blosc2_getitem_ctx: Any = types.ExternalFunction(
    "blosc2_getitem_ctx", types.int32(_word, _word, types.int32, types.int32, types.int32, _word, types.int32)
)
pread: Any = types.ExternalFunction("pread", types.intp(types.int32, _word, _word, types.int64))


class _Contexts(threading.local):
    """The contexts of one thread; freed with it."""

    def __init__(self) -> None:
        self.compressors: dict[tuple[int, int, bool], int] = {}
        self.decompressor: int = _LIB.blosc2_create_dctx(_DecompressParams(nthreads=1, typesize=4))

    def __del__(self) -> None:
        if _LIB is None:  # the interpreter is going away
            return
        for context in [*self.compressors.values(), self.decompressor]:
            _LIB.blosc2_free_ctx(context)


_contexts = _Contexts()


def compressor(typesize: int, blocksize: int, *, is_lasting: bool = False) -> int:
    """
    Give this thread's compression context for items of `typesize` bytes in blocks of `blocksize` bytes.

    :param is_lasting: for what is written once and read often: slower to pack, faster to unpack.
    """
    key = (typesize, blocksize, is_lasting)
    if key not in _contexts.compressors:
        codec, shuffle, level = _LASTING if is_lasting else _ARRIVING
        params = _CompressParams(
            compcode=codec, clevel=level, typesize=typesize, nthreads=1, blocksize=blocksize, splitmode=_ALWAYS_SPLIT
        )
        params.filters[_FILTERS - 1] = shuffle
        _contexts.compressors[key] = _LIB.blosc2_create_cctx(params)
    return _contexts.compressors[key]


def decompressor() -> int:
    """Give this thread's decompression context."""
    return _contexts.decompressor


_LANES = 64
_PRIME = np.uint64(0x9E3779B185EBCA87)
_LEFT, _RIGHT = np.uint64(29), np.uint64(35)


@numba.njit(nogil=True, cache=True)
def hash_bytes(raw: NDArray[np.uint8], start: int, size: int) -> np.uint64:
    """
    Give the checksum of raw[start : start + size].

    Every word goes through a one-to-one mapping of its lane, so that any change of one word changes the sum.
    """
    lanes = np.full(_LANES, _PRIME)
    words = raw[start : start + size // 8 * 8].view(np.uint64)
    whole = words.size // _LANES
    for block in range(whole):
        for lane in range(_LANES):
            mixed = (lanes[lane] ^ words[block * _LANES + lane]) * _PRIME
            lanes[lane] = mixed << _LEFT | mixed >> _RIGHT
    total = np.uint64(size) * _PRIME
    for word in range(whole * _LANES, words.size):
        total = (total ^ words[word]) * _PRIME
        total = total << _LEFT | total >> _RIGHT
    for at in range(start + size // 8 * 8, start + size):
        total = (total ^ np.uint64(raw[at])) * _PRIME
        total = total << _LEFT | total >> _RIGHT
    if whole:
        for lane in range(_LANES):
            total = (total ^ lanes[lane]) * _PRIME
            total = total << _LEFT | total >> _RIGHT
    return total


def checksum(data: NDArray | bytes | memoryview) -> int:
    """Give the checksum of some bytes, as an unsigned 64-bit number."""
    raw = data if isinstance(data, np.ndarray) else np.frombuffer(data, np.uint8)
    flat = np.ascontiguousarray(raw).reshape(-1).view(np.uint8)
    return int(hash_bytes(flat, 0, flat.size))


@numba.njit(nogil=True, cache=True)
def _pack(context: int, plane: NDArray[np.uint8], out: NDArray[np.uint8]) -> int:
    return blosc2_compress_ctx(context, plane.ctypes.data, np.int32(plane.size), out.ctypes.data, np.int32(out.size))


@numba.njit(nogil=True, cache=True)
def _unpack(context: int, packed: NDArray[np.uint8], out: NDArray[np.uint8]) -> int:
    return blosc2_decompress_ctx(
        context, packed.ctypes.data, np.int32(packed.size), out.ctypes.data, np.int32(out.size)
    )


@numba.njit(nogil=True, cache=True)
def _unpack_items(context: int, packed: NDArray[np.uint8], start: int, items: int, out: NDArray[np.uint8]) -> int:
    return blosc2_getitem_ctx(
        context, packed.ctypes.data, np.int32(packed.size), np.int32(start), np.int32(items), out.ctypes.data,
        np.int32(out.size),
    )  # fmt: skip


def pack(plane: NDArray, blocksize: int) -> NDArray[np.uint8]:
    """
    Compress one array.

    :param plane: any fixed-size dtype, C order.
    :param blocksize: bytes that can be taken out alone, a multiple of eight items; 0 leaves it to blosc2.
    """
    raw = np.ascontiguousarray(plane).reshape(-1).view(np.uint8)
    out = np.empty(raw.size + PLANE_OVERHEAD + 32 * (raw.size // (blocksize or 1024) + 1), np.uint8)
    length = _pack(compressor(plane.dtype.itemsize, blocksize), raw, out)
    if length <= 0:
        raise ValueError(f"blosc2 could not compress a plane of {raw.size} bytes (code {length})")
    return out[:length]


_PLANE_SIZE, _BLOCK_SIZE = slice(4, 8), slice(8, 12)  # in the header of what blosc2 packed


def unpack_into(packed: NDArray[np.uint8], out: NDArray) -> bool:
    """Decompress a plane into `out` (its exact size); tell whether that worked."""
    raw = out.reshape(-1).view(np.uint8)
    return int(_unpack(decompressor(), packed, raw)) == raw.size


def unpack_items_into(packed: NDArray[np.uint8], start: int, out: NDArray) -> bool:
    """
    Decompress only the items from `start` that fill `out`; tell whether that worked.

    What begins inside one block, ends in the next and is exactly as long as that next one (a whole block, or the short
    one at the end) is taken in two pieces: blosc2 (seen in 4.14.1, C library 3.3.5) takes the second block for all that
    was asked for, because it clips the beginning to the block before it compares, and gives it in place of the first.
    """
    flat = out.reshape(-1)
    size, block = (int.from_bytes(packed[where].tobytes(), "little") for where in (_PLANE_SIZE, _BLOCK_SIZE))
    behind = start * flat.itemsize % block if block else 0
    if behind and flat.nbytes in (block, size % block):
        cut = min((block - behind) // flat.itemsize, flat.size)
        first, second = flat[:cut], flat[cut:]
        return _take(packed, start, first) and (second.size == 0 or _take(packed, start + cut, second))
    return _take(packed, start, flat)


def _take(packed: NDArray[np.uint8], start: int, flat: NDArray) -> bool:
    raw = flat.view(np.uint8)
    return int(_unpack_items(decompressor(), packed, start, flat.size, raw)) == raw.size
