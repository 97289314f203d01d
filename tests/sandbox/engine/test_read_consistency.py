"""What a session sees of others: each statement what was committed when it began."""

from __future__ import annotations

from typing import Any

QUERY = "SELECT username FROM all_users WHERE username IN ('NEW1', 'NEW2') ORDER BY 1"


def test_an_open_transaction_sees_what_others_define_meanwhile(hr: Any, system: Any) -> None:
    hr.execute("INSERT INTO employees (id, name) VALUES (4, 'New')")
    for name in ("NEW1", "NEW2"):
        system.execute(f"CREATE USER {name} IDENTIFIED BY x")
        assert (name,) in hr.rows(QUERY)
    system.execute("DROP USER new1")
    assert hr.rows(QUERY) == [("NEW2",)]
    hr.session.rollback()
    assert hr.rows(QUERY) == [("NEW2",)]


def test_a_transaction_joins_its_own_rows_with_the_dictionary_of_now(hr: Any, system: Any) -> None:
    hr.execute("INSERT INTO employees (id, name) VALUES (4, 'NEW1')")
    join = "SELECT e.id, u.username FROM employees e JOIN all_users u ON u.username = e.name"
    assert hr.rows(join) == []
    system.execute("CREATE USER new1 IDENTIFIED BY x")
    assert hr.rows(join) == [(4, "NEW1")]
    copied = (
        "INSERT INTO employees (id, name) SELECT 5, username FROM all_users WHERE username = 'NEW1'"
    )
    assert hr.execute(copied).row_count == 1
    assert hr.rows("SELECT name FROM employees WHERE id = 5") == [("NEW1",)]


def test_a_block_sees_in_its_transaction_what_it_has_just_been_granted(
    hr: Any, system: Any
) -> None:
    hr.execute("UPDATE employees SET salary = 1 WHERE id = 1")
    count = "BEGIN SELECT COUNT(*) INTO :n FROM user_role_privs; END;"
    assert hr.run(count, n=0) == {"n": 0}
    system.execute("CREATE ROLE late")
    system.execute("GRANT late TO hr")
    assert hr.run(count, n=0) == {"n": 1}
    hr.session.rollback()
    assert hr.rows("SELECT salary FROM employees WHERE id = 1") == [(9000,)]


def test_two_views_of_one_statement_are_read_side_by_side(hr: Any, system: Any) -> None:
    hr.execute("UPDATE employees SET salary = 1 WHERE id = 1")
    query = "SELECT t.table_name, u.username FROM user_tables t, user_users u"
    for _ in range(3):
        assert hr.rows(query) == [("EMPLOYEES", "HR")]
