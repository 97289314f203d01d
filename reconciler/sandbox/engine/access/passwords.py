"""Setting passwords: what a profile demands of a new one, and what is kept of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime

from reconciler.sandbox import verifier
from reconciler.sandbox.engine.access import limits
from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.access.principals import is_common
from reconciler.sandbox.engine.access.scope import atomic, everywhere
from reconciler.sandbox.engine.clock import parsed, stored
from reconciler.sandbox.engine.context import Container, InstanceView, SessionView
from reconciler.sandbox.seam import Bind, OracleError, OracleType, Release

VerifyHook = Callable[[str, str, str, str | None], None]
"""Calls the function (first argument, a name in SYS) with user name, new and old password; raises OracleError if it refuses."""


def verify_in(session: SessionView) -> VerifyHook:
    """Runs verify functions in the session."""

    def verify(function: str, user: str, password: str, old: str | None) -> None:
        block = (
            f'BEGIN IF SYS."{function}"(:username, :password, :old_password) THEN :accepted := 1;'
            " ELSE :accepted := 0; END IF; END;"
        )
        binds = [
            Bind("USERNAME", OracleType.VARCHAR2, user, size=128),
            Bind("PASSWORD", OracleType.VARCHAR2, password, size=1024),
            Bind("OLD_PASSWORD", OracleType.VARCHAR2, old, size=1024),
            Bind("ACCEPTED", OracleType.NUMBER, size=22),
        ]
        with session.definer_rights("SYS"):
            outcome = session.execute_sql(block, binds)
        if outcome.out.get(3) != 1:
            raise OracleError(28003, "password verification for the specified password failed")

    return verify


def check_new(
    catalog: sqlite3.Connection,
    release: Release,
    user: str,
    password: str,
    *,
    profile: str,
    verify: VerifyHook | None,
    old: str | None = None,
) -> None:
    """Raises ORA-28003 with the reasons of the profile's verify function, if that refuses the password or cannot be called."""
    function = limits.text_limit(catalog, profile, "PASSWORD_VERIFY_FUNCTION")
    if function in ("NULL", limits.UNLIMITED):
        return
    refusal = error(release, 28003)
    if verify is None:
        raise refusal
    try:
        verify(function, user, password, old)
    except OracleError as reason:
        if reason.code == 28003:
            raise
        raise OracleError(28003, f"{refusal.message}\n{reason.text}") from reason


def check_reuse(
    catalog: sqlite3.Connection, release: Release, user: str, password: str, now: datetime
) -> None:
    """Raises ORA-28007 if the password was used before, and not both PASSWORD_REUSE_TIME days and PASSWORD_REUSE_MAX changes ago. A
    limit that is UNLIMITED is never reached; two of them check nothing.
    """
    profile = limits.profile_of(catalog, user)
    days = limits.days_limit(catalog, profile, "PASSWORD_REUSE_TIME")
    changes = limits.number_limit(catalog, profile, "PASSWORD_REUSE_MAX")
    if days is None and changes is None:
        return
    history = catalog.execute(
        "SELECT changed, verifier FROM password_history WHERE user_name = ? ORDER BY changed DESC, rowid DESC",
        (user,),
    ).fetchall()
    for position, (changed, packed) in enumerate(history):
        old_enough = days is not None and now - parsed(changed) >= days
        often_enough = changes is not None and position >= changes
        if old_enough and often_enough:
            return
        if verifier.matches(verifier.unpack(packed), password):
            raise error(release, 28007)


def store(
    containers: Sequence[Container],
    user: str,
    password: str,
    now: datetime,
    *,
    expired: bool = False,
) -> None:
    """Keeps what is needed of the password, and starts its life anew."""
    packed = verifier.pack(verifier.make(password))
    for container in containers:
        profile = limits.profile_of(container.catalog, user)
        life = limits.days_limit(container.catalog, profile, "PASSWORD_LIFE_TIME")
        container.catalog.execute(
            "UPDATE users SET verifier = ?, authentication = 'PASSWORD', password_change_date = ?, expired = ?,"
            " expiry_date = ? WHERE name = ?",
            (
                packed, stored(now), int(expired),
                stored(now) if expired else None if life is None else stored(now + life), user,
            ),
        )  # fmt: skip
        container.catalog.execute(
            "INSERT INTO password_history VALUES (?, ?, ?)", (user, stored(now), packed)
        )


def set_password(session: SessionView, user: str, password: str, *, old: str | None = None) -> None:
    """Changes a password in an open session, profile rules included; a common user's everywhere.

    Raises ORA-28003, ORA-28007; ORA-65066 for a common user inside a pluggable database.
    """
    catalog, release = session.container.catalog, session.instance.release
    common = is_common(catalog, user)
    if common and not session.container.is_root:
        raise error(release, 65066)
    containers = everywhere(session).containers if common else (session.container,)
    profile = limits.profile_of(catalog, user)
    check_new(catalog, release, user, password, profile=profile, verify=verify_in(session), old=old)
    check_reuse(catalog, release, user, password, session.instance.now())
    with atomic(containers):
        store(containers, user, password, session.instance.now())


def set_password_at_logon(
    instance: InstanceView,
    container: Container,
    user: str,
    password: str,
    verify: VerifyHook | None,
    old: str | None,
) -> None:
    """Changes the password of a user who logs on with a new one; a common user's everywhere."""
    catalog, release = container.catalog, instance.release
    profile = limits.profile_of(catalog, user)
    check_new(catalog, release, user, password, profile=profile, verify=verify, old=old)
    check_reuse(catalog, release, user, password, instance.now())
    containers: tuple[Container, ...] = (container,)
    if is_common(catalog, user):
        others = [item for item in instance.containers.values() if not item.is_root]
        containers = (instance.root, *others)
    with atomic(containers):
        store(containers, user, password, instance.now())


def is_current(catalog: sqlite3.Connection, user: str, password: str) -> bool:
    """Whether this is the user's password now."""
    row = catalog.execute("SELECT verifier FROM users WHERE name = ?", (user,)).fetchone()
    return bool(row and row[0]) and verifier.matches(verifier.unpack(row[0]), password)
