"""`reconciler sandbox` as people type it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.sandbox import process

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Command]:
    """Runs the command in an empty directory; whatever it started is stopped at the end."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "reconciler", "sandbox", *arguments],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=100,
        )  # fmt: skip

    yield run
    process.stop(tmp_path / ".sandbox")


def test_from_start_to_stop(sandbox: Command, tmp_path: Path) -> None:
    started = sandbox("start", "--port", "0")
    assert started.returncode == 0, started.stderr
    assert started.stdout.startswith("listening on 127.0.0.1:")
    again = sandbox("start", "--port", "0")
    assert (again.returncode, again.stdout) == (0, started.stdout)
    assert "already running" in again.stderr
    other = sandbox("start", "--release", "19")
    assert (other.returncode, other.stdout) == (1, "")
    assert "runs release 23, not 19" in other.stderr

    created = sandbox("sql", "-u", "system", "CREATE USER carol IDENTIFIED BY carol")
    assert (created.returncode, created.stdout) == (0, "ok\n"), created.stderr
    rows = sandbox(
        "sql",
        "-u",
        "SYS",
        "SELECT username, NULL AS nothing FROM dba_users WHERE username = 'CAROL'",
    )
    assert rows.stdout.splitlines() == ["USERNAME  NOTHING", "--------  -------", "CAROL"]
    answer = json.loads(
        sandbox("sql", "-u", "system", "--output", "json", "SELECT 1 AS one FROM dual").stdout
    )
    assert (answer["columns"], answer["rows"]) == (["ONE"], [["1"]])
    refused = sandbox("sql", "-u", "carol", "-p", "carol", "SELECT 1 FROM dual")
    assert refused.returncode == 1
    assert "ORA-01045" in refused.stderr

    before = sandbox("clock").stdout
    after = json.loads(sandbox("clock", "--advance", "240m", "--output", "json").stdout)["now"]
    assert before.strip() < after

    status = json.loads(sandbox("status", "--output", "json").stdout)
    assert started.stdout.strip().endswith(f"{status['address']}/FREEPDB1")
    assert sandbox("fault", "add", "drop", "--user", "carol", "--call", "2").returncode == 0
    assert sandbox("fault", "list").stdout == "drop call=2 times=1 user=CAROL\n"
    assert sandbox("fault", "clear").returncode == 0
    assert sandbox("fault", "list").stdout == "none\n"

    assert sandbox("reset").returncode == 0
    rows = sandbox(
        "sql", "-u", "system", "SELECT COUNT(*) AS n FROM dba_users WHERE username = 'CAROL'"
    )
    assert rows.stdout.splitlines()[-1] == "0"
    assert sandbox("stop").returncode == 0
    assert not process.is_running(tmp_path / ".sandbox")


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("status",), 1, "no sandbox runs"),
        (("clock", "--advance", "4h"), 1, "no sandbox runs"),
        (("sql", "-u", "x", "SELECT 1 FROM dual"), 1, "no sandbox runs"),
        (("start", "--release", "12"), 64, "--release"),
        (("nonsense",), 64, "nonsense"),
        (("stop",), 0, "not running"),
    ],
)
def test_what_cannot_be_done_says_so(
    sandbox: Command, arguments: tuple[str, ...], code: int, text: str
) -> None:
    done = sandbox(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_foreground_stays_until_it_is_stopped(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "reconciler", "sandbox", "start", "--foreground", "--port", "0"],
        cwd=tmp_path, stdout=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stdout.readline().startswith("listening on 127.0.0.1:")
        assert process.stop(tmp_path / ".sandbox")
        assert running.wait(timeout=60) == 0
