"""What stays in the catalog after grants and revokes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.sandbox.seam import OracleError, Release


@pytest.fixture
def table(database: Any, people: Any) -> Any:
    people("hr", "oe", "pm", "sh")
    database.add_object("HR", "EMPLOYEES", columns=("ID", "SALARY"))
    return database


def object_rows(database: Any) -> Any:
    return database.rows(
        "SELECT grantee, grantor, privilege, grantable FROM object_grants g JOIN objects o USING (object_id)"
        " WHERE o.owner = 'HR' ORDER BY 1, 2, 3"
    )


def system_rows(database: Any, grantee: Any) -> Any:
    return database.rows(
        "SELECT privilege, admin FROM system_grants WHERE grantee = ? ORDER BY 1", grantee
    )


def test_ddl_commits_what_was_open_even_if_it_then_fails(sys: Any) -> None:
    for sql in ("GRANT nothing TO nobody", "CREATE USER sys IDENTIFIED BY x", "DROP ROLE nothing"):
        sys.in_transaction = True
        assert sys.error(sql) is not None
        assert not sys.in_transaction


def test_text_that_does_not_parse_commits_nothing(sys: Any) -> None:
    sys.in_transaction = True
    assert sys.error("GRANT") == 990
    assert sys.in_transaction


def test_repeated_grant_changes_nothing(database: Any, sys: Any, people: Any) -> None:
    people("alice")
    for sql in ("GRANT CREATE TABLE TO alice", "GRANT RESOURCE TO alice"):
        sys.run(sql)
        before = database.dump()
        sys.run(sql)
        assert database.dump() == before


def test_option_once_held_stays(database: Any, sys: Any, people: Any) -> None:
    people("alice")
    sys.run("GRANT CREATE TABLE TO alice WITH ADMIN OPTION")
    sys.run("GRANT CREATE TABLE TO alice")
    assert ("CREATE TABLE", 1) in system_rows(database, "ALICE")


def test_grantor_is_the_owner_for_those_who_act_for_him_and_the_holder_of_the_option_for_himself(
    table: Any, sys: Any
) -> None:
    sys.run("GRANT GRANT ANY OBJECT PRIVILEGE TO sh")
    table.logon("sh").run("GRANT UPDATE ON hr.employees TO oe WITH GRANT OPTION")
    table.logon("oe").run("GRANT UPDATE ON hr.employees TO pm")
    assert object_rows(table) == [("OE", "HR", "UPDATE", 1), ("PM", "OE", "UPDATE", 0)]


def test_grants_of_a_third_user_cannot_be_revoked_but_go_with_his_own(table: Any, sys: Any) -> None:
    sys.run("GRANT GRANT ANY OBJECT PRIVILEGE TO sh")
    table.logon("hr").run("GRANT UPDATE ON employees TO oe WITH GRANT OPTION")
    table.logon("oe").run("GRANT UPDATE ON hr.employees TO pm")
    other = table.logon("sh")
    assert other.error("REVOKE UPDATE ON hr.employees FROM pm") == 1927
    other.run("REVOKE UPDATE ON hr.employees FROM oe")
    assert object_rows(table) == []


def test_a_grant_with_two_supports_stands_until_both_are_gone(table: Any) -> None:
    hr = table.logon("hr")
    hr.run("GRANT SELECT ON employees TO oe, pm WITH GRANT OPTION")
    table.logon("oe").run("GRANT SELECT ON hr.employees TO pm WITH GRANT OPTION")
    table.logon("pm").run("GRANT SELECT ON hr.employees TO sh")
    hr.run("REVOKE SELECT ON employees FROM pm")
    assert ("SH", "PM", "SELECT", 0) in object_rows(table)
    hr.run("REVOKE SELECT ON employees FROM oe")
    assert object_rows(table) == []


def test_two_who_support_each_other_fall_when_the_owner_withdraws(table: Any) -> None:
    hr = table.logon("hr")
    hr.run("GRANT SELECT ON employees TO oe WITH GRANT OPTION")
    table.logon("oe").run("GRANT SELECT ON hr.employees TO pm WITH GRANT OPTION")
    table.logon("pm").run("GRANT SELECT ON hr.employees TO oe WITH GRANT OPTION")
    hr.run("REVOKE SELECT ON employees FROM oe")
    assert object_rows(table) == []


def test_system_privileges_do_not_cascade(database: Any, sys: Any, people: Any) -> None:
    people("jeff", "emi")
    sys.run("GRANT CREATE TABLE TO jeff WITH ADMIN OPTION")
    database.logon("jeff").run("GRANT CREATE TABLE TO emi")
    sys.run("REVOKE CREATE TABLE FROM jeff")
    assert ("CREATE TABLE", 0) in system_rows(database, "EMI")


def test_list_that_is_not_wholly_held_is_not_revoked_at_all(table: Any) -> None:
    hr = table.logon("hr")
    hr.run("GRANT SELECT ON employees TO oe")
    assert hr.error("REVOKE SELECT, DELETE ON employees FROM oe") == 1927
    assert len(object_rows(table)) == 1


def test_only_some_of_the_privileges_can_be_passed_on(table: Any) -> None:
    table.logon("hr").run("GRANT SELECT ON employees TO oe WITH GRANT OPTION")
    table.logon("hr").run("GRANT DELETE ON employees TO oe")
    oe = table.logon("oe")
    assert oe.error("GRANT SELECT, DELETE ON hr.employees TO pm") == 1928
    assert oe.error("GRANT DELETE ON hr.employees TO pm") == 1031
    oe.run("GRANT ALL ON hr.employees TO pm")
    assert ("PM", "OE", "SELECT", 0) in object_rows(table)


def test_all_on_a_table_is_twelve_rows_and_ten_for_a_role(table: Any, sys: Any) -> None:
    sys.run("CREATE ROLE clerk")
    sys.run("GRANT ALL ON hr.employees TO oe")
    sys.run("GRANT ALL ON hr.employees TO clerk")
    names = [row[0] for row in object_rows(table)]
    assert (names.count("OE"), names.count("CLERK")) == (12, 10)


def test_column_grants_live_apart_and_go_with_the_whole_privilege(table: Any, sys: Any) -> None:
    sys.run("GRANT UPDATE (salary, id), INSERT (id) ON hr.employees TO oe")
    query = "SELECT column_name, privilege, grantor FROM column_grants ORDER BY 1, 2"
    assert table.rows(query) == [
        ("ID", "INSERT", "HR"),
        ("ID", "UPDATE", "HR"),
        ("SALARY", "UPDATE", "HR"),
    ]
    assert object_rows(table) == []
    sys.run("REVOKE UPDATE ON hr.employees FROM oe")
    assert table.rows(query) == [("ID", "INSERT", "HR")]


def test_column_grant_with_option_is_passed_on_for_that_column_only(table: Any) -> None:
    table.logon("hr").run("GRANT UPDATE (salary) ON employees TO oe WITH GRANT OPTION")
    oe = table.logon("oe")
    assert oe.error("GRANT UPDATE (id) ON hr.employees TO pm") == 1031
    assert oe.error("GRANT UPDATE ON hr.employees TO pm") == 1031
    oe.run("GRANT UPDATE (salary) ON hr.employees TO pm")
    table.logon("hr").run("REVOKE UPDATE ON employees FROM oe")
    assert table.rows("SELECT * FROM column_grants") == []


def test_view_passes_on_only_what_its_owner_may_pass_on(table: Any, sys: Any) -> None:
    table.add_object("OE", "V", "VIEW", over=[("HR", "EMPLOYEES")])
    sys.run("GRANT SELECT ON hr.employees TO oe")
    for session in (table.logon("oe"), sys):
        with pytest.raises(OracleError) as refused:
            session.run("GRANT SELECT ON oe.v TO pm")
        assert refused.value.text == "ORA-01720: grant option does not exist for 'HR.EMPLOYEES'"
    sys.run("GRANT SELECT ON hr.employees TO oe WITH GRANT OPTION")
    table.logon("oe").run("GRANT SELECT ON v TO pm")


def test_view_over_what_everybody_may_pass_on_can_be_granted(table: Any) -> None:
    table.add_object("OE", "MINE", "VIEW", over=[("SYS", "ALL_TABLES")])
    table.logon("oe").run("GRANT SELECT ON mine TO pm")
    table.add_object("OE", "THEIRS", "VIEW", over=[("SYS", "DBA_TABLES")])
    assert table.logon("oe").error("GRANT SELECT ON theirs TO pm") == 1720


def test_grant_through_a_synonym_lands_on_the_object(table: Any, sys: Any) -> None:
    table.add_object("OE", "STAFF", "SYNONYM", source="HR.EMPLOYEES")
    sys.run("GRANT SELECT ON oe.staff TO pm")
    assert object_rows(table) == [("PM", "HR", "SELECT", 0)]
    sys.run("REVOKE SELECT ON hr.employees FROM pm")
    assert object_rows(table) == []


def test_creator_of_a_role_holds_it_with_admin_option_but_not_of_a_global_one(
    database: Any, sys: Any, people: Any
) -> None:
    people("boss", grants="CREATE ROLE, DROP ANY ROLE")
    boss = database.logon("boss")
    boss.run("CREATE ROLE plain")
    boss.run("CREATE ROLE secret IDENTIFIED BY word")
    boss.run("CREATE ROLE world IDENTIFIED GLOBALLY")
    rows = database.rows("SELECT role, admin FROM role_grants WHERE grantee = 'BOSS' ORDER BY 1")
    assert rows == [("PLAIN", 1), ("SECRET", 1)]
    assert boss.roles == set()


def test_dba_brings_unlimited_tablespace_to_users_and_takes_it_away(
    database: Any, sys: Any, people: Any
) -> None:
    people("alice")
    sys.run("CREATE ROLE almighty")
    sys.run("GRANT DBA TO alice, almighty")
    assert ("UNLIMITED TABLESPACE", 0) in system_rows(database, "ALICE")
    assert system_rows(database, "ALMIGHTY") == []
    sys.run("REVOKE DBA FROM alice")
    assert system_rows(database, "ALICE") == [("CREATE SESSION", 0)]


def test_every_new_user_lets_public_inherit_his_privileges_until_he_says_no(
    database: Any, people: Any
) -> None:
    people("alice")
    query = "SELECT grantee, grantor FROM object_grants WHERE privilege = 'INHERIT PRIVILEGES' AND grantor = 'ALICE'"
    assert database.rows(query) == [("PUBLIC", "ALICE")]
    database.logon("alice").run("REVOKE INHERIT PRIVILEGES ON USER alice FROM PUBLIC")
    assert database.rows(query) == []


def test_grant_identified_by_makes_missing_users_and_resets_passwords(
    database: Any, sys: Any, people: Any
) -> None:
    people("alice")
    sys.run("GRANT CREATE SESSION TO alice, newcomer IDENTIFIED BY one, two")
    assert database.logon_error("alice", "one") is None
    assert database.logon_error("newcomer", "two") is None
    assert sys.error("GRANT CREATE SESSION TO alice, other IDENTIFIED BY one") == 988
    boss = database.logon("alice", "one")
    assert boss.error("GRANT CREATE SESSION TO somebody IDENTIFIED BY x") == 1031


def test_all_privileges_leaves_out_the_dictionary(
    database: Any, sys: Any, people: Any, release: Any
) -> None:
    people("alice")
    sys.run("GRANT ALL PRIVILEGES TO alice")
    held = {name for name, _ in system_rows(database, "ALICE")}
    assert {"CREATE ANY TABLE", "UNLIMITED TABLESPACE"} <= held
    assert not {"SELECT ANY DICTIONARY", "ADMINISTER KEY MANAGEMENT", "SYSDBA"} & held
    assert ("CREATE DOMAIN" in held) is (release >= Release.R23)
    sys.run("REVOKE ALL PRIVILEGES FROM alice")
    assert system_rows(database, "ALICE") == []


def test_quoted_word_is_a_role_even_if_it_reads_like_a_privilege(sys: Any, people: Any) -> None:
    people("alice")
    sys.run('CREATE ROLE "CREATE TABLE"')
    sys.run('GRANT "CREATE TABLE" TO alice')
    assert sys.error("GRANT CREATE TABLE TO alice") is None


def test_revoke_from_role_ends_at_once_but_the_role_stays_in_open_sessions(
    database: Any, sys: Any, people: Any
) -> None:
    from reconciler.sandbox.engine.access import checks

    people("alice")
    sys.run("CREATE ROLE builder")
    sys.run("GRANT CREATE TABLE, CREATE VIEW TO builder")
    sys.run("GRANT builder TO alice")
    alice = database.logon("alice")
    assert checks.has_system_privilege(alice, "CREATE TABLE")
    sys.run("REVOKE CREATE TABLE FROM builder")
    assert not checks.has_system_privilege(alice, "CREATE TABLE")
    sys.run("REVOKE builder FROM alice")
    assert alice.roles == {"BUILDER"}
    assert checks.has_system_privilege(alice, "CREATE VIEW")
    assert alice.error("SET ROLE builder") == 1924
    alice.run("SET ROLE NONE")
    assert not checks.has_system_privilege(alice, "CREATE VIEW")


def test_dropped_role_is_gone_for_new_sessions_and_its_privileges_for_all(
    database: Any, sys: Any, people: Any
) -> None:
    from reconciler.sandbox.engine.access import checks

    sys.run("CREATE USER u1 IDENTIFIED BY pw")
    sys.run("CREATE ROLE r1")
    sys.run("GRANT CONNECT TO r1")
    sys.run("GRANT r1 TO u1")
    open_session = database.logon("u1")
    sys.run("DROP ROLE r1")
    assert database.logon_error("u1") == 1045
    assert open_session.roles == {"R1", "CONNECT"}
    assert checks.has_system_privilege(open_session, "CREATE SESSION")


def test_set_role_wants_the_password_and_the_package(database: Any, sys: Any, people: Any) -> None:
    people("alice")
    sys.run("CREATE ROLE secret IDENTIFIED BY word")
    sys.run("CREATE ROLE app IDENTIFIED USING hr.gate")
    sys.run("GRANT secret TO alice")
    alice = database.logon("alice")
    assert alice.roles == set()
    assert alice.error("SET ROLE secret") == 1979
    assert alice.error("SET ROLE secret IDENTIFIED BY wrong") == 1979
    assert alice.error("SET ROLE app") == 28201
    alice.run("SET ROLE secret IDENTIFIED BY word")
    assert alice.roles == {"SECRET"}
    alice.run("SET ROLE ALL")
    assert alice.roles == set()


def test_set_role_is_refused_inside_definers_code(database: Any, people: Any) -> None:
    people("alice")
    alice = database.logon("alice")
    alice.definer = "HR"
    assert alice.error("SET ROLE NONE") == 6565


def test_drop_user_takes_everything_along_and_nothing_of_others(table: Any, sys: Any) -> None:
    sys.run("CREATE ROLE mine")
    sys.run("GRANT mine, CREATE TABLE TO oe")
    before = table.dump()
    sys.run("CREATE USER gone IDENTIFIED BY pw QUOTA 1M ON users")
    sys.run("GRANT CREATE SESSION, CREATE ROLE TO gone")
    sys.run("GRANT SELECT ON hr.employees TO gone WITH GRANT OPTION")
    sys.run("ALTER USER hr GRANT CONNECT THROUGH gone")
    table.add_object("GONE", "T", columns=("X",))
    table.logon("gone").run("GRANT SELECT ON hr.employees TO oe")
    sys.run("GRANT SELECT ON gone.t TO pm")
    assert sys.error("DROP USER gone CASCADE") == 1940
    for session in [one for one in table.open if one.user == "GONE"]:
        session.close()
    assert sys.error("DROP USER gone") == 1922
    sys.run("DROP USER gone CASCADE")
    assert table.dump() == before


def test_references_in_use_are_revoked_only_with_their_constraints(table: Any, sys: Any) -> None:
    sys.run("GRANT REFERENCES (id), SELECT ON hr.employees TO oe")
    child = table.add_object("OE", "CHILD", columns=("EMP",))
    constraint = {"type": "R", "references": ["HR", "EMPLOYEES"], "name": "FK"}
    table.pdb.catalog.execute(
        "UPDATE objects SET details = ? WHERE object_id = ?",
        (json.dumps({"constraints": [constraint, {"type": "P"}]}), child),
    )
    sys.run("REVOKE SELECT ON hr.employees FROM oe")
    assert sys.error("REVOKE REFERENCES ON hr.employees FROM oe") == 1981
    sys.run("REVOKE REFERENCES ON hr.employees FROM oe CASCADE CONSTRAINTS")
    assert table.rows("SELECT details FROM objects WHERE name = 'CHILD'") == [
        ('{"constraints": [{"type": "P"}]}',)
    ]


def test_own_grant_option_comes_before_acting_for_the_owner(table: Any, sys: Any) -> None:
    sys.run("GRANT GRANT ANY OBJECT PRIVILEGE TO sh")
    sys.run("GRANT SELECT ON hr.employees TO sh WITH GRANT OPTION")
    sh = table.logon("sh")
    sh.run("GRANT SELECT ON hr.employees TO oe")
    sh.run("GRANT DELETE ON hr.employees TO oe")
    assert object_rows(table)[:2] == [("OE", "HR", "DELETE", 0), ("OE", "SH", "SELECT", 0)]
    sh.run("REVOKE SELECT, DELETE ON hr.employees FROM oe")
    assert object_rows(table) == [("SH", "HR", "SELECT", 1)]


def test_views_of_the_loser_are_judged_anew(table: Any, sys: Any) -> None:
    table.add_object("OE", "V", "VIEW", over=[("HR", "EMPLOYEES")])
    table.add_object("HR", "V", "VIEW", over=[("HR", "EMPLOYEES")])
    sys.run("GRANT SELECT ON hr.employees TO oe")
    sys.run("REVOKE SELECT ON hr.employees FROM oe")
    query = "SELECT owner, status FROM objects WHERE name = 'V' ORDER BY 1"
    assert table.rows(query) == [("HR", "VALID"), ("OE", "INVALID")]
