"""Passwords that a plan sets: sealed before the first statement, so that a run that dies leaves no user whose password nobody has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.credentials import passwords, sealing
from reconciler.ledger import layout
from reconciler.model.changes import CreateTemporaryUser, RotatePassword
from reconciler.model.documents import Person
from reconciler.model.plan import Plan
from reconciler.model.results import Execution, Status


@dataclass(frozen=True, slots=True)
class Sealed:
    """`in_clear` is by user and lives no longer than the run; `files` are for the ledger, by the
    name it keeps them under."""

    in_clear: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: Mapping[str, bytes] = field(default_factory=dict)


def seal(plan: Plan, people: Mapping[str, Person]) -> Sealed:
    """A password for each temporary user and each rotation of the plan. Somebody without a usable public key gets none: that change fails alone."""
    in_clear: dict[str, str] = {}
    files: dict[str, bytes] = {}
    requesters = {lease.id: lease.requester for lease in plan.leases}
    for change in plan.changes:
        match change:
            case CreateTemporaryUser(lease_id=lease):
                owner, file = requesters.get(lease, ""), lease
            case RotatePassword(user=user, person=owner):
                file = layout.next_of_service(user)
            case _:
                continue
        person = people.get(owner)
        password = passwords.generate()
        try:
            files[file] = sealing.seal(password, person.public_keys if person else ())
        except sealing.SealError:
            continue
        in_clear[change.user] = password
    return Sealed(in_clear, files)


def settled(execution: Execution | None, secret: Mapping[str, bytes]) -> dict[str, bytes | None]:
    """What becomes of the sealed passwords of services once it is known which of them are in force: the next one takes the place of the last one, or is
    forgotten. One whose outcome nobody knows stays beside the last one; the next run makes another."""
    files: dict[str, bytes | None] = {}
    for row in execution.outcomes if execution else ():
        if not isinstance(row.change, RotatePassword):
            continue
        next_file = layout.next_of_service(row.change.user)
        files[next_file] = None
        if row.status is Status.DONE:
            files[layout.service(row.change.user)] = secret[next_file]
    return files


def rotated(
    execution: Execution | None, before: Mapping[str, datetime], at: datetime
) -> dict[str, datetime] | None:
    """When each service's password was last made anew, None if that did not change."""
    done = {
        row.change.user: at
        for row in (execution.outcomes if execution else ())
        if isinstance(row.change, RotatePassword) and row.status is Status.DONE
    }
    return {**before, **done} if done else None
