"""
Compressed planes: blosc2 (bit shuffle, LZ4) and XXH64, called straight from compiled code without the interpreter's lock.

The `blosc2` package holds the lock while it works; here its C library is called from numba instead. Every thread owns its
contexts. One plane is one blosc2 chunk whose blocks are one series each, so that a single series can be taken out alone.
"""

from __future__ import annotations

import ctypes
import importlib.util
import threading
from pathlib import Path

import llvmlite.binding
import numba
import numpy as np
from numba import types
from numpy.typing import NDArray

PLANE_OVERHEAD = 1024
"""A compressed plane is never longer than its content plus this much plus 32 bytes a block."""

_LZ4, _BITSHUFFLE, _ALWAYS_SPLIT, _CLEVEL = 1, 2, 1, 5
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
blosc2_compress_ctx = types.ExternalFunction(
    "blosc2_compress_ctx", types.int32(_word, _word, types.int32, _word, types.int32)
)
blosc2_decompress_ctx = types.ExternalFunction(
    "blosc2_decompress_ctx", types.int32(_word, _word, types.int32, _word, types.int32)
)
blosc2_getitem_ctx = types.ExternalFunction(
    "blosc2_getitem_ctx", types.int32(_word, _word, types.int32, types.int32, types.int32, _word, types.int32)
)
xxh64 = types.ExternalFunction("ZSTD_XXH64", types.uint64(_word, _word, types.uint64))
pread = types.ExternalFunction("pread", types.intp(types.int32, _word, _word, types.int64))


class _Contexts(threading.local):
    """The contexts of one thread; freed with it."""

    def __init__(self) -> None:
        self.compressors: dict[tuple[int, int], int] = {}
        self.decompressor: int = _LIB.blosc2_create_dctx(_DecompressParams(nthreads=1, typesize=4))

    def __del__(self) -> None:
        if _LIB is None:  # the interpreter is going away
            return
        for context in [*self.compressors.values(), self.decompressor]:
            _LIB.blosc2_free_ctx(context)


_contexts = _Contexts()


def compressor(typesize: int, blocksize: int) -> int:
    """Give this thread's compression context for items of `typesize` bytes in blocks of `blocksize` bytes."""
    key = (typesize, blocksize)
    if key not in _contexts.compressors:
        params = _CompressParams(
            compcode=_LZ4, clevel=_CLEVEL, typesize=typesize, nthreads=1, blocksize=blocksize, splitmode=_ALWAYS_SPLIT
        )
        params.filters[_FILTERS - 1] = _BITSHUFFLE
        _contexts.compressors[key] = _LIB.blosc2_create_cctx(params)
    return _contexts.compressors[key]


def decompressor() -> int:
    """Give this thread's decompression context."""
    return _contexts.decompressor


@numba.njit(nogil=True, cache=True)
def _hash(data: NDArray[np.uint8]) -> int:
    return xxh64(data.ctypes.data, data.size, np.uint64(0))


def checksum(data: NDArray | bytes | memoryview) -> int:
    """Give the XXH64 of some bytes, as an unsigned 64-bit number."""
    raw = data if isinstance(data, np.ndarray) else np.frombuffer(data, np.uint8)
    return int(_hash(np.ascontiguousarray(raw).reshape(-1).view(np.uint8))) if raw.size else 0


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


def unpack_into(packed: NDArray[np.uint8], out: NDArray) -> bool:
    """Decompress a plane into `out` (its exact size); tell whether that worked."""
    raw = out.reshape(-1).view(np.uint8)
    return int(_unpack(decompressor(), packed, raw)) == raw.size


def unpack_items_into(packed: NDArray[np.uint8], start: int, out: NDArray) -> bool:
    """Decompress only the items from `start` that fill `out`; tell whether that worked."""
    raw = out.reshape(-1).view(np.uint8)
    return int(_unpack_items(decompressor(), packed, start, out.size, raw)) == raw.size
