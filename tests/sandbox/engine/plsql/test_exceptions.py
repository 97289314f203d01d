"""Which handler catches what, and what the client is told of what nobody caught."""

from __future__ import annotations

from typing import Any

import pytest

CAUGHT = [
    ("SELECT name INTO x FROM hr.employees WHERE id = 99;", "NO_DATA_FOUND", "100"),
    ("SELECT name INTO x FROM hr.employees;", "TOO_MANY_ROWS", "-1422"),
    ("INSERT INTO hr.employees (id) VALUES (1);", "DUP_VAL_ON_INDEX", "-1"),
    ("n := 'x';", "VALUE_ERROR", "-6502"),
    ("RAISE mine;", "mine", "1"),
    ("RAISE numbered;", "numbered", "-20007"),
    ("RAISE_APPLICATION_ERROR(-20007, 'x');", "numbered", "-20007"),
    ("EXECUTE IMMEDIATE 'DROP ROLE nobody_has_this';", "no_role", "-1919"),
    ("EXECUTE IMMEDIATE 'GRANT nonsense TO hr';", "OTHERS", "-1919"),
    ("EXECUTE IMMEDIATE 'SELEKT 1';", "OTHERS", "-900"),
    ("RAISE PROGRAM_ERROR;", "STANDARD.PROGRAM_ERROR", "-6501"),
    ("RAISE NO_DATA_FOUND;", "VALUE_ERROR OR NO_DATA_FOUND", "100"),
]


@pytest.mark.parametrize(("statement", "handler", "code"), CAUGHT, ids=[c[0] for c in CAUGHT])
def test_a_handler_catches_its_exception(
    system: Any, statement: str, handler: str, code: str
) -> None:
    block = f"""
        DECLARE
          x VARCHAR2(20); n NUMBER;
          mine EXCEPTION;
          numbered EXCEPTION; PRAGMA EXCEPTION_INIT(numbered, -20007);
          no_role EXCEPTION; PRAGMA EXCEPTION_INIT(no_role, -1919);
        BEGIN
          {statement}
          :code := 'not raised';
        EXCEPTION
          WHEN {handler} THEN :code := SQLCODE;
        END;"""
    assert system.run(block, code="") == {"code": code}


def test_an_exception_nobody_handles_here_reaches_the_block_around(system: Any) -> None:
    block = """
        BEGIN
          BEGIN RAISE NO_DATA_FOUND; EXCEPTION WHEN TOO_MANY_ROWS THEN :v := 'inner'; END;
        EXCEPTION WHEN NO_DATA_FOUND THEN :v := 'outer'; END;"""
    assert system.run(block, v="") == {"v": "outer"}


def test_an_exception_of_a_handler_leaves_its_block(system: Any) -> None:
    block = """
        BEGIN
          BEGIN RAISE NO_DATA_FOUND;
          EXCEPTION WHEN NO_DATA_FOUND THEN RAISE TOO_MANY_ROWS; WHEN OTHERS THEN :v := 'same block'; END;
        EXCEPTION WHEN TOO_MANY_ROWS THEN :v := 'block around'; END;"""
    assert system.run(block, v="") == {"v": "block around"}


def test_sqlerrm_is_the_error_in_its_handler_and_nothing_behind_it(system: Any) -> None:
    block = """
        BEGIN
          BEGIN RAISE_APPLICATION_ERROR(-20001, 'no lease'); EXCEPTION WHEN OTHERS THEN :inside := SQLERRM; END;
          :behind := SQLCODE;
        END;"""
    assert system.run(block, inside="", behind="") == {
        "inside": "ORA-20001: no lease",
        "behind": "0",
    }


def test_raise_passes_the_error_on(system: Any) -> None:
    error = system.fails(
        "BEGIN RAISE_APPLICATION_ERROR(-20001, 'first'); EXCEPTION WHEN OTHERS THEN RAISE; END;"
    )
    assert error.code == 20001
    assert error.message.startswith("first\n")


UNHANDLED = [
    ("BEGIN\n  RAISE NO_DATA_FOUND;\nEND;", "ORA-01403: no data found\nORA-06512: at line 2"),
    (
        "DECLARE e EXCEPTION; BEGIN RAISE e; END;",
        "ORA-06510: PL/SQL: unhandled user-defined exception\nORA-06512: at line 1",
    ),
    (
        "DECLARE\n PROCEDURE p IS\n BEGIN\n  RAISE_APPLICATION_ERROR(-20001, 'x');\n END;\nBEGIN\n p;\nEND;",
        "ORA-20001: x\nORA-06512: at line 4\nORA-06512: at line 7",
    ),
    (
        "BEGIN\n EXECUTE IMMEDIATE 'DROP ROLE nobody_has_this';\nEND;",
        "ORA-01919: Role 'NOBODY_HAS_THIS' does not exist.\nORA-06512: at line 2",
    ),
]


