"""What metering does by the clock: look into the drop folder; validate, tidy the store and balance every night."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from gridhall.apps.metering import actions
from gridhall.core.clock import nightly

logger = logging.getLogger(__name__)
ACTOR = "metering"
_VALIDATED_DAYS = 35


@app.periodic(cron="* * * * *")
@app.task(name="metering.scan_drop_folder", queueing_lock="metering.scan_drop_folder", pass_context=False)
def scan_drop_folder(timestamp: int) -> None:
    """Give each finished file of the drop folder to a job of its own."""
    folder = actions.DropFolder(Path(settings.GRIDHALL_DROP_FOLDER))
    for path in folder.list_ready(at=timezone.now()):
        try:
            import_dropped.configure(queueing_lock=f"drop:{path.name}", lock=f"drop:{path.name}").defer(name=path.name)
        except AlreadyEnqueued:
            continue


@app.task(name="metering.import_dropped")
def import_dropped(name: str) -> None:
    """Bring one file of the drop folder in."""
    folder = actions.DropFolder(Path(settings.GRIDHALL_DROP_FOLDER))
    path = folder.root / "in" / Path(name).name
    if not path.is_file():
        return
    done = actions.import_dropped_file(folder=folder, path=path, at=timezone.now(), actor=ACTOR)
    if done is not None and done.summary is None:
        logger.warning("%s could not be used: %s", done.name, done.problem)


@app.periodic(cron="* * * * *")
@app.task(name="metering.import_received", queueing_lock="metering.import_received", pass_context=False)
def import_received(timestamp: int) -> None:
    """Bring in the files that people sent; asked for when one arrives, and each minute in case a worker was killed."""
    actions.import_received_files(at=timezone.now())


@app.periodic(cron=nightly(30))
@app.task(name="metering.validate_recent", queueing_lock="metering.validate_recent", pass_context=False)
def validate_recent(timestamp: int) -> None:
    """Validate what may have changed since last night."""
    now = timezone.now()
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    actions.validate_reads(first_day=today - timedelta(days=_VALIDATED_DAYS), end_day=today, at=now, actor=ACTOR)


@app.periodic(cron=nightly(90))
@app.task(name="metering.compact_reads", queueing_lock="metering.compact_reads", pass_context=False)
def compact_reads(timestamp: int) -> None:
    """Bring what arrived since last night into month shards, so that pages and bill runs read one file, not thirty."""
    actions.compact_reads(at=timezone.now(), actor=ACTOR)


@app.periodic(cron=nightly(150))
@app.task(
    name="metering.balance_network", queueing_lock="metering.balance_network", lock="metering.balance_network",
    pass_context=False,
)  # fmt: skip
def balance_network(timestamp: int) -> None:
    """Balance feeders and transformers of the month under way, and of those whose reads or meters changed since."""
    for month in actions.balance_network(at=timezone.now()):
        if month.problem:
            logger.warning("The network of %s could not be balanced: %s", month.month, month.problem)
