"""Where the commands get evidence of reviews from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.model.errors import ApprovalError
from reconciler.model.policies import EvidenceKind

if TYPE_CHECKING:
    from reconciler.approvals.provider import Provider
    from reconciler.model.documents import Documents
    from reconciler.run.approval.view import ProviderOf


BRANCH = "RECONCILER_BRANCH"
"""Names the protected branch where it is not the one that the workflow runs for: who starts a workflow may choose that."""


@contextmanager
def providers(repository: Path, *, must: bool) -> Iterator[ProviderOf]:
    """Evidence of each kind: signatures are in the repository, GitHub is asked with the environment's token. Without a token a command that executes fails
    (`must`), one that looks does without."""
    with ExitStack() as opened:

        def provider(kind: EvidenceKind, documents: Documents) -> Provider | None:
            if kind is EvidenceKind.SIGNATURES:
                from reconciler.approvals.signatures import SignedEvidence

                return SignedEvidence(repository, documents.people)
            return _github(repository, opened, must=must)

        yield provider


def _github(repository: Path, opened: ExitStack, *, must: bool) -> Provider | None:
    from reconciler.approvals.github import GitHubEvidence
    from reconciler.approvals.github_client import GitHub, from_environment

    try:
        github = GitHub(from_environment(os.environ, os.environ.get(BRANCH, "")))
    except ApprovalError:
        if must:
            raise
        return None
    opened.callback(github.close)
    return GitHubEvidence(github, repository)
