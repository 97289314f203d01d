"""Evidence in git alone: what a signed merge proves, and how somebody who can push would get around it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pygit2
import pytest

from reconciler.approvals import history
from reconciler.approvals.signatures import SignedEvidence
from reconciler.approvals.statements import Statement
from reconciler.model.approvals import ChangeSet, Contributor, Opinion
from reconciler.model.errors import GitError
from tests.approvals import keys
from tests.approvals.forge import Forge
from tests.approvals.keys import person, trailer

BOB, CAROL, MALLORY = (keys.ed25519_key() for _ in range(3))
PEOPLE = {
    "bob": person("bob", BOB),
    "carol": person("carol", CAROL),
    "mallory": person("mallory", MALLORY),
}


class Host:
    """A git host without reviews: whoever may push makes the merges himself."""

    def __init__(self, forge: Forge, repository: Path) -> None:
        self.forge = forge
        self.git = forge.git
        self.repository = forge.git.repository
        self.path = repository

    def topic(self, name: str = "topic", **files: str | None) -> str:
        rows = {f"grants/requests/{key}.yaml": text for key, text in files.items()}
        return self.forge.push(name, rows or {f"grants/requests/{name}.yaml": "text\n"})

    def sign(self, head: str, name: str = "bob", key: keys.Key = BOB, *, late: float = 60) -> str:
        at = history.committed_at(history.commit_of(self.repository, head)) + timedelta(
            seconds=late
        )
        return trailer(Statement(name, Opinion.APPROVED, head, at), key)

    def merge(
        self,
        heads: Sequence[str],
        *lines: str,
        tree: pygit2.Oid | None = None,
        title: str = "Merge topic",
    ) -> str:
        """A merge into main; `tree` is what an evil one has in the place of the merged files."""
        ours = self.git.tip("main")
        made = self.git._make(
            tree or self.git._merged_tree(ours, heads[0]),
            [ours, *heads],
            "\n\n".join((title, *lines)),
            *[self.repository[ours].author] * 2,
        )
        self.git.move("main", made)
        return made

    def changes(self, start: str) -> tuple[ChangeSet, ...]:
        line = history.first_parent_line(self.repository, start, self.git.tip("main"))
        return SignedEvidence(self.path, PEOPLE).changes(start, line)

    def unreviewed(self, change: ChangeSet) -> set[str]:
        """Paths whose bytes are not those that were reviewed, as the caller finds them."""
        landed = history.changed_files(self.repository, change.parent, change.commit)
        return {path for path, blob in landed.items() if change.files.get(path) != blob}


@pytest.fixture
def host(forge: Forge, repository: Path) -> Host:
    return Host(forge, repository)


def problems(change: ChangeSet) -> list[str]:
    return [row.problem for row in change.reviews]


def test_a_signed_merge_is_a_reviewed_change(host: Host) -> None:
    start = host.git.tip("main")
    host.topic(one="one\n")
    head = host.topic(one="two\n", old=None)
    landed = host.merge([head], host.sign(head), host.sign(head, "carol", CAROL))
    (change,) = host.changes(start)
    assert (change.parent, change.commit, change.head) == (start, landed, head)
    assert [(row.login, row.opinion, row.commit) for row in change.reviews] == [
        ("bob", Opinion.APPROVED, head),
        ("carol", Opinion.APPROVED, head),
    ]
    assert problems(change) == ["", ""]
    assert change.problems == ()
    assert change.contributors == (Contributor(email="alice@example.org"),)
    assert (change.opened_at, change.merged_at) == (None, None)
    assert host.unreviewed(change) == set()
    assert change.files["grants/requests/old.yaml"] == ""


def test_a_change_that_others_made_to_main_meanwhile_is_not_part_of_it(host: Host) -> None:
    head = host.topic(one="one\n")
    host.forge.push_directly({"README": "meanwhile\n"})
    start = host.git.tip("main")
    host.merge([head], host.sign(head))
    (change,) = host.changes(start)
    assert change.problems == ()
    assert set(change.files) == {"grants/requests/one.yaml"}
    assert host.unreviewed(change) == set()


def test_several_merges_are_several_changes_each_on_the_one_before(host: Host) -> None:
    start = host.git.tip("main")
    first = host.merge([host.topic("a")])
    second = host.merge([host.topic("b")])
    changes = host.changes(start)
    assert [(row.parent, row.commit) for row in changes] == [(start, first), (first, second)]


def test_a_commit_without_a_second_parent_is_a_direct_push(host: Host) -> None:
    start = host.git.tip("main")
    host.forge.push_directly({"grants/requests/evil.yaml": "evil\n"})
    (change,) = host.changes(start)
    assert change.head == ""
    assert change.contributors == (Contributor(email="mallory@example.org"),)
    assert host.unreviewed(change) == {"grants/requests/evil.yaml"}


def test_trailers_on_a_direct_push_prove_nothing(host: Host) -> None:
    """There is no commit that was reviewed, whatever the message says."""
    start = host.git.tip("main")
    head = host.topic()
    host.forge.push(
        "main", {"grants/requests/evil.yaml": "evil\n"}, message=f"Fix\n\n{host.sign(head)}"
    )
    (change,) = host.changes(start)
    assert (change.head, change.reviews) == ("", ())


def test_the_first_commit_of_all_is_a_direct_push(host: Host) -> None:
    changes = SignedEvidence(host.path, PEOPLE).changes("", (host.git.tip("main"),))
    assert [row.head for row in changes] == [""]


def test_a_fast_forward_is_a_direct_push_of_each_commit(host: Host) -> None:
    start = host.git.tip("main")
    host.topic(one="one\n")
    host.git.move("main", host.topic(one="two\n"))
    assert [row.head for row in host.changes(start)] == ["", ""]


def test_an_octopus_merge_cannot_count(host: Host) -> None:
    start = host.git.tip("main")
    heads = [host.topic("a"), host.topic("b")]
    host.merge(heads, host.sign(heads[0]))
    (change,) = host.changes(start)
    assert any("merges 2 branches at once" in row for row in change.problems)


def test_trailers_copied_from_another_merge_are_of_another_commit(host: Host) -> None:
    reviewed = host.topic("a")
    line = host.sign(reviewed)
    host.merge([reviewed], line)
    start = host.git.tip("main")
    evil = host.topic("evil")
    host.merge([evil], line)
    (change,) = host.changes(start)
    assert change.head == evil
    assert [row.commit for row in change.reviews] == [reviewed]


def test_a_reviewed_branch_that_is_merged_a_second_time_is_no_new_review(host: Host) -> None:
    """A policy of last year, reviewed then, would come back over the one of today."""
    old = host.topic("policy")
    line = host.sign(old)
    host.merge([old], line)
    host.forge.push_directly({"grants/requests/policy.yaml": "stricter\n"})
    start = host.git.tip("main")
    host.merge([old], line, tree=history.commit_of(host.repository, old).tree_id)
    (change,) = host.changes(start)
    assert any("was on the protected branch before" in row for row in change.problems)
    assert host.unreviewed(change) == {"grants/requests/policy.yaml"}


def test_an_evil_merge_with_other_bytes_is_seen(host: Host) -> None:
    start = host.git.tip("main")
    head = host.topic(one="reviewed\n")
    evil = host.forge.push("elsewhere", {"grants/requests/one.yaml": "something else\n"})
    host.merge([head], host.sign(head), tree=history.commit_of(host.repository, evil).tree_id)
    (change,) = host.changes(start)
    assert problems(change) == [""]
    assert host.unreviewed(change) == {"grants/requests/one.yaml"}


def test_an_evil_merge_that_adds_a_file_is_seen(host: Host) -> None:
    start = host.git.tip("main")
    head = host.topic(one="reviewed\n")
    evil = host.forge.push("topic2", {"grants/requests/evil.yaml": "evil\n"})
    tree = host.git._merged_tree(head, evil)
    host.merge([head], host.sign(head), tree=tree)
    (change,) = host.changes(start)
    assert host.unreviewed(change) == {"grants/requests/evil.yaml"}


def test_an_evil_merge_that_takes_back_what_main_has_learnt_since_is_seen(host: Host) -> None:
    """The bytes are those of the reviewed commit, but its author never changed that file: it is only old there."""
    head = host.topic(one="reviewed\n")
    host.forge.push_directly({"grants/policies/cap.yaml": "stricter\n"})
    start = host.git.tip("main")
    host.merge([head], host.sign(head), tree=history.commit_of(host.repository, head).tree_id)
    (change,) = host.changes(start)
    assert problems(change) == [""]
    assert host.unreviewed(change) == {"grants/policies/cap.yaml"}


def test_a_trailer_in_the_message_of_the_branch_is_told_and_does_not_count(host: Host) -> None:
    start = host.git.tip("main")
    line = host.sign(host.topic(one="reviewed\n"))
    head = host.forge.push(
        "topic", {"grants/requests/one.yaml": "evil\n"}, message=f"More\n\n{line}"
    )
    host.merge([head])
    (change,) = host.changes(start)
    assert problems(change) == [f"it stands in the message of commit {head[:12]}, not of the merge"]


def test_ordinary_trailers_in_the_messages_of_a_branch_are_nobodys_business(host: Host) -> None:
    start = host.git.tip("main")
    head = host.forge.push(
        "topic", {"a": "b"}, message="More\n\nReviewed-by: Bob <bob@example.org>"
    )
    host.merge([head])
    (change,) = host.changes(start)
    assert change.reviews == ()


def test_a_signature_with_the_key_of_somebody_else_has_a_problem(host: Host) -> None:
    start = host.git.tip("main")
    head = host.topic()
    host.merge([head], host.sign(head, "bob", MALLORY))
    (change,) = host.changes(start)
    assert change.reviews[0].login == "bob"
    assert "another key than the person's" in change.reviews[0].problem


def test_a_signature_before_the_commit_was_made_is_a_skewed_clock(host: Host) -> None:
    start = host.git.tip("main")
    head = host.topic()
    host.merge(
        [head],
        host.sign(head, late=-299),
        host.sign(head, "carol", CAROL, late=-301),
    )
    (change,) = host.changes(start)
    assert problems(change)[0] == ""
    assert problems(change)[1].startswith("skewed clock: it says 2026-")


def test_a_signature_over_a_commit_that_is_not_here_is_of_that_commit(host: Host) -> None:
    start = host.git.tip("main")
    head = host.topic()
    at = host.forge.now
    line = trailer(Statement("bob", Opinion.APPROVED, "ab" * 20, at), BOB)
    host.merge([head], line)
    (change,) = host.changes(start)
    assert [row.commit for row in change.reviews] == ["ab" * 20]


def test_forged_authors_are_contributors_beside_the_committer(host: Host) -> None:
    """Whoever writes somebody else's name into his commit still made it; and an approver named so may not approve."""
    start = host.git.tip("main")
    head = host.forge.push(
        "topic", {"a": "b"}, author="bob@example.org", committer="mallory@example.org"
    )
    host.merge([head], host.sign(head))
    (change,) = host.changes(start)
    assert change.contributors == (
        Contributor(email="bob@example.org"),
        Contributor(email="mallory@example.org"),
    )


