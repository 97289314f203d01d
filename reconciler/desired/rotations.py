"""Which service accounts are due for a new password."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time

from reconciler.model.desired import DueRotation
from reconciler.model.documents import Documents, Mode, Person, Rotation, Target


def due(
    documents: Documents, target: Target, at: datetime, rotated: Mapping[str, datetime]
) -> tuple[DueRotation, ...]:
    """The accounts of services whose last due instant is later than their last rotation, by user. A run that comes late catches up with one
    rotation, not with many. Nothing on a target that is only observed."""
    if target.mode is Mode.OBSERVE:
        return ()
    found = [
        row
        for person in documents.people.values()
        for row in _of_person(person, target, at, rotated)
    ]
    return tuple(sorted(found, key=lambda row: (row.user, row.person)))


def _of_person(
    person: Person, target: Target, at: datetime, rotated: Mapping[str, datetime]
) -> Iterator[DueRotation]:
    rotation = person.rotation
    if rotation is None or not rotation.targets.selects(target):
        return
    last_due = _last_due(rotation, at)
    if last_due is None:
        return
    for user in person.users:
        done = rotated.get(user)
        if done is None or done < last_due:
            yield DueRotation(user, person.name, last_due, rotation.origin)


def _last_due(rotation: Rotation, at: datetime) -> datetime | None:
    """The latest due instant that is not in the future, None before the first."""
    first = datetime.combine(rotation.first, time(), UTC)
    if at < first:
        return None
    return first + (at - first) // rotation.every * rotation.every
