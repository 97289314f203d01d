"""Who may open a session, and what the client is told otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox.engine.access import logon as logons
from reconciler.sandbox.seam import OracleError, Release


def status(database: Any, user: Any) -> Any:
    return database.rows("SELECT locked, lock_kind, expired FROM users WHERE name = ?", user)[0]


def test_unknown_user_and_wrong_password_are_told_the_same(database: Any, people: Any) -> None:
    people("alice")
    with pytest.raises(OracleError) as unknown:
        database.logon("nobody")
    with pytest.raises(OracleError) as wrong:
        database.logon("alice", "wrong")
    assert unknown.value.text == wrong.value.text
    assert wrong.value.code == 1017


def test_user_names_fold_unless_quoted(database: Any, sys: Any, people: Any) -> None:
    people("alice")
    sys.run('CREATE USER "bob" IDENTIFIED BY pw')
    sys.run('GRANT CREATE SESSION TO "bob"')
    assert database.logon("Alice").user == "ALICE"
    assert database.logon('"bob"').user == "bob"
    assert database.logon_error("bob") == 1017


def test_sys_must_come_as_sysdba(database: Any) -> None:
    assert database.logon_error("sys", "manager") == 28009
    session = database.logon("sys", "manager", sysdba=True)
    assert (session.user, session.is_sysdba, session.current_schema) == ("SYS", True, "SYS")


def test_holder_of_sysdba_becomes_sys(database: Any, sys: Any, people: Any) -> None:
    people("alice")
    assert database.logon_error("alice", sysdba=True) == 1017
    sys.run("GRANT SYSDBA TO alice")
    assert database.logon("alice", sysdba=True).user == "SYS"
    sys.run("REVOKE SYSDBA FROM alice")
    assert database.logon_error("alice", sysdba=True) == 1017


def test_create_session_must_be_held_directly_by_default_role_or_by_public(
    database: Any, sys: Any
) -> None:
    sys.run("CREATE USER alice IDENTIFIED BY pw")
    sys.run("CREATE ROLE door")
    sys.run("GRANT CREATE SESSION TO door")
    assert database.logon_error("alice") == 1045
    sys.run("GRANT door TO alice")
    assert database.logon_error("alice") is None
    sys.run("ALTER USER alice DEFAULT ROLE NONE")
    assert database.logon_error("alice") == 1045
    sys.run("GRANT CREATE SESSION TO PUBLIC")
    assert database.logon_error("alice") is None


def test_wrong_passwords_lock_for_a_time_and_the_right_one_does_not_help(
    database: Any, sys: Any, people: Any
) -> None:
    people("alice")
    sys.run("ALTER PROFILE DEFAULT LIMIT FAILED_LOGIN_ATTEMPTS 2 PASSWORD_LOCK_TIME 1/24")
    assert [database.logon_error("alice", "wrong") for _ in range(3)] == [1017, 1017, 28000]
    assert database.logon_error("alice") == 28000
    assert status(database, "ALICE") == (1, "TIMED", 0)
    database.pass_time(minutes=61)
    assert database.logon_error("alice") is None
    assert status(database, "ALICE") == (0, None, 0)


def test_success_forgets_earlier_failures(database: Any, sys: Any, people: Any) -> None:
    people("alice")
    sys.run("ALTER PROFILE DEFAULT LIMIT FAILED_LOGIN_ATTEMPTS 2")
    for _ in range(3):
        assert database.logon_error("alice", "wrong") == 1017
        assert database.logon_error("alice") is None


def test_lock_by_administrator_hides_whether_the_password_is_right_until_unlocked(
    database: Any, sys: Any, people: Any
) -> None:
    people("alice")
    sys.run("ALTER USER alice ACCOUNT LOCK")
    assert database.logon_error("alice", "wrong") == 28000
    assert database.logon_error("alice") == 28000
    database.pass_time(days=100)
    assert database.logon_error("alice") == 28000
    sys.run("ALTER USER alice ACCOUNT UNLOCK")
    assert database.logon_error("alice") is None


def test_expired_password_lets_in_only_with_a_new_one(database: Any, sys: Any, people: Any) -> None:
    people("alice")
    sys.run("ALTER USER alice PASSWORD EXPIRE")
    assert database.logon_error("alice") == 28001
    assert database.logon_error("alice", new_password="fresh") is None
    assert database.logon_error("alice") == 1017
    assert database.logon_error("alice", "fresh") is None


def test_password_life_ends_in_grace_and_then_in_expiry(
    database: Any, sys: Any, people: Any
) -> None:
    people("alice")
    sys.run("ALTER PROFILE DEFAULT LIMIT PASSWORD_LIFE_TIME 30 PASSWORD_GRACE_TIME 5")
    assert database.logon_error("alice") is None
    database.pass_time(days=31)
    assert database.logon_error("alice") is None
    assert status(database, "ALICE")[2] == 2
    database.pass_time(days=6)
    assert database.logon_error("alice") == 28001
    assert status(database, "ALICE")[2] == 1


def test_account_nobody_uses_is_locked_by_its_profile(database: Any, sys: Any, people: Any) -> None:
    people("alice")
    sys.run("ALTER PROFILE DEFAULT LIMIT INACTIVE_ACCOUNT_TIME 15")
    database.pass_time(days=14)
    assert database.logon_error("alice") is None
    database.pass_time(days=16)
    assert database.logon_error("alice") == 28000
    sys.run("ALTER USER alice ACCOUNT UNLOCK")
    assert database.logon_error("alice") is None


def test_restricted_mode_admits_only_holders_of_the_privilege(
    database: Any, sys: Any, people: Any
) -> None:
    people("alice", "operator")
    sys.run("GRANT RESTRICTED SESSION TO operator")
    sys.run("ALTER SYSTEM ENABLE RESTRICTED SESSION")
    assert database.logon_error("alice") == 1035
    assert database.logon_error("operator") is None
    sys.run("ALTER SYSTEM DISABLE RESTRICTED SESSION")
    assert database.logon_error("alice") is None


def test_sessions_per_user_counts_only_while_resource_limit_is_on(
    database: Any, sys: Any, people: Any
) -> None:
    people("alice")
    sys.run("ALTER PROFILE DEFAULT LIMIT SESSIONS_PER_USER 1")
    database.logon("alice")
    assert database.logon_error("alice") == 2391
    sys.run("ALTER SYSTEM SET resource_limit = FALSE")
    assert database.logon_error("alice") is None


def test_more_than_148_roles_of_ones_own_lock_one_out(database: Any, sys: Any, people: Any) -> None:
    people("alice")
    for number in range(148):
        sys.run(f"CREATE ROLE r{number}")
        sys.run(f"GRANT r{number} TO alice")
    sys.run("GRANT SELECT_CATALOG_ROLE TO alice")
    assert database.logon_error("alice") is None
    sys.run("CREATE ROLE one_too_many")
    sys.run("GRANT one_too_many TO alice")
    assert database.logon_error("alice") == 28031
    sys.run("ALTER USER alice DEFAULT ROLE NONE")
    assert database.logon_error("alice") is None


def test_proxy_needs_no_right_of_its_own_but_permission(
    database: Any, sys: Any, people: Any
) -> None:
    people("app", grants="CREATE TABLE")
    sys.run("CREATE USER human IDENTIFIED BY pw")
    assert database.logon_error("human[app]") == 28150
    sys.run("ALTER USER app GRANT CONNECT THROUGH human")
    session = database.logon("human[app]")
    assert (session.user, session.proxy_user, session.current_schema) == ("APP", "HUMAN", "APP")
    sys.run("ALTER USER app ACCOUNT LOCK")
    assert database.logon_error("human[app]") == 28000
    sys.run("ALTER USER app ACCOUNT UNLOCK")
    sys.run("ALTER USER app REVOKE CONNECT THROUGH human")
    assert database.logon_error("human[app]") == 28150


@pytest.mark.parametrize(
    ("clause", "enabled"),
    [
        ("", {"OUTER", "INNER", "OTHER"}),
        ("WITH ROLE outer", {"OUTER", "INNER"}),
        ("WITH ROLE ALL EXCEPT outer", {"OTHER"}),
        ("WITH NO ROLES", set()),
    ],
)
def test_proxy_clause_chooses_the_roles(
    database: Any, sys: Any, people: Any, clause: Any, enabled: Any
) -> None:
    people("app", "human")
    for role in ("outer", "inner", "other"):
        sys.run(f"CREATE ROLE {role}")
    sys.run("GRANT inner TO outer")
    sys.run("GRANT outer, other TO app")
    sys.run(f"ALTER USER app GRANT CONNECT THROUGH human {clause}")
    assert database.logon("human[app]").roles == enabled


def test_proxy_only_account_refuses_direct_logons(database: Any, sys: Any, people: Any) -> None:
    people("app", "human")
    sys.run("ALTER USER app GRANT CONNECT THROUGH human")
    sys.run("ALTER USER app PROXY ONLY CONNECT")
    assert database.logon_error("app") == 28058
    assert database.logon_error("human[app]") is None
    sys.run("ALTER USER app CANCEL PROXY ONLY CONNECT")
    assert database.logon_error("app") is None


def test_account_without_authentication_has_no_password_that_fits(database: Any, sys: Any) -> None:
    sys.run("CREATE USER owner NO AUTHENTICATION")
    assert logons.verifier_for(database.pdb, "owner") is None
    assert database.logon_error("owner", "") == 1017


def test_last_logon_is_noted(database: Any, people: Any) -> None:
    people("alice")
    query = "SELECT last_login FROM users WHERE name = 'ALICE'"
    assert database.rows(query) == [(None,)]
    database.pass_time(hours=1)
    database.logon("alice")
    assert database.rows(query) == [("2026-11-20 13:00:00.000000",)]


@pytest.mark.parametrize("release", [Release.R23])
def test_read_only_user_gets_a_read_only_session(database: Any, sys: Any, people: Any) -> None:
    people("alice")
    assert sys.error("ALTER USER alice READ ONLY") is None
    assert database.rows("SELECT read_only FROM users WHERE name = 'ALICE'") == [(1,)]


def test_default_roles_follow_the_clause(database: Any, sys: Any, people: Any) -> None:
    people("alice")
    for role in ("a", "b", "c"):
        sys.run(f"CREATE ROLE {role}")
    sys.run("CREATE ROLE secret IDENTIFIED BY word")
    sys.run("GRANT a, b, c, secret TO alice")
    assert database.logon("alice").roles == {"A", "B", "C"}
    sys.run("ALTER USER alice DEFAULT ROLE a, b")
    assert database.logon("alice").roles == {"A", "B"}
    sys.run("ALTER USER alice DEFAULT ROLE ALL EXCEPT a")
    assert database.logon("alice").roles == {"B", "C"}
    sys.run("ALTER USER alice DEFAULT ROLE NONE")
    assert database.logon("alice").roles == set()


def test_verify_function_judges_a_new_password_at_logon_and_nothing_passes_without_it(
    database: Any, sys: Any, people: Any
) -> None:
    people("alice")
    database.add_object("SYS", "STRONG", "FUNCTION")
    sys.run("ALTER PROFILE DEFAULT LIMIT PASSWORD_VERIFY_FUNCTION strong")
    sys_calls = []

    def verify(function: Any, user: Any, password: Any, old: Any) -> Any:
        sys_calls.append((function, user, password, old))
        if len(password) < 4:
            raise OracleError(20001, "too short")

    assert database.logon_error("alice", new_password="long enough") == 28003
    with pytest.raises(OracleError) as refused:
        database.logon("alice", new_password="abc", verify=verify)
    assert refused.value.text.splitlines() == [
        "ORA-28003: password verification for the specified password failed",
        "ORA-20001: too short",
    ]
    assert database.logon_error("alice", new_password="abcd", verify=verify) is None
    assert sys_calls[-1] == ("STRONG", "ALICE", "abcd", "pw")


def test_common_user_has_one_password_and_one_lock_in_all_containers(database: Any) -> None:
    root = database.as_sys("CDB$ROOT")
    root.run("CREATE USER c##ops IDENTIFIED BY pw")
    root.run("GRANT CREATE SESSION TO c##ops CONTAINER = ALL")
    assert database.logon_error("c##ops") is None
    root.run("ALTER USER c##ops IDENTIFIED BY other")
    assert database.logon_error("c##ops") == 1017
    assert database.logon_error("c##ops", "other") is None
    root.run("ALTER PROFILE DEFAULT LIMIT FAILED_LOGIN_ATTEMPTS 1")
    database.as_sys().run("ALTER PROFILE DEFAULT LIMIT FAILED_LOGIN_ATTEMPTS 1")
    assert database.logon_error("c##ops") == 1017
    assert database.logon_error("c##ops", "other", container="CDB$ROOT") == 28000
