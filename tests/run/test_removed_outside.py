"""What was taken away outside stays away (docs/adr/0010); what a run never saw in force is completed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from reconciler.model.desired import Desired
from reconciler.model.leases import EndReason, Lease, LeaseRecord, Phase, RecordStatus
from reconciler.model.ledger import LedgerState
from reconciler.model.snapshot import RoleAccount, Snapshot
from reconciler.run.restrict import end_what_was_removed
from tests.run.test_restrict import AT, DATABASE, TARGET

END = AT + timedelta(hours=1)
LEASE = Lease("fix", "prod", Phase.ACTIVE, "ALICE", "alice", frozenset(), AT, END)
RECORD = LeaseRecord(
    "fix", "prod", RecordStatus.GRANTED, "ALICE", "alice", AT, END, frozenset(), "grants/fix.yaml"
)
EMPTY = Snapshot("prod", AT, DATABASE, "R")
WITH_ROLE = replace(EMPTY, roles={"JIT_FIX": RoleAccount("JIT_FIX")})


def after(lease: Lease, state: LedgerState, snapshot: Snapshot) -> Desired:
    return end_what_was_removed(Desired(TARGET, "c", AT, (lease,)), state, snapshot)


def test_p21_a_lease_that_was_seen_and_whose_role_is_gone_ends() -> None:
    found = after(LEASE, LedgerState("prod", {"fix": RECORD}), EMPTY)
    assert [(row.phase, row.end_reason) for row in found.leases] == [
        (Phase.ENDING, EndReason.REMOVED_OUTSIDE)
    ]
    assert [(row.rule, row.is_error) for row in found.findings] == [
        ("lease.removed-outside", False)
    ]


def test_what_a_run_never_saw_is_granted_and_what_is_there_goes_on() -> None:
    assert after(LEASE, LedgerState("prod"), EMPTY).leases == (LEASE,)
    assert after(LEASE, LedgerState("prod", {"fix": RECORD}), WITH_ROLE).leases == (LEASE,)


def test_an_end_that_had_begun_keeps_its_reason() -> None:
    ending = replace(LEASE, phase=Phase.ENDING, end_reason=EndReason.EXPIRED)
    assert after(ending, LedgerState("prod", {"fix": RECORD}), EMPTY).leases == (ending,)
