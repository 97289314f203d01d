"""Builders of small worlds, and an executable model of Oracle: what a plan's changes do to a snapshot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.model import names
from reconciler.model.changes import (
    ArmDeadline,
    CreateColumnView,
    CreateLeaseRole,
    DropColumnView,
    DropDeadline,
    DropLeaseRole,
    Grant,
    MoveDeadline,
    Narrow,
    Revoke,
)
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import Mode, RemovalLimits, Scope, Target
from reconciler.model.leases import EndReason, Lease, LeaseRecord, Phase, RecordStatus
from reconciler.model.ledger import LedgerState
from reconciler.model.privileges import Entitlement, Kind, on_column, on_object, role, system
from reconciler.model.results import ChangeOutcome, Execution, Status
from reconciler.model.snapshot import (
    DatabaseIdentity,
    DeadlineJob,
    HeldGrant,
    RoleAccount,
    Snapshot,
    UserAccount,
)

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ACCOUNT = "RECONCILER"
TARGET = "hr-prod"
SELECT = on_object("SELECT", "HR", "EMPLOYEES")
UPDATE = on_object("UPDATE", "HR", "EMPLOYEES")
SALARY = on_column("UPDATE", "HR", "EMPLOYEES", "SALARY")
PHONE = on_column("UPDATE", "HR", "EMPLOYEES", "PHONE")
SESSION = system("CREATE SESSION")
READER = role("HR_READER")
EVERYTHING = Scope(grantees=("*",), schemas=("*",), roles=("*",), system=("*",))
UNLIMITED = RemovalLimits(count=10_000, share=1.0, grantee_count=10_000, grantee_share=1.0)


class World:
    """Builders and the executable model; no state."""

    NOW, HOUR, ACCOUNT, TARGET = NOW, HOUR, ACCOUNT, TARGET
    SELECT, UPDATE, SALARY, PHONE = SELECT, UPDATE, SALARY, PHONE
    SESSION, READER, EVERYTHING, UNLIMITED = SESSION, READER, EVERYTHING, UNLIMITED

    @staticmethod
    def target(
        mode: Any = Mode.AUTHORITATIVE, scope: Any = EVERYTHING, removals: Any = UNLIMITED
    ) -> Any:
        return Target(
            TARGET,
            Origin("grants/targets/hr-prod.yaml", 1, 1),
            {},
            "localhost/HR",
            ACCOUNT,
            "PW",
            "",
            mode,
            scope,
            removals,
        )

    @staticmethod
    def entitlement(grantee: Any, privilege: Any, with_option: Any = False) -> Any:
        return Entitlement(grantee, privilege, with_option)

    @staticmethod
    def row(
        grantee: Any,
        privilege: Any,
        *,
        option: Any = False,
        grantor: Any = None,
        inherited: Any = False,
    ) -> Any:
        if grantor is None:
            grantor = privilege.owner if privilege.kind in (Kind.OBJECT, Kind.COLUMN) else ""
        return HeldGrant(Entitlement(grantee, privilege, option), grantor, inherited)

    @staticmethod
    def snapshot(rows: Any = (), **changes: Any) -> Any:
        users = {
            name: UserAccount(name, "OPEN") for name in ("ALICE", "BOB", "CAROL", "HR", ACCOUNT)
        }
        users |= {
            name: UserAccount(name, "OPEN", oracle_maintained=True)
            for name in ("SYS", "SYSTEM", "XDB")
        }
        roles = {name: RoleAccount(name) for name in ("HR_READER", "HR_WRITER")}
        roles["DBA"] = RoleAccount("DBA", oracle_maintained=True)
        base = Snapshot(
            target=TARGET,
            at=NOW,
            database=DatabaseIdentity("CDB1", 42, "HRPDB", 19, "19.21.0.0.0"),
            account=ACCOUNT,
            grants=frozenset(rows),
            users=users,
            roles=roles,
            system_privileges=frozenset({"CREATE SESSION", "CREATE TABLE", "UNLIMITED TABLESPACE"}),
        )
        return replace(base, **changes)

    @staticmethod
    def lease(
        name: Any = "fix",
        *,
        phase: Any = Phase.ACTIVE,
        grantee: Any = "ALICE",
        privileges: Any = (SELECT,),
        start: Any = NOW - HOUR,
        end: Any = NOW + HOUR,
        **more: Any,
    ) -> Any:
        entitlements = frozenset(
            Entitlement(names.lease_role(name), privilege) for privilege in privileges
        )
        origin = Origin(f"grants/requests/{name}.yaml", 1, 1)
        if phase is Phase.ENDING:
            more.setdefault("end_reason", EndReason.EXPIRED)
            end = min(end, NOW)
        return Lease(
            name, TARGET, phase, grantee, "alice", entitlements, start, end, origin=origin, **more
        )

    @staticmethod
    def record(lease: Any, **changes: Any) -> Any:
        base = LeaseRecord(
            lease.id,
            TARGET,
            RecordStatus.GRANTED,
            lease.grantee,
            lease.requester,
            lease.start or NOW,
            lease.end or NOW + HOUR,
            lease.entitlements,
            "",
        )
        return replace(base, **changes)

    @classmethod
    def recorded(cls, *leases: Any) -> Any:
        return LedgerState(TARGET, {lease.id: cls.record(lease) for lease in leases})

    @staticmethod
    def ledger(granted: Any = (), leases: Any = None) -> Any:
        return LedgerState(TARGET, leases or {}, frozenset(granted))

    @classmethod
    def desired(cls, *leases: Any, standing: Any = (), target: Any = None, at: Any = NOW) -> Any:
        origin = Origin("grants/standing/base.yaml", 7, 3)
        return Desired(
            target or cls.target(),
            "c0ffee",
            at,
            tuple(leases),
            dict.fromkeys(standing, origin),
            dict.fromkeys(standing, "base"),
        )

    @classmethod
    def in_force(cls, lease: Any, snapshot: Any = None) -> Any:
        """The snapshot with the lease granted and its deadline armed."""
        snapshot = snapshot or cls.snapshot()
        active = replace(lease, phase=Phase.ACTIVE, end=lease.end or NOW + HOUR)
        changes = [
            CreateLeaseRole(lease.id, lease.role),
            ArmDeadline(lease.id, lease.role, active.end),
            *(Grant(found, "", lease.id) for found in sorted(lease.entitlements)),
            Grant(Entitlement(lease.grantee, role(lease.role)), "", lease.id),
        ]
        return cls.execute(changes, snapshot)

    @classmethod
    def execute(cls, changes: Any, snapshot: Any) -> Any:
        for change in changes:
            snapshot = cls.apply(change, snapshot)
        return snapshot

    @classmethod
    def apply(cls, change: Any, now: Any) -> Any:
        match change:
            case CreateLeaseRole(role=name):
                assert name not in now.roles
                own = HeldGrant(Entitlement(ACCOUNT, role(name), True))
                return replace(
                    now,
                    roles={**now.roles, name: RoleAccount(name)},
                    created_roles=now.created_roles | {name},
                    grants=now.grants | {own},
                )
            case ArmDeadline(lease_id=lease, role=name, end=end, duration=duration):
                assert name not in now.deadlines
                job = DeadlineJob(name, end or now.at + duration, True, lease, TARGET)
                return replace(now, deadlines={**now.deadlines, name: job})
            case MoveDeadline(role=name, new_end=end):
                job = replace(now.deadlines[name], end=end, enabled=True)
                return replace(now, deadlines={**now.deadlines, name: job})
            case DropDeadline(role=name):
                return replace(
                    now, deadlines={key: job for key, job in now.deadlines.items() if key != name}
                )
            case DropLeaseRole(role=name):
                assert name in now.roles
                rows = frozenset(
                    row
                    for row in now.grants
                    if row.entitlement.grantee != name and row.entitlement.privilege != role(name)
                )
                roles = {key: account for key, account in now.roles.items() if key != name}
                return replace(
                    now, roles=roles, created_roles=now.created_roles - {name}, grants=rows
                )
            case CreateColumnView(view=view):
                base = on_object("SELECT", view.owner, view.object)
                below = HeldGrant(Entitlement(names.GATE_SCHEMA, base, True), view.owner)
                there = {**now.column_views, view.name: view}
                return replace(now, column_views=there, grants=now.grants | {below})
            case DropColumnView(name=name):
                there = {key: view for key, view in now.column_views.items() if key != name}
                rows = frozenset(row for row in now.grants if row[0].privilege.object != name)
                return replace(now, column_views=there, grants=rows)
            case Grant(entitlement=entitlement, lease_id=lease):
                if lease:
                    assert now.deadlines[names.lease_role(lease)].enabled, (
                        "granted before the deadline was armed"
                    )
                return cls.grant(entitlement, now)
            case Revoke(entitlement=entitlement, grantor=grantor):
                return cls.revoke(entitlement, grantor, now)
            case Narrow(revoke=entitlement, keep=keep, grantor=grantor):
                now = cls.revoke(entitlement, grantor, now)
                for kept in keep:
                    now = cls.grant(kept, now)
                return now
        raise AssertionError(change)

    @staticmethod
    def grant(entitlement: Any, now: Any) -> Any:
        grantee, privilege, option, second = entitlement
        assert grantee in now.users or grantee in now.roles, f"ORA-01917 {grantee}"
        assert grantee not in (ACCOUNT, "SYS", "SYSTEM", "PUBLIC", "XDB")
        assert privilege.kind is not Kind.ROLE or privilege.name in now.roles, "ORA-01919"
        owner = privilege.object if privilege.on == "USER" else privilege.owner
        grantor = owner if privilege.kind in (Kind.OBJECT, Kind.COLUMN) else ""
        same = {
            row
            for row in now.grants
            if row.entitlement.grantee == grantee
            and World.one_of(row.entitlement.privilege) == World.one_of(privilege)
            and row.grantor == grantor
            and not row.inherited
        }
        option = option or any(row.entitlement.with_option for row in same)
        second = second or any(row.entitlement.with_second_option for row in same)
        row = HeldGrant(
            entitlement._replace(with_option=option, with_second_option=second), grantor
        )
        return replace(now, grants=(now.grants - same) | {row})

    @staticmethod
    def one_of(privilege: Any) -> Any:
        """A user has one quota on a tablespace: the next one takes its place."""
        return privilege._replace(name="") if privilege.kind is Kind.QUOTA else privilege

    @staticmethod
    def revoke(entitlement: Any, grantor: Any, now: Any) -> Any:
        """As Oracle does it: all columns by this grantor, and all that was granted on with the option. "Not granted" is success."""

        def key(privilege: Any) -> Any:
            return (
                privilege._replace(kind=Kind.OBJECT, column="")
                if privilege.kind is Kind.COLUMN
                else World.one_of(privilege)
            )

        of_user = entitlement.privilege.on == "USER"
        owner = entitlement.privilege.object if of_user else entitlement.privilege.owner
        assert grantor in ("", owner, ACCOUNT), "ORA-01927"
        what = key(entitlement.privilege)
        rows = set(now.grants)
        gone = [
            row
            for row in rows
            if row.entitlement.grantee == entitlement.grantee
            and key(row.entitlement.privilege) == what
            and row.grantor == grantor
            and not row.inherited
        ]
        while gone:
            row = gone.pop()
            rows.discard(row)
            if row.entitlement.with_option and row.entitlement.privilege.kind in (
                Kind.OBJECT,
                Kind.COLUMN,
            ):
                gone += [
                    other
                    for other in rows
                    if other.grantor == row.entitlement.grantee
                    and key(other.entitlement.privilege) == what
                ]
        return replace(now, grants=frozenset(rows))

    @staticmethod
    def ledger_after(ledger: Any, desired: Any, changes: Any) -> Any:
        """What the ledger would say after these changes were made."""
        granted = set(ledger.granted)
        started, ended = set(), set()
        for change in changes:
            match change:
                case Grant(entitlement=entitlement, lease_id=""):
                    granted = {held for held in granted if held[:2] != entitlement[:2]} | {
                        entitlement
                    }
                    granted = World.one_quota(granted, entitlement)
                case Revoke(entitlement=entitlement, lease_id=""):
                    granted = {held for held in granted if held[:2] != entitlement[:2]}
                case Narrow(revoke=whole, keep=keep, lease_id=""):
                    kept = {held[:2] for held in keep}
                    for held in keep:
                        granted = World.one_quota(granted, held)
                    same = (whole.privilege.name, whole.privilege.owner, whole.privilege.object)
                    granted = {
                        held
                        for held in granted
                        if held[:2] in kept
                        or held.grantee != whole.grantee
                        or held.privilege[1:4] != same
                    }
                    granted = {held for held in granted if held[:2] not in kept} | {
                        held for held in keep if held in desired.standing
                    }
                case Grant(lease_id=lease):
                    started.add(lease)
                case DropLeaseRole(lease_id=lease):
                    ended.add(lease)
        leases = dict(ledger.leases)
        for lease in desired.leases:
            if lease.phase is Phase.ACTIVE and (lease.id in started or lease.id in leases):
                end = lease.end or desired.at + lease.duration
                leases[lease.id] = World.record(
                    lease, end=end, first_start=lease.start or desired.at
                )
            elif lease.id in ended and lease.id in leases:
                leases[lease.id] = replace(leases[lease.id], status=RecordStatus.ENDED)
        return replace(ledger, leases=leases, granted=frozenset(granted))

    @staticmethod
    def one_quota(granted: Any, new: Any) -> Any:
        """Without the quotas that the new one takes the place of."""
        return {
            held
            for held in granted
            if held == new
            or new.privilege.kind is not Kind.QUOTA
            or (held.grantee, World.one_of(held.privilege))
            != (new.grantee, World.one_of(new.privilege))
        }

    @staticmethod
    def all_done(changes: Any) -> Any:
        return Execution(
            tuple(ChangeOutcome(change, Status.DONE) for change in changes), len(changes), 1
        )


@pytest.fixture(scope="session")
def world() -> Any:
    return World
