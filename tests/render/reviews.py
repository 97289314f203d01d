"""A review in which every text that comes from outside is a given one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from reconciler.model.approvals import (
    Counted,
    NotCounted,
    Opinion,
    Verdict,
)
from reconciler.model.approvals import Review as Approval
from reconciler.model.classification import Column, Level, Reached
from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.model.privileges import on_object
from reconciler.model.results import AccessPath
from reconciler.model.review import (
    AccessDifference,
    AccessReview,
    Action,
    DocumentChange,
    DocumentReview,
    ForecastRow,
    Overlap,
    Review,
    TargetReview,
    Times,
)
from reconciler.model.risk import Risk, RiskPoint

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DIGEST = "sha256:" + "0" * 64


def review_of(text: Callable[[], str], statements: int = 2) -> Review:
    """`text` is called for each foreign text."""
    found = Diagnostic("some.rule", text(), Origin(text(), 3, 1), Severity.ERROR, text())
    warning = Diagnostic("other.rule", text(), severity=Severity.WARNING)
    return Review(
        base="b" * 40,
        head="a" * 40,
        at=NOW,
        changes=(DocumentChange(text(), "AccessRequest", Action.ADDED),),
        digest=DIGEST,
        refused=(found,),
        remarks=(warning,),
        access=(_access(text, found, statements),),
        documents=(
            DocumentReview(
                DocumentChange(text(), "Policy", Action.CHANGED), text(), Verdict(text())
            ),
        ),
        targets=(_target(text, warning),),
        forecast_at=NOW + 14 * 24 * HOUR,
        forecast=(ForecastRow(text(), text(), "over", NOW, NOW + HOUR),),
    )


def _target(text: Callable[[], str], warning: Diagnostic) -> TargetReview:
    return TargetReview(
        target=text(),
        snapshot_at=NOW - 48 * HOUR,
        database=text(),
        digest=DIGEST,
        statements=(text(),),
        rest=(text(),),
        spared=(text(),),
        findings=(warning,),
    )


def _access(text: Callable[[], str], found: Diagnostic, statements: int) -> AccessReview:
    privilege = on_object("SELECT", text(), text())
    said = Approval(text(), Opinion.APPROVED, NOW, "a" * 40)
    return AccessReview(
        kind="AccessRequest",
        name=text(),
        target=text(),
        path=text(),
        action=Action.CHANGED,
        person=text(),
        grantees=(text(),),
        reason=text(),
        ticket=text(),
        access=(text(), text()),
        times=Times(NOW, NOW + HOUR, HOUR),
        verdict=Verdict(
            path=text(),
            counted=(Counted(said, text(), text()),),
            not_counted=(NotCounted(said, text(), "approval.stale", text()),),
            missing=(text(),),
            refusals=(("approval.evidence", text()),),
            risk=Risk((RiskPoint("environment", 30, text()),)),
        ),
        begins=text(),
        edits=(text(),),
        at_end=(text(),),
        difference=AccessDifference(
            gained=(privilege,),
            held=(
                AccessPath(privilege, (text(), text()), ""),
                AccessPath(privilege, (text(),), text()),
            ),
            overlaps=(Overlap(text(), (privilege,), NOW + HOUR),),
        ),
        reached=(
            Reached(
                Column(text(), text(), text()), Level.RESTRICTED, text(), text(), (), (text(),)
            ),
        ),
        findings=(found,),
        statements=tuple(text() for _ in range(statements)),
    )
