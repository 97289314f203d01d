"""Procedures, functions and packages: whose rights they run with, who may call them, what happens when they do not compile."""

from __future__ import annotations

from typing import Any

import pytest


def test_a_procedure_runs_with_the_rights_of_its_owner(database: Any, system: Any, hr: Any) -> None:
    hr.execute(
        "CREATE PROCEDURE name_of (id IN NUMBER, v OUT VARCHAR2) IS"
        " BEGIN SELECT name INTO v FROM employees WHERE employees.id = name_of.id; END;"
    )
    hr.execute("GRANT EXECUTE ON name_of TO bob")
    bob = database.connect("BOB")
    assert bob.run("BEGIN hr.name_of(1, :v); END;", v="") == {"v": "King"}
    assert bob.fails("SELECT * FROM hr.employees").code == 942


def test_roles_do_not_count_in_definer_rights_code(database: Any, system: Any) -> None:
    for statement in (
        "CREATE ROLE reader",
        "GRANT SELECT ON hr.employees TO reader",
        "GRANT reader, CREATE PROCEDURE TO bob",
    ):
        system.execute(statement)
    bob = database.connect("BOB")
    assert bob.rows("SELECT COUNT(*) FROM hr.employees") == [(3,)]
    source = "PROCEDURE p {} IS n NUMBER; BEGIN EXECUTE IMMEDIATE 'SELECT COUNT(*) FROM hr.employees' INTO n; END;"
    bob.execute(f"CREATE OR REPLACE {source.format('')}")
    assert bob.fails("BEGIN p; END;").code == 942
    bob.execute(f"CREATE OR REPLACE {source.format('AUTHID CURRENT_USER')}")
    bob.execute("BEGIN p; END;")


def test_execute_is_needed_and_its_revoke_counts_at_once(database: Any, hr: Any) -> None:
    hr.execute("CREATE FUNCTION one RETURN NUMBER IS BEGIN RETURN 1; END;")
    bob = database.connect("BOB")
    block = "BEGIN :n := hr.one; END;"
    assert "PLS-00201" in bob.fails(block, n=0).message
    hr.execute("GRANT EXECUTE ON one TO bob")
    assert bob.run(block, n=0) == {"n": 1}
    hr.execute("REVOKE EXECUTE ON one FROM bob")
    assert "PLS-00201" in bob.fails(block, n=0).message


@pytest.mark.parametrize(
    "source",
    [
        "PROCEDURE broken IS BEGIN missing; END;",
        "PROCEDURE broken IS BEGIN NULL END;",
        "PROCEDURE broken IS n NUMBER; BEGIN SELECT 1 INTO n FROM no_such_table; END;",
    ],
)
def test_code_with_errors_is_stored_with_a_warning_and_cannot_be_called(
    hr: Any, source: str
) -> None:
    outcome = hr.execute(f"CREATE {source}")
    assert outcome.warning is not None
    assert outcome.warning.code == 24344
    assert hr.rows("SELECT status FROM user_objects WHERE object_name = 'BROKEN'") == [("INVALID",)]
    assert "PLS-00905" in hr.fails("BEGIN broken; END;").message


def test_code_becomes_valid_when_what_it_needs_appears(hr: Any) -> None:
    hr.execute("CREATE PROCEDURE p IS BEGIN q; END;")
    hr.execute("CREATE PROCEDURE q IS BEGIN NULL; END;")
    hr.execute("ALTER PROCEDURE p COMPILE")
    assert hr.rows("SELECT status FROM user_objects WHERE object_name = 'P'") == [("VALID",)]
    hr.execute("BEGIN p; END;")


def test_a_package_offers_what_it_declares(hr: Any) -> None:
    hr.execute(
        "CREATE PACKAGE tools IS FUNCTION twice(n NUMBER) RETURN NUMBER; PROCEDURE fail; END;"
    )
    hr.execute(
        "CREATE PACKAGE BODY tools IS"
        " FUNCTION factor RETURN NUMBER IS BEGIN RETURN 2; END;"
        " FUNCTION twice(n NUMBER) RETURN NUMBER IS BEGIN RETURN n * factor; END;"
        " PROCEDURE fail IS BEGIN RAISE_APPLICATION_ERROR(-20001, 'no'); END;"
        " END tools;"
    )
    assert hr.run("BEGIN :n := tools.twice(21); END;", n=0) == {"n": 42}
    assert "PLS-00302" in hr.fails("BEGIN :n := tools.factor; END;", n=0).message
    assert '"HR.TOOLS", line 1' in hr.fails("BEGIN tools.fail; END;").message


def test_call_runs_a_routine(hr: Any) -> None:
    hr.execute(
        "CREATE PROCEDURE put (id NUMBER) IS BEGIN INSERT INTO employees (id) VALUES (put.id); END;"
    )
    hr.execute("CALL put(77)")
    assert hr.rows("SELECT COUNT(*) FROM employees WHERE id = 77") == [(1,)]


RIGHTS = [
    ("CREATE PROCEDURE hr.p IS BEGIN NULL; END;", 1031),
    ("CREATE PROCEDURE p IS BEGIN NULL; END;", 1031),
    ("DROP PROCEDURE hr.kept", 4043),
]


@pytest.mark.parametrize(("statement", "code"), RIGHTS)
def test_rights_to_create_and_drop(database: Any, hr: Any, statement: str, code: int) -> None:
    hr.execute("CREATE PROCEDURE kept IS BEGIN NULL; END;")
    assert database.connect("BOB").fails(statement).code == code


def test_a_name_is_taken_once(hr: Any) -> None:
    hr.execute("CREATE PROCEDURE p IS BEGIN NULL; END;")
    assert hr.fails("CREATE PROCEDURE p IS BEGIN NULL; END;").code == 955
    assert (
        hr.fails("CREATE OR REPLACE FUNCTION p RETURN NUMBER IS BEGIN RETURN 1; END;").code == 955
    )
    hr.execute("DROP PROCEDURE p")
    assert hr.fails("DROP PROCEDURE p").code == 4043


def test_stored_functions_in_sql_are_refused_as_what_they_are(system: Any, database: Any) -> None:
    hr = database.connect("HR")
    hr.execute("CREATE FUNCTION one RETURN NUMBER IS BEGIN RETURN 1; END;")
    hr.execute("CREATE PACKAGE tools IS FUNCTION f(n NUMBER) RETURN NUMBER; END;")
    for call in ("one()", "hr.one()", "tools.f(1)", "hr.tools.f(1)"):
        assert hr.fails(f"SELECT {call} FROM dual").code == 3001
    assert hr.fails("SELECT nowhere(1) FROM dual").code == 904
    bob = database.connect("BOB")
    assert bob.fails("SELECT hr.one() FROM dual").code == 904
    system.execute("GRANT EXECUTE ON hr.one TO bob")
    assert bob.fails("SELECT hr.one() FROM dual").code == 3001
