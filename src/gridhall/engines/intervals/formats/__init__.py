"""File formats at the edge: CSV, Parquet, Green Button (ESPI), NEM12 and NEM13, in and out."""

from gridhall.core.errors import FaultyInput
from gridhall.engines.intervals.formats.reading import ReadFile, read_file

__all__ = ["FaultyInput", "ReadFile", "read_file"]
