"""Pull every plug: what was acknowledged is there, once; what runs comes back by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.faults.harness import Hall, running_hall

KILLS = 5
WRITERS = 4


@pytest.fixture(scope="module")
def hall() -> Iterator[Hall]:
    """One house for the tests of this file; each leaves it running."""
    with running_hall() as hall:
        yield hall


class Writer(threading.Thread):
    """Writes rows one by one, each in its own transaction, and remembers which were acknowledged."""

    def __init__(self, hall: Hall, number: int) -> None:
        super().__init__(daemon=True)
        self.hall, self.number = hall, number
        self.acknowledged: list[int] = []
        self.doubtful: set[int] = set()
        self.is_ending = False

    def run(self) -> None:
        """Write until told to end; after a lost connection, go on with a new one."""
        row = 0
        while not self.is_ending:
            try:
                with self.hall.connect() as connection:
                    connection.autocommit = True
                    while not self.is_ending:
                        row += 1
                        self.doubtful.add(row)
                        connection.execute("insert into fault_rows values (%s, %s)", [self.number, row])
                        self.doubtful.discard(row)
                        self.acknowledged.append(row)
            except (psycopg.Error, OSError):
                time.sleep(0.05)


def test_database_killed_under_writers_loses_nothing_and_doubles_nothing(hall: Hall) -> None:
    """Five kills under four writers: every acknowledged row is there exactly once, and nothing that nobody wrote."""
    with hall.connect() as connection:
        connection.execute("create table fault_rows (writer int, row int)")
    writers = [Writer(hall, number) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for _ in range(KILLS):
        before = sum(len(writer.acknowledged) for writer in writers)
        deadline = time.monotonic() + 30
        while sum(len(writer.acknowledged) for writer in writers) < before + 100:
            assert time.monotonic() < deadline, f"the writers stand still\n{hall.read_logs()}"
            time.sleep(0.02)
        hall.kill_database()
        hall.wait_until_database_answers(timeout_s=30)
    for writer in writers:
        writer.is_ending = True
    for writer in writers:
        writer.join(20)
        assert not writer.is_alive()
    with hall.connect() as connection:
        found = connection.execute("select writer, row, count(*) from fault_rows group by 1, 2").fetchall()
        connection.execute("drop table fault_rows")
    counts = {(writer, row): count for writer, row, count in found}
    for writer in writers:
        lost = [row for row in writer.acknowledged if counts.get((writer.number, row)) != 1]
        assert not lost, f"writer {writer.number}: lost or doubled {lost[:5]}"
        strange = (
            {row for number, row in counts if number == writer.number} - set(writer.acknowledged) - writer.doubtful
        )
        assert not strange, f"writer {writer.number}: nobody wrote {sorted(strange)[:5]}"
    assert all(count == 1 for count in counts.values())


def test_server_and_worker_come_back(hall: Hall) -> None:
    """A killed server answers again within seconds, a killed worker takes jobs again."""
    before = hall.run_folder.read_state().children
    hall.kill_server()
    hall.kill_worker()
    deadline = time.monotonic() + 30
    while True:
        now = hall.run_folder.read_state().children
        if all(now[name]["pid"] not in (0, before[name]["pid"]) for name in ("server", "worker")):
            break
        assert time.monotonic() < deadline, hall.read_logs()
        time.sleep(0.1)
    assert hall.wait_until_it_answers() < 30


def test_database_killed_serves_again(hall: Hall) -> None:
    """Pages come back after the database was killed, without a restart of the server."""
    hall.kill_database()
    hall.wait_until_database_answers()
    assert hall.wait_until_it_answers() < 30


def test_up_again_after_the_supervisor_was_killed(hall: Hall) -> None:
    """Orphans are found and ended; the same address answers, with the same data."""
    with hall.connect() as connection:
        connection.execute("create table kept_rows as select 42 as answer")
    hall.kill_supervisor()
    hall.up()
    assert hall.run_folder.read_wanted().port == hall.port
    with hall.connect() as connection:
        assert connection.execute("select answer from kept_rows").fetchone() == (42,)
        connection.execute("drop table kept_rows")
    assert hall.wait_until_it_answers() < 30


def test_up_twice_keeps_what_runs(hall: Hall) -> None:
    """The second `up` changes nothing: the same processes."""
    before = hall.run_folder.read_state()
    said = hall.up()
    assert "already up" in said
    assert hall.run_folder.read_state() == before


def test_job_of_a_killed_worker_is_done_by_the_next(hall: Hall) -> None:
    """A job that was being done when its worker died is queued again and done; finished jobs are cleared away."""
    task = "gridhall.core.tasks.deliver_pending_events"
    with hall.connect() as connection:
        connection.execute(
            "insert into procrastinate_jobs (queue_name, task_name, args, status, attempts)"
            " values ('default', %s, '{\"timestamp\": 0}', 'doing', 1)",
            [task],
        )
    hall.run("manage", "procrastinate", "defer", "gridhall.core.tasks.retry_stalled_jobs", '{"timestamp": 0}')
    deadline = time.monotonic() + 20
    while True:
        with hall.connect() as connection:
            left = connection.execute(
                "select count(*) from procrastinate_jobs where task_name = %s and attempts >= 1", [task]
            ).fetchone()
        if left == (0,):
            break
        assert time.monotonic() < deadline, f"the job was not taken up again: {left}\n{hall.read_logs()}"
        time.sleep(0.2)


def test_event_of_a_killed_process_is_delivered_by_the_worker(hall: Hall) -> None:
    """Committed but not delivered: the minutely task delivers it."""
    with hall.connect() as connection:
        connection.execute(
            "insert into core_event (kind, payload, actor, happened_at) values ('Unheard', '{}', 'test', now())"
        )
    hall.run("manage", "procrastinate", "defer", "gridhall.core.tasks.deliver_pending_events", '{"timestamp": 0}')
    deadline = time.monotonic() + 20
    waiting = (1,)
    while waiting != (0,):
        assert time.monotonic() < deadline, hall.read_logs()
        time.sleep(0.2)
        with hall.connect() as connection:
            waiting = connection.execute("select count(*) from core_event where delivered_at is null").fetchone()
