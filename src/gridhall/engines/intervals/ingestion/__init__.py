"""Large files of quarter hours into whole days of usage points: parsed by the formats, gathered in flat memory."""

from gridhall.engines.intervals.ingestion.gathering import DayRows, NotDaily, is_quarter_hourly
from gridhall.engines.intervals.ingestion.reading import LongFile, Taken, open_long_file, read_days

__all__ = ["DayRows", "LongFile", "NotDaily", "Taken", "is_quarter_hourly", "open_long_file", "read_days"]