@pytest.mark.parametrize(("block", "text"), UNHANDLED)
def test_an_unhandled_error_comes_with_its_call_stack(system: Any, block: str, text: str) -> None:
    assert system.fails(block).text == text


def test_the_backtrace_names_the_line_that_failed(system: Any) -> None:
    block = """BEGIN
          NULL;
          RAISE NO_DATA_FOUND;
        EXCEPTION WHEN OTHERS THEN
          :where := DBMS_UTILITY.FORMAT_ERROR_BACKTRACE; :what := DBMS_UTILITY.FORMAT_ERROR_STACK;
        END;"""
    found = system.run(block, where="", what="")
    assert found == {"where": "ORA-06512: at line 3\n", "what": "ORA-01403: no data found\n"}


COMPILE_ERRORS = [
    ("BEGIN\n  missing := 1;\nEND;", "line 2, column 3:", "PLS-00201: identifier 'MISSING' must be declared"),
    ("BEGIN missing(1); END;", "line 1, column 7:", "PLS-00201"),
    ("DECLARE x missing; BEGIN NULL; END;", "line 1, column 11:", "PLS-00201"),
    ("BEGIN dbms_crypto.nothing; END;", "line 1, column 7:", "PLS-00201"),
    ("BEGIN NULL END;", "line 1, column 12:", "PLS-00103"),
    ("DECLARE c CONSTANT NUMBER := 1; BEGIN c := 2; END;", "line 1, column 39:", "PLS-00363"),
    ("BEGIN FOR i IN 1 .. 2 LOOP i := 3; END LOOP; END;", "line 1, column 28:", "PLS-00363"),
    ("BEGIN EXIT; END;", "line 1, column 7:", "PLS-00376"),
    ("BEGIN RAISE; END;", "line 1, column 7:", "PLS-00367"),
    ("BEGIN RAISE missing; END;", "line 1, column 13:", "PLS-00201"),
    ("DECLARE x NUMBER; BEGIN SELECT nothing INTO x FROM hr.employees; END;", "line 1, column 25:", "ORA-00904"),
    ("DECLARE x NUMBER; BEGIN SELECT 1 FROM dual; END;", "line 1, column 25:", "PLS-00428"),
    ("DECLARE x NUMBER; x DATE; BEGIN NULL; END;", "line 1, column 19:", "PLS-00371"),
    ("BEGIN FOR r IN (SELECT id FROM hr.employees) LOOP :v := r.nam; END LOOP; END;", "line 1, column 59:", "PLS-00302"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("block", "place", "message"), COMPILE_ERRORS, ids=[c[0] for c in COMPILE_ERRORS]
)
def test_a_block_that_does_not_compile_says_where(
    system: Any, block: str, place: str, message: str
) -> None:
    error = system.fails(block, v="")
    assert error.code == 6550
    first, second = error.message.split("\n")[:2]
    assert first == place
    assert message in second


def test_nothing_of_a_block_runs_if_one_statement_does_not_compile(system: Any) -> None:
    system.fails("BEGIN INSERT INTO hr.employees (id) VALUES (50); missing; END;")
    assert system.rows("SELECT COUNT(*) FROM hr.employees") == [(3,)]


def test_all_errors_of_a_block_are_reported(system: Any) -> None:
    message = system.fails("BEGIN one := 1; NULL; two; END;").message
    assert "'ONE'" in message
    assert "'TWO'" in message


def test_others_does_not_catch_a_kill(database: Any, system: Any, hr: Any) -> None:
    import threading
    import time

    def kill() -> None:
        time.sleep(0.3)
        system.execute(f"ALTER SYSTEM KILL SESSION '{hr.session.sid},{hr.session.serial}'")

    killer = threading.Thread(target=kill)
    killer.start()
    error = hr.fails("BEGIN DBMS_SESSION.SLEEP(30); EXCEPTION WHEN OTHERS THEN NULL; END;")
    killer.join()
    assert error.code == 28


def test_others_does_not_catch_a_cancel(hr: Any) -> None:
    import threading
    import time

    def cancel() -> None:
        while not hr.session.session.active:  # a cancel before the call would be forgotten
            time.sleep(0.01)
        hr.session.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    error = hr.fails("BEGIN LOOP BEGIN NULL; EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END;")
    canceller.join()
    assert error.code == 1013
