"""The dictionary views of a release: their names, their columns, and how a SQLite connection gets to read them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.dictionary import (
    accounts,
    audit,
    code,
    constraints,
    feeds,
    instance,
    objects,
    privileges,
    scheduler,
)
from reconciler.sandbox.engine.dictionary.definition import (
    FEED_PREFIX,
    PREFIX,
    Definition,
    column_texts,
    select,
)
from reconciler.sandbox.seam import Column, Release

_THEMES = (privileges, accounts, objects, code, constraints, scheduler, instance, audit)
_REFERENCE = re.compile(rf'temp\."{re.escape(FEED_PREFIX)}(\w+)"')


@dataclass(frozen=True, slots=True)
class DictionaryView:
    """One view: the name of the object of SYS, and its columns as DESCRIBE shows them."""

    name: str
    columns: tuple[Column, ...]


@cache
def _definitions(release: Release) -> Mapping[str, Definition]:
    every = (definition for theme in _THEMES for definition in theme.VIEWS)
    return {definition.name: definition for definition in every if definition.since <= release}


@cache
def names(release: Release) -> tuple[str, ...]:
    """Every dictionary view by the name of its object in SYS, sorted."""
    return tuple(sorted(_definitions(release)))


@cache
def synonyms(release: Release) -> Mapping[str, str]:
    """Public synonym -> object of SYS."""
    return {d.synonym or name: name for name, d in sorted(_definitions(release).items())}


@cache
def public_names(release: Release) -> tuple[str, ...]:
    """The views that PUBLIC may read, by the name of the object in SYS."""
    return tuple(name for name in names(release) if _definitions(release)[name].public)


@cache
def find(release: Release, name: str) -> DictionaryView | None:
    """The view with this object name, spelled exactly; None if the release has none."""
    definition = _definitions(release).get(name)
    if definition is None:
        return None
    return DictionaryView(
        name, tuple(item.column for item in column_texts(definition.columns, release))
    )


@cache
def _query(release: Release, name: str) -> str:
    return select(_definitions(release)[name], release)


def attach(
    session: SessionView, connection: sqlite3.Connection, names: Iterable[str]
) -> dict[str, str]:
    """Makes the named views readable on the connection, which must have the container's catalog attached as `cat`.

    Returns name -> what to put after FROM. Columns have their dictionary names (quote them). What a view shows of sessions, roles and
    parameters is as of this call; what it shows of the catalog is read live. Raises KeyError for a name that the release does not have.
    """
    release = session.instance.release
    wanted = list(names)
    present = _temporary_views(connection)
    statements = {f"{PREFIX}{name}": _query(release, name) for name in wanted}
    needed: set[str] = {"context"}
    creations = list(_creations(statements, needed))
    feeds.refresh(session, connection, sorted(needed))
    for name, query in creations:
        if name not in present:
            connection.execute(f'CREATE TEMP VIEW IF NOT EXISTS "{name}" AS {query}')
    return {name: f'temp."{PREFIX}{name}"' for name in wanted}


def _creations(statements: Mapping[str, str], needed: set[str]) -> Iterator[tuple[str, str]]:
    """The views to create, helpers first; notes in `needed` the feeds they read."""
    for name, query in statements.items():
        references = set(_REFERENCE.findall(query))
        needed.update(references & feeds.FEEDS.keys())
        helpers = sorted(references & feeds.HELPERS.keys())
        yield from _creations({f"{FEED_PREFIX}{h}": feeds.HELPERS[h] for h in helpers}, needed)
        yield name, query


def _temporary_views(connection: sqlite3.Connection) -> frozenset[str]:
    rows = connection.execute("SELECT name FROM sqlite_temp_master WHERE type = 'view'")
    return frozenset(name for (name,) in rows.fetchall())
