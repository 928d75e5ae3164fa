"""Files of reads brought in: idempotent by content, bad rows listed, good rows stored, interrupted at any moment."""

from gridhall.apps.metering.actions.imports.files import (
    ImportSummary,
    UnableToImportReads,
    import_reads,
)
from gridhall.apps.metering.actions.imports.register_files import import_register_readings
from gridhall.apps.metering.actions.imports.running import ImportProgress

__all__ = ["ImportProgress", "ImportSummary", "UnableToImportReads", "import_reads", "import_register_readings"]
