"""What the reconciler's own account must hold for a plan: each change, each way to hold the right, and what must not be tried without it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.changes import (
    ArmDeadline,
    Cause,
    Change,
    CreateLeaseRole,
    CreateTemporaryUser,
    DropDeadline,
    DropLeaseRole,
    Grant,
    KillSessions,
    MoveDeadline,
    Narrow,
    Revoke,
)
from reconciler.model.documents import Scope
from reconciler.model.privileges import (
    Entitlement,
    Privilege,
    on_column,
    on_object,
    on_schema,
    proxy,
    quota,
    role,
    system,
)
from reconciler.planning import own_rights

ACCOUNT = "RECONCILER"
SELECT = on_object("SELECT", "HR", "EMPLOYEES")
SALARY = on_column("UPDATE", "HR", "EMPLOYEES", "SALARY")
SCHEMA = on_schema("SELECT ANY TABLE", "HR")
LEASE_ROLE = "JIT_FIX"


def grant(privilege: Privilege, grantee: str = "ALICE", lease: str = "") -> Grant:
    return Grant(Entitlement(grantee, privilege), Cause.STANDING, lease)


def revoke(privilege: Privilege, grantor: str = "HR") -> Revoke:
    return Revoke(Entitlement("ALICE", privilege), Cause.DRIFT, grantor)


LEASE: tuple[Change, ...] = (
    CreateLeaseRole("fix", LEASE_ROLE),
    ArmDeadline("fix", LEASE_ROLE, None, timedelta(hours=1)),
    grant(SELECT, LEASE_ROLE, "fix"),
    grant(role(LEASE_ROLE), "ALICE", "fix"),
)


@pytest.fixture
def holding(world: Any) -> Any:
    """A snapshot in which the account holds what is listed."""

    def made(*rights: Any, **changes: Any) -> Any:
        found = [
            world.row(ACCOUNT, right) if isinstance(right, Privilege) else right for right in rights
        ]
        return world.snapshot(found, **changes)

    return made


@pytest.fixture
def with_option(world: Any) -> Any:
    return lambda privilege: world.row(ACCOUNT, privilege, option=True)


def lacking(change: Change, snapshot: Any) -> list[str]:
    """What the account is told to ask for."""
    found = own_rights.check([change], snapshot).findings
    return [row.hint.removeprefix("ask a DBA to run: ") for row in found]


ASKED = {
    "a lease role": (CreateLeaseRole("fix", LEASE_ROLE), 'GRANT CREATE ROLE TO "RECONCILER"'),
    "a deadline": (
        ArmDeadline("fix", LEASE_ROLE, None, timedelta(hours=1)),
        'GRANT CREATE JOB TO "RECONCILER"',
    ),
    "the end of a role": (
        DropLeaseRole("fix", LEASE_ROLE),
        'GRANT "JIT_FIX" TO "RECONCILER" WITH ADMIN OPTION',
    ),
    "a system privilege": (
        grant(system("CREATE VIEW")),
        'GRANT CREATE VIEW TO "RECONCILER" WITH ADMIN OPTION',
    ),
    "a role": (grant(role("HR_READER")), 'GRANT "HR_READER" TO "RECONCILER" WITH ADMIN OPTION'),
    "an object": (grant(SELECT), 'GRANT GRANT ANY OBJECT PRIVILEGE TO "RECONCILER"'),
    "a column": (grant(SALARY), 'GRANT GRANT ANY OBJECT PRIVILEGE TO "RECONCILER"'),
    "a schema": (
        grant(SCHEMA),
        'GRANT SELECT ANY TABLE ON SCHEMA "HR" TO "RECONCILER" WITH ADMIN OPTION',
    ),
    "a proxy": (
        grant(proxy("HR_APP")),
        'GRANT EXECUTE ON "RECONCILER_GATE"."GATE" TO "RECONCILER"',
    ),
    "a quota": (
        grant(quota("1024", "USERS")),
        'GRANT EXECUTE ON "RECONCILER_GATE"."GATE" TO "RECONCILER"',
    ),
    "a temporary user": (
        CreateTemporaryUser("fix", "JITU_FIX"),
        'GRANT EXECUTE ON "RECONCILER_GATE"."GATE" TO "RECONCILER"',
    ),
    "sessions": (
        KillSessions("fix", "ALICE"),
        'GRANT EXECUTE ON "RECONCILER_GATE"."GATE" TO "RECONCILER"',
    ),
    "a revoke": (revoke(SELECT), 'GRANT GRANT ANY OBJECT PRIVILEGE TO "RECONCILER"'),
    "a narrowing": (
        Narrow(
            Entitlement("ALICE", SELECT), (Entitlement("ALICE", SALARY),), Cause.DRIFT, grantor="HR"
        ),
        'GRANT GRANT ANY OBJECT PRIVILEGE TO "RECONCILER"',
    ),
}


@pytest.mark.parametrize("what", ASKED)
def test_an_account_without_rights_is_told_the_one_grant_that_the_change_needs(
    what: str, world: Any
) -> None:
    change, statement = ASKED[what]
    assert lacking(change, world.snapshot()) == [statement]


@pytest.mark.parametrize(
    ("change", "right"),
    [
        (CreateLeaseRole("fix", LEASE_ROLE), system("CREATE ROLE")),
        (LEASE[1], system("CREATE JOB")),
        (LEASE[1], system("CREATE ANY JOB")),
        (DropLeaseRole("fix", LEASE_ROLE), system("DROP ANY ROLE")),
        (grant(system("CREATE VIEW")), system("GRANT ANY PRIVILEGE")),
        (grant(role("HR_READER")), system("GRANT ANY ROLE")),
        (grant(SELECT), system("GRANT ANY OBJECT PRIVILEGE")),
        (revoke(SELECT), system("GRANT ANY OBJECT PRIVILEGE")),
        (grant(SCHEMA), system("GRANT ANY SCHEMA PRIVILEGE")),
        (grant(SCHEMA), system("GRANT ANY PRIVILEGE")),
        (grant(proxy("HR_APP")), own_rights.GATEKEEPER),
    ],
)
def test_one_right_is_enough(change: Change, right: Privilege, holding: Any) -> None:
    assert lacking(change, holding(right)) == []


@pytest.mark.parametrize("privilege", [system("CREATE VIEW"), SELECT, SCHEMA])
def test_a_privilege_that_is_held_with_its_option_can_be_passed_on_and_without_it_not(
    privilege: Privilege, holding: Any, with_option: Any
) -> None:
    assert lacking(grant(privilege), holding(with_option(privilege))) == []
    assert lacking(revoke(privilege), holding(with_option(privilege))) == []
    assert lacking(grant(privilege), holding(privilege))


def test_the_option_on_the_object_reaches_its_columns(holding: Any, with_option: Any) -> None:
    whole = on_object("UPDATE", "HR", "EMPLOYEES")
    assert lacking(grant(SALARY), holding(with_option(whole))) == []
    assert lacking(grant(SALARY), holding(with_option(SALARY))) == []


def test_what_the_account_owns_and_what_it_granted_it_may_revoke(world: Any) -> None:
    own = on_object("SELECT", ACCOUNT, "NOTES")
    assert lacking(grant(own), world.snapshot()) == []
    assert lacking(revoke(SELECT, grantor=ACCOUNT), world.snapshot()) == []


def test_a_role_counts_only_when_the_account_itself_administers_it(holding: Any) -> None:
    change = grant(role("HR_READER"))
    assert lacking(change, holding(created_roles=frozenset({"HR_READER"}))) == []
    assert lacking(change, holding(role("HR_READER")))


def test_rights_through_a_role_count_when_the_logon_enables_it(world: Any) -> None:
    rows = [
        world.row(ACCOUNT, role("OPERATOR")),
        world.row("OPERATOR", role("INNER")),
        world.row("INNER", system("CREATE JOB")),
        world.row("INNER", role("OPERATOR")),
    ]
    assert lacking(LEASE[1], world.snapshot(rows)) == []
    off = frozenset({(ACCOUNT, "OPERATOR")})
    assert lacking(LEASE[1], world.snapshot(rows, not_default=off))


def test_rights_of_everybody_count(world: Any) -> None:
    rows = [world.row("PUBLIC", system("CREATE JOB")), world.row("BOB", system("CREATE ROLE"))]
    assert lacking(LEASE[1], world.snapshot(rows)) == []
    assert lacking(LEASE[0], world.snapshot(rows))


def test_a_gatekeeper_that_the_snapshot_saw_is_enough(world: Any) -> None:
    assert lacking(KillSessions("fix", "ALICE"), world.snapshot(has_gate=True)) == []


def test_the_accounts_own_jobs_need_no_right(world: Any) -> None:
    end = world.NOW
    for change in (MoveDeadline("fix", LEASE_ROLE, None, end), DropDeadline("fix", LEASE_ROLE)):
        assert lacking(change, world.snapshot()) == []


def test_nothing_to_do_needs_nothing(world: Any) -> None:
    assert own_rights.check([], world.snapshot()) == own_rights.OwnRights()


def test_the_role_of_a_lease_is_administered_by_who_makes_it(holding: Any) -> None:
    enough = holding(
        system("CREATE ROLE"), system("CREATE JOB"), system("GRANT ANY OBJECT PRIVILEGE")
    )
    assert own_rights.check(LEASE, enough) == own_rights.OwnRights()
    assert lacking(grant(role(LEASE_ROLE), "ALICE", "fix"), enough)


@pytest.mark.parametrize("missing", ["CREATE ROLE", "CREATE JOB"])
def test_p36_without_role_or_deadline_nothing_of_the_lease_is_tried(
    missing: str, holding: Any
) -> None:
    rights = {"CREATE ROLE", "CREATE JOB", "GRANT ANY OBJECT PRIVILEGE"} - {missing}
    other = grant(SELECT, "BOB")
    found = own_rights.check((*LEASE, other), holding(*map(system, sorted(rights))))
    assert set(found.blocked) == set(LEASE)
    assert [row.rule for row in found.findings] == ["rights.missing"]
    assert missing in found.findings[0].message
    assert all("own account lacks" in reason for reason in found.blocked.values())


def test_p36_an_end_goes_as_far_as_it_can_and_keeps_its_deadline(holding: Any) -> None:
    changes: tuple[Change, ...] = (
        Revoke(Entitlement(LEASE_ROLE, SELECT), Cause.LEASE_END, "HR", "fix"),
        DropLeaseRole("fix", LEASE_ROLE),
        DropDeadline("fix", LEASE_ROLE),
    )
    found = own_rights.check(changes, holding(system("GRANT ANY OBJECT PRIVILEGE")))
    assert set(found.blocked) == {changes[1], changes[2]}


def test_each_missing_right_is_told_once_with_how_much_waits_for_it(world: Any) -> None:
    changes = [grant(SELECT), grant(SELECT, "BOB"), grant(role("HR_READER"))]
    messages = [row.message for row in own_rights.check(changes, world.snapshot()).findings]
    assert messages == [
        "hr-prod: RECONCILER lacks role HR_READER with admin option; 1 change waits for it",
        "hr-prod: RECONCILER lacks GRANT ANY OBJECT PRIVILEGE; 2 changes wait for it",
    ]


SCOPE = Scope(
    grantees=("*",),
    schemas=("HR",),
    roles=("HR_READER", "APP_*", "GONE"),
    system=("CREATE VIEW", "ALTER *"),
)


def test_a_scope_needs_what_it_names_outright(holding: Any, with_option: Any) -> None:
    found = own_rights.lacking_for(SCOPE, holding(system("CREATE SESSION")))
    assert [own_rights.grant_text(right) for right in found] == [
        'GRANT CREATE ROLE TO "RECONCILER"',
        'GRANT CREATE JOB TO "RECONCILER"',
        'GRANT GRANT ANY OBJECT PRIVILEGE TO "RECONCILER"',
        'GRANT "HR_READER" TO "RECONCILER" WITH ADMIN OPTION',
        'GRANT CREATE VIEW TO "RECONCILER" WITH ADMIN OPTION',
    ]
    enough = holding(
        *own_rights.ALWAYS,
        with_option(system("CREATE VIEW")),
        created_roles=frozenset({"HR_READER"}),
    )
    assert own_rights.lacking_for(SCOPE, enough) == ()


def test_powers_of_a_dba_are_more_than_needed(holding: Any) -> None:
    assert own_rights.more_than_needed(holding(*own_rights.ALWAYS)) == ()
    found = own_rights.more_than_needed(holding(system("ALTER USER"), system("GRANT ANY ROLE")))
    assert found == ("ALTER USER", "GRANT ANY ROLE")
