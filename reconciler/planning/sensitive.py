"""What is known about a request on a target besides documents: the classified columns and the tables that it reaches, and the powers it brings.

Not looked at: what stored code with definer's rights lends, and what somebody could give himself with powers such as GRANT ANY OBJECT PRIVILEGE; these are
among the powers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model import names
from reconciler.model.classification import Classification, Column, ColumnPattern, Reached
from reconciler.model.documents import AccessRequest, Documents, Target
from reconciler.model.object_patterns import patterns_of
from reconciler.model.pattern_match import ANY
from reconciler.model.risk import RequesterHistory, TargetFacts
from reconciler.model.snapshot import Snapshot
from reconciler.planning.asked_access import Asked, asked, unknown_steps
from reconciler.planning.effective_powers import powers_of
from reconciler.planning.known import Known, Place
from reconciler.planning.sensitive_reach import Reach, Touch


def facts(
    request: AccessRequest,
    target: Target,
    documents: Documents,
    snapshot: Snapshot | Known | None,
    history: RequesterHistory,
) -> TargetFacts:
    """What is known of the request on the target. For many requests pass one `Known` in the snapshot's place.

    What the snapshot does not know counts as reached, and not as certain. `known` is false when something that the request or a classification names was not
    in the snapshot, or not looked for.
    """
    access = _known(snapshot, target)
    found = asked(request, documents)
    reach = Reach(found, target, access)
    classified = [
        row for _, row in sorted(documents.classifications.items()) if row.targets.selects(target)
    ]
    return TargetFacts(
        reached=tuple(_reached(classified, reach, target)),
        rows=_rows(reach, access.holdings.snapshot),
        powers=_powers(found, access),
        history=history,
        known=snapshot is not None and _is_known(found, classified, target, access),
    )


def _known(snapshot: Snapshot | Known | None, target: Target) -> Known:
    if snapshot is None:
        return Known.nothing(target)
    return Known.of(snapshot) if isinstance(snapshot, Snapshot) else snapshot


def _reached(
    classified: Iterable[Classification], reach: Reach, target: Target
) -> Iterator[Reached]:
    """Each column once for each classification that has it, by classification and column."""
    for row in classified:
        touches: dict[Column, list[Touch]] = {}
        for pattern in row.columns:
            for column, touch in reach.columns(pattern):
                touches.setdefault(column, []).append(touch)
        for column, found in sorted(touches.items()):
            best = min(found, key=_rank)
            yield Reached(
                column,
                row.level,
                row.category,
                row.name,
                row.owners or _owners(column, target),
                best.through,
                best.certain,
                any(touch.writes for touch in found),
            )


def _rank(touch: Touch) -> tuple[bool, bool, int, tuple[str, ...]]:
    """Certain ways first, of these the ones that change, the shortest, and the first by name."""
    return not touch.certain, not touch.writes, len(touch.through), touch.through


def _owners(column: Column, target: Target) -> tuple[str, ...]:
    """Whose data it is by schema and target. A column that may be in several schemas is each owner's."""
    if ANY not in column.owner:
        return target.owners_of(column.owner)
    found = set(target.owners_of(column.owner))
    for schema, owners in target.schema_owners.items():
        if names.matches(column.owner, schema):
            found |= set(owners)
    return tuple(sorted(found))


def _rows(reach: Reach, snapshot: Snapshot) -> dict[Place, int]:
    """Sizes of the tables whose data is shown or changed, itself or through a view."""
    return {place: size for place, size in sorted(snapshot.sizes.items()) if reach.touches(place)}


def _powers(found: Asked, access: Known) -> tuple[str, ...]:
    brought = {power for name in found.roles for power in powers_of(name, access)}
    brought |= {power for client in found.clients for power in powers_of(client, access)}
    return tuple(sorted(brought))


def _is_known(
    found: Asked, classified: Iterable[Classification], target: Target, access: Known
) -> bool:
    snapshot = access.holdings.snapshot
    patterns: set[ColumnPattern] = {pattern for row in classified for pattern in row.columns}
    if unknown_steps(found, access) or not patterns <= snapshot.classified_patterns:
        return False
    schemas = {right.owner for right in found.rights if right.owner and not right.on}
    for item in found.many:
        schemas |= {pattern.owner for pattern in patterns_of(item, target.object_labels)}
    described = snapshot.described_schemas
    return all(any(names.matches(row, schema) for row in described) for schema in schemas)
