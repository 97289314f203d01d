"""What may not change together. Who reviews a request must see it judged by rules that are in force already, and checked by a pipeline that it did not bring
along itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.review import DocumentChange

RULES = frozenset({"Policy", "Person", "Team", "Target", "Classification", "PolicyTest"})
"""Kinds that decide what is allowed, and who says so."""

ACCESS = frozenset({"AccessRequest", "StandingGrant", "BreakGlass"})
"""Kinds that give access."""

_GRANTS = "grants/"
_SUFFIXES = (".yaml", ".yml")
_REQUESTS = ("grants/requests/", "grants/standing/", "grants/break-glass/")
_FOLDERS = (".github/", ".gitlab/", "schemas/")
_FILES = frozenset({"codeowners", "action.yml", "action.yaml", ".gitlab-ci.yml", ".gitattributes"})
_NAMED = 3


def mixed(changes: Iterable[DocumentChange]) -> tuple[Diagnostic, ...]:
    """An error when access changes together with rules, and one when it changes together with what checks and shows it: workflows, actions, owners of
    code, schemas. A document that does not tell its kind is taken for access where requests lie, for a rule elsewhere."""
    touched = sorted(set(changes))
    access = [row for row in touched if _is_access(row)]
    rules = [row for row in touched if _is_rule(row)]
    machinery = [row for row in touched if is_machinery(row.path)]
    return (
        *_refused(access, rules, "rules", "the rules first, and the access once they are merged"),
        *_refused(access, machinery, "what checks it", "each in a pull request of its own"),
    )


def is_machinery(path: str) -> bool:
    """Whether a file decides how pull requests are checked or shown to reviewers; spelt in whatever case, since not every file system tells."""
    folded = path.casefold()
    return folded.startswith(_FOLDERS) or folded.rpartition("/")[2] in _FILES


def _is_access(change: DocumentChange) -> bool:
    if change.kind:
        return change.kind in ACCESS
    return _is_document(change.path) and change.path.startswith(_REQUESTS)


def _is_rule(change: DocumentChange) -> bool:
    if change.kind:
        return change.kind in RULES
    return _is_document(change.path) and not change.path.startswith(_REQUESTS)


def _is_document(path: str) -> bool:
    return path.startswith(_GRANTS) and path.casefold().endswith(_SUFFIXES)


def _refused(
    access: Sequence[DocumentChange], other: Sequence[DocumentChange], what: str, split: str
) -> tuple[Diagnostic, ...]:
    if not access or not other:
        return ()
    origin, *related = (
        Origin(path) for path in dict.fromkeys(row.path for row in (*access, *other))
    )
    found = Diagnostic(
        "change.mixed",
        f"access and {what} change together: {_named(access)} with {_named(other)}",
        origin,
        hint=f"split the change: {split}",
        related=tuple(related),
    )
    return (found,)


def _named(changes: Sequence[DocumentChange]) -> str:
    paths = list(dict.fromkeys(row.path for row in changes))
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return ", ".join(paths[:_NAMED]) + more
