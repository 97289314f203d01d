"""Many statements in one round trip.

A statement that changes privileges takes no binds and commits by itself, so arrays of the driver don't apply; one PL/SQL block that runs a table of
texts does. Not yet seen on a real database: the block's array binds with several hundred elements.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reconciler.oracle import texts
from reconciler.oracle.session import Session

NOT_RUN = 1
"""Code of a step that was left out because one before it failed."""

NOT_SENT = -1
"""Code of a step that never reached the database."""

LOST = frozenset({0, 28, 1012, 1013, 1089, 1092, 3113, 3114, 3135})
"""Numbers that say the session is gone or the call cancelled, which is no outcome of a statement; 0 is an error of the driver itself."""

_SECONDS_PER_STATEMENT = 0.25


class StepResult(NamedTuple):
    """`ora` is Oracle's number, 0 for success, NOT_RUN for a step left out."""

    ora: int
    message: str


def run(session: Session, steps: Sequence[Sequence[str]]) -> list[list[StepResult]]:
    """Runs each item's statements in order and gives the result of each. An item's failure stops that item only.

    Raises DatabaseError when the connection is lost or the call ends as a whole: then which statements ran is not known.
    """
    statements = [text for item in steps for text in item]
    codes, messages = session.call_with_arrays(
        texts.without_comments(texts.load("batch", session.release)),
        texts={"statements": statements},
        numbers={"groups": [number for number, item in enumerate(steps, 1) for _ in item]},
        numbers_out="codes",
        texts_out="messages",
        seconds=session.statement_seconds + _SECONDS_PER_STATEMENT * len(statements),
    )
    results = iter([_result(*pair) for pair in zip(codes, messages, strict=True)])
    return [[next(results) for _ in item] for item in steps]


def _result(code: int, message: str) -> StepResult:
    """SQLCODE is negative for an error, but 100 for one of them; only the first line of the stack is about the statement."""
    number = code if code == NOT_RUN else abs(code)
    return StepResult(number, texts.printable(message.strip().partition("\n")[0]))
