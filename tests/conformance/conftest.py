"""Servers for the cases: the sandbox, fresh for every case, or the real database that the environment names."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import oracledb
import pytest

from reconciler.sandbox import server as sandbox_server
from reconciler.sandbox.engine.instance import Instance
from reconciler.sandbox.seam import Release

sys.path.insert(
    0, str(Path(__file__).parent)
)  # the runner beside the tests is a script, not a package

from run_cases import Reset, Server, clock_of, reset_of

PASSWORD = "Conformance-1"
OpenServer = Callable[[Release], AbstractContextManager[Server]]


@pytest.fixture(autouse=True)
def plain_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner compares text and exact numbers."""
    monkeypatch.setattr(oracledb.defaults, "fetch_lobs", False)
    monkeypatch.setattr(oracledb.defaults, "fetch_decimals", True)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Release, Path]:
    """The files of an instance that nobody has used yet, one directory a release."""
    made = {}
    for release in Release:
        made[release] = tmp_path_factory.mktemp("template") / str(int(release))
        Instance(made[release], release, password=PASSWORD).close()
    return made


@pytest.fixture
def sandbox(templates: Mapping[Release, Path], tmp_path: Path) -> OpenServer:
    @contextmanager
    def open_server(release: Release) -> Iterator[Server]:
        directory = tmp_path / "instance"
        shutil.copytree(templates[release], directory)
        instance = Instance(directory, release, password=PASSWORD)

        def pass_minutes(minutes: int) -> None:
            instance.move_clock(instance.now() + timedelta(minutes=minutes))

        try:
            with sandbox_server.running(instance) as listening:
                address = f"127.0.0.1:{listening.port}"
                yield Server(
                    f"{address}/FREEPDB1", f"{address}/FREE", PASSWORD, int(release), pass_minutes
                )
        finally:
            instance.close()

    return open_server


@pytest.fixture(scope="session")
def real_database() -> tuple[Server, Reset]:
    """The database of RECONCILER_TEST_DSN, and how it is made fresh (RECONCILER_TEST_RESET; without it, it is not)."""
    dsn = os.environ.get("RECONCILER_TEST_DSN")
    if not dsn:
        pytest.skip("RECONCILER_TEST_DSN names no database")
    clock = os.environ.get("RECONCILER_TEST_CLOCK")
    server = Server(
        dsn,
        os.environ["RECONCILER_TEST_ROOT_DSN"],
        os.environ["RECONCILER_TEST_PASSWORD"],
        int(os.environ["RECONCILER_TEST_RELEASE"]),
        clock_of(clock) if clock else None,
    )
    return server, reset_of(os.environ.get("RECONCILER_TEST_RESET"), server)
