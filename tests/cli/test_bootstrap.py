"""`reconciler bootstrap`: the script a DBA reviews. What it says is here; that it works is a story of its own (tests/scenarios/test_operations.py)."""

from __future__ import annotations

import re

import pytest

from reconciler.cli.bootstrap import Killer
from reconciler.model.exit_codes import ExitCode
from reconciler.oracle import gate
from tests.scenarios.world import TARGET, World


def statements(script: str) -> list[str]:
    """What the database gets, without comments and what SQL*Plus keeps for itself."""
    return [
        line for line in script.splitlines() if re.match(r"(GRANT|CREATE|ALTER|REVOKE|DROP) ", line)
    ]


def target(world: World, **scope: str) -> dict[str, str | None]:
    text = TARGET.format(name="prod", dsn=world.dsn, mode="observe")
    for name, value in scope.items():
        text = re.sub(rf"^    {name}: .*$", f"    {name}: {value}", text, flags=re.MULTILINE)
    return {"grants/targets/prod.yaml": text}


def test_nothing_is_run_from_here(observed: World) -> None:
    ran = observed.run("bootstrap", "prod")
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert "--print-sql" in ran.err


def test_the_account_gets_what_the_scope_names_and_no_power_of_a_dba(observed: World) -> None:
    ran = observed.run("bootstrap", "prod", "--print-sql")
    assert ran.code == ExitCode.OK, ran.err
    found = statements(ran.out)
    assert found[-5:] == [
        'GRANT CREATE VIEW TO "RECONCILER" WITH ADMIN OPTION;',
        'GRANT "HR_READER" TO "RECONCILER" WITH ADMIN OPTION;',
        'GRANT "OE_READER" TO "RECONCILER" WITH ADMIN OPTION;',
        'GRANT "FIN_READER" TO "RECONCILER" WITH ADMIN OPTION;',
        'ALTER USER "RECONCILER" DEFAULT ROLE NONE;',
    ]
    powers = (
        "ANY ROLE",
        "ANY PRIVILEGE ",
        "ALTER USER TO",
        "CREATE USER TO",
        "DBA ",
        "ANY JOB",
        "ALTER SYSTEM",
    )
    assert not [
        line for line in found for power in powers if line.startswith("GRANT") and power in line
    ]


def test_every_grant_has_its_reason(observed: World) -> None:
    """A comment stands before it, or before the grants of its kind."""
    lines = observed.run("bootstrap", "prod", "--print-sql").out.splitlines()
    for number, line in enumerate(lines):
        if line.startswith(("GRANT", "ALTER")):
            before = [row for row in lines[:number] if not row.startswith("GRANT")]
            assert before[-1].startswith("-- "), line


def test_an_account_that_only_reads_gets_read_and_nothing_else(observed: World) -> None:
    ran = observed.run("bootstrap", "prod", "--print-sql", "--read-only")
    assert ran.code == ExitCode.OK, ran.err
    create, *grants = statements(ran.out)
    assert create.startswith('CREATE USER "RECONCILER"')
    assert grants[0] == 'GRANT CREATE SESSION TO "RECONCILER";'
    assert all(line.startswith("GRANT READ ON ") for line in grants[1:])
    both = statements(observed.run("bootstrap", "prod", "--print-sql").out)
    assert set(grants) <= set(both)
    assert [line for line in both if " READ ON " in line] == grants[1:]


def test_the_password_is_asked_for_and_another_program_than_sqlplus_makes_no_account(
    observed: World,
) -> None:
    """Where nothing substitutes variables, a quoted one would be the password; the other is no clause that Oracle knows."""
    text = observed.run("bootstrap", "prod", "--print-sql").out
    assert re.search(r"^ACCEPT reconciler_password .* HIDE$", text, re.MULTILINE)
    assert 'IDENTIFIED BY "&reconciler_password" &reconciler_account_state;' in text
    before, _, after = text.partition("SET DEFINE OFF")
    assert text.count("&") == 2
    assert "&" not in after
    assert observed.password not in text
    assert "WHENEVER SQLERROR EXIT FAILURE" in after
    assert "WHENEVER SQLERROR CONTINUE" in before


@pytest.mark.parametrize(("release", "schemas"), [("19", False), ("21", False), ("23", True)])
def test_a_release_gets_the_views_it_has(observed: World, release: str, schemas: bool) -> None:
    text = observed.run("bootstrap", "prod", "--print-sql", "--release", release).out
    assert ("DBA_SCHEMA_PRIVS" in text) is schemas
    assert f"-- For release {release}" in text


def test_patterns_of_the_scope_are_left_to_the_dba(observed: World) -> None:
    observed.merge(target(observed, roles="[HR_READER, 'APP_*']", system="['CREATE *']"))
    text = observed.run("bootstrap", "prod", "--print-sql").out
    assert '--   APP_* TO "RECONCILER"\n--   CREATE * TO "RECONCILER"\n' in text
    assert not [line for line in statements(text) if "*" in line]


