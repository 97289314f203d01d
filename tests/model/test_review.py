"""What a review comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from reconciler.model.approvals import Verdict
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.exit_codes import ExitCode
from reconciler.model.privileges import on_object
from reconciler.model.results import AccessPath
from reconciler.model.review import (
    AccessDifference,
    AccessReview,
    Action,
    DocumentChange,
    DocumentReview,
    Review,
    Times,
)

NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)
ERROR = Diagnostic("a.b", "wrong")
WARNING = replace(ERROR, severity=Severity.WARNING)


def review(*missing: str, **changes: object) -> Review:
    """Of one request for which the groups are missing, and a policy for which the first of them is."""
    access = AccessReview(
        "AccessRequest",
        "fix",
        "prod",
        "grants/requests/fix.yaml",
        Action.ADDED,
        "alice",
        ("ALICE",),
        "Because",
        "",
        (),
        Times(),
        Verdict("grants/requests/fix.yaml", missing=missing),
    )
    document = DocumentReview(
        DocumentChange("grants/policies/cap.yaml", "Policy", Action.CHANGED),
        "cap",
        Verdict("grants/policies/cap.yaml", missing=missing[:1]),
    )
    found = Review("b", "a", NOW, (), "sha256:0", access=(access,), documents=(document,))
    return replace(found, **changes)  # type: ignore[arg-type]


def test_each_missing_group_is_told_once() -> None:
    assert review("1 of payroll: bob", "1 of dba: erin").missing == (
        "1 of payroll: bob",
        "1 of dba: erin",
    )


def test_missing_approvals_fail_only_where_they_are_required() -> None:
    assert review("1 of payroll: bob").exit_code(require_approval=False) == ExitCode.OK
    assert review("1 of payroll: bob").exit_code(require_approval=True) == ExitCode.REFUSED
    assert review().exit_code(require_approval=True) == ExitCode.OK


def test_what_stands_against_an_approval_fails_only_where_approvals_are_required() -> None:
    found = review()
    refused = Verdict("x", refusals=(("approval.evidence", "no"),))
    found = replace(found, access=(replace(found.access[0], verdict=refused),))
    assert found.exit_code(require_approval=False) == ExitCode.OK
    assert found.exit_code(require_approval=True) == ExitCode.REFUSED


def test_invalid_documents_and_what_is_refused_fail_always() -> None:
    assert review(invalid=(ERROR,)).exit_code(require_approval=False) == ExitCode.INVALID
    assert review(refused=(ERROR,)).exit_code(require_approval=False) == ExitCode.REFUSED
    both = review(invalid=(ERROR,), refused=(ERROR,))
    assert both.exit_code(require_approval=False) == ExitCode.REFUSED
    warned = review(invalid=(WARNING,), refused=(WARNING,), remarks=(ERROR,))
    assert warned.exit_code(require_approval=False) == ExitCode.OK


def test_what_no_document_wants_stays_after_the_end() -> None:
    privilege = on_object("SELECT", "HR", "PAYROLL")
    wanted = AccessPath(privilege, ("HR_READER",), "app")
    left = AccessPath(privilege, ("PUBLIC",))
    assert AccessDifference(held=(wanted, left)).left_after == (left,)
