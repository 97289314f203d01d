"""Planning of 100,000 entitlements. The reference is the plain difference, both ways, of two sets of tuples of interned texts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from reconciler.model import names
from reconciler.model.changes import Grant, Revoke
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import Mode, RemovalLimits, Scope, Target
from reconciler.model.leases import EndReason, Lease, Phase
from reconciler.model.ledger import LedgerState
from reconciler.model.privileges import Entitlement, on_object, role
from reconciler.model.results import ChangeOutcome, Execution, Status, Verdict
from reconciler.model.snapshot import (
    DatabaseIdentity,
    DeadlineJob,
    HeldGrant,
    RoleAccount,
    Snapshot,
    UserAccount,
)
from reconciler.planning import packing, proof
from reconciler.planning import plan as planning
from tests.benchmarks.figures import Figure, processor_seconds, ratio

SIZE = 100_000
DIFFERENT = SIZE // 100
"""Entitlements that are missing, and as many that are too much."""
FEW_LEASES = 500
AT = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
ORIGIN = Origin("grants/standing/crowd.yaml", 1, 1)
TARGET = Target(
    "prod",
    Origin("grants/targets/prod.yaml", 1, 1),
    {},
    "localhost/PROD",
    "RECONCILER",
    "PASSWORD",
    "",
    Mode.AUTHORITATIVE,
    Scope(("*",), ("*",), ("*",), ()),
    RemovalLimits(SIZE, 1.0, SIZE, 1.0),
)
T = TypeVar("T")
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def entitlements(first: int, count: int) -> list[Entitlement]:
    """Four privileges on a table, 500 roles; the texts are interned, as those of rows and documents are."""
    intern = sys.intern
    return [
        Entitlement(
            intern(f"R{number % 500:03}"),
            on_object(VERBS[number // 500 % 4], "CROWD", intern(f"T{number // 2000:04}")),
        )
        for number in range(first, first + count)
    ]


def snapshot(held: list[Entitlement]) -> Snapshot:
    return Snapshot(
        target="prod",
        at=AT,
        database=DatabaseIdentity("CDB1", 42, "PROD", 19, "19.21.0.0.0"),
        account="RECONCILER",
        grants=frozenset(HeldGrant(row, row.privilege.owner) for row in held),
        users={name: UserAccount(name, "OPEN") for name in ("RECONCILER", "CROWD", "ALICE")},
        roles={row.grantee: RoleAccount(row.grantee) for row in held},
    )


def figures() -> Iterator[Figure]:
    wanted = entitlements(DIFFERENT, SIZE)
    held = entitlements(0, SIZE)
    desired = Desired(TARGET, "", AT, standing=dict.fromkeys(wanted, ORIGIN))
    full, empty = snapshot(held), replace(snapshot(held), grants=frozenset())
    ledger = LedgerState("prod", granted=frozenset(held))
    reference = min(processor_seconds(lambda: subtract(wanted, held)) for _ in range(3))
    made = Timed(lambda: planning.make(desired, full, ledger))
    kinds = [type(change) for change in made.result.changes]
    assert kinds == [Grant] * DIFFERENT + [Revoke] * DIFFERENT
    yield ratio(f"plan of {SIZE} entitlements, 1 % different each way", made.seconds, reference, 12)
    made = Timed(lambda: planning.make(desired, empty, LedgerState("prod")))
    assert len(made.result.changes) == SIZE
    yield ratio(f"plan of {SIZE} entitlements, all missing", made.seconds, reference, 25)
    packed = Timed(lambda: packing.pack(made.result.changes))
    yield ratio(f"packing of {SIZE} grants", packed.seconds, reference, 10)
    few, many = ending(FEW_LEASES), ending(4 * FEW_LEASES)
    name = f"{4 * FEW_LEASES} leases end, a quarter as many"
    yield ratio(f"{name}: plan, per lease", many.planned / 4, few.planned, 1.6)
    yield ratio(f"{name}: proof, per lease", many.proved / 4, few.proved, 1.6)


def subtract(wanted: list[Entitlement], held: list[Entitlement]) -> int:
    these = {(grantee, *privilege, option) for grantee, privilege, option, _ in wanted}
    those = {(grantee, *privilege, option) for grantee, privilege, option, _ in held}
    return len(these - those) + len(those - these)


class Timed(Generic[T]):
    """A result, and the processor time it took."""

    def __init__(self, work: Callable[[], T]) -> None:
        found: list[T] = []
        self.seconds = processor_seconds(lambda: found.append(work()))
        (self.result,) = found


@dataclass(frozen=True, slots=True)
class Ended:
    """Processor time of planning the ends, and of proving them."""

    planned: float
    proved: float


def ending(count: int) -> Ended:
    """So many leases end in one run, each with two privileges."""
    leases = tuple(lease(number) for number in range(count))
    held = [row for found in leases for row in (*found.entitlements, holding(found))]
    roles = {found.role: RoleAccount(found.role) for found in leases}
    before = replace(
        snapshot(held), roles=roles, created_roles=frozenset(roles), deadlines=deadlines(leases)
    )
    after = replace(before, grants=frozenset(), roles={}, created_roles=frozenset(), deadlines={})
    desired = Desired(TARGET, "", AT, leases=leases)
    plan = Timed(lambda: planning.make(desired, before, LedgerState("prod")))
    done = tuple(ChangeOutcome(change, Status.DONE) for change in plan.result.changes)
    execution = Execution(done, len(done), 1)
    ledger = LedgerState("prod")
    proved = Timed(lambda: proof.receipts(plan.result, desired, ledger, after, execution))
    assert [row.verdict for row in proved.result] == [Verdict.ENDED] * count
    assert not proof.unproved(plan.result, desired, after, execution)
    return Ended(plan.seconds, proved.seconds)


def lease(number: int) -> Lease:
    name = f"fix-{number}"
    wanted = (on_object(verb, "CROWD", f"T{number % 50:04}") for verb in ("SELECT", "UPDATE"))
    return Lease(
        id=name,
        target="prod",
        phase=Phase.ENDING,
        grantee=f"U{number % 500:03}",
        requester="alice",
        entitlements=frozenset(Entitlement(names.lease_role(name), row) for row in wanted),
        start=AT - timedelta(hours=4),
        end=AT - timedelta(minutes=1),
        end_reason=EndReason.EXPIRED,
        origin=Origin(f"grants/requests/{name}.yaml", 1, 1),
    )


def holding(found: Lease) -> Entitlement:
    """The grant of the lease's role to its grantee."""
    return Entitlement(found.grantee, role(found.role))


def deadlines(leases: Iterable[Lease]) -> dict[str, DeadlineJob]:
    return {found.role: DeadlineJob(found.role, found.end, enabled=True) for found in leases}
