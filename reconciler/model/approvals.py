"""Evidence that a change was reviewed, and the judgement on it. Evidence is what a forge or signatures say; whether that is enough is for policy."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from reconciler.model.diagnostics import Origin
from reconciler.model.policies import EvidenceKind
from reconciler.model.risk import Risk


class Opinion(enum.StrEnum):
    """The state of a review."""

    APPROVED = "approved"
    CHANGES_REQUESTED = "changes-requested"
    DISMISSED = "dismissed"
    COMMENTED = "commented"


class Review(NamedTuple):
    """What somebody said of a change. `login` is the name at the service; for signatures the name of the person. `at` is UTC: the service's clock,
    or what was
    signed. `commit` is the commit that was looked at. `problem` says why it proves nothing (a signature that does not verify), empty when nothing is wrong.
    `proof` is what can be verified again offline: the signed trailer; empty for a service's word."""

    login: str
    opinion: Opinion
    at: datetime
    commit: str
    problem: str = ""
    proof: str = ""


class Contributor(NamedTuple):
    """Somebody who wrote a part of a change: author, committer or co-author of a commit, or author of the pull request. Either may be empty."""

    login: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """How a commit reached the protected branch: a pull request or a merge, with what was said of it.

    `commit` is its last commit on the branch, `parent` the branch before it. `head` is the reviewed commit, empty for a direct push. `files` are the
    blob ids of the
    changed files as they were reviewed, by path, empty for a removed file; None when they are those of `head` in this repository. `opened_at` and
    `merged_at` are UTC, from the service's clock; None where none vouches for them. `problems` say why it cannot count at all.
    """

    kind: EvidenceKind
    commit: str
    parent: str
    head: str = ""
    number: int = 0
    url: str = ""
    opened_at: datetime | None = None
    merged_at: datetime | None = None
    merged_by: str = ""
    contributors: tuple[Contributor, ...] = ()
    reviews: tuple[Review, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


class NeededGroup(NamedTuple):
    """At least so many different people of `people`. `words` is the requirement as reviewers read it: `1 of payroll`."""

    least: int
    people: frozenset[str]
    words: str


class NeededStep(NamedTuple):
    """`escalated` may approve too, once the step has waited until `escalates_at` (UTC; None: never)."""

    groups: tuple[NeededGroup, ...]
    escalated: frozenset[str] = frozenset()
    escalates_at: datetime | None = None
    escalates_after: str = ""


class NeededChain(NamedTuple):
    """What one policy asks for; `steps` empty: approved in advance. `policy` is its name, `origin` the place of the chain."""

    policy: str
    evidence: EvidenceKind
    steps: tuple[NeededStep, ...]
    origin: Origin


class NotCounted(NamedTuple):
    """A review that does not count, and why; `rule` is a stable id such as `approval.stale`."""

    review: Review
    person: str
    rule: str
    message: str


class Counted(NamedTuple):
    """A review that counts, for whom. `deputy_for` names who is away."""

    review: Review
    person: str
    deputy_for: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on one document of a change. `missing` says exactly who is missing, a line a group, with names; empty when nothing is.
    `refusals` are reasons that no review can mend, as (rule, message). `policy_digest` is that of the rules that were applied."""

    path: str
    counted: tuple[Counted, ...] = ()
    not_counted: tuple[NotCounted, ...] = ()
    missing: tuple[str, ...] = ()
    refusals: tuple[tuple[str, str], ...] = ()
    chains: tuple[NeededChain, ...] = ()
    risk: Risk = field(default_factory=Risk)
    policy_digest: str = ""

    @property
    def is_approved(self) -> bool:
        return not self.missing and not self.refusals

    @property
    def is_pre_approved(self) -> bool:
        """Approved, without anybody having had to look."""
        return self.is_approved and not any(chain.steps for chain in self.chains)


class Held(NamedTuple):
    """A file whose last change nobody approved as policy asks. `refused` is the blob that was merged, empty when the file was removed; `approved` the blob that
    stays in force, empty when there was none. `commit` merged it; `why` are lines for people."""

    refused: str
    approved: str
    commit: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApprovalsState:
    """How far the protected branch was judged. What stood at `baseline` is in force without evidence: it was there before policy asked for any. `held` are the
    files whose last change is not in force, by path."""

    baseline: str
    judged: str
    held: Mapping[str, Held] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApprovalRecord:
    """How an access request was approved as it is now. `merged_at` is the service's clock, None where none vouches; `seen_at` when the evidence was taken (UTC,
    the clock of the run). `access` is the digest of what the reviewers saw it come to. `by` are people, none when it was approved in advance."""

    request: str
    path: str
    blob: str
    commit: str
    seen_at: datetime
    merged_at: datetime | None
    by: tuple[str, ...]
    risk: int
    access: str
    kind: EvidenceKind

    @property
    def approved_at(self) -> datetime:
        """From when the time to begin counts."""
        return self.merged_at or self.seen_at
