"""What a command ordered of one target beyond what its documents want: written into the ledger together with the run."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.break_glass import Opening
from reconciler.model.leases import Lease, LeaseRecord
from reconciler.model.ledger import Event


@dataclass(frozen=True, slots=True)
class Ordered:
    """`begun` are the records of leases whose end begins with the intent: with its reason on record a killed run is finished by the next one, whatever
    the documents say. `closed` are records that are final at once, of leases that were never granted. `others` are the leases that stay: they explain
    access that a receipt finds. `openings` are uses of seals, spent with the intent. `event` tells the journal who ordered it and why."""

    event: Event
    begun: tuple[LeaseRecord, ...] = ()
    closed: tuple[LeaseRecord, ...] = ()
    others: tuple[Lease, ...] = ()
    openings: tuple[Opening, ...] = ()

    def records(
        self, proved: tuple[LeaseRecord, ...], *, with_begun: bool
    ) -> tuple[LeaseRecord, ...]:
        """What the outcome records: what was `proved`, what is closed, and what has begun where no intent said so."""
        told = {row.id for row in proved}
        begun = tuple(row for row in self.begun if row.id not in told) if with_begun else ()
        return (*proved, *begun, *self.closed)