def test_the_gatekeeper_comes_after_the_account(observed: World) -> None:
    text = observed.run("bootstrap", "prod", "--print-sql", "--gate").out
    account, _, package = text.partition('CREATE USER "RECONCILER_GATE"')
    assert "-- The gatekeeper: a locked schema" in account
    assert "DEFAULT ROLE NONE" in account
    assert package.rstrip().endswith("/")
    assert 'CREATE OR REPLACE PACKAGE BODY "RECONCILER_GATE".GATE' in package


def test_the_gatekeeper_may_set_the_passwords_of_the_services_that_the_scope_names(
    observed: World,
) -> None:
    text = target(observed)["grants/targets/prod.yaml"] or ""
    wider = text.replace("[CREATE VIEW]", "[CREATE VIEW]\n    services: [HR_APP, 'SVC_*']")
    observed.merge({"grants/targets/prod.yaml": wider})
    package = observed.run("bootstrap", "prod", "--print-sql", "--gate").out
    assert "'HR_APP'" in package
    assert "SVC_*" not in package


def test_a_service_s_name_cannot_write_a_statement_into_the_script(observed: World) -> None:
    text = target(observed)["grants/targets/prod.yaml"] or ""
    wider = text.replace("[CREATE VIEW]", "[CREATE VIEW]\n    services: ['\"A&B\"']")
    observed.merge({"grants/targets/prod.yaml": wider})
    ran = observed.run("bootstrap", "prod", "--print-sql", "--gate")
    assert (ran.code, ran.out) == (ExitCode.INVALID, "")
    assert "cannot stand in a script" in ran.err


def test_the_gatekeeper_of_amazon_rds_kills_through_its_procedure(observed: World) -> None:
    text = observed.run("bootstrap", "prod", "--print-sql", "--gate", "--kill-with", "rds").out
    assert "rdsadmin.rdsadmin_util.kill" in text
    assert set(Killer) == set(gate.KILLERS)


def test_the_logon_check_comes_with_the_gatekeeper_only_for_who_asks(observed: World) -> None:
    plain = observed.run("bootstrap", "prod", "--print-sql", "--gate").out
    assert "AFTER LOGON" not in plain
    assert "GRANT ADMINISTER DATABASE TRIGGER" not in plain
    text = observed.run("bootstrap", "prod", "--print-sql", "--gate", "--logon-check").out
    table, _, rest = text.partition('CREATE TABLE "RECONCILER_GATE".LOGON_NETWORKS')
    assert "SQLERROR CONTINUE" in table.rpartition("SQLERROR EXIT FAILURE")[2], "it may be there"
    assert rest.index("SQLERROR EXIT FAILURE") < rest.index("AFTER LOGON ON DATABASE")
    assert 'GRANT SELECT ON "RECONCILER_GATE".LOGON_NETWORKS TO "RECONCILER"' in rest


def test_an_account_that_only_reads_may_read_the_networks(observed: World) -> None:
    text = observed.run("bootstrap", "prod", "--print-sql", "--read-only", "--logon-check").out
    assert 'GRANT SELECT ON "RECONCILER_GATE"."LOGON_NETWORKS" TO "RECONCILER"' in text
    assert "CREATE TABLE" not in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("--release", "18"),
        ("--release", "x"),
        ("--gate", "--read-only"),
        ("--kill-with", "axe"),
        ("--logon-check",),
    ],
)
def test_wrong_usage_is_told_as_such(observed: World, arguments: tuple[str, ...]) -> None:
    ran = observed.run("bootstrap", "prod", "--print-sql", *arguments)
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")


def test_an_unknown_target_is_told_with_the_known_ones(observed: World) -> None:
    ran = observed.run("bootstrap", "nope", "--print-sql")
    assert (ran.code, "valid targets: prod" in ran.err) == (ExitCode.INVALID, True)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("'\"a&b\"'", "bootstrap.name"),
        ("'\"C##RECON\"'", "bootstrap.common-user"),
    ],
)
def test_a_name_that_a_script_must_not_hold_is_refused(
    observed: World, name: str, rule: str
) -> None:
    """SQL*Plus substitutes in quoted names too; a common user is made in the root alone."""
    changed = target(observed)["grants/targets/prod.yaml"] or ""
    observed.merge(
        {"grants/targets/prod.yaml": changed.replace("user: RECONCILER", f"user: {name}")}
    )
    ran = observed.run("bootstrap", "prod", "--print-sql")
    assert (ran.code, ran.out) == (ExitCode.INVALID, "")
    assert rule in ran.err


def test_what_is_not_committed_is_told(observed: World) -> None:
    (observed.repository / "grants/targets/prod.yaml").write_text("changed", encoding="utf-8")
    ran = observed.run("bootstrap", "prod", "--print-sql")
    assert (ran.code, "git.uncommitted" in ran.err) == (ExitCode.OK, True)
