"""What rules say of the documents of a pull request: risk, who has to approve, and who has done so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.model.approvals import ChangeSet, NeededChain, Verdict
from reconciler.model.classification import Reached
from reconciler.model.documents import AccessRequest, Documents, Target
from reconciler.model.policies import EvidenceKind
from reconciler.model.risk import RequesterHistory, Risk
from reconciler.planning import sensitive
from reconciler.planning.known import Known
from reconciler.policy import approvals
from reconciler.policy.risk import assess


@dataclass(frozen=True, slots=True)
class Judgement:
    """`documents` are those after the change, under the rules of the protected branch; `rules` are those of the protected branch. `evidence` is what is known
    of the reviews so far, None when nobody was asked."""

    documents: Documents
    rules: Documents
    base: str
    head: str
    evidence: ChangeSet | None = None

    def of_request(
        self,
        request: AccessRequest,
        target: Target,
        known: Known | None,
        history: RequesterHistory,
    ) -> tuple[Verdict, tuple[Reached, ...]]:
        """The verdict on a request on a target, and the classified columns that it reaches. Without `known` all that a dictionary would tell counts as risk.
        `history` is what the ledger knows of the requester there."""
        facts = sensitive.facts(request, target, self.documents, known, history)
        risk = assess(request, target, self.documents, facts)
        chains = approvals.needed(
            request, target, self.documents, risk, facts.reached, self._opened_at
        )
        excluded = approvals.excluded_for(request, self.documents)
        return self._judge(request.origin.path, chains, excluded, risk), facts.reached

    def of_document(self, path: str, kind: str) -> Verdict:
        """The verdict on any other document: what the policies that guard its kind ask for."""
        chains = approvals.needed_for_document(kind, self.rules, self._opened_at)
        return self._judge(path, chains, {}, Risk())

    @property
    def _opened_at(self) -> datetime | None:
        return self.evidence.opened_at if self.evidence else None

    def _judge(
        self, path: str, chains: tuple[NeededChain, ...], excluded: Mapping[str, str], risk: Risk
    ) -> Verdict:
        """Without evidence as if nobody had looked yet: that names everybody who is needed."""
        evidence = self.evidence
        if evidence is None:
            kind = chains[0].evidence if chains else EvidenceKind.GITHUB
            evidence = ChangeSet(kind, commit=self.head, parent=self.base, head=self.head)
        return approvals.judge(path, chains, evidence, self.rules, excluded, risk)
