"""Sequences: their state is JSON in the catalog's `objects.details`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.seam import OracleError

MAXIMUM = 10**28 - 1
MINIMUM = -(10**27 - 1)


@dataclass(frozen=True, slots=True)
class Sequence:
    """`next` is the value that NEXTVAL gives next; it may lie past the end."""

    start: int = 1
    increment: int = 1
    minimum: int = 1
    maximum: int = MAXIMUM
    cycle: bool = False
    cache: int = 20
    order: bool = False
    next: int = 1


def load(details: str | None) -> Sequence:
    """From the JSON text of the catalog."""
    return Sequence(**json.loads(details or "{}"))


def dump(sequence: Sequence) -> str:
    return json.dumps(asdict(sequence), sort_keys=True)


def advance(sequence: Sequence, name: str) -> tuple[int, Sequence]:
    """The next value and the state behind it. Raises ORA-08004 past the end of a sequence that does not cycle."""
    value = sequence.next
    if not sequence.minimum <= value <= sequence.maximum:
        limit = ("MAXVALUE", "exceeds") if sequence.increment > 0 else ("MINVALUE", "goes below")
        if not sequence.cycle:
            raise OracleError(
                8004, f"sequence {name}.NEXTVAL {limit[1]} {limit[0]} and cannot be instantiated"
            )
        value = sequence.minimum if sequence.increment > 0 else sequence.maximum
    state = asdict(sequence) | {"next": value + sequence.increment}
    return value, Sequence(**state)


def next_value(session: SessionView, object_id: int) -> int:
    """Draws a value, at once and for all sessions, whatever becomes of the transaction."""
    catalog = session.container.catalog
    row = catalog.execute(
        "SELECT name, details FROM objects WHERE object_id = ?", (object_id,)
    ).fetchone()
    if row is None:
        raise OracleError(2289, "sequence does not exist")
    value, state = advance(load(row[1]), row[0])
    catalog.execute("UPDATE objects SET details = ? WHERE object_id = ?", (dump(state), object_id))
    return value


def draw(session: SessionView, object_id: int, what: str, current_values: dict[int, int]) -> int:
    """NEXTVAL, or CURRVAL by what the session drew before. Raises ORA-08002 if it drew nothing yet."""
    if what == "NEXTVAL":
        current_values[object_id] = next_value(session, object_id)
    elif object_id not in current_values:
        raise OracleError(8002, "sequence CURRVAL is not yet defined in this session")
    return current_values[object_id]
