"""A database and a repository that are put back to the same moment as often as a test wants to break a run at another place."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import oracledb
import pytest

from reconciler.model.instants import parse_duration
from reconciler.oracle import bootstrap
from reconciler.sandbox import server
from reconciler.sandbox.engine.instance import Instance
from reconciler.sandbox.engine.scheduler import Scheduler
from reconciler.sandbox.seam import Release
from tests.scenarios.world import ACCOUNT, PEOPLE, Ran, World

SYSTEM_PASSWORD = "System_1"
PASSWORD = "Reconciler_1"

SCHEMA = (
    "CREATE USER hr IDENTIFIED BY hr QUOTA UNLIMITED ON users",
    "CREATE TABLE hr.payroll (id NUMBER, amount NUMBER)",
    "CREATE TABLE hr.jobs (id NUMBER)",
    "CREATE TABLE hr.employees (id NUMBER, email VARCHAR2(80), salary NUMBER, phone VARCHAR2(20))",
    "CREATE ROLE hr_reader",
    *(f"CREATE USER {name} IDENTIFIED BY sandbox" for name in PEOPLE),
    *(f"GRANT CREATE SESSION TO {name}" for name in PEOPLE),
)


class Serving:
    """What the listener serves: whichever instance is in place, on one address."""

    def __init__(self) -> None:
        self.instance: Instance | None = None
        self.dsn = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.instance, name)


@dataclass(frozen=True)
class Moment:
    """A stopped database and a repository to copy; `start` puts a fresh copy in place and gives its world."""

    folder: Path
    release: int
    serving: Serving

    @contextmanager
    def start(self, scratch: Path) -> Iterator[World]:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.copytree(self.folder, scratch, symlinks=True)
        with serve(scratch, self.release, self.serving) as world:
            yield world


class CarefulWorld(World):
    """A world in which no command may print the account's password, a control character or a traceback."""

    def run(self, *arguments: str) -> Ran:
        ran = super().run(*arguments)
        assert_clean(ran.out, ran.err)
        return ran

    def close(self) -> None:
        super().close()
        if (self.repository / ".git").exists() and self.ledger():
            assert PASSWORD not in self.git("log", "-p", "audit")


def assert_clean(*printed: str) -> None:
    text = "".join(printed)
    assert PASSWORD not in text
    assert "Traceback" not in text
    assert [char for char in text if char != "\n" and unicodedata.category(char) == "Cc"] == []
    assert not set(text) & set("\u202e\u2066\u2028")


@contextmanager
def serve(folder: Path, release: int, serving: Serving) -> Iterator[World]:
    """The world in the folder, its database served from this process."""
    instance = Instance(folder / "database", Release(release), password=SYSTEM_PASSWORD)
    serving.instance = instance
    world = CarefulWorld(
        folder / "access",
        serving.dsn,
        release,
        SYSTEM_PASSWORD,
        PASSWORD,
        advance_clock=lambda duration: Scheduler(instance).advance_to(
            instance.now() + parse_duration(duration)
        ),
        sandbox=folder / "database",
    )
    try:
        yield world
    finally:
        world.close()
        instance.close()


@pytest.fixture(scope="session")
def serving() -> Iterator[Serving]:
    serving = Serving()
    with server.running(serving) as listening:  # type: ignore[arg-type]  # it has what the instance has
        serving.dsn = f"127.0.0.1:{listening.port}/FREEPDB1"
        yield serving


@pytest.fixture(scope="session")
def moments(
    tmp_path_factory: pytest.TempPathFactory, serving: Serving
) -> Callable[[int, Callable[[World], None]], Moment]:
    """Makes the moment that a story leads up to; once a release and story."""
    made: dict[tuple[int, str], Moment] = {}

    def make(release: int, story: Callable[[World], None]) -> Moment:
        key = (release, story.__name__)
        if key not in made:
            folder = tmp_path_factory.mktemp(f"moment-{release}")
            with serve(folder, release, serving) as world:
                make_database(world)
                world.start_repository()
                story(world)
            made[key] = Moment(folder, release, serving)
        return made[key]

    return make


def nothing_yet(world: World) -> None:
    """The documents of the start are merged, nothing has run."""


@pytest.fixture
def moment(moments: Callable[[int, Callable[[World], None]], Moment]) -> Moment:
    """Before the first run, on the newer release; what is tested with it is the same on both."""
    return moments(23, nothing_yet)


@pytest.fixture
def world(moment: Moment, tmp_path: Path) -> Iterator[World]:
    with moment.start(tmp_path / "world") as world:
        yield world


def make_database(world: World) -> None:
    account = bootstrap.statements(
        ACCOUNT,
        PASSWORD,
        release=world.release,
        system_privileges=("CREATE SESSION", "CREATE VIEW"),
        roles=("HR_READER",),
    )
    with (
        oracledb.connect(
            user="SYS", password=SYSTEM_PASSWORD, dsn=world.dsn, mode=oracledb.AUTH_MODE_SYSDBA
        ) as dba,
        dba.cursor() as cursor,
    ):
        for statement in (*SCHEMA, *account):
            cursor.execute(statement)
