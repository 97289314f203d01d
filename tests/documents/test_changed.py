"""What a pull request does to the documents."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pygit2
import pytest

from reconciler.documents.build import load
from reconciler.documents.changed import read_change
from reconciler.documents.source import GitSource
from reconciler.model.errors import GitError
from reconciler.model.review import Action
from tests.scenarios.world import PERSON, POLICY, TARGET, request, standing

BASE = {
    **{
        f"grants/people/{name}.yaml": PERSON.format(name=name, title=name, user=name.upper())
        for name in ("alice", "carol")
    },
    "grants/targets/prod.yaml": TARGET.format(name="prod", dsn="h:1521/p", mode="authoritative"),
    "grants/policies/cap.yaml": POLICY,
    "grants/requests/2026/old.yaml": request("old"),
    "grants/requests/2026/other.yaml": request("other"),
    "grants/standing/app.yaml": standing("app", "[ALICE]", "[{privileges: [SELECT], on: HR.JOBS}]"),
}


class Repository:
    """A bare repository; each commit says all of its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._git = pygit2.init_repository(str(folder), bare=True)

    def commit(self, files: Mapping[str, str], branch: str, *parents: str) -> str:
        index = pygit2.Index()
        for path, text in files.items():
            blob = self._git.create_blob(text.encode())
            index.add(pygit2.IndexEntry(path, blob, pygit2.enums.FileMode.BLOB))
        who = pygit2.Signature("Tester", "tester@example.org", 1, 0)
        tree = index.write_tree(self._git)
        made = self._git.create_commit(None, who, who, "Change", tree, list(parents))
        self._git.references.create(f"refs/heads/{branch}", made, force=True)
        return str(made)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "access.git")


def test_added_changed_and_removed_requests_are_told_and_only_they_are_read(
    repository: Repository,
) -> None:
    files = {**BASE, "grants/requests/gone.yaml": request("gone")}
    base = repository.commit(files, "main")
    after = {
        **BASE,
        "grants/requests/2026/old.yaml": request("old", window="{duration: 2h}"),
        "grants/requests/new.yaml": request("new"),
    }
    head = repository.commit(after, "change", base)
    found = read_change(repository.folder, "main", "change")
    assert (found.base, found.fork, found.head) == (base, base, head)
    assert [(row.path, row.kind, row.action) for row in found.changes] == [
        ("grants/requests/2026/old.yaml", "AccessRequest", Action.CHANGED),
        ("grants/requests/gone.yaml", "AccessRequest", Action.REMOVED),
        ("grants/requests/new.yaml", "AccessRequest", Action.ADDED),
    ]
    assert found.is_narrow
    assert sorted(found.before.documents.requests) == ["gone", "old"]
    assert sorted(found.after.documents.requests) == ["new", "old"]
    assert sorted(found.after.documents.standing) == ["app"]
    assert found.after.documents.requests["old"].window.duration != (
        found.before.documents.requests["old"].window.duration
    )
    assert found.findings == ()


def test_a_change_of_shared_documents_reads_everything(repository: Repository) -> None:
    base = repository.commit(BASE, "main")
    wider = {**BASE, "grants/policies/cap.yaml": POLICY.replace("12h", "48h")}
    repository.commit(wider, "change", base)
    found = read_change(repository.folder, "main", "change")
    assert not found.is_narrow
    assert sorted(found.after.documents.requests) == ["old", "other"]


def test_rules_and_people_come_from_the_protected_branch(repository: Repository) -> None:
    base = repository.commit(BASE, "main")
    forged = {
        **BASE,
        "grants/policies/cap.yaml": POLICY.replace("12h", "48h"),
        "grants/people/mallory.yaml": PERSON.format(name="mallory", title="M", user="MALLORY"),
        "grants/requests/new.yaml": request("new"),
    }
    repository.commit(forged, "change", base)
    judged = read_change(repository.folder, "main", "change").judged()
    assert judged.policies["cap"].max_duration.total_seconds() == 12 * 3600
    assert "mallory" not in judged.people
    assert "new" in judged.requests


def test_a_name_that_an_unchanged_request_has_is_refused_although_its_text_is_not_needed(
    repository: Repository,
) -> None:
    base = repository.commit(BASE, "main")
    twin = {**BASE, "grants/requests/alice/other.yml": request("other")}
    repository.commit(twin, "change", base)
    found = read_change(repository.folder, "main", "change")
    assert found.is_narrow
    assert {row.rule for row in found.after.findings} == {"name.duplicate"}
    assert found.before.findings == ()
    assert "other" not in found.after.documents.requests


def test_a_renamed_file_goes_and_comes(repository: Repository) -> None:
    base = repository.commit(BASE, "main")
    files = dict(BASE)
    files["grants/requests/2027/old.yaml"] = files.pop("grants/requests/2026/old.yaml")
    repository.commit(files, "change", base)
    found = read_change(repository.folder, "main", "change")
    assert [row.action for row in found.changes] == [Action.REMOVED, Action.ADDED]
    assert found.after.findings == ()
    assert sorted(found.after.documents.requests) == ["old"]


