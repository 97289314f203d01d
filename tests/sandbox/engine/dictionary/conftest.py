"""A container's catalog with a session on it, as the dictionary sees them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from reconciler.sandbox.engine.catalog import store
from reconciler.sandbox.engine.context import ROOT_CONTAINER, Container, SessionView
from reconciler.sandbox.engine.dictionary import views
from reconciler.sandbox.seam import Release

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


@dataclass
class Instance:
    release: Release
    containers: Mapping[str, Container]
    open_sessions: list[Session] = field(default_factory=list)

    @property
    def root(self) -> Container:
        return self.containers[ROOT_CONTAINER]

    def now(self) -> datetime:
        return NOW

    def sessions(self) -> Sequence[Session]:
        return self.open_sessions


@dataclass
class Session:
    """A session as the dictionary reads it; the real one is the engine's."""

    instance: Instance
    container: Container
    connection: sqlite3.Connection
    user: str = "SYSTEM"
    roles: frozenset[str] = frozenset()
    sid: int = 40
    serial: int = 7
    proxy_user: str | None = None
    is_sysdba: bool = False
    attributes: dict[str, str | None] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def current_user(self) -> str:
        return self.user

    @property
    def current_schema(self) -> str:
        return self.user

    def rows(self, view: str, columns: str = "*", where: str = "1") -> list[tuple[Any, ...]]:
        source = views.attach(cast("SessionView", self), self.connection, [view])[view]
        return self.connection.execute(f"SELECT {columns} FROM {source} WHERE {where}").fetchall()


@dataclass
class Database:
    instance: Instance
    opened: list[sqlite3.Connection] = field(default_factory=list)

    def session(self, user: str = "SYSTEM", *roles: str, container: str = "FREEPDB1") -> Session:
        place = self.instance.containers[container]
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.execute("ATTACH ? AS cat", (place.catalog_path,))
        self.opened.append(connection)
        sid = 40 + len(self.opened)
        session = Session(self.instance, place, connection, user, frozenset(roles), sid)
        self.instance.open_sessions.append(session)
        return session

    def catalog(self, container: str = "FREEPDB1") -> sqlite3.Connection:
        return self.instance.containers[container].catalog


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[Release, str], bytes]:
    folder = tmp_path_factory.mktemp("catalogs")
    made = {}
    for release in Release:
        for name in (ROOT_CONTAINER, "FREEPDB1"):
            path = folder / f"{release}-{name}.db"
            store.create(str(path), name=name, release=release, now=NOW, system_password="sandbox")
            connection = store.connect(str(path))
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            made[release, name] = path.read_bytes()
    return made


@pytest.fixture
def make_database(
    templates: Mapping[tuple[Release, str], bytes], tmp_path: Path
) -> Iterator[Callable[[Release], Database]]:
    made: list[Database] = []

    def make(release: Release) -> Database:
        containers = {}
        for name in (ROOT_CONTAINER, "FREEPDB1"):
            path = tmp_path / f"{release}-{name}.db"
            path.write_bytes(templates[release, name])
            containers[name] = Container(name, store.connect(str(path)), str(path), ":memory:")
        made.append(Database(Instance(release, containers)))
        return made[-1]

    yield make
    for database in made:
        for connection in database.opened:
            connection.close()
        for container in database.instance.containers.values():
            container.catalog.close()


@pytest.fixture(params=Release, ids=lambda release: f"release{release}")
def database(
    request: pytest.FixtureRequest, make_database: Callable[[Release], Database]
) -> Database:
    return make_database(request.param)
