"""The first-parent line of the protected branch, and who wrote what lies between two commits."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pygit2
import pytest

from reconciler.approvals import history
from reconciler.model.approvals import Contributor
from reconciler.model.errors import GitError
from tests.approvals.forge import Forge


def line(forge: Forge, since: str | None, until: str = "") -> tuple[str, ...]:
    return history.first_parent_line(forge.git.repository, since, until or forge.git.tip("main"))


def rewritten(forge: Forge, since: str) -> GitError:
    with pytest.raises(GitError) as refused:
        line(forge, since)
    assert refused.value.rule == "git.history-rewritten"
    return refused.value


def merged(forge: Forge, branch: str, kind: str = "merge") -> str:
    forge.push(branch, {f"grants/requests/{branch}.yaml": "text\n"})
    return forge.merge(forge.open_pull("alice-gh", branch), kind)


def test_the_line_is_oldest_first_without_what_was_merged_into_it(forge: Forge) -> None:
    start = forge.git.tip("main")
    commits = [
        merged(forge, "one"),
        merged(forge, "two", "squash"),
        forge.push_directly({"a": "b"}),
    ]
    assert line(forge, start) == tuple(commits)
    assert line(forge, None) == (start, *commits)
    assert line(forge, commits[1]) == (commits[2],)


def test_nothing_new_is_an_empty_line(forge: Forge) -> None:
    assert line(forge, forge.git.tip("main")) == ()


def test_a_branch_that_was_forced_back_is_rewritten_history(forge: Forge) -> None:
    start = forge.git.tip("main")
    bad = merged(forge, "one")
    forge.git.move("main", start)
    merged(forge, "two")
    told = rewritten(forge, bad)
    assert bad[:12] in told.message
    assert "force" in told.hint


def test_a_branch_that_was_moved_back_without_anything_new_is_rewritten_history(
    forge: Forge,
) -> None:
    start = forge.git.tip("main")
    later = merged(forge, "one")
    forge.git.move("main", start)
    rewritten(forge, later)


def test_a_commit_that_is_gone_altogether_is_rewritten_history(forge: Forge) -> None:
    rewritten(forge, "0123456789" * 4)
    rewritten(forge, "no commit id")


def test_the_branch_merged_into_a_topic_instead_of_the_topic_into_it_is_rewritten_history(
    forge: Forge,
) -> None:
    """Nothing is lost then, but whoever wrote the topic has put his own commits in the place of the reviewed line."""
    forge.push("topic", {"grants/requests/evil.yaml": "evil\n"})
    stood = merged(forge, "one")
    swapped = forge.git.merge(
        "topic", stood, "Merge main", 9, "mallory@example.org", forge.now
    ).commits[-1]
    forge.git.move("main", swapped)
    rewritten(forge, stood)


def test_a_shallow_clone_is_told_from_rewritten_history(
    forge: Forge, repository: Path, tmp_path: Path
) -> None:
    start = forge.git.tip("main")
    merged(forge, "one")
    path = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{repository}", str(path)], check=True
    )
    shallow = history.open_repository(path)
    for since in (start, None):
        with pytest.raises(GitError) as refused:
            history.first_parent_line(shallow, since, forge.git.tip("main"))
        assert refused.value.rule == "git.unknown-commit"
        assert "fetch-depth: 0" in refused.value.hint


def test_an_unknown_end_is_an_error_of_its_own(forge: Forge) -> None:
    with pytest.raises(GitError) as refused:
        line(forge, None, "f" * 40)
    assert refused.value.rule == "git.unknown-commit"


def test_a_folder_without_a_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(GitError) as refused:
        history.open_repository(tmp_path / "nothing")
    assert refused.value.rule == "git.not-a-repository"


def names(forge: Forge, before: str, after: str) -> tuple[Contributor, ...]:
    return history.contributors(history.between(forge.git.repository, before, after))


def test_authors_committers_and_co_authors_contribute_once_in_small_letters(forge: Forge) -> None:
    start = forge.git.tip("main")
    forge.push("topic", {"a": "1"}, author="Alice@Example.org", committer="bob@example.org")
    message = (
        "More\n\nCo-authored-by: Carol <CAROL@example.org>\nco-AUTHORED-by: D <dave@example.org>\n"
    )
    head = forge.push("topic", {"a": "2"}, author="alice@example.org", message=message)
    assert names(forge, start, head) == tuple(
        Contributor(email=f"{name}@example.org") for name in ("alice", "bob", "carol", "dave")
    )


def test_the_forge_itself_contributes_nothing(forge: Forge) -> None:
    start = forge.git.tip("main")
    merged(forge, "one", "squash")
    assert names(forge, start, forge.git.tip("main")) == (Contributor(email="alice@example.org"),)


@pytest.mark.parametrize(
    "bad",
    [
        "Co-authored-by: nobody",
        "Co-authored-by: <>",
        "Co-authored-by: X <a b>",
        "Co-authored-by: X <a@b> and more",
        "Co-authored-by: X <<a@b>>",
        "Not-co-authored-by: X <a@b>",
        f"Co-authored-by: X <{'a' * 300}@b>",
        "Co-authored-by: \x00\x1b <",
        "Co-authored-by" * 50_000,
        "Co-authored-by: " + "<" * 50_000,
    ],
)
def test_trailers_of_another_form_name_nobody_and_break_nothing(bad: str) -> None:
    assert history.co_authors(f"Title\n\n{bad}\n") == frozenset()


def test_a_co_author_anywhere_in_the_message_counts() -> None:
    """Rather one contributor too many, who may then not approve, than one too few."""
    text = "Title\n  Co-authored-by: X <x@example.org>  \r\n\nmore text\n"
    assert history.co_authors(text) == {Contributor(email="x@example.org")}


def test_changed_files_have_their_content_and_removed_ones_none(forge: Forge) -> None:
    start = forge.git.tip("main")
    head = forge.push(
        "topic",
        {
            "grants/requests/new.yaml": "new\n",
            "grants/policies/cap.yaml": "wider\n",
            "grants/requests/old.yaml": None,
        },
    )
    found = history.changed_files(forge.git.repository, start, head)
    assert list(found) == [
        "grants/policies/cap.yaml",
        "grants/requests/new.yaml",
        "grants/requests/old.yaml",
    ]
    assert found["grants/requests/new.yaml"] == str(pygit2.hash(b"new\n"))
    assert found["grants/requests/old.yaml"] == ""
    assert history.blob_ids(forge.git.repository, head, found) == found


def test_before_the_first_commit_there_was_no_file(forge: Forge) -> None:
    found = history.changed_files(forge.git.repository, "", forge.git.tip("main"))
    assert set(found) == {"README", "grants/policies/cap.yaml", "grants/requests/old.yaml"}
    assert all(found.values())


def test_a_file_that_became_a_link_of_the_same_bytes_is_another_content(forge: Forge) -> None:
    repository = forge.git.repository
    start = forge.git.tip("main")
    tree = repository[start].peel(pygit2.Tree)
    index = pygit2.Index()
    index.read_tree(tree)
    entry = index["grants/policies/cap.yaml"]
    index.add(pygit2.IndexEntry(entry.path, entry.id, pygit2.enums.FileMode.LINK))
    made = forge.git._make(
        index.write_tree(repository), [start], "link", *[repository[start].author] * 2
    )
    found = history.changed_files(repository, start, made)
    assert found == {"grants/policies/cap.yaml": f"120000:{entry.id}"}
    assert history.blob_ids(repository, made, found) == found


def test_a_renamed_file_is_gone_at_its_old_place(forge: Forge) -> None:
    start = forge.git.tip("main")
    text = "grants/requests/old.yaml, as it was\n"
    head = forge.push(
        "topic", {"grants/requests/old.yaml": None, "grants/requests/moved.yaml": text}
    )
    found = history.changed_files(forge.git.repository, start, head)
    assert found["grants/requests/old.yaml"] == ""
    assert found["grants/requests/moved.yaml"] == str(pygit2.hash(text.encode()))


def test_where_a_branch_left(forge: Forge) -> None:
    start = forge.git.tip("main")
    head = forge.push("topic", {"a": "1"})
    stood = forge.push_directly({"b": "1"})
    assert history.fork_of(forge.git.repository, stood, head) == start
    assert history.fork_of(forge.git.repository, "", head) == ""
