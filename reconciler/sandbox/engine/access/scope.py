"""Which containers a statement changes, and atomic changes of several catalogs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.access.principals import is_common
from reconciler.sandbox.engine.context import Container, SessionView

_SAVEPOINT = "access_statement"


@dataclass(frozen=True, slots=True)
class Scope:
    """What CONTAINER = meant: `common` changes hold in every container, others only where the session is."""

    common: bool
    containers: tuple[Container, ...]

    def inherited(self, container: Container) -> int:
        """Value of the INHERITED flag of a row this change writes into the container."""
        return int(self.common and not container.is_root)


def oracle_script(session: SessionView) -> bool:
    """Whether the session runs as Oracle's own scripts do: plain names in the root, maintained objects unprotected."""
    return session.parameters.get("_oracle_script", "FALSE").upper() == "TRUE"


def common_prefix(session: SessionView) -> str:
    row = session.instance.root.catalog.execute(
        "SELECT value FROM parameters WHERE name = 'common_user_prefix'"
    ).fetchone()
    return str(row[0]).upper() if row else "C##"


def has_common_prefix(session: SessionView, name: str) -> bool:
    prefix = common_prefix(session)
    return bool(prefix) and name.upper().startswith(prefix)


def everywhere(session: SessionView) -> Scope:
    others = [item for item in session.instance.containers.values() if not item.is_root]
    return Scope(True, (session.instance.root, *others))


def here(session: SessionView) -> Scope:
    return Scope(False, (session.container,))


def grant_scope(session: SessionView, clause: str | None) -> Scope:
    """Scope of GRANT and REVOKE: the current container unless ALL is said. Under `_oracle_script` the root grants commonly."""
    if clause == "ALL":
        if not session.container.is_root:
            raise error(session.instance.release, 65050)
        if not is_common(session.container.catalog, session.current_user):
            raise error(session.instance.release, 65029)
        return everywhere(session)
    if clause is None and session.container.is_root and oracle_script(session):
        return everywhere(session)
    return here(session)


def creation_scope(session: SessionView, clause: str | None, name: str) -> Scope:
    """Scope of a new user or role, by container, clause and prefix of the name."""
    release = session.instance.release
    prefixed = has_common_prefix(session, name)
    prefix = common_prefix(session)
    if not session.container.is_root:
        if clause == "ALL":
            raise error(release, 65050)
        if prefixed:
            raise error(release, 65094, name, prefix)
        return here(session)
    if clause == "CURRENT":
        raise error(release, 65094 if prefixed else 65049, name, prefix)
    if not prefixed and prefix and not oracle_script(session):
        raise error(release, 65096, name, prefix)
    return everywhere(session)


def change_scope(session: SessionView, clause: str | None, *, common: bool) -> Scope:
    """Scope of ALTER and DROP of a user, role or profile that is `common` or not."""
    release = session.instance.release
    if clause == "ALL" and not session.container.is_root:
        raise error(release, 65050)
    if common and session.container.is_root and clause != "CURRENT":
        return everywhere(session)
    return here(session)


@contextmanager
def atomic(containers: Sequence[Container]) -> Iterator[None]:
    """Keeps all changes of the catalogs, or none if the body raises."""
    catalogs = [container.catalog for container in containers]
    for catalog in catalogs:
        catalog.execute(f"SAVEPOINT {_SAVEPOINT}")
    try:
        yield
    except BaseException:
        for catalog in catalogs:
            catalog.execute(f"ROLLBACK TO {_SAVEPOINT}")
            catalog.execute(f"RELEASE {_SAVEPOINT}")
        raise
    for catalog in catalogs:
        catalog.execute(f"RELEASE {_SAVEPOINT}")