def test_a_file_whose_kind_changes_is_two_changes(repository: Repository) -> None:
    base = repository.commit(BASE, "main")
    files = {**BASE, "grants/policies/cap.yaml": request("cap")}
    repository.commit(files, "change", base)
    found = read_change(repository.folder, "main", "change")
    assert {(row.kind, row.action) for row in found.changes} == {
        ("Policy", Action.REMOVED),
        ("AccessRequest", Action.ADDED),
    }


def test_nothing_but_requests_lies_among_requests_where_a_review_would_not_see_it(
    repository: Repository,
) -> None:
    hidden = {**BASE, "grants/requests/2026/strict.yaml": POLICY.replace("cap", "strict")}
    repository.commit(hidden, "main")
    result = load(GitSource.open(repository.folder, "main"))
    assert "source.not-a-request" in {row.rule for row in result.findings}
    assert result.documents.requests == {}


def test_files_outside_the_documents_are_told_without_a_kind(repository: Repository) -> None:
    base = repository.commit(BASE, "main")
    files = {**BASE, ".github/workflows/review.yaml": "kind: Policy\n", "README.md": "Hello\n"}
    repository.commit(files, "change", base)
    found = read_change(repository.folder, "main", "change")
    assert [(row.path, row.kind) for row in found.changes] == [
        (".github/workflows/review.yaml", ""),
        ("README.md", ""),
    ]
    assert found.is_narrow


@pytest.mark.parametrize("text", ["kind: [", "- just a list\n", "kind: Nothing\n"])
def test_a_document_that_does_not_tell_its_kind_makes_everything_be_read(
    repository: Repository, text: str
) -> None:
    base = repository.commit(BASE, "main")
    repository.commit({**BASE, "grants/policies/more.yaml": text}, "change", base)
    found = read_change(repository.folder, "main", "change")
    assert [(row.kind, row.action) for row in found.changes] == [("", Action.ADDED)]
    assert not found.is_narrow


def test_what_was_merged_meanwhile_counts(repository: Repository) -> None:
    fork = repository.commit(BASE, "main")
    repository.commit({**BASE, "grants/requests/new.yaml": request("new")}, "change", fork)
    stricter = {
        **BASE,
        "grants/policies/cap.yaml": POLICY.replace("12h", "1h"),
        "grants/requests/2026/old.yaml": request("old", window="{duration: 1h}"),
    }
    repository.commit(stricter, "main", fork)
    found = read_change(repository.folder, "main", "change")
    assert [row.path for row in found.changes] == ["grants/requests/new.yaml"]
    assert found.judged().policies["cap"].max_duration.total_seconds() == 3600
    assert found.findings == ()


def test_a_file_that_both_sides_changed_is_told(repository: Repository) -> None:
    fork = repository.commit(BASE, "main")
    path = "grants/requests/2026/old.yaml"
    mine = {**BASE, path: request("old", window="{duration: 2h}")}
    repository.commit(mine, "change", fork)
    theirs = {**BASE, path: request("old", window="{duration: 1h}")}
    repository.commit(theirs, "main", fork)
    (found,) = read_change(repository.folder, "main", "change").findings
    assert (found.rule, found.is_error) == ("change.outdated", False)
    assert found.message == f"{path} has changed on main since this change left it"


def test_documents_that_appear_for_the_first_time_are_all_added(repository: Repository) -> None:
    base = repository.commit({"README.md": "Hello\n"}, "main")
    repository.commit({"README.md": "Hello\n", **BASE}, "change", base)
    found = read_change(repository.folder, "main", "change")
    assert {row.action for row in found.changes} == {Action.ADDED}
    assert found.before.count == 0
    assert found.after.count == len(BASE)


def test_a_file_that_becomes_a_folder_goes(repository: Repository) -> None:
    base = repository.commit(BASE, "main")
    files = dict(BASE)
    files["grants/requests/2026/old.yaml/old.yaml"] = files.pop("grants/requests/2026/old.yaml")
    repository.commit(files, "change", base)
    found = read_change(repository.folder, "main", "change")
    assert [row.action for row in found.changes] == [Action.REMOVED, Action.ADDED]
    assert sorted(found.after.documents.requests) == ["old"]
    repository.commit({**files, "grants/requests/old.yaml": request("old")}, "more", base)
    assert "old" not in read_change(repository.folder, "main", "more").after.documents.requests


def test_a_history_of_its_own_is_no_change(repository: Repository) -> None:
    repository.commit(BASE, "main")
    repository.commit({**BASE, "grants/x.yaml": "x"}, "change")
    with pytest.raises(GitError) as caught:
        read_change(repository.folder, "main", "change")
    assert caught.value.rule == "git.unrelated"
    with pytest.raises(GitError) as caught:
        read_change(repository.folder, "nowhere", "change")
    assert caught.value.rule == "git.unknown-ref"
