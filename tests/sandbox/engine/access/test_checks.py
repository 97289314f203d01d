"""Whether a session may do something to an object, and what it is told if not."""

from __future__ import annotations

import time
from typing import Any

import pytest

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.seam import OracleError, Release


@pytest.fixture
def hr(database: Any, people: Any) -> Any:
    people("hr", "alice")
    database.add_object("HR", "EMPLOYEES", columns=("ID", "SALARY"))
    database.add_object("HR", "SEQ", "SEQUENCE")
    database.add_object("HR", "JOB", "PROCEDURE")
    return database


def refusal(
    session: Any, name: Any, privilege: Any, *columns: str, owner: Any = "HR", user: Any = None
) -> Any:
    """The ORA number of the check, None if it passes."""
    row = checks.resolve(session, owner, name)
    assert row is not None
    try:
        checks.require_object(session, row, privilege, columns, user=user)
    except OracleError as error:
        return error.code
    return None


@pytest.fixture
def denied(release: Any) -> Any:
    """What a session gets that may do something else with the object."""
    return 41900 if release >= Release.R23 else 1031


def test_owner_needs_no_grant(hr: Any) -> None:
    assert refusal(hr.logon("hr"), "EMPLOYEES", "DELETE") is None


def test_object_without_any_privilege_is_not_there(hr: Any) -> None:
    assert refusal(hr.logon("alice"), "EMPLOYEES", "SELECT") == 942


def test_other_privilege_on_the_object_changes_the_answer(hr: Any, sys: Any, denied: Any) -> None:
    sys.run("GRANT INSERT ON hr.employees TO alice")
    assert refusal(hr.logon("alice"), "EMPLOYEES", "SELECT") == denied


@pytest.mark.parametrize("release", [Release.R23])
def test_answer_of_23_names_privilege_and_object(hr: Any, sys: Any) -> None:
    sys.run("GRANT SELECT ON hr.employees TO alice")
    row = checks.resolve(sys, "HR", "EMPLOYEES")
    with pytest.raises(OracleError) as refused:
        checks.require_object(hr.logon("alice"), row, "DELETE")
    assert refused.value.text == 'ORA-41900: missing DELETE privilege on "HR"."EMPLOYEES"'
    missing = checks.missing(hr.logon("alice"), None, "GHOST")
    assert missing.text == 'ORA-00942: table or view "ALICE"."GHOST" does not exist'


@pytest.mark.parametrize(
    ("grant", "privilege", "granted"),
    [
        ("SELECT ON hr.employees", "SELECT", True),
        ("READ ON hr.employees", "SELECT", True),
        ("READ ON hr.employees", "LOCK", False),
        ("SELECT ON hr.employees", "LOCK", True),
        ("UPDATE ON hr.employees", "UPDATE", True),
        ("SELECT ANY TABLE", "SELECT", True),
        ("READ ANY TABLE", "SELECT", True),
        ("SELECT ANY TABLE", "INSERT", False),
        ("INSERT ANY TABLE", "INSERT", True),
        ("DROP ANY TABLE", "DROP", True),
        ("SELECT ANY DICTIONARY", "SELECT", False),
        ("SELECT ANY SEQUENCE", "SELECT", False),
    ],
)
@pytest.mark.parametrize("path", ["direct", "role", "nested role", "public"])
def test_privilege_counts_whatever_way_it_comes(
    hr: Any, sys: Any, path: Any, grant: Any, privilege: Any, granted: Any
) -> None:
    sys.run("CREATE ROLE inner_role")
    sys.run("CREATE ROLE outer_role")
    sys.run("GRANT inner_role TO outer_role")
    grantee = {
        "direct": "alice",
        "role": "outer_role",
        "nested role": "inner_role",
        "public": "PUBLIC",
    }
    sys.run(f"GRANT {grant} TO {grantee[path]}")
    sys.run("GRANT outer_role TO alice")
    alice = hr.logon("alice")
    assert (refusal(alice, "EMPLOYEES", privilege) is None) is granted


def test_roles_do_not_count_for_owners_of_views_and_code(hr: Any, sys: Any) -> None:
    sys.run("CREATE ROLE reader")
    sys.run("GRANT SELECT ON hr.employees TO reader")
    sys.run("GRANT reader TO alice")
    alice = hr.logon("alice")
    assert refusal(alice, "EMPLOYEES", "SELECT") is None
    assert refusal(alice, "EMPLOYEES", "SELECT", user="ALICE") == 942
    alice.definer, alice.roles = "ALICE", frozenset()
    assert refusal(alice, "EMPLOYEES", "SELECT") == 942


def test_column_grants_suffice_for_those_columns(hr: Any, sys: Any, denied: Any) -> None:
    sys.run("GRANT UPDATE (salary) ON hr.employees TO alice")
    alice = hr.logon("alice")
    assert refusal(alice, "EMPLOYEES", "UPDATE", "SALARY") is None
    assert refusal(alice, "EMPLOYEES", "UPDATE", "SALARY", "ID") == denied
    assert refusal(alice, "EMPLOYEES", "UPDATE") == denied


