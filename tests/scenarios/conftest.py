"""Databases for stories: the stand-in in both releases, or the real database that RECONCILER_TEST_DSN names."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import oracledb
import pytest

from reconciler.model.instants import parse_duration
from reconciler.oracle import bootstrap, gate
from reconciler.sandbox import process
from tests.scenarios.review_papers import PAY, Papers
from tests.scenarios.world import ACCOUNT, World

SYSTEM_PASSWORD = "System_1"
PASSWORD = "Reconciler_1"
SERVICES = ("HR_APP",)
ROLES = ("HR_READER", "OE_READER", "FIN_READER")
SYSTEM_PRIVILEGES = ("CREATE SESSION", "CREATE VIEW")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """A stopped stand-in with the sample and the reconciler's account, made once a release and copied for each test."""
    made: dict[int, Path] = {}

    def make(release: int) -> Path:
        if release not in made:
            folder = tmp_path_factory.mktemp(f"template-{release}") / "sandbox"
            running = process.start(
                folder, port=0, release=release, password=SYSTEM_PASSWORD, sample=True
            )
            try:
                make_account(f"127.0.0.1:{running.port}/FREEPDB1", release)
            finally:
                process.stop(folder)
            made[release] = folder
        return made[release]

    return make


def make_account(dsn: str, release: int) -> None:
    with (
        oracledb.connect(
            user="SYS", password=SYSTEM_PASSWORD, dsn=dsn, mode=oracledb.AUTH_MODE_SYSDBA
        ) as dba,
        dba.cursor() as cursor,
    ):
        account = bootstrap.statements(
            ACCOUNT, PASSWORD, release=release, system_privileges=SYSTEM_PRIVILEGES, roles=ROLES
        )
        gatekeeper = gate.script(ACCOUNT, release=release, services=SERVICES)
        for statement in (*account, *gatekeeper):
            cursor.execute(statement)


@pytest.fixture(params=[19, 23], ids=["release-19", "release-23"])
def release(request: pytest.FixtureRequest) -> int:
    """Both releases, unless a test or a real database says otherwise."""
    wanted = os.environ.get("RECONCILER_TEST_RELEASE")
    if wanted and int(wanted) != request.param:
        pytest.skip(f"the database is release {wanted}")
    return int(request.param)


@pytest.fixture
def sandbox_folder(tmp_path: Path, template: Callable[[int], Path], release: int) -> Iterator[Path]:
    """A running stand-in of its own for the test; gone afterwards."""
    folder = tmp_path / "sandbox"
    shutil.copytree(template(release), folder)
    process.start(folder, port=0)
    try:
        yield folder
    finally:
        process.stop(folder)


@pytest.fixture
def world(tmp_path: Path, sandbox_folder: Path, release: int) -> Iterator[World]:
    """An authoritative target in a fresh repository on a fresh database."""
    status = process.status(sandbox_folder)
    found = World(
        tmp_path / "access",
        f"127.0.0.1:{status.port}/FREEPDB1",
        release,
        SYSTEM_PASSWORD,
        PASSWORD,
        lambda duration: process.advance(sandbox_folder, parse_duration(duration).total_seconds()),
        sandbox=sandbox_folder,
    )
    found.start_repository()
    yield found
    found.close()


@pytest.fixture
def papers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Papers:
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "RECONCILER_")):
            monkeypatch.delenv(name)
    return Papers.start(tmp_path, **{"grants/classifications/pay.yaml": PAY})
