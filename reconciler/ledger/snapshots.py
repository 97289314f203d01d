"""The last snapshot of a target as lines of JSON, so that pull requests can be judged without a database. Same value, same bytes.

The first line holds the instant, and nothing else differs between two snapshots of an unchanged database. Every other line is one fact: an array of
texts whose first names the kind of fact. The lines are sorted, so git shows and packs small changes small.

Left out is what is nobody's business once the run is over, or changes without anybody's doing: live sessions, the last logon of users, the runs of
deadline jobs (what they ended is in the lease records; the log of a database is as long as its administrator likes) and the cost of reading. A snapshot
holds no secret to begin with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from sys import intern
from typing import Any

from reconciler.model.classification import Column, ColumnPattern
from reconciler.model.identities import ROLE_ONLY, ColumnView, Ending, Profile
from reconciler.model.instants import format_instant, parse_instant
from reconciler.model.logon_networks import LogonNetwork
from reconciler.model.privileges import Entitlement, Kind, Privilege
from reconciler.model.snapshot import (
    DatabaseIdentity,
    DatabaseObject,
    DeadlineJob,
    Dependency,
    HeldGrant,
    LogonCheck,
    RoleAccount,
    Snapshot,
    UserAccount,
)

FORMAT = "1"
FRESH = timedelta(hours=24)
"""How long a recorded snapshot stands for an unchanged database; after that it is recorded again, so that its age says when somebody last looked."""

Fact = Sequence[str]


def kept(snapshot: Snapshot) -> Snapshot:
    """The snapshot without what the ledger leaves out."""
    users = {name: replace(user, last_login=None) for name, user in snapshot.users.items()}
    return replace(snapshot, users=users, sessions=(), deadline_runs=(), round_trips=0)


def encode(snapshot: Snapshot) -> bytes:
    """The file of a snapshot."""
    head = _line(("at", format_instant(snapshot.at)))
    return "\n".join([head, *sorted(map(_line, _facts(snapshot))), ""]).encode()


def decode(data: bytes) -> Snapshot:
    """The snapshot of a file. Raises ValueError, KeyError, TypeError or RecursionError for anything that `encode` would not write."""
    first, *lines = data.decode().removesuffix("\n").split("\n")
    kind, at = json.loads(first)
    facts: dict[str, list[list[str]]] = {}
    for fact in json.loads(f"[{','.join(lines)}]"):
        if not isinstance(fact, list) or not fact or set(map(type, fact)) != {str}:
            raise TypeError("a fact is an array of texts")
        facts.setdefault(fact[0], []).append(fact[1:])
    if kind != "at" or facts.keys() - _KINDS:
        raise ValueError(f"unknown facts: {', '.join(sorted(facts.keys() - _KINDS)) or kind}")
    if facts["format"] != [[FORMAT]]:
        raise ValueError(f"format {facts['format'][0]} is not {FORMAT}, the one known here")
    snapshot = _snapshot(parse_instant(at), facts)
    if encode(snapshot) != data:
        raise ValueError("it is not as it would be written")
    return snapshot


def news(recorded: bytes | None, snapshot: Snapshot) -> bytes | None:
    """The file to record in place of the recorded one; None when that says the same and is fresh."""
    now = encode(snapshot)
    if recorded is None:
        return now
    before, _, said = recorded.partition(b"\n")
    if said == now.partition(b"\n")[2] and snapshot.at - _at(before) < FRESH:
        return None
    return now


def _at(line: bytes) -> datetime:
    """The instant of a first line; of one that nobody can read, the beginning of time."""
    try:
        return parse_instant(json.loads(line)[1])
    except (ValueError, TypeError, LookupError):
        return datetime.min.replace(tzinfo=UTC)


def _line(fact: Fact) -> str:
    return _ENCODER(list(fact))


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _facts(snapshot: Snapshot) -> Iterator[Fact]:
    database = snapshot.database
    yield ("format", FORMAT)
    yield ("target", snapshot.target)
    yield ("database", database.name, str(database.dbid), database.container)
    yield ("release", str(database.release), database.version)
    yield ("account", snapshot.account, snapshot.reader)
    yield ("state", *_words(_STATE, snapshot))
    yield ("logon-check", snapshot.logon_check.value)
    for kind, values in _sets(snapshot):
        yield (kind, *sorted(values))
    yield from map(_grant, snapshot.grants)
    yield from _accounts(snapshot)
    yield from _jobs_and_views(snapshot)
    yield from _objects(snapshot)


def _sets(snapshot: Snapshot) -> Iterator[tuple[str, Iterable[str]]]:
    """Sets of names, a line each."""
    yield "system-privileges", snapshot.system_privileges
    yield "known-schemas", snapshot.known_schemas
    yield "described-schemas", snapshot.described_schemas


def _grant(held: HeldGrant) -> Fact:
    entitlement, grantor, inherited = held
    grantee, privilege, option, second = entitlement
    flags = f"{'o' if option else ''}{'s' if second else ''}{'i' if inherited else ''}"
    parts = ["grant", grantee, *privilege, grantor, flags]
    while not parts[-1]:  # most grants need few of the parts
        parts.pop()
    return parts


def _accounts(snapshot: Snapshot) -> Iterator[Fact]:
    for user in snapshot.users.values():
        yield ("user", user.name, user.status, user.profile, *_words(_USER, user))
    for role in snapshot.roles.values():
        yield ("role", role.name, role.authentication, *_words(_ROLE, role))
    for name in snapshot.created_roles:
        yield ("created-role", name)
    for pair in snapshot.not_default:
        yield ("not-default", *pair)
    for name, networks in snapshot.logon_networks.items():
        yield ("networks", name, *(part for network in networks for part in network))


def _jobs_and_views(snapshot: Snapshot) -> Iterator[Fact]:
    for job in snapshot.deadlines.values():
        end = job.end.astimezone(UTC).isoformat() if job.end else ""
        ending = _json(job.ending.to_json()) if any(job.ending) else ""
        owner = (job.lease_id, job.target)
        yield ("deadline", job.name, end, *owner, str(job.failures), ending, *_words(_JOB, job))
    for view in snapshot.column_views.values():
        yield ("view", view.name, view.owner, view.object, *view.columns)
    for profile in snapshot.profiles.values():
        limits = (profile.idle, profile.longest, profile.per_user)
        yield ("profile", profile.name, *("" if limit is None else str(limit) for limit in limits))


def _objects(snapshot: Snapshot) -> Iterator[Fact]:
    for row in snapshot.objects:
        yield ("object", *row)
    for table, columns in snapshot.columns.items():
        yield ("columns", *table, *sorted(columns))
    for table, size in snapshot.sizes.items():
        yield ("size", *table, str(size))
    for dependency in snapshot.dependencies:
        yield ("reads", *dependency)
    for column in snapshot.classified_columns:
        yield ("classified", *column)
    for pattern in snapshot.classified_patterns:
        yield ("looked-for", *pattern)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


_STATE = ("jobs_can_run", "has_gate", "resource_limit")
_USER = ("oracle_maintained", "common", "locked_later", "read_only")
_ROLE = ("oracle_maintained", "common")
_JOB = ("enabled", "intact")
_ONCE = ("format", "target", "database", "release", "account", "state", "logon-check")
_KINDS = frozenset(
    (
        *_ONCE, "system-privileges", "known-schemas", "described-schemas", "grant", "user", "role", "created-role", "not-default", "networks",
        "deadline", "view", "profile", "object", "columns", "size", "reads", "classified", "looked-for",
    )
)  # fmt: skip


def _words(names: Iterable[str], value: object) -> Iterator[str]:
    """The names of what is so."""
    return (name for name in names if getattr(value, name))


def _flags(names: Iterable[str], words: Iterable[str]) -> dict[str, Any]:
    given = set(words)
    return {name: name in given for name in names}


def _snapshot(at: datetime, facts: dict[str, list[list[str]]]) -> Snapshot:
    (((target,),), ((name, dbid, container),), ((release, version),)) = (
        facts[kind] for kind in _ONCE[1:4]
    )
    (((account, reader),), (state,), ((logon_check,),)) = (facts[kind] for kind in _ONCE[4:])
    return Snapshot(
        target=target,
        at=at,
        database=DatabaseIdentity(name, int(dbid), container, int(release), version),
        account=account,
        reader=reader,
        logon_check=LogonCheck(logon_check),
        system_privileges=_set_of(facts["system-privileges"]),
        known_schemas=_set_of(facts["known-schemas"]),
        described_schemas=_set_of(facts["described-schemas"]),
        **_flags(_STATE, state),
        **_read_accounts(facts),
        **_read_jobs_and_views(facts),
        **_read_objects(facts),
    )


Rows = Callable[[str], list[list[str]]]


def _rows(facts: dict[str, list[list[str]]]) -> Rows:
    return lambda kind: facts.get(kind, [])


def _set_of(rows: list[list[str]]) -> frozenset[str]:
    (names,) = rows
    return frozenset(names)


def _read_accounts(facts: dict[str, list[list[str]]]) -> dict[str, Any]:
    rows = _rows(facts)
    return {
        "grants": frozenset(map(_read_grant, rows("grant"))),
        "users": {row[0]: _read_user(*row) for row in rows("user")},
        "roles": {row[0]: _read_role(*row) for row in rows("role")},
        "created_roles": frozenset(name for (name,) in rows("created-role")),
        "not_default": frozenset((grantee, role) for grantee, role in rows("not-default")),
        "logon_networks": {row[0]: _read_networks(row[1:]) for row in rows("networks")},
    }


def _read_grant(row: list[str]) -> HeldGrant:
    grantee, kind, *rest = row
    name, owner, thing, column, on, grantor, flags = (*rest, *[""] * (7 - len(rest)))
    privilege = Privilege(
        Kind(kind), intern(name), intern(owner), intern(thing), intern(column), intern(on)
    )
    entitlement = Entitlement(intern(grantee), privilege, "o" in flags, "s" in flags)
    return HeldGrant(entitlement, intern(grantor), "i" in flags)


def _read_user(name: str, status: str, profile: str, *words: str) -> UserAccount:
    return UserAccount(name, status, profile=profile, **_flags(_USER, words))


def _read_role(name: str, authentication: str, *words: str) -> RoleAccount:
    return RoleAccount(name, authentication=authentication, **_flags(_ROLE, words))


def _read_networks(parts: list[str]) -> tuple[LogonNetwork, ...]:
    starts = range(0, len(parts), 3)
    return tuple(LogonNetwork(*parts[start : start + 3]) for start in starts)


def _read_jobs_and_views(facts: dict[str, list[list[str]]]) -> dict[str, Any]:
    rows = _rows(facts)
    return {
        "deadlines": {row[0]: _read_deadline(*row) for row in rows("deadline")},
        "column_views": {
            name: ColumnView(name, owner, thing, tuple(columns))
            for name, owner, thing, *columns in rows("view")
        },
        "profiles": {
            name: Profile(name, *(int(limit) if limit else None for limit in limits))
            for name, *limits in rows("profile")
        },
    }


def _read_deadline(
    name: str, end: str, lease_id: str, target: str, failures: str, ending: str, *words: str
) -> DeadlineJob:
    return DeadlineJob(
        name=name,
        end=datetime.fromisoformat(end).astimezone(UTC) if end else None,
        lease_id=lease_id,
        target=target,
        failures=int(failures),
        ending=Ending.from_json(json.loads(ending)) if ending else ROLE_ONLY,
        **_flags(_JOB, words),
    )


def _read_objects(facts: dict[str, list[list[str]]]) -> dict[str, Any]:
    rows = _rows(facts)
    return {
        "objects": frozenset(DatabaseObject(*map(intern, row)) for row in rows("object")),
        "columns": {
            (owner, table): frozenset(columns) for owner, table, *columns in rows("columns")
        },
        "sizes": {(owner, table): int(size) for owner, table, size in rows("size")},
        "dependencies": frozenset(Dependency(*map(intern, row)) for row in rows("reads")),
        "classified_columns": frozenset(Column(*row) for row in rows("classified")),
        "classified_patterns": frozenset(ColumnPattern(*row) for row in rows("looked-for")),
    }
