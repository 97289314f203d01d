"""What documents and ledger want of one target at one instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.documents import Target
from reconciler.model.identities import ColumnView
from reconciler.model.leases import Lease
from reconciler.model.privileges import Entitlement
from reconciler.model.separations import Separations


@dataclass(frozen=True, slots=True)
class DueRotation:
    """A service account whose password has to be made anew, since the instant `due`."""

    user: str
    person: str
    due: datetime
    origin: Origin


@dataclass(frozen=True, slots=True)
class Desired:
    """`leases` are all leases of the target that are not closed. `standing` maps each wanted standing entitlement to the place that wants it.

    `lapsed` are requests whose window was over, or that were ended, before anything was granted: the ledger closes them.

    `views` are the column views that documents and open leases name, by name. `separations` are the rules on what no one may hold together.

    `explanations` names the standing grant of an entitlement, for receipts. `findings` are about documents that can't be honoured now; the
    item they are about is left out of the rest."""

    target: Target
    commit: str
    at: datetime
    leases: tuple[Lease, ...] = ()
    standing: Mapping[Entitlement, Origin] = field(default_factory=dict)
    explanations: Mapping[Entitlement, str] = field(default_factory=dict)
    findings: tuple[Diagnostic, ...] = ()
    lapsed: tuple[Lease, ...] = ()
    views: Mapping[str, ColumnView] = field(default_factory=dict)
    rotations: tuple[DueRotation, ...] = ()
    separations: Separations = field(default_factory=Separations)
