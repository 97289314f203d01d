"""Passwords and their warnings from end to end: a real driver, the wire, the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import oracledb
import pytest

from reconciler.sandbox import server

LONGER = (
    "CREATE FUNCTION SYS.longer(username VARCHAR2, password VARCHAR2, old_password VARCHAR2)"
    " RETURN BOOLEAN IS BEGIN IF old_password IS NULL THEN raise_application_error(-20002, 'no old password'); END IF;"
    " RETURN LENGTH(password) > LENGTH(old_password); END;"
)


@pytest.fixture
def connect(database: Any) -> Iterator[Callable[..., oracledb.Connection]]:
    """Connects as BOB; what was connected is closed at the end."""
    opened: list[oracledb.Connection] = []
    with server.running(database.instance) as listening:
        dsn = f"127.0.0.1:{listening.port}/FREEPDB1"

        def connect(password: str, **options: Any) -> oracledb.Connection:
            opened.append(oracledb.connect(user="bob", password=password, dsn=dsn, **options))
            return opened[-1]

        yield connect
        for connection in opened:
            connection.close()


@pytest.fixture
def longer_passwords(database: Any) -> None:
    """Each new password of BOB's must be longer than the one before."""
    sys = database.connect("SYS")
    sys.execute(LONGER)
    sys.execute("CREATE PROFILE growing LIMIT PASSWORD_VERIFY_FUNCTION longer")
    sys.execute("ALTER USER bob PROFILE growing")


def test_a_password_about_to_expire_is_told_at_logon(
    connect: Callable[..., oracledb.Connection], database: Any, system: Any
) -> None:
    system.execute("ALTER PROFILE DEFAULT LIMIT PASSWORD_LIFE_TIME 10 PASSWORD_GRACE_TIME 5")
    assert connect("bob").warning is None
    database.scheduler.advance(timedelta(days=11))
    warning: Any = connect("bob").warning
    assert (warning.code, warning.full_code) == (28002, "ORA-28002")
    assert "expire" in warning.message


@pytest.mark.usefixtures("longer_passwords")
def test_a_changed_password_is_judged_beside_the_old_one(
    connect: Callable[..., oracledb.Connection],
) -> None:
    connection = connect("bob")
    with pytest.raises(oracledb.DatabaseError, match="ORA-28003"):
        connection.changepassword("bob", "abc")
    connection.changepassword("bob", "longer")
    with pytest.raises(oracledb.DatabaseError, match="ORA-28008"):
        connection.changepassword("wrong", "even longer")
    assert connect("longer").username == "bob"


@pytest.mark.usefixtures("longer_passwords")
def test_a_new_password_at_logon_is_judged_beside_the_old_one(
    connect: Callable[..., oracledb.Connection],
) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-28003"):
        connect("bob", newpassword="abc")
    connect("bob", newpassword="longer")
    assert connect("longer").username == "bob"


def test_an_internal_error_leaves_the_connection_usable(
    connect: Callable[..., oracledb.Connection],
    database: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    connection = connect("bob")
    (session,) = [item for item in database.instance.sessions() if item.user == "BOB"]

    def broken(text: str) -> None:
        raise ZeroDivisionError(text)

    session.on_statement, healthy = broken, session.on_statement
    with connection.cursor() as cursor:
        with pytest.raises(oracledb.DatabaseError, match=r"ORA-07445.*ZeroDivisionError"):
            cursor.execute("SELECT 1 FROM dual")
        session.on_statement = healthy
        assert cursor.execute("SELECT 2 FROM dual").fetchone() == (2,)
    assert "internal error" in caplog.text
