"""SQL inside PL/SQL: variables against columns, cursors, dynamic statements, transactions."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox.seam import Bind, OracleType


def test_a_column_wins_over_a_variable_of_the_same_name(system: Any) -> None:
    block = "DECLARE id NUMBER := 2; n NUMBER; BEGIN SELECT COUNT(*) INTO n FROM hr.employees e WHERE e.id = id; :n := n; END;"
    assert system.run(block, n=0) == {"n": 3}


def test_a_variable_is_a_bind_of_the_statement(system: Any) -> None:
    block = """
        DECLARE wanted hr.employees.id%TYPE := 2; e hr.employees%ROWTYPE; v VARCHAR2(20);
        BEGIN
          SELECT * INTO e FROM hr.employees WHERE id = wanted;
          SELECT name INTO v FROM hr.employees WHERE id = e.id;
          :v := e.name || v;
        END;"""
    assert system.run(block, v="") == {"v": "BlakeBlake"}


def test_a_parameter_is_reached_by_the_name_of_its_routine(system: Any) -> None:
    block = """
        DECLARE
          FUNCTION name_of(id NUMBER) RETURN VARCHAR2 IS v VARCHAR2(20);
          BEGIN SELECT name INTO v FROM hr.employees WHERE employees.id = name_of.id; RETURN v; END;
        BEGIN :v := name_of(3); END;"""
    assert system.run(block, v="") == {"v": "Clark"}


def test_dml_counts_its_rows_and_returns_values(system: Any) -> None:
    block = """
        DECLARE raise_by NUMBER := 100; paid NUMBER;
        BEGIN
          UPDATE hr.employees SET salary = salary + raise_by WHERE id = 1 RETURNING salary INTO paid;
          :count := SQL%ROWCOUNT; :paid := paid;
          DELETE FROM hr.employees WHERE id = 99;
          IF SQL%NOTFOUND THEN :none := 1; END IF;
          ROLLBACK;
        END;"""
    assert system.run(block, count=0, paid=0, none=0) == {"count": 1, "paid": 9100, "none": 1}
    assert system.rows("SELECT salary FROM hr.employees WHERE id = 1") == [(9000,)]


def test_static_sql_knows_both_spellings_of_returning(system: Any) -> None:
    block = """
        DECLARE gone VARCHAR2(20);
        BEGIN
          DELETE FROM hr.employees WHERE id = 3 RETURN name INTO gone;
          :gone := gone;
          ROLLBACK;
        END;"""
    assert system.run(block, gone="") == {"gone": "Clark"}


def test_a_cursor_is_opened_fetched_and_closed(system: Any) -> None:
    block = """
        DECLARE
          CURSOR c(least NUMBER DEFAULT 0) IS SELECT name, salary FROM hr.employees WHERE salary > least ORDER BY id;
          r c%ROWTYPE; names VARCHAR2(100);
        BEGIN
          OPEN c(4500);
          LOOP
            FETCH c INTO r;
            EXIT WHEN c%NOTFOUND;
            names := names || r.name || c%ROWCOUNT;
          END LOOP;
          CLOSE c;
          FOR e IN c LOOP names := names || '-' || e.name; END LOOP;
          :names := names;
          IF c%ISOPEN THEN :names := 'open'; END IF;
        END;"""
    assert system.run(block, names="") == {"names": "King1Blake2-King-Blake-Clark"}


@pytest.mark.parametrize(
    ("body", "code"),
    [("FETCH c INTO n;", 1001), ("CLOSE c;", 1001), ("OPEN c; OPEN c;", 6511)],
)
def test_a_cursor_in_the_wrong_state_is_an_error(system: Any, body: str, code: int) -> None:
    block = f"DECLARE CURSOR c IS SELECT 1 x FROM dual; n NUMBER; BEGIN {body} END;"
    assert system.fails(block).code == code


def test_bulk_collect_fills_collections(system: Any) -> None:
    block = """
        DECLARE TYPE names IS TABLE OF VARCHAR2(20); n names; TYPE rows IS TABLE OF hr.employees%ROWTYPE; r rows; c SYS_REFCURSOR;
        BEGIN
          SELECT name BULK COLLECT INTO n FROM hr.employees ORDER BY id;
          SELECT * BULK COLLECT INTO r FROM hr.employees ORDER BY id;
          :v := n.COUNT || n(3) || r(1).name;
          OPEN c FOR SELECT name FROM hr.employees ORDER BY id;
          FETCH c BULK COLLECT INTO n LIMIT 2;
          :v := :v || n.COUNT;
        END;"""
    assert system.run(block, v="") == {"v": "3ClarkKing2"}


def test_dynamic_sql_takes_and_gives_values(system: Any) -> None:
    block = """
        DECLARE n NUMBER; v VARCHAR2(20); o NUMBER;
        BEGIN
          EXECUTE IMMEDIATE 'SELECT COUNT(*), MAX(name) FROM hr.employees WHERE id > :low' INTO n, v USING 1;
          EXECUTE IMMEDIATE 'BEGIN :x := :y * 2; END;' USING OUT o, IN 21;
          :v := n || v || o;
          EXECUTE IMMEDIATE 'UPDATE hr.employees SET salary = :1 WHERE id = :2 RETURNING name INTO :3' USING 1, 2, OUT v;
          :v := :v || v || SQL%ROWCOUNT;
          ROLLBACK;
        END;"""
    assert system.run(block, v="") == {"v": "2Clark42Blake1"}


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("EXECUTE IMMEDIATE 'SELECT :1 FROM dual' INTO v;", 1008),
        ("EXECUTE IMMEDIATE 'SELECT 1 FROM dual' INTO v USING 1;", 1006),
        ("EXECUTE IMMEDIATE NULL;", 6535),
        ("EXECUTE IMMEDIATE 'SELECT 1 FROM dual WHERE 1 = 2' INTO v;", 1403),
    ],
)
def test_dynamic_sql_that_does_not_fit_is_an_error(system: Any, statement: str, code: int) -> None:
    assert system.fails(f"DECLARE v NUMBER; BEGIN {statement} END;").code == code


def test_ddl_inside_a_loop_over_the_dictionary_does_not_disturb_the_loop(system: Any) -> None:
    system.execute("CREATE ROLE r")
    system.execute("GRANT CREATE SESSION, CREATE TABLE, CREATE VIEW TO r")
    block = """
        DECLARE n NUMBER := 0;
        BEGIN
          FOR p IN (SELECT privilege FROM dba_sys_privs WHERE grantee = 'R' ORDER BY privilege) LOOP
            EXECUTE IMMEDIATE 'REVOKE ' || p.privilege || ' FROM r';
            n := n + 1;
          END LOOP;
          :n := n;
        END;"""
    assert system.run(block, n=0) == {"n": 3}
    assert system.rows("SELECT COUNT(*) FROM dba_sys_privs WHERE grantee = 'R'") == [(0,)]


def test_a_block_sees_what_other_sessions_may_not_see_before_the_commit(
    database: Any, system: Any
) -> None:
    other = database.connect("SYSTEM")
    system.run("BEGIN INSERT INTO hr.employees (id) VALUES (10); END;")
    assert system.session.in_transaction
    assert other.rows("SELECT COUNT(*) FROM hr.employees") == [(3,)]
    system.run("BEGIN COMMIT; END;")
    assert other.rows("SELECT COUNT(*) FROM hr.employees") == [(4,)]


def test_the_batch_block_reports_each_statement_by_itself(system: Any) -> None:
    block = """
        declare
          s dbms_sql.varchar2a; c dbms_sql.number_table; m dbms_sql.varchar2a;
        begin
          s := :stmts;
          for i in 1 .. s.count loop
            begin execute immediate s(i); c(i) := 0; m(i) := ' ';
            exception when others then c(i) := sqlcode; m(i) := substr(sqlerrm,1,500); end;
          end loop;
          :codes := c; :msgs := m;
        end;"""
    statements = [
        "GRANT CREATE TABLE TO bob",
        "GRANT missing TO bob",
        "REVOKE CREATE VIEW FROM bob",
    ]
    found = system.run(
        block,
        stmts=Bind("", OracleType.VARCHAR2, statements, is_array=True, size=32767, max_elements=3),
        codes=Bind("", OracleType.NUMBER, [], is_array=True, size=22, max_elements=3),
        msgs=Bind("", OracleType.VARCHAR2, [], is_array=True, size=2000, max_elements=3),
    )
    assert set(found) == {"codes", "msgs"}
    assert found["codes"] == [0, -1919, -1952]
    assert found["msgs"][0] == " "
    assert found["msgs"][2].startswith("ORA-01952")


BINDS = [
    (Bind("", OracleType.VARCHAR2, None, size=3), "'abcd'", 6502),
    (Bind("", OracleType.NUMBER, None, size=22), "'x'", 6502),
]


@pytest.mark.parametrize(("bind", "value", "code"), BINDS)
def test_a_bind_takes_only_what_fits(system: Any, bind: Bind, value: str, code: int) -> None:
    assert system.fails(f"BEGIN :v := {value}; END;", v=bind).code == code


def test_only_binds_the_block_may_write_come_back(system: Any) -> None:
    block = "DECLARE n NUMBER; BEGIN n := :a; IF n > 5 THEN :b := n; END IF; SELECT 1 INTO :c FROM dual; END;"
    assert system.run(block, a=1, b=7, c=0) == {"b": 7, "c": 1}


def test_an_array_bind_has_room_for_so_many_elements(system: Any) -> None:
    bind = Bind("", OracleType.NUMBER, [], is_array=True, size=22, max_elements=2)
    block = "DECLARE t dbms_sql.number_table; BEGIN FOR i IN 1 .. 3 LOOP t(i) := i; END LOOP; :t := t; END;"
    assert system.fails(block, t=bind).code == 6513


def test_a_cursor_can_be_handed_to_the_client(system: Any) -> None:
    bind = Bind("", OracleType.CURSOR)
    found = system.run("BEGIN OPEN :rc FOR SELECT id FROM hr.employees ORDER BY id; END;", rc=bind)
    assert [column.name for column in found["rc"].columns] == ["ID"]
    assert list(found["rc"].rows) == [(1,), (2,), (3,)]


COLLECTIONS = [
    ("t(1) := 'a'; t(5) := 'b'; :v := t.COUNT || t.FIRST || t.LAST || t.NEXT(1) || t.PRIOR(5);", "21551"),
    ("t(1) := 'a'; t.DELETE(1); :v := t.COUNT;", "0"),
    ("t(1) := 'a'; t(2) := 'b'; t.DELETE; :v := NVL(t.FIRST, -1);", "-1"),
    ("IF t.EXISTS(3) THEN :v := 'yes'; ELSE :v := 'no'; END IF;", "no"),
    ("BEGIN :v := t(9); EXCEPTION WHEN NO_DATA_FOUND THEN :v := 'none'; END;", "none"),
    ("t(1) := 'a'; u := t; u(1) := 'b'; :v := t(1) || u(1);", "ab"),
    ("k('x') := 1; k('a') := 2; :v := k.FIRST || k('x');", "a1"),
    ("l := sys.odcivarchar2list('a', 'b'); l.EXTEND; l(3) := 'c'; :v := l.COUNT || l(3);", "3c"),
    ("BEGIN :v := l.COUNT; EXCEPTION WHEN COLLECTION_IS_NULL THEN :v := 'null'; END;", "null"),
    ("r(1).name := 'x'; r(1).size_ := 2; :v := r(1).name || r(1).size_;", "x2"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), COLLECTIONS, ids=[c[0][:50] for c in COLLECTIONS])
def test_collections(system: Any, body: str, expected: str) -> None:
    declarations = """
        t dbms_sql.varchar2a; u dbms_sql.varchar2a; l sys.odcivarchar2list;
        TYPE by_name IS TABLE OF NUMBER INDEX BY VARCHAR2(10); k by_name;
        TYPE item IS RECORD (name VARCHAR2(5), size_ NUMBER); TYPE items IS TABLE OF item INDEX BY PLS_INTEGER; r items;"""
    assert system.run(f"DECLARE {declarations} BEGIN {body} END;", v="") == {"v": expected}


def test_binds_a_block_only_writes_need_not_be_sent_again(system: Any) -> None:
    block = """
        BEGIN
          :both := :both + :given;
          SELECT name INTO :found FROM hr.employees WHERE id = :given;
          IF :given > 1 THEN :maybe := 'x'; END IF;
        END;"""
    binds = {"both": 1, "given": 1, "found": "before", "maybe": "before"}
    outcome = system.execute(block, **binds)
    assert dict(outcome.out) == {0: 2, 2: "King", 3: "before"}
    assert outcome.out_only == {2}


def test_a_bind_handed_to_out_parameters_is_only_written_and_to_in_out_ones_read(
    system: Any,
) -> None:
    block = """
        DECLARE
          PROCEDURE p(a OUT NUMBER, b IN OUT NUMBER) IS BEGIN a := b; b := b + 1; END;
        BEGIN p(:a, :b); OPEN :c FOR SELECT 1 FROM dual; END;"""
    c = Bind("", OracleType.CURSOR)
    assert system.execute(block, a=5, b=7, c=c).out_only == {0, 2}
