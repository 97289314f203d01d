"""`reconciler who can` and `reconciler why`: how questions are read, what is said when there is no answer, and what the shell is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.model.exit_codes import ExitCode
from tests.scenarios.world import TARGET, Ran, World


def rules(ran: Ran) -> list[str]:
    return [row["rule"] for row in ran.target["findings"]]


def hint(ran: Ran) -> str:
    return str(ran.target["findings"][0]["hint"])


@pytest.fixture
def asked(observed: World) -> Iterator[World]:
    """The sample with names and ways that it lacks."""
    made = (
        'CREATE TABLE hr."Mixed.Case" ("Col" NUMBER)',
        'GRANT SELECT ON hr."Mixed.Case" TO erin',
        "CREATE ROLE sealed IDENTIFIED BY secret",
        "GRANT SELECT ON hr.payroll TO sealed",
        "GRANT sealed TO erin",
        "GRANT UPDATE (status) ON oe.orders TO erin",
        "ALTER USER frank ACCOUNT LOCK",
        "GRANT SELECT ON hr.payroll TO frank WITH GRANT OPTION",
    )
    observed.as_dba(*made)
    yield observed
    observed.as_dba(
        'DROP TABLE hr."Mixed.Case"',
        "DROP ROLE sealed",
        "REVOKE UPDATE ON oe.orders FROM erin",
        "ALTER USER frank ACCOUNT UNLOCK",
        "REVOKE SELECT ON hr.payroll FROM frank",
    )


def test_who_can_lists_everybody_with_every_way_and_what_it_needs(asked: World) -> None:
    ran = asked.run("who can", "SELECT", "HR.PAYROLL")
    assert ran.code == ExitCode.OK, ran.err
    assert ran.out.startswith("prod  ")
    assert "  who can SELECT on HR.PAYROLL\n" in ran.out
    lines = [line.strip() for line in ran.out.splitlines()]
    assert (
        "ERIN -> role SEALED -> SELECT on HR.PAYROLL"
        "   (needs SET ROLE SEALED with the role's password; in no document)" in lines
    )
    assert "FRANK; account is LOCKED and cannot log on" in lines
    assert "FRANK -> SELECT on HR.PAYROLL   (with grant option; in no document)" in lines
    assert "HR -> owns it" in lines
    assert "role SEALED; enabled with its password" in lines
    assert not any(line.startswith("SYSTEM") for line in lines)
    assert "of Oracle's own: SYS" in ran.out
    assert "not considered: SYSDBA" in ran.out


def test_oracles_own_are_shown_on_demand(asked: World) -> None:
    assert "SYSTEM -> SELECT ANY TABLE" in asked.run("who can", "SELECT", "HR.PAYROLL", "--all").out


def test_why_says_yes_no_or_how_far_and_the_exit_code_says_it_too(asked: World) -> None:
    for words, code, said in (
        (("hr_app", "SELECT", "HR.EMPLOYEES"), ExitCode.OK, "HR_APP, SELECT on HR.EMPLOYEES: yes"),
        (("dave", "SELECT", "HR.PAYROLL"), ExitCode.REFUSED, "DAVE, SELECT on HR.PAYROLL: no"),
        (("erin", "SELECT", "HR.PAYROLL"), ExitCode.OK, "only with a role that a logon does not"),
        (("erin", "UPDATE", "OE.ORDERS"), ExitCode.OK, "ERIN, UPDATE on OE.ORDERS: in part"),
        (("hr_reader", "READ", "HR.EMPLOYEES"), ExitCode.OK, "HR_READER -> SELECT on HR.EMPLOYEES"),
        (("public", "SELECT", "HR.PAYROLL"), ExitCode.REFUSED, "PUBLIC, SELECT on HR.PAYROLL: no"),
    ):
        ran = asked.run("why", *words)
        assert (ran.code, said in ran.out) == (code, True), ran.out + ran.err
    assert (
        "(only column STATUS; in no document)" in asked.run("why", "ERIN", "UPDATE OE.ORDERS").out
    )


@pytest.mark.parametrize(
    ("words", "understood"),
    [
        (("select", "hr.employees"), "SELECT on HR.EMPLOYEES"),
        (("select on hr.employees",), "SELECT on HR.EMPLOYEES"),
        (("SELECT", "HR.EMPLOYEES.SALARY"), "SELECT (SALARY) on HR.EMPLOYEES"),
        (("SELECT", 'HR."Mixed.Case"'), 'SELECT on HR."Mixed.Case"'),
        (("SELECT", 'HR."Mixed.Case"."Col"'), 'SELECT ("Col") on HR."Mixed.Case"'),
        (("create", "session"), "CREATE SESSION"),
        (("SELECT ANY TABLE",), "SELECT ANY TABLE"),
        (("select", "any", "table", "on", "schema", "hr"), "SELECT ANY TABLE on schema HR"),
        (("role", "hr_reader"), "role HR_READER"),
        (("READ", "DIRECTORY", "DATA_PUMP_DIR"), "READ on DIRECTORY DATA_PUMP_DIR"),
        (("CREATE", "ANY", "DIRECTORY"), "CREATE ANY DIRECTORY"),
        (("CONNECT", "THROUGH", "HR_APP"), "CONNECT THROUGH HR_APP"),
    ],
    ids=str,
)
def test_questions_are_read_as_people_write_privileges(
    asked: World, words: tuple[str, ...], understood: str
) -> None:
    ran = asked.run("who can", *words, "--output", "json")
    assert ran.code == ExitCode.OK, ran.out
    assert ran.json["question"]["text"] == understood
    assert ran.target["answered"]


@pytest.mark.parametrize(
    ("words", "rule", "suggestion"),
    [
        (("why", "ALISE", "SELECT", "HR.EMPLOYEES"), "access.unknown-grantee", "ALICE"),
        (("who can", "SLECT", "HR.EMPLOYEES"), "access.unknown-privilege", "SELECT"),
        (("who can", "CREATE", "SESION"), "access.unknown-privilege", "CREATE SESSION"),
        (("who can", "SELECT", "FINN.ACCOUNTS"), "access.unknown-schema", "FIN"),
        (("who can", "SELECT", "HR.EMPLOYES"), "access.unknown-object", "EMPLOYEES"),
        (("who can", "SELECT", "HR.EMPLOYEES.SALERY"), "access.unknown-column", "SALARY"),
        (("who can", "ROLE", "HR_REDER"), "access.unknown-role", "HR_READER"),
        (("who can", "SELECT ANY TABLE ON SCHEMA FINN"), "access.unknown-schema", "FIN"),
    ],
    ids=str,
)
def test_what_the_database_does_not_know_is_a_finding_with_a_suggestion_and_no_empty_answer(
    asked: World, words: tuple[str, ...], rule: str, suggestion: str
) -> None:
    ran = asked.run(*words, "--output", "json")
    assert (ran.code, rules(ran)) == (ExitCode.INVALID, [rule]), ran.out
    assert suggestion in hint(ran)
    assert not ran.target["answered"]
    assert "no answer" in asked.run(*words).out


@pytest.mark.parametrize("words", [("SELECT", "A.B.C.D"), ("HR.EMPLOYEES",), ('HR."x',), ("'",)])
def test_what_is_no_question_is_refused_with_examples(asked: World, words: tuple[str, ...]) -> None:
    ran = asked.run("who can", *words)
    assert (ran.code, ran.out) == (ExitCode.INVALID, "")
    assert "access.question" in ran.err
    assert "SELECT HR.EMPLOYEES" in ran.err


def test_a_question_beyond_what_is_read_says_so(asked: World) -> None:
    ran = asked.run("why", "dave", "SELECT", "SYS.DBA_USERS")
    assert ran.code == ExitCode.PARTIAL
    assert "not known" in ran.out
    assert "access.not-read" in ran.err
    assert "DBA_TAB_PRIVS" in ran.err


def test_each_target_answers_for_itself_and_a_name_that_one_of_them_knows_is_no_mistake(
    asked: World,
) -> None:
    other = TARGET.format(name="gone", dsn="127.0.0.1:1/NOWHERE", mode="observe")
    asked.merge({"grants/targets/gone.yaml": other})
    ran = asked.run("why", "HR_APP", "SELECT", "HR.EMPLOYEES", "--output", "json")
    assert ran.code == ExitCode.FAILURE
    assert [(row["target"], row["failed"]) for row in ran.json["targets"]] == [
        ("gone", True),
        ("prod", False),
    ]
    only = asked.run("why", "HR_APP", "SELECT", "HR.EMPLOYEES", "--target", "prod")
    assert only.code == ExitCode.OK


def test_hostile_names_stay_on_their_line(asked: World) -> None:
    asked.as_dba('CREATE ROLE "x\x1b[31m"', 'GRANT SELECT ON hr.jobs TO "x\x1b[31m"')
    try:
        ran = asked.run("who can", "SELECT", "HR.JOBS")
        assert "\x1b" not in ran.out
        assert '"x\\x1b[31m"' in ran.out
    finally:
        asked.as_dba('DROP ROLE "x\x1b[31m"')
