"""The cache of drawn pages that the processes of one server share: files in a folder of this start."""

from __future__ import annotations

import random

from django.core.cache.backends.filebased import FileBasedCache

_LOOKS_EVERY = 256


class SharedPages(FileBasedCache):
    """
    Django's file cache, which counts its files only now and then.

    Django lists the whole folder at every write, which with ten thousand pages takes as long as drawing one. Here one
    write in 256 does; so many more files than MAX_ENTRIES may stand there until then.
    """

    def _cull(self) -> None:
        if random.randrange(_LOOKS_EVERY) == 0:
            super()._cull()