def test_a_branch_with_nothing_in_common_cannot_count(host: Host) -> None:
    start = host.git.tip("main")
    author = host.repository[start].author
    tree = history.commit_of(host.repository, host.topic()).tree_id
    alien = host.git._make(tree, [], "alien", author, author)
    host.merge([alien], host.sign(alien), tree=tree)
    (change,) = host.changes(start)
    assert any("no commit in common" in row for row in change.problems)


def test_a_branch_that_left_at_several_commits_cannot_count(host: Host) -> None:
    """Reviewers would see one difference and the merge would be of another."""
    feature = host.topic("feature")
    stood = host.forge.push_directly({"README": "on\n"})
    topic = host.git.merge("main", feature, "x", 1, "bob@example.org", host.forge.now)
    host.git.move("main", stood)
    twin = host.git.merge("main", feature, "y", 2, "bob@example.org", host.forge.now)
    start, head = twin.commits[-1], topic.commits[-1]
    host.merge([head], host.sign(head))
    (change,) = host.changes(start)
    assert any("at several commits" in row for row in change.problems)


def test_a_branch_that_took_main_in_meanwhile_is_fine(host: Host) -> None:
    host.topic(one="one\n")
    stood = host.forge.push_directly({"README": "on\n"})
    head = host.git.merge(
        "topic", stood, "Take main in", 1, "alice@example.org", host.forge.now
    ).commits[-1]
    start = host.git.tip("main")
    host.merge([head], host.sign(head))
    (change,) = host.changes(start)
    assert change.problems == ()
    assert set(change.files) == {"grants/requests/one.yaml"}


