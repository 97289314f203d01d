"""The sample in the sandbox, loaded by a driver as SYSTEM, as it would be in a real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import oracledb
import pytest

from reconciler.sandbox import sample, server
from reconciler.sandbox.engine.instance import Instance
from reconciler.sandbox.sample.accounts import PASSWORD, PEOPLE
from reconciler.sandbox.sample.loading import load_sample
from reconciler.sandbox.seam import Logon, Release

TABLES = "SELECT owner || '.' || table_name FROM dba_tables WHERE owner IN ('HR', 'OE', 'FIN') ORDER BY 1"
Connect = Callable[[str, str], oracledb.Connection]


@pytest.fixture(scope="module", params=Release, ids=lambda release: f"release{release}")
def connect(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connect]:
    release: Release = request.param
    instance = Instance(tmp_path_factory.mktemp("sample"), release, password="system")
    with server.running(instance) as listening:

        def open_session(user: str, password: str) -> oracledb.Connection:
            dsn = f"127.0.0.1:{listening.port}/FREEPDB1"
            return oracledb.connect(user=user, password=password, dsn=dsn)

        with open_session("SYSTEM", "system") as connection, connection.cursor() as cursor:
            connection.autocommit = True
            for statement in sample.statements(release):
                cursor.execute(statement)
        yield open_session
    instance.close()


def rows(connection: oracledb.Connection, query: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        found: list[tuple[object, ...]] = cursor.execute(query).fetchall()
        return found


def test_tables_views_and_comments_are_there(connect: Connect) -> None:
    with connect("SYSTEM", "system") as connection:
        kinds = "SELECT object_type, COUNT(*) FROM dba_objects WHERE owner IN ('HR', 'OE', 'FIN') AND object_type <> 'INDEX' GROUP BY object_type ORDER BY 1"
        assert rows(connection, kinds) == [
            ("PROCEDURE", 3),
            ("SEQUENCE", 4),
            ("TABLE", 14),
            ("VIEW", 2),
        ]
        assert rows(connection, "SELECT COUNT(*) FROM hr.emp_public") == [(120,)]
        sensitive = "SELECT COUNT(*) FROM dba_col_comments WHERE comments LIKE '%sensitive%'"
        assert rows(connection, sensitive) == [(9,)]


def test_totals_are_those_of_the_lines(connect: Connect) -> None:
    with connect("SYSTEM", "system") as connection:
        query = "SELECT COUNT(*) FROM oe.order_totals t WHERE t.total <> (SELECT SUM(i.unit_price * i.quantity) FROM oe.order_items i WHERE i.order_id = t.order_id)"
        assert rows(connection, query) == [(0,)]


def test_people_may_log_on_and_nothing_else(connect: Connect) -> None:
    for person in PEOPLE:
        with connect(person, PASSWORD) as connection:
            assert rows(connection, "SELECT privilege FROM session_privs") == [("CREATE SESSION",)]
            with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
                rows(connection, "SELECT * FROM hr.employees")


def test_the_application_reads_through_its_role(connect: Connect) -> None:
    with connect("HR_APP", PASSWORD) as connection:
        assert rows(connection, "SELECT COUNT(*) FROM hr.employees") == [(120,)]
        with pytest.raises(oracledb.DatabaseError, match=r"ORA-(01031|41900)"):
            rows(connection, "DELETE FROM hr.employees")


def test_a_raise_has_a_limit(connect: Connect) -> None:
    with connect("HR_APP", PASSWORD) as connection, connection.cursor() as cursor:
        before = rows(connection, "SELECT salary FROM hr.employees WHERE employee_id = 101")
        cursor.callproc("hr.raise_salary", [101, 10])
        after = rows(connection, "SELECT salary FROM hr.employees WHERE employee_id = 101")
        assert after[0][0] == pytest.approx(before[0][0] * 1.1, abs=0.01)  # type: ignore[operator]
        with pytest.raises(oracledb.DatabaseError, match="ORA-20010"):
            cursor.callproc("hr.raise_salary", [101, 90])
        connection.rollback()


def test_loading_with_binds_gives_the_same_rows(connect: Connect, tmp_path: Path) -> None:
    with connect("SYSTEM", "system") as connection:
        instance = Instance(tmp_path / "with binds", password="system")
        load_sample(instance)
        session = instance.logon(Logon("FREEPDB1", "SYSTEM", password_ok=True))
        tables = [name for (name,) in rows(connection, TABLES)]
        for table in tables:
            query = f"SELECT * FROM {table} ORDER BY 1, 2"
            outcome = session.execute(session.prepare(query), ())
            assert [tuple(row) for row in outcome.rows or ()] == [
                tuple(Decimal(str(v)) if isinstance(v, float) else v for v in row)
                for row in rows(connection, query)
            ]
        instance.close()
    assert len(tables) == 14
