"""The document change that belongs to an end by command, as a local branch: until it is merged the documents ask for a lease that never comes back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reconciler.documents import branch
from reconciler.documents.edit import NotEditableError, with_end
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.documents import AccessRequest
from reconciler.model.errors import GitError
from reconciler.model.leases import LeaseRecord
from reconciler.run.ending import Order
from reconciler.run.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Change:
    """`branch` is empty when there is nothing to change. `findings` say which requests a person must edit, or why there is no branch."""

    branch: str
    leases: tuple[str, ...]
    findings: tuple[Diagnostic, ...]


def propose(workspace: Workspace, order: Order, leases: Iterable[str], at: datetime) -> Change:
    """Leaves a branch on top of the commit that was read, in which the requests of these leases say that they have ended."""
    files: dict[str, bytes] = {}
    changed: list[str] = []
    findings: list[Diagnostic] = []
    targets = workspace.documents.targets
    known = {name: workspace.ledger.read(name).leases for name in sorted(targets)}
    for lease_id in sorted(set(leases)):
        request = workspace.well_formed.requests.get(lease_id)
        if request is None or request.ended:
            continue
        left = [
            name
            for name, records in known.items()
            if request.targets.selects(targets[name]) and _goes_on(records.get(lease_id))
        ]
        if left:
            findings.append(_still_wanted(request, left))
            continue
        path = request.origin.path
        try:
            files[path] = with_end(
                branch.read(workspace.repository, workspace.commit, path) or b"", path
            )
            changed.append(lease_id)
        except NotEditableError as error:
            findings.append(_by_hand(request, str(error)))
    name = _branch_name(order)
    if not files:
        return Change("", (), tuple(findings))
    message = _message(order, changed)
    proposal = branch.Proposal(workspace.commit, files, message, order.author, at)
    try:
        made = branch.propose(workspace.repository, name, proposal)
    except GitError as error:
        return Change("", (), (*findings, *_warnings(error)))
    return Change(made, tuple(changed), tuple(findings))


def _goes_on(record: LeaseRecord | None) -> bool:
    """Whether the lease goes on there, or is still to start: `ended: true` would end it there too."""
    return record is None or record.end_reason is None


def _branch_name(order: Order) -> str:
    what = order.lease or (f"person-{order.person}" if order.person else f"all-on-{order.target}")
    return f"reconciler/end-{what}"


def _message(order: Order, leases: list[str]) -> str:
    subject = f"End {leases[0]}" if len(leases) == 1 else f"End {len(leases)} leases"
    body = "Ended by command already; this makes the documents say so."
    lines = [f"Lease: {name}" for name in leases]
    lines += [f"End-Reason: {order.reason.value}"]
    lines += [f"Reason: {order.text}"] if order.text else []
    return f"{subject}\n\n{body}\n\n" + "\n".join(lines) + "\n"


def _still_wanted(request: AccessRequest, left: list[str]) -> Diagnostic:
    return Diagnostic(
        "lease.elsewhere",
        f"{request.name} goes on or is still to start on {', '.join(left)}, so its document was not changed",
        request.targets.origin,
        Severity.NOTICE,
        hint="take the targets on which it has ended out of `targets`",
    )


def _by_hand(request: AccessRequest, why: str) -> Diagnostic:
    return Diagnostic(
        "document.by-hand",
        f"{request.name} has ended, and its document was not changed: {why}",
        request.origin,
        Severity.WARNING,
        hint="write `ended: true` into its spec",
    )


def _warnings(error: GitError) -> tuple[Diagnostic, ...]:
    return tuple(
        Diagnostic(row.rule, row.message, row.origin, Severity.WARNING, row.hint)
        for row in error.diagnostics()
    )
