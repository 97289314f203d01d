"""The ordered changes for one target, and what the plan found on the way."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.changes import Change, cascade_lines, effect_line
from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.documents import Mode
from reconciler.model.identities import ColumnView
from reconciler.model.leases import Lease
from reconciler.model.privileges import Entitlement
from reconciler.model.snapshot import DatabaseIdentity


class DriftKind(enum.StrEnum):
    UNEXPECTED = "unexpected"  # held, but no document wants it
    MISSING = "missing"  # wanted, granted by us before, and gone


@dataclass(frozen=True, slots=True)
class Drift:
    """A difference between documents and database that nobody planned."""

    kind: DriftKind
    entitlement: Entitlement
    grantor: str = ""
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Brake:
    """Why the removal brake stopped the plan: the limit that was passed, for whom, and by how much."""

    limit: str
    allowed: str
    found: str
    grantee: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """`changes` are in the order they run. `brakes` not empty means nothing may run. `leases` are all leases that are not closed. `digest` covers
    target, database identity and effects, not the instant it was made at. `views` are the column views that are wanted or there, by name."""

    target: str
    mode: Mode
    commit: str
    at: datetime
    database: DatabaseIdentity
    changes: tuple[Change, ...]
    drift: tuple[Drift, ...]
    leases: tuple[Lease, ...]
    brakes: tuple[Brake, ...]
    findings: tuple[Diagnostic, ...]
    digest: str
    views: Mapping[str, ColumnView] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.changes


def digest_of(target: str, database: DatabaseIdentity, changes: Iterable[Change]) -> str:
    """`sha256:<hex>` over target, database identity, and the effects in their order with the grants that go along."""
    lines = ["plan/v1", target, database.name, str(database.dbid), database.container]
    for change in changes:
        lines += (effect_line(change), *cascade_lines(change))
    return "sha256:" + hashlib.sha256("\n".join(lines).encode()).hexdigest()