def test_any_privileges_stop_at_sys_but_dictionary_rights_do_not(hr: Any, sys: Any) -> None:
    sys.run("GRANT SELECT ANY TABLE TO alice")
    alice = hr.logon("alice")
    assert refusal(alice, "DBA_USERS", "SELECT", owner="SYS") == 942
    sys.run("GRANT SELECT ANY DICTIONARY TO alice")
    assert refusal(alice, "DBA_USERS", "SELECT", owner="SYS") is None
    sys.run("REVOKE SELECT ANY DICTIONARY FROM alice")
    sys.run("GRANT SELECT_CATALOG_ROLE TO alice")
    assert refusal(hr.logon("alice"), "DBA_USERS", "SELECT", owner="SYS") is None


def test_everybody_reads_the_views_about_himself(hr: Any) -> None:
    alice = hr.logon("alice")
    for view in ("ALL_TABLES", "USER_TAB_PRIVS", "SESSION_ROLES"):
        assert refusal(alice, view, "SELECT", owner=None) is None


def test_packages_that_are_public_and_those_that_are_not(hr: Any) -> None:
    alice = hr.logon("alice")
    assert refusal(alice, "DBMS_OUTPUT", "EXECUTE", owner=None) is None
    assert refusal(alice, "DBMS_LOCK", "EXECUTE", owner=None) == 942


@pytest.mark.parametrize("release", [Release.R19])
def test_reading_any_table_is_enough_to_lock_it_before_23(hr: Any, sys: Any) -> None:
    sys.run("GRANT SELECT ANY TABLE TO alice")
    assert refusal(hr.logon("alice"), "EMPLOYEES", "LOCK") is None


@pytest.mark.parametrize("release", [Release.R23])
def test_locking_has_a_privilege_of_its_own_from_23_on(hr: Any, sys: Any) -> None:
    sys.run("GRANT SELECT ANY TABLE TO alice")
    assert refusal(hr.logon("alice"), "EMPLOYEES", "LOCK") == 41900
    sys.run("GRANT LOCK ANY TABLE TO alice")
    assert refusal(hr.logon("alice"), "EMPLOYEES", "LOCK") is None


@pytest.mark.parametrize("release", [Release.R23])
def test_schema_privilege_covers_tables_and_not_sequences(hr: Any, sys: Any) -> None:
    sys.run("GRANT SELECT ANY TABLE ON SCHEMA hr TO alice")
    alice = hr.logon("alice")
    assert refusal(alice, "EMPLOYEES", "SELECT") is None
    assert refusal(alice, "SEQ", "SELECT") == 41900
    sys.run("GRANT SELECT ANY SEQUENCE ON SCHEMA hr TO alice")
    assert refusal(alice, "SEQ", "SELECT") is None


def test_names_resolve_in_the_schema_then_among_public_synonyms(hr: Any) -> None:
    hr.add_object("HR", "STAFF", "SYNONYM", source="HR.EMPLOYEES")
    hr.add_object("PUBLIC", "PEOPLE", "SYNONYM", source="HR.STAFF")
    alice = hr.logon("alice")
    assert checks.resolve(alice, None, "EMPLOYEES") is None
    assert checks.resolve(alice, None, "PEOPLE").name == "EMPLOYEES"
    assert checks.resolve(alice, None, "EMPLOYEES", schema="HR").owner == "HR"
    assert checks.resolve(alice, None, "V$SESSION").name == "V_$SESSION"
    alice.set_current_schema("HR")
    assert checks.resolve(alice, None, "STAFF").name == "EMPLOYEES"


def test_synonyms_in_a_loop_are_an_error(hr: Any, sys: Any) -> None:
    hr.add_object("HR", "A", "SYNONYM", source="HR.B")
    hr.add_object("HR", "B", "SYNONYM", source="HR.A")
    with pytest.raises(OracleError, match="ORA-01775"):
        checks.resolve(sys, "HR", "A")


def test_synonym_targets_may_have_odd_names() -> None:
    assert checks.synonym_target("HR.T") == ("HR", "T")
    assert checks.synonym_target('"a.b"."c.d"') == ("a.b", "c.d")


@pytest.mark.parametrize("release", [Release.R23])
def test_a_check_takes_well_under_a_tenth_of_a_millisecond(hr: Any, sys: Any) -> None:
    sys.run("CREATE ROLE reader")
    sys.run("GRANT SELECT ON hr.employees TO reader")
    sys.run("GRANT reader TO alice")
    alice = hr.logon("alice")
    row = checks.resolve(alice, "HR", "EMPLOYEES")
    best = float("inf")
    for _ in range(5):
        start = time.thread_time()
        for _ in range(200):
            checks.require_object(alice, row, "SELECT")
        best = min(best, (time.thread_time() - start) / 200)
    assert best < 0.0001


@pytest.mark.parametrize("release", [Release.R23])
def test_read_only_user_changes_nothing_not_even_his_own(hr: Any, sys: Any) -> None:
    sys.run("ALTER USER hr READ ONLY")
    owner = hr.logon("hr")
    assert refusal(owner, "EMPLOYEES", "SELECT") is None
    for privilege in ("INSERT", "UPDATE", "DELETE", "DROP", "LOCK"):
        assert refusal(owner, "EMPLOYEES", privilege) == 28194
    with pytest.raises(OracleError, match="ORA-28194"):
        checks.require_system_privilege(owner, "CREATE TABLE")
