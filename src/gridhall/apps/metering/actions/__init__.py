"""What metering does: meters hung and exchanged, reads brought in, failures found and mended."""

from gridhall.apps.metering.actions.imports import ImportSummary, UnableToImportReads, import_reads
from gridhall.apps.metering.actions.meters import (
    NewInstallation,
    NewMeter,
    UnableToChangeRatio,
    UnableToExchangeMeter,
    UnableToInstallMeter,
    UnableToRegisterMeter,
    change_ratio,
    exchange_meter,
    install_meter,
    install_meters,
    register_meter,
    register_meters,
    remove_meter,
)
from gridhall.apps.metering.actions.registers import (
    NewReading,
    UnableToRecordReading,
    record_register_reading,
    record_register_readings,
)

__all__ = [
    "ImportSummary",
    "NewInstallation",
    "NewMeter",
    "NewReading",
    "UnableToChangeRatio",
    "UnableToExchangeMeter",
    "UnableToImportReads",
    "UnableToInstallMeter",
    "UnableToRecordReading",
    "UnableToRegisterMeter",
    "change_ratio",
    "exchange_meter",
    "import_reads",
    "install_meter",
    "install_meters",
    "record_register_reading",
    "record_register_readings",
    "register_meter",
    "register_meters",
    "remove_meter",
]
