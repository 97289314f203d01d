"""What the facts of a target mean, check by check."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.health import Check, HealthFacts, Level, View
from reconciler.model.privileges import role, system
from reconciler.model.snapshot import LogonCheck
from reconciler.planning import health, own_rights

ALL_CHECKS = (
    "connection",
    "release",
    "container",
    "clock",
    "open-mode",
    "restricted",
    "scheduler",
    "resource-limit",
    "audit",
    "encryption",
    "default-roles",
    "password",
    "rights",
    "power",
    "lease-roles",
    "role-limit",
    "logon-check",
)
GRANT = 'GRANT READ ON SYS.X TO "RECONCILER"'


@pytest.fixture
def facts(world: Any) -> HealthFacts:
    """Of a target with which all is well."""
    return HealthFacts(
        account="RECONCILER",
        container="HRPDB",
        release=19,
        version="19.21.0.0.0",
        clock=world.NOW,
        before=world.NOW,
        after=world.NOW,
        protocol="tcps",
        account_status="OPEN",
        password_days=None,
        default_roles=0,
        scheduler_disabled="FALSE",
        open_mode="READ WRITE",
        role="PRIMARY",
        logins="ALLOWED",
        container_mode="READ WRITE",
        container_restricted="NO",
        job_queue_processes=80,
        resource_limit=True,
        unified_auditing=True,
    )


@pytest.fixture
def check(world: Any) -> Any:
    """One check of a target, by its name."""

    def made(name: str, facts: HealthFacts, snapshot: Any = None, target: Any = None) -> Check:
        given = target or world.target()
        found = {row.name: row for row in health.checks(facts, given, snapshot, "GRANT X")}
        return found[name]

    return made


def test_all_is_well_with_a_target_that_has_what_it_needs(facts: HealthFacts, world: Any) -> None:
    rows = [world.row(world.ACCOUNT, privilege) for privilege in own_rights.ALWAYS]
    narrow = replace(world.EVERYTHING, roles=(), system=())
    found = health.checks(facts, world.target(scope=narrow), world.snapshot(rows))
    assert tuple(row.name for row in found) == ALL_CHECKS
    assert {row.level for row in found} == {Level.OK}
    assert {row.hint for row in found} == {""}


def test_without_the_grants_what_depends_on_them_is_unknown(facts: HealthFacts, world: Any) -> None:
    found = health.checks(facts, world.target(), None, "GRANT READ ON SYS.DBA_USERS TO X")
    unknown = [row for row in found if row.level is Level.UNKNOWN]
    assert tuple(row.name for row in unknown) == ALL_CHECKS[-5:]
    assert {row.hint for row in unknown} == {"ask a DBA to run: GRANT READ ON SYS.DBA_USERS TO X"}


BAD = {
    "a release to come": ("release", {"release": 27, "version": "27.1"}, Level.WARNING, "27.1"),
    "the root": ("container", {"container": "CDB$ROOT"}, Level.PROBLEM, "CDB$ROOT"),
    "a standby": ("open-mode", {"role": "PHYSICAL STANDBY"}, Level.PROBLEM, "PHYSICAL STANDBY"),
    "read only": ("open-mode", {"open_mode": "READ ONLY"}, Level.PROBLEM, "READ ONLY"),
    "a read only pdb": ("open-mode", {"container_mode": "READ ONLY"}, Level.PROBLEM, "READ ONLY"),
    "mounted": ("open-mode", {"open_mode": "MOUNTED"}, Level.PROBLEM, "MOUNTED"),
    "restricted": ("restricted", {"logins": "RESTRICTED"}, Level.PROBLEM, "restricted mode"),
    "a restricted pdb": (
        "restricted",
        {"container_restricted": "YES"},
        Level.PROBLEM,
        "restricted mode",
    ),
    "no jobs": ("scheduler", {"job_queue_processes": 0}, Level.PROBLEM, "JOB_QUEUE_PROCESSES"),
    "no scheduler": ("scheduler", {"scheduler_disabled": "TRUE"}, Level.PROBLEM, "disabled"),
    "no limits": ("resource-limit", {"resource_limit": False}, Level.WARNING, "RESOURCE_LIMIT"),
    "no audit": (
        "audit",
        {"unified_auditing": False, "release": 23},
        Level.WARNING,
        "unified auditing is off",
    ),
    "in clear": ("encryption", {"protocol": "tcp"}, Level.WARNING, "over tcp, without TLS"),
    "who knows how": ("encryption", {"protocol": ""}, Level.WARNING, "an unknown protocol"),
    "a role on": ("default-roles", {"default_roles": 1}, Level.PROBLEM, "enables 1 role at"),
    "expired": ("password", {"account_status": "EXPIRED(GRACE)"}, Level.PROBLEM, "EXPIRED(GRACE)"),
    "expires": ("password", {"password_days": 14}, Level.WARNING, "expires in 14 days"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_wrong_is_told_with_what_to_do(what: str, facts: HealthFacts, check: Any) -> None:
    name, changes, level, text = BAD[what]
    found = check(name, replace(facts, **changes))
    assert (found.level, text in found.message, bool(found.hint)) == (level, True, True)


UNREADABLE = {
    "open-mode": (View.DATABASE, {"open_mode": None, "role": None}),
    "restricted": (View.INSTANCE, {"logins": None}),
    "scheduler": (View.PARAMETER, {"job_queue_processes": None}),
    "resource-limit": (View.PARAMETER, {"resource_limit": None}),
    "audit": (View.OPTION, {"unified_auditing": None}),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_could_not_be_read_is_unknown_with_its_grant(
    name: str, facts: HealthFacts, check: Any
) -> None:
    view, changes = UNREADABLE[name]
    found = check(name, replace(facts, unreadable={view: GRANT}, **changes))
    assert (found.level, found.hint) == (Level.UNKNOWN, f"ask a DBA to run: {GRANT}")
    assert view.value.replace("_$", "$") in found.message


@pytest.mark.parametrize("name", ["open-mode", "restricted"])
def test_a_pluggable_database_that_could_not_be_looked_at_is_unknown(
    name: str, facts: HealthFacts, check: Any
) -> None:
    hidden = replace(
        facts,
        container_mode=None,
        container_restricted=None,
        unreadable={View.CONTAINER: GRANT},
    )
    assert check(name, hidden).level is Level.UNKNOWN


@pytest.mark.parametrize("name", ["open-mode", "restricted"])
def test_a_non_cdb_has_no_row_of_its_own_and_is_well(
    name: str, facts: HealthFacts, check: Any
) -> None:
    found = replace(facts, container="ORCL", container_mode=None, container_restricted=None)
    assert check(name, found).level is Level.OK


def test_a_fact_that_a_readable_view_does_not_tell_has_no_grant_to_ask_for(
    facts: HealthFacts, check: Any
) -> None:
    found = check("audit", replace(facts, unified_auditing=None))
    assert (found.level, found.hint) == (Level.UNKNOWN, "")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(31, "31s ahead of"), (-31, "31s behind"), (30, "agree"), (-30, "agree"), (0, "agree")],
)
def test_the_clocks_may_differ_a_little(
    seconds: int, said: str, facts: HealthFacts, check: Any
) -> None:
    found = check("clock", replace(facts, clock=facts.clock + timedelta(seconds=seconds)))
    assert said in found.message
    assert (found.level is Level.OK) is (said == "agree")


def test_the_time_the_reading_took_is_no_difference(facts: HealthFacts, check: Any) -> None:
    slow = replace(
        facts, clock=facts.clock + timedelta(minutes=2), after=facts.after + timedelta(minutes=3)
    )
    assert check("clock", slow).level is Level.OK


@pytest.mark.parametrize(
    ("days", "level"), [(15, Level.OK), (1, Level.WARNING), (-1, Level.WARNING)]
)
def test_a_password_is_to_be_changed_in_time(
    days: int, level: Level, facts: HealthFacts, check: Any
) -> None:
    assert check("password", replace(facts, password_days=days)).level is level


@pytest.mark.parametrize("release", [19, 21])
def test_mixed_auditing_is_enough_where_it_exists(
    release: int, facts: HealthFacts, check: Any
) -> None:
    mixed = replace(facts, release=release, unified_auditing=False)
    assert check("audit", mixed).level is Level.OK


@pytest.mark.parametrize("protocol", ["TCPS", "tcps", "beq", "ipc"])
def test_nobody_listens_to_tls_and_local_sessions(
    protocol: str, facts: HealthFacts, check: Any
) -> None:
    assert check("encryption", replace(facts, protocol=protocol)).level is Level.OK


def test_missing_rights_are_told_as_grants(facts: HealthFacts, check: Any, world: Any) -> None:
    found = check("rights", facts, world.snapshot())
    assert found.level is Level.PROBLEM
    assert 'GRANT CREATE ROLE TO "RECONCILER"; GRANT CREATE JOB TO "RECONCILER"' in found.hint


def test_too_much_power_is_told_by_name(facts: HealthFacts, check: Any, world: Any) -> None:
    rows = [world.row(world.ACCOUNT, system("GRANT ANY ROLE"))]
    found = check("power", facts, world.snapshot(rows))
    assert (found.level, "GRANT ANY ROLE" in found.message) == (Level.WARNING, True)


def test_others_with_power_over_lease_roles_are_told(
    facts: HealthFacts, check: Any, world: Any
) -> None:
    """Oracle's own users, and the account, have such powers by design; a role in the way is followed."""
    rows = [
        world.row(world.ACCOUNT, role("JIT_FIX"), option=True),
        world.row("ALICE", role("JIT_FIX"), option=True),
        world.row("CAROL", role("JIT_FIX")),
        world.row("CAROL", role("HR_READER"), option=True),
        world.row("BOB", role("DBA")),
        world.row("DBA", system("GRANT ANY ROLE")),
        world.row("SYSTEM", role("DBA")),
    ]
    found = check("lease-roles", facts, world.snapshot(rows))
    assert (found.level, found.message) == (
        Level.WARNING,
        "others can give or take the roles of leases: ALICE, BOB",
    )


