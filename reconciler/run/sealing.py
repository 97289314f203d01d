"""Passwords for the temporary users that a plan makes: sealed before the first statement, so that a run that dies leaves no user whose password nobody has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.credentials import passwords, sealing
from reconciler.model.changes import CreateTemporaryUser
from reconciler.model.documents import Person
from reconciler.model.plan import Plan


@dataclass(frozen=True, slots=True)
class Sealed:
    """`in_clear` is by user and lives no longer than the run; `files` are by lease, for the ledger."""

    in_clear: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: Mapping[str, bytes] = field(default_factory=dict)


def seal(plan: Plan, people: Mapping[str, Person]) -> Sealed:
    """A password for each temporary user of the plan. Somebody without a usable public key gets none, and so no user: that change fails alone."""
    in_clear: dict[str, str] = {}
    files: dict[str, bytes] = {}
    requesters = {lease.id: lease.requester for lease in plan.leases}
    for change in plan.changes:
        if not isinstance(change, CreateTemporaryUser):
            continue
        person = people.get(requesters.get(change.lease_id, ""))
        password = passwords.generate()
        try:
            files[change.lease_id] = sealing.seal(password, person.public_keys if person else ())
        except sealing.SealError:
            continue
        in_clear[change.user] = password
    return Sealed(in_clear, files)
