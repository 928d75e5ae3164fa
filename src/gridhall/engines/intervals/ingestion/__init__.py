"""Files of many meters straight into the interval store: parsed, validated and stored in batches, memory flat."""

from gridhall.engines.intervals.ingestion.report import IngestReport
from gridhall.engines.intervals.ingestion.run import ingest_csv, ingest_parquet

__all__ = ["IngestReport", "ingest_csv", "ingest_parquet"]
