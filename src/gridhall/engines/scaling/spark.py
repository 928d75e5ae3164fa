"""
A cluster that speaks Spark Connect folds the shards: Spark itself, or another engine behind the same protocol.

The client is the only place that knows Spark; workers run `addresses.fold_addresses`, which does not. They need this
package in the same release, the same minor version of Python, and the store's folder at the same path.
"""

from __future__ import annotations

import json
import re
import warnings
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gridhall.core.errors import BusinessError
from gridhall.core.periods import Month
from gridhall.engines.intervals.fold import as_segments, empty_determinants
from gridhall.engines.intervals.store import IntervalStore
from gridhall.engines.rating.determinants import Determinants, Segments
from gridhall.engines.scaling.addresses import ADDRESS, ANSWER_DDL, address_shards, fold_addresses
from gridhall.engines.scaling.engine import UnableToOpenEngine
from gridhall.engines.scaling.shards import gather

_ANSWERS_WITHIN_S = 15
_RETRIES = 6
_MOST_PARTITIONS = 4_096
_GOES_ON = "What was done before is kept; run the same command again to go on."
_LAST_WORDS = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt)\b.*$", re.MULTILINE)


class UnableToFoldOnCluster(BusinessError):
    """The cluster did not fold what it was asked to; nothing of it was used."""


class SparkEngine:
    """
    A session on a Spark Connect server; threads may share it.

    :param url: sc://host:port, with ;use_ssl=true;token=… where the server asks for them.
    :raises UnableToOpenEngine: when the client is not installed, or the server does not answer.
    """

    def __init__(self, url: str) -> None:
        self.place = url.partition("://")[2].partition("/")[0]  # without what follows: there may be a token
        self._session = _open_session(url, self.place)

    def close(self) -> None:
        """End the session; a server that is gone is no error."""
        try:
            _try_again(self._session, 1)
            self._session.stop()
        except Exception as error:
            if not _is_of_spark(error):
                raise

    def fold(
        self, store: IntervalStore, month: Month, segments: Segments, calendars: NDArray[np.uint8]
    ) -> Determinants:
        """
        Fold a month on the cluster, one task a shard; the same integers in the same order as `fold_segments`.

        :raises UnableToFoldOnCluster: when the cluster fails, or a worker cannot use the store.
        :raises ValueError: when a segment leaves the month.
        """
        asked = Segments(*as_segments(segments, month.days, calendars))
        addresses = pa.Table.from_pylist(list(address_shards(store, month, asked, calendars)), schema=ADDRESS)
        if not len(addresses):
            return empty_determinants(0)
        answers = self._ask(addresses)
        faults = answers.column("fault").drop_null().unique().to_pylist()
        if faults:
            told = json.loads(min(faults))
            raise UnableToFoldOnCluster(f"{told['message']} {_GOES_ON}", code=told["code"])
        return gather(answers, len(segments))

    def _ask(self, addresses: pa.Table) -> pa.Table:
        """Let the workers fold; one partition a shard, so that none waits behind another."""
        try:
            frame = self._session.createDataFrame(addresses).repartition(min(len(addresses), _MOST_PARTITIONS))
            return frame.mapInArrow(fold_addresses, ANSWER_DDL).toArrow()
        except Exception as error:
            if not _is_of_spark(error):
                raise
            raise UnableToFoldOnCluster(
                f"The Spark cluster at {self.place} failed: {say_what_failed(str(error))} {_GOES_ON}",
                code="cluster-failed",
            ) from error


def _open_session(url: str, place: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # it speaks of pandas, of which nothing is used here
            import grpc
            from pyspark.errors import PySparkException
            from pyspark.sql.connect.client import DefaultChannelBuilder
            from pyspark.sql.connect.session import SparkSession
    except ImportError as missing:
        raise UnableToOpenEngine(
            f"The engine spark needs the Spark Connect client ({missing}); "
            "install it: pip install -r requirements/spark.txt",
            code="no-client",
        ) from missing
    warnings.filterwarnings("ignore", r"\[RETRIES_EXCEEDED\]")  # what follows from it is said by us
    try:
        builder = DefaultChannelBuilder(url)
        with builder.toChannel() as probe:
            grpc.channel_ready_future(probe).result(timeout=_ANSWERS_WITHIN_S)
        session = SparkSession.builder.channelBuilder(builder).create()
        _try_again(session, _RETRIES)
        _ = session.version  # asks the server
    except grpc.FutureTimeoutError:
        raise UnableToOpenEngine(
            f"No Spark Connect server answers at {place or url}; start it there, or name another: --spark sc://host:15002.",
            code="no-answer",
        ) from None
    except (PySparkException, grpc.RpcError) as refused:
        raise UnableToOpenEngine(
            f"The Spark Connect server at {place or url} cannot be used: {say_what_failed(str(refused))}",
            code="refused",
        ) from refused
    return session


def _try_again(session: Any, times: int) -> None:
    """Say how often a call that was cut off is tried again: 6 times are half a minute."""
    from pyspark.sql.connect.client.retries import DefaultPolicy

    session.client.set_retry_policies([DefaultPolicy(max_retries=times, max_backoff=15_000)])


def _is_of_spark(error: Exception) -> bool:
    import grpc
    from pyspark.errors import PySparkException

    return isinstance(error, PySparkException | grpc.RpcError)


def say_what_failed(told: str) -> str:
    """
    Give the sentence that matters in what Spark says of a failure.

    >>> say_what_failed("Traceback (most recent call last):\\n  File …\\nOSError: no space left\\n\\nJVM stacktrace: …")
    'OSError: no space left.'
    """
    python = told.partition("JVM stacktrace")[0]
    if "No module named 'gridhall" in python:
        return "its workers cannot import gridhall; install the same release and Python version on each of them."
    found = _LAST_WORDS.findall(python) if "Traceback" in python else []
    said = (
        found[-1] if found else next((line.strip() for line in python.splitlines() if line.strip()), "no reason told")
    )
    return said[:300].rstrip(".") + "."
