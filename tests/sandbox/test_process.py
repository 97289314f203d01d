"""The sandbox as a process of its own: started, asked, stopped, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import oracledb
import pytest

from reconciler.sandbox import control, host, process
from reconciler.sandbox.engine.instance import Instance
from reconciler.sandbox.host import STATE_FILE
from reconciler.sandbox.process import SandboxError
from reconciler.sandbox.seam import Release

PASSWORD = "System_9x"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A directory whose sandbox, if any, is stopped at the end."""
    found = tmp_path / "sandbox"
    yield found
    process.stop(found)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory whose sandbox runs, for tests that leave it as it is."""
    found = tmp_path_factory.mktemp("served")
    process.start(found, password=PASSWORD)
    yield found
    process.stop(found)


def connect(port: int, user: str = "SYSTEM", password: str = PASSWORD) -> oracledb.Connection:
    return oracledb.connect(
        user=user, password=password, dsn=f"127.0.0.1:{port}/FREEPDB1", tcp_connect_timeout=60
    )


def gone(pid: int) -> bool:
    """Whether no process of that id works any more; one that only waits to be collected is gone."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in "ZX"


def test_a_started_sandbox_accepts_drivers_and_stops_without_a_trace(folder: Path) -> None:
    running = process.start(folder, password=PASSWORD)
    assert running.line == f"listening on 127.0.0.1:{running.port}/FREEPDB1"
    with connect(running.port) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT user FROM dual")
        assert cursor.fetchall() == [("SYSTEM",)]
    assert process.stop(folder)
    assert not process.is_running(folder)
    assert not (folder / STATE_FILE).exists()
    end = time.monotonic() + 60
    while not gone(running.pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert gone(running.pid)
    with pytest.raises(oracledb.Error):
        connect(running.port)
    assert not process.stop(folder)


def test_a_second_start_finds_the_first(served: Path) -> None:
    state = json.loads((served / STATE_FILE).read_text())
    second = process.start(served, password=PASSWORD)
    assert second.was_running
    assert (second.pid, second.line) == (state["pid"], state["line"])


def test_state_survives_stop_and_start_also_of_another_release(folder: Path) -> None:
    process.start(folder, release=19, password=PASSWORD)
    process.advance(folder, 3 * 86400)
    with connect(process.status(folder).port) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE ROLE kept")
    before = process.clock(folder)
    process.stop(folder)
    running = process.start(folder)
    assert process.status(folder).release == 19
    assert before <= process.clock(folder) < before + timedelta(minutes=5)
    with connect(running.port) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM dba_roles WHERE role = 'KEPT'")
        assert cursor.fetchall() == [(1,)]


def test_a_killed_sandbox_leaves_files_that_do_not_matter(folder: Path) -> None:
    running = process.start(folder, password=PASSWORD)
    os.kill(running.pid, signal.SIGKILL)
    while process.is_running(folder):
        time.sleep(0.02)
    assert (folder / STATE_FILE).exists()
    with pytest.raises(SandboxError, match="no sandbox runs"):
        process.status(folder)
    again = process.start(folder, password=PASSWORD)
    assert again.pid != running.pid
    connect(again.port).close()


def test_a_termination_signal_is_an_orderly_end(folder: Path) -> None:
    running = process.start(folder, password=PASSWORD)
    os.kill(running.pid, signal.SIGTERM)
    end = time.monotonic() + 60
    while process.is_running(folder) and time.monotonic() < end:
        time.sleep(0.02)
    assert not (folder / STATE_FILE).exists()


def test_the_child_holds_nothing_of_its_caller(folder: Path) -> None:
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    code = f"from reconciler.sandbox import process; print(process.start({str(folder)!r}, password={PASSWORD!r}).pid)"
    started = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )  # would not return while the child held the output open
    os.close(writer)
    assert os.read(reader, 1) == b""
    os.close(reader)
    pid = int(started.stdout)
    assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")
    assert os.getsid(pid) != os.getsid(0)
    command = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
    assert PASSWORD.encode() not in command


def test_only_the_owner_can_open_the_control_channel(served: Path) -> None:
    state = json.loads((served / STATE_FILE).read_text())
    assert stat.S_IMODE(Path(state["socket"]).stat().st_mode) == 0o600
    with pytest.raises(control.ControlError, match="unknown command"):
        control.request(Path(state["socket"]), "launch")


def test_a_directory_with_a_very_long_path_works_too(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 25) / ("longer" * 20)
    process.start(folder, password=PASSWORD)
    socket = Path(json.loads((folder / STATE_FILE).read_text())["socket"])
    try:
        assert process.status(folder).release == 23
    finally:
        process.stop(folder)
    assert not socket.parent.exists()


def test_faults_clock_and_reset_reach_the_process(folder: Path) -> None:
    running = process.start(folder, password=PASSWORD)
    before = process.clock(folder)
    assert process.advance(folder, 3600) >= before + timedelta(hours=1)
    process.set_faults(folder, [{"kind": "error", "code": 1031, "matching": "from dual"}])
    assert len(process.status(folder).faults) == 1
    with connect(running.port) as connection, connection.cursor() as cursor:
        with pytest.raises(oracledb.DatabaseError, match="ORA-01031"):
            cursor.execute("SELECT 1 FROM dual")
        cursor.execute("CREATE ROLE gone")
        assert process.status(folder).round_trips["SYSTEM"] > 1
    process.reset(folder)
    assert process.clock(folder) < before + timedelta(minutes=5)
    with connect(running.port) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM dba_roles WHERE role = 'GONE'")
        assert cursor.fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("order", "message"), [({"kind": "none"}, "none"), ({"kind": "drop", "x": 1}, "unknown keys")]
)
def test_a_refused_order_says_why(served: Path, order: dict[str, object], message: str) -> None:
    with pytest.raises(SandboxError, match=message):
        process.set_faults(served, [order])


def test_a_port_that_is_taken_is_an_error_with_a_reason(served: Path, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="in use"):
        process.start(tmp_path / "other", port=process.status(served).port, password=PASSWORD)


def test_tls_is_served_with_a_certificate_in_the_directory(folder: Path) -> None:
    running = process.start(folder, password=PASSWORD, tls=True)
    with oracledb.connect(
        user="SYSTEM", password=PASSWORD, host="127.0.0.1", port=running.port, protocol="tcps",
        service_name="FREEPDB1", wallet_location=str(folder), ssl_server_dn_match=False,
    ) as connection, connection.cursor() as cursor:  # fmt: skip
        cursor.execute("SELECT 1 FROM dual")
        assert cursor.fetchall() == [(1,)]
    assert stat.S_IMODE((folder / "ewallet.pem").stat().st_mode) == 0o600


def test_an_instance_can_be_served_from_this_process(tmp_path: Path) -> None:
    instance = Instance(tmp_path / "instance", Release.R23, password=PASSWORD)
    with (
        process.serve_in_thread(instance) as server,
        connect(server.port) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT 1 FROM dual")
        assert cursor.fetchall() == [(1,)]
    assert instance.closed


def test_asking_whether_it_runs_does_not_keep_it_from_starting(tmp_path: Path) -> None:
    """The question holds the same lock for a moment."""
    asked = threading.Event()
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            process.is_running(tmp_path)
            asked.set()

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        asked.wait(10)
        for _ in range(20):
            with host.owning(tmp_path, patience=10):
                assert process.is_running(tmp_path)
    finally:
        done.set()
        asker.join()