def test_commits_that_do_not_follow_each_other_cannot_count(host: Host) -> None:
    start = host.git.tip("main")
    first = host.merge([host.topic("a")])
    second = host.merge([host.topic("b")])
    evidence = SignedEvidence(host.path, PEOPLE)
    (change,) = evidence.changes(start, (second,))
    assert change.head == ""
    assert any("does not follow" in row for row in change.problems)
    assert evidence.changes(first, (second,))[0].problems == ()


def test_thousands_of_trailers_are_read_to_a_limit(host: Host) -> None:
    start = host.git.tip("main")
    head = host.topic()
    host.merge([head], *["Reviewed-by: X <x@example.org>"] * 3000)
    (change,) = host.changes(start)
    assert len(change.reviews) == 200


def test_a_message_that_is_no_text_is_read_as_far_as_it_is(host: Host) -> None:
    start = host.git.tip("main")
    head = host.topic()
    ours = host.git.tip("main")
    tree = host.git._merged_tree(ours, head)
    who = "Bob <bob@example.org> 1795000000 +0000"
    raw = (
        f"tree {tree}\nparent {ours}\nparent {head}\nauthor {who}\ncommitter {who}\n\n".encode()
        + b"Merge \xff\xfe\n\n"
        + host.sign(head).encode()
        + b"\nReviewed-by: \xff <x> signature=\xff\n"
    )
    made = host.repository.odb.write(pygit2.enums.ObjectType.COMMIT, raw)
    host.git.move("main", str(made))
    (change,) = host.changes(start)
    assert problems(change) == ["", "the line is malformed"]


def test_a_branch_under_review_shows_what_was_signed_so_far(host: Host) -> None:
    head = host.topic(one="one\n")
    start = host.git.tip("main")
    found = SignedEvidence(host.path, PEOPLE).under_review(start, head, [host.sign(head)])
    assert (found.head, found.commit, problems(found)) == (head, head, [""])


def test_an_unknown_commit_is_an_error(host: Host) -> None:
    with pytest.raises(GitError) as refused:
        SignedEvidence(host.path, PEOPLE).changes(host.git.tip("main"), ("f" * 40,))
    assert refused.value.rule == "git.unknown-commit"
