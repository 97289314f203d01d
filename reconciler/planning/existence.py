"""What a document names and the dictionary does not have: found before the first statement, with the nearest name that it has.

A database gets objects and loses them while documents wait, so each such item fails alone and the others go on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import assert_never

from reconciler.model import names
from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.privileges import Kind, Privilege
from reconciler.model.suggestions import nearest
from reconciler.planning.holdings import Holdings


def problems(
    privilege: Privilege, origin: Origin | None, holdings: Holdings
) -> Iterator[Diagnostic]:
    """What of the privilege is not there."""
    snapshot = holdings.snapshot
    match privilege.kind:
        case Kind.ROLE:
            yield from _role(privilege, origin, holdings)
        case Kind.SYSTEM | Kind.SCHEMA:
            known = snapshot.system_privileges
            if known and privilege.name not in known:
                message = f"{privilege.name} is no system privilege of this release"
                yield _unknown("system", message, origin, privilege.name, known)
            if privilege.kind is Kind.SCHEMA:
                yield from _user(privilege.owner, origin, holdings)
        case Kind.PROXY:
            yield from _user(privilege.owner, origin, holdings)
        case Kind.OBJECT | Kind.COLUMN if privilege.on == "USER":
            yield from _user(privilege.object, origin, holdings)
        case Kind.OBJECT | Kind.COLUMN:
            yield from _object(privilege, origin, holdings)
        case Kind.QUOTA:
            pass  # a snapshot does not know tablespaces
        case _:
            assert_never(privilege.kind)


def _role(privilege: Privilege, origin: Origin | None, holdings: Holdings) -> Iterator[Diagnostic]:
    snapshot, shown = holdings.snapshot, names.display(privilege.name)
    if privilege.name not in snapshot.roles:
        message = f"{shown} is no role of {snapshot.target}"
        yield _unknown("role", message, origin, privilege.name, snapshot.roles)
    elif holdings.is_lease_role(privilege.name):
        message = f"{shown} is the role of a lease and is given by leases alone"
        yield Diagnostic("role.unknown", message, origin)


def _user(user: str, origin: Origin | None, holdings: Holdings) -> Iterator[Diagnostic]:
    snapshot = holdings.snapshot
    if user not in snapshot.users:
        message = f"{names.display(user)} is no user of {snapshot.target}"
        yield _unknown("user", message, origin, user, snapshot.users)


def _object(
    privilege: Privilege, origin: Origin | None, holdings: Holdings
) -> Iterator[Diagnostic]:
    snapshot = holdings.snapshot
    if privilege.owner not in snapshot.known_schemas:
        return
    if privilege.owner not in snapshot.users:
        message = f"{names.display(privilege.owner)} is no schema of {snapshot.target}"
        yield _unknown("schema", message, origin, privilege.owner, snapshot.users)
        return
    known = holdings.objects.get(privilege.owner, {})
    kind = known.get(privilege.object)
    if kind is None:
        message = f"there is no {privilege.place} on {snapshot.target}"
        yield _unknown("object", message, origin, privilege.object, known)
    elif kind == "SYNONYM":
        yield Diagnostic(
            "object.synonym",
            f"{privilege.place} is a synonym; Oracle would grant {privilege.name} on the object that it stands for",
            origin,
            hint="name that object instead, so that reviewers see what is given",
        )
    columns = snapshot.columns.get((privilege.owner, privilege.object))
    if privilege.column and columns and privilege.column not in columns:
        message = f"{privilege.place} has no column {names.display(privilege.column)}"
        yield _unknown("column", message, origin, privilege.column, columns)


def _unknown(
    kind: str, message: str, origin: Origin | None, word: str, known: Collection[str]
) -> Diagnostic:
    near = nearest(word, known)
    hint = f"Did you mean {near if kind == 'system' else names.display(near)}?" if near else ""
    return Diagnostic(f"{kind}.unknown", message, origin, hint=hint)
