"""Where policies contradict themselves, each other or the documents beside them: what no request could ever meet, what nobody could ever approve, and what
names something that there is not. Found by documents alone, for `reconciler policy test`.
"""

from __future__ import annotations

from reconciler.model.diagnostics import Diagnostic, ordered
from reconciler.model.documents import Documents
from reconciler.policy.contradiction import (
    approvals,
    exceptions,
    rules,
    times,
)


def contradictions(documents: Documents) -> tuple[Diagnostic, ...]:
    """Errors for what can never work; warnings for what is probably not meant, or works for some requests only."""
    found = (
        *rules.find(documents),
        *times.find(documents),
        *approvals.find(documents),
        *exceptions.find(documents),
    )
    return ordered(found)