def test_a_long_list_is_cut_short(facts: HealthFacts, check: Any, world: Any) -> None:
    rows = [world.row(f"U{n}", role("JIT_FIX"), option=True) for n in range(7)]
    found = check("lease-roles", facts, world.snapshot(rows))
    assert found.message.endswith("U0, U1, U2, U3, U4 and 2 more")


def with_roles(world: Any, number: int) -> Any:
    return [world.row("ALICE", role(f"R{n}")) for n in range(number)]


@pytest.mark.parametrize(
    ("number", "level"),
    [(119, Level.OK), (120, Level.WARNING), (148, Level.WARNING), (149, Level.PROBLEM)],
)
def test_the_limit_of_enabled_roles_is_seen_coming(
    number: int, level: Level, facts: HealthFacts, check: Any, world: Any
) -> None:
    found = check("role-limit", facts, world.snapshot(with_roles(world, number)))
    assert (found.level, str(number) in found.message) == (level, True)


def test_roles_that_a_logon_does_not_enable_and_oracles_own_do_not_count(
    facts: HealthFacts, check: Any, world: Any
) -> None:
    rows = [*with_roles(world, 121), world.row("ALICE", role("DBA"))]
    off = frozenset(("ALICE", f"R{n}") for n in range(100))
    found = check("role-limit", facts, world.snapshot(rows, not_default=off))
    assert found.message == "nobody in scope enables more than 21 of 148 roles"


def test_nobody_in_scope_has_no_roles(facts: HealthFacts, check: Any, world: Any) -> None:
    nobody = world.target(scope=replace(world.EVERYTHING, grantees=("NOBODY",)))
    found = check("role-limit", facts, world.snapshot(with_roles(world, 149)), nobody)
    assert (found.level, "more than 0" in found.message) == (Level.OK, True)


@pytest.mark.parametrize(
    ("state", "level", "what_to_do"),
    [
        (LogonCheck.MISSING, Level.OK, ""),
        (LogonCheck.ACTIVE, Level.OK, ""),
        (LogonCheck.DISABLED, Level.WARNING, "ENABLE"),
        (LogonCheck.INVALID, Level.PROBLEM, "DISABLE"),
        (LogonCheck.NO_TABLE, Level.PROBLEM, "--logon-check"),
    ],
)
def test_a_logon_check_that_hurts_or_does_nothing_is_told(
    facts: HealthFacts, check: Any, world: Any, state: LogonCheck, level: Level, what_to_do: str
) -> None:
    snapshot = replace(world.snapshot(), logon_check=state)
    found = check("logon-check", facts, snapshot)
    assert found.level is level
    assert what_to_do in found.hint
