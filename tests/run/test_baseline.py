"""Where judging begins on a branch, and the documents of a commit as they were approved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pygit2
import pytest

from reconciler.documents.approved import OverlaidSource
from reconciler.documents.build import load
from reconciler.documents.entries import SourceFile
from reconciler.documents.source import GitSource
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.errors import GitError
from reconciler.run.approval.baseline import baseline
from tests.scenarios.reviewed import cap, first_papers
from tests.scenarios.world import POLICY, TARGET, request

PLAIN = {
    **first_papers(),
    "grants/targets/prod.yaml": TARGET.format(name="prod", dsn="h:1521/p", mode="additive"),
    "grants/policies/cap.yaml": POLICY,
}
del PLAIN["grants/policies/guard.yaml"]
ASKING = PLAIN | {"grants/policies/cap.yaml": cap()}
BROKEN = PLAIN | {"grants/policies/cap.yaml": cap("[{steps: nobody}]")}
LINK = "grants/requests/link.yaml"


class Branch:
    """A bare repository with one branch; each commit says all of its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git = pygit2.init_repository(str(folder), bare=True)
        self.tip: list[str] = []

    def commit(self, files: Mapping[str, str]) -> str:
        index = pygit2.Index()
        for path, text in files.items():
            mode = pygit2.enums.FileMode.LINK if path == LINK else pygit2.enums.FileMode.BLOB
            index.add(pygit2.IndexEntry(path, self.blob(text), mode))
        who = pygit2.Signature("Tester", "tester@example.org", 1, 0)
        tree = index.write_tree(self.git)
        parents = [pygit2.Oid(hex=row) for row in self.tip]
        made = str(self.git.create_commit("refs/heads/main", who, who, "Change", tree, parents))
        self.tip = [made]
        return made

    def blob(self, text: str) -> pygit2.Oid:
        return self.git.create_blob(text.encode())


@pytest.fixture
def branch(tmp_path: Path) -> Branch:
    return Branch(tmp_path / "access.git")


def test_nothing_is_judged_where_no_policy_ever_asked(branch: Branch) -> None:
    assert baseline(branch.folder, branch.commit(PLAIN)) is None


def test_judging_begins_where_policy_began_to_ask(branch: Branch) -> None:
    branch.commit(PLAIN)
    begun = branch.commit(ASKING)
    newest = branch.commit(ASKING | {"grants/requests/x.yaml": request("x")})
    assert baseline(branch.folder, newest) == begun


def test_a_policy_that_was_taken_away_since_changes_nothing_about_that(branch: Branch) -> None:
    begun = branch.commit(ASKING)
    assert baseline(branch.folder, branch.commit(PLAIN)) == begun


def test_judging_does_not_begin_under_policies_with_errors(branch: Branch) -> None:
    branch.commit(BROKEN)
    mended = branch.commit(ASKING)
    assert baseline(branch.folder, branch.commit(BROKEN)) == mended


def test_policies_that_were_never_without_errors_judge_nothing(branch: Branch) -> None:
    branch.commit(BROKEN)
    assert baseline(branch.folder, branch.commit(BROKEN | {"grants/README.md": "x"})) is None


def test_a_policy_among_the_requests_is_none(branch: Branch) -> None:
    hidden = PLAIN | {"grants/requests/cap.yaml": cap()}
    assert baseline(branch.folder, branch.commit(hidden)) is None


def paths(source: OverlaidSource) -> dict[str, bytes]:
    return {row.path: row.data for row in source.files() if isinstance(row, SourceFile)}


def test_files_are_read_in_the_state_that_was_approved(branch: Branch) -> None:
    path, gone, new = (f"grants/requests/{name}.yaml" for name in ("changed", "refused", "kept"))
    commit = branch.commit(
        ASKING | {path: request("changed", access="[{role: DBA}]"), gone: request("refused")}
    )
    blobs = {
        path: str(branch.blob(request("changed"))),
        gone: "",
        new: str(branch.blob(request("kept"))),
    }
    found = paths(OverlaidSource(GitSource.open(branch.folder, commit), blobs))
    assert found[path] == request("changed").encode()
    assert gone not in found
    assert found[new] == request("kept").encode(), "a removal that nobody approved"
    documents = load(OverlaidSource(GitSource.open(branch.folder, commit), blobs)).documents
    assert set(documents.requests) == {"changed", "kept"}


def test_of_the_requests_only_those_that_are_asked_about_are_read(branch: Branch) -> None:
    one, other = "grants/requests/one.yaml", "grants/requests/deep/other.yaml"
    commit = branch.commit(ASKING | {one: request("one"), other: request("other")})
    source = OverlaidSource(
        GitSource.open(branch.folder, commit), {}, {one, "grants/requests/no.yaml"}
    )
    assert set(paths(source)) == set(ASKING) | {one}


def test_a_link_is_no_document_whatever_it_says(branch: Branch) -> None:
    commit = branch.commit(ASKING | {LINK: "../policies/cap.yaml"})
    source = GitSource.open(branch.folder, commit)
    assert any(isinstance(row, Diagnostic) for row in OverlaidSource(source, {}).files())
    overlaid = OverlaidSource(source, {LINK: f"120000:{branch.blob('x')}"})
    assert LINK not in paths(overlaid)


def test_an_approved_file_that_the_repository_does_not_have_is_an_error(branch: Branch) -> None:
    source = GitSource.open(branch.folder, branch.commit(ASKING))
    missing = OverlaidSource(source, {"grants/requests/x.yaml": "0" * 40})
    with pytest.raises(GitError) as raised:
        list(missing.files())
    assert raised.value.rule == "git.no-object"
