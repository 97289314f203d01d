"""Sample schemas: people, shops and money of a company that does not exist, for demonstrations and tests.

`statements(release)` gives ordinary Oracle SQL in order, for a fresh database and a session as SYSTEM or SYS; a real Oracle database takes it as
well as the sandbox. `steps(release)` gives the same with rows as values, for whoever can bind them. The same release always gives the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.sandbox.sample import accounts, fin, hr, oe
from reconciler.sandbox.sample.made_up import Rows
from reconciler.sandbox.seam import Release


def steps(release: Release) -> Iterator[str | Rows]:
    """Everything: schemas with rows, application roles, users. No statement ends in a semicolon unless it is PL/SQL."""
    del release  # what is used here, every release has
    for schema in (hr, oe, fin):
        yield from schema.steps()
    yield from accounts.steps()


def statements(release: Release) -> Iterator[str]:
    """The same as SQL texts without binds."""
    for step in steps(release):
        if isinstance(step, Rows):
            yield from step.statements()
        else:
            yield step
