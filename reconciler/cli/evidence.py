"""Where the commands get evidence of reviews from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.model.errors import ApprovalError
from reconciler.model.policies import EvidenceKind

if TYPE_CHECKING:
    from reconciler.approvals.provider import Provider
    from reconciler.model.documents import Documents
    from reconciler.run.approval.view import ProviderOf


def provider_of(repository: Path, *, must: bool) -> ProviderOf:
    """Evidence of each kind: signatures are in the repository, GitHub is asked with the environment's token. Without a token a command that executes fails
    (`must`), one that looks does without."""

    def provider(kind: EvidenceKind, documents: Documents) -> Provider | None:
        if kind is EvidenceKind.SIGNATURES:
            from reconciler.approvals.signatures import SignedEvidence

            return SignedEvidence(repository, documents.people)
        from reconciler.approvals.github import GitHubEvidence
        from reconciler.approvals.github_client import GitHub, from_environment

        try:
            settings = from_environment(os.environ)
        except ApprovalError:
            if must:
                raise
            return None
        return GitHubEvidence(GitHub(settings), repository)

    return provider
