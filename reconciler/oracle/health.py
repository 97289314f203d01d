"""Reads what an examination of a target needs, view by view, so that a missing right hides one answer and not all of them.

Not yet seen on a real database: what NETWORK_PROTOCOL is called for each kind of connection, that V$DATABASE in a pluggable database speaks for the whole
container database, and that V$OPTION can be read without a grant.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from reconciler.model import names
from reconciler.model.errors import DatabaseError
from reconciler.model.health import HealthFacts, View
from reconciler.oracle import rows, texts
from reconciler.oracle.driver_errors import NO_RIGHT
from reconciler.oracle.session import Session

VIEWS = tuple(view.value for view in View)
"""The views of SYS that an examination reads, under the names that can be granted."""


def read(
    session: Session, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> HealthFacts:
    """The facts; a view that may not be read gives none and is told in `unreadable`. `now` is this machine's clock. Raises DatabaseError."""
    before = now()
    ((clock, container, protocol, status, days, default_roles, disabled),) = _rows(
        session, "session"
    )
    after = now()
    unreadable: dict[View, str] = {}
    found: dict[str, Any] = {}
    for view, read_view in _READERS.items():
        try:
            found |= read_view(_rows(session, view.name.lower()))
        except DatabaseError as error:
            if error.ora not in NO_RIGHT:
                raise
            account = names.quote(session.account)
            unreadable[view] = f"GRANT READ ON SYS.{view.value} TO {account}"
    return HealthFacts(
        account=session.account,
        container=container,
        release=session.release,
        version=session.version,
        clock=rows.utc(clock),
        before=before,
        after=after,
        protocol=protocol or "",
        account_status=status,
        password_days=None if days is None else int(days),
        default_roles=int(default_roles),
        scheduler_disabled=disabled or "",
        unreadable=unreadable,
        **found,
    )


def _rows(session: Session, name: str) -> list[rows.Row]:
    text = texts.load(f"health_{name}", session.release)
    return session.query(texts.without_comments(text), expect=5)


def _database(found: list[rows.Row]) -> dict[str, Any]:
    ((open_mode, role),) = found
    return {"open_mode": open_mode, "role": role}


def _instance(found: list[rows.Row]) -> dict[str, Any]:
    ((logins,),) = found
    return {"logins": logins}


def _container(found: list[rows.Row]) -> dict[str, Any]:
    """Nothing for a non-CDB, which V$PDBS does not list."""
    return {
        key: value
        for open_mode, restricted in found
        for key, value in (("container_mode", open_mode), ("container_restricted", restricted))
    }


def _parameter(found: list[rows.Row]) -> dict[str, Any]:
    values: dict[str, str] = dict(iter(found))
    return {
        "job_queue_processes": int(values["job_queue_processes"]),
        "resource_limit": values["resource_limit"] == "TRUE",
    }


def _option(found: list[rows.Row]) -> dict[str, Any]:
    ((value,),) = found
    return {"unified_auditing": value == "TRUE"}


_READERS: dict[View, Callable[[list[rows.Row]], dict[str, Any]]] = {
    View.DATABASE: _database,
    View.INSTANCE: _instance,
    View.CONTAINER: _container,
    View.PARAMETER: _parameter,
    View.OPTION: _option,
}
