"""Ways to get access without the right approval where reviews are signed trailers of merges. Each is refused, and the reason is told.

Alice asks; carol and bob own the data (`data`), dave and bob are `security`. An attack acts on the repository as its author, the reviewers or whoever merges
could; then the reconciler runs. After each, replaying the evidence gives the same verdicts.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.model.approvals import Opinion
from tests.attacks.attacking import (
    BOTH_OF_TWO,
    IN_TURN,
    REQUEST,
    Attack,
    carry_out,
)
from tests.scenarios.reviewed import (
    ask,
    cap,
    merge,
    person,
    propose,
    reviewed,
    signed,
    team,
)
from tests.scenarios.world import World, request


def direct_push(world: World) -> None:
    world.merge(ask(), "Quick fix")


def merge_without_review(world: World) -> None:
    reviewed(world, ask())


def requester_signs(world: World) -> None:
    reviewed(world, ask(), "alice")


def requester_signs_as_a_second_person_with_the_same_user(world: World) -> None:
    reviewed(world, ask(), "alice-admin")


def author_signs(world: World) -> None:
    reviewed(world, ask(), "carol", author="carol")


def author_signs_under_another_spelling_of_the_address(world: World) -> None:
    reviewed(world, ask(), "carol", author="Carol")


def co_author_signs(world: World) -> None:
    message = "Ask\n\nCo-authored-by: Carol <carol@example.org>"
    head = propose(world, ask(), message=message)
    merge(world, [signed("carol", head)])


def author_of_an_earlier_commit_signs(world: World) -> None:
    propose(world, {"grants/README.md": "More\n"}, author="carol")
    head = propose(world, ask())
    merge(world, [signed("carol", head)])


def push_after_approval(world: World) -> None:
    head = propose(world, ask())
    approval = signed("carol", head)
    propose(world, ask(access="[{privileges: [SELECT], on: HR.EMPLOYEES}]"))
    merge(world, [approval])


def approval_of_another_merge(world: World) -> None:
    other = propose(world, {"grants/README.md": "Words\n"}, branch="other")
    propose(world, ask())
    merge(world, [signed("carol", other)])


def signature_of_another_key(world: World) -> None:
    head = propose(world, ask())
    merge(world, [signed("carol", head, key="mallory")])


def signature_of_an_owner_under_the_name_of_another(world: World) -> None:
    head = propose(world, ask())
    merge(world, [signed("bob", head, key="carol")])


def unsigned_trailer(world: World) -> None:
    propose(world, ask())
    merge(world, ["Reviewed-by: Carol <carol@example.org>"])


def edited_trailer(world: World) -> None:
    head = propose(world, ask())
    line = signed("carol", head, opinion=Opinion.CHANGES_REQUESTED)
    merge(world, [line.replace("verdict=changes-requested", "verdict=approved")])


def unknown_reviewer(world: World) -> None:
    head = propose(world, ask())
    merge(world, [signed("mallory", head)])


def service_signs(world: World) -> None:
    reviewed(world, ask(), "robot")


def person_who_is_not_asked(world: World) -> None:
    reviewed(world, ask(), "dave")


def reviewer_removed_from_the_team_since(world: World) -> None:
    head = propose(world, ask())
    approval = signed("carol", head)
    leave = propose(world, {"grants/teams/data.yaml": team("data", "bob")}, branch="leave")
    merge(world, [signed("dave", leave)], branch="leave")
    merge(world, [approval])


def trailers_in_the_branch(world: World) -> None:
    first = propose(world, ask())
    propose(world, {"grants/README.md": "x\n"}, message=f"Reviewed\n\n{signed('carol', first)}")
    merge(world)


def merge_that_adds_its_own_bytes(world: World) -> None:
    head = propose(world, ask())
    world.git("merge", "-q", "--no-ff", "--no-commit", "change")
    more = request(access="[{privileges: [SELECT, DELETE], on: HR.EMPLOYEES}]")
    Path(world.repository, REQUEST).write_text(more, encoding="utf-8")
    world.git("add", "-A")
    world.git("commit", "-q", "-m", f"Merge change\n\n{signed('carol', head)}")


def merge_that_adds_another_file(world: World) -> None:
    head = propose(world, {"grants/README.md": "Words\n"})
    world.git("merge", "-q", "--no-ff", "--no-commit", "change")
    Path(world.repository, "grants/requests").mkdir(exist_ok=True)
    Path(world.repository, REQUEST).write_text(request(), encoding="utf-8")
    world.git("add", "-A")
    world.git("commit", "-q", "-m", f"Merge change\n\n{signed('carol', head)}")


def fast_forward(world: World) -> None:
    head = propose(world, ask(), message="Ask")
    world.git("merge", "-q", "--ff-only", "change")
    assert world.git("rev-parse", "HEAD") == head


def request_of_the_same_name_elsewhere(world: World) -> None:
    reviewed(world, {"grants/requests/again/payroll-fix.yaml": request()})


def request_in_another_folder(world: World) -> None:
    reviewed(world, {"grants/Requests/payroll-fix.yaml": request()}, "dave")


def request_that_is_a_program(world: World) -> None:
    propose(world, ask())
    world.git("switch", "-q", "change")
    Path(world.repository, REQUEST).chmod(0o755)
    world.git("commit", "-q", "-a", "--amend", "--no-edit")
    head = world.git("rev-parse", "HEAD")
    world.git("switch", "-q", "main")
    merge(world, [signed("carol", head)])


def branch_that_was_merged_before_is_merged_again(world: World) -> None:
    head = propose(world, ask())
    line = signed("carol", head)
    world.git("merge", "-q", "--no-ff", "-m", "Merge change", "change")
    reviewed(world, {REQUEST: None}, "carol")
    tree = world.git("rev-parse", f"{head}^{{tree}}")
    again = world.git(
        "commit-tree", tree, "-p", "HEAD", "-p", head, "-m", f"Merge change\n\n{line}"
    )
    world.git("reset", "-q", "--hard", again)


def revert_of_a_removal(world: World) -> None:
    reviewed(world, ask(window="{start: 2099-01-01T00:00:00Z, duration: 1h}"), "carol")
    reviewed(world, {REQUEST: None})
    world.git("revert", "--no-edit", "-m", "1", "HEAD")


def steps_out_of_order(world: World) -> None:
    head = propose(world, ask())
    early, late = signed("dave", head), signed("carol", head, after=timedelta(seconds=60))
    merge(world, [late, early])


def one_person_for_two_places(world: World) -> None:
    head = propose(world, ask())
    merge(world, [signed("carol", head), signed("carol", head, after=timedelta(seconds=5))])


def one_person_for_two_steps(world: World) -> None:
    head = propose(world, ask())
    merge(world, [signed("bob", head), signed("bob", head, after=timedelta(seconds=5))])


def an_owner_wants_changes(world: World) -> None:
    head = propose(world, ask())
    no = signed("bob", head, opinion=Opinion.CHANGES_REQUESTED)
    merge(world, [no, signed("carol", head, after=timedelta(seconds=5))])


def review_dated_before_the_commit(world: World) -> None:
    head = propose(world, ask())
    merge(world, [signed("carol", head, after=timedelta(days=-2))])


def errors_that_are_mended_later(world: World) -> None:
    """A request of somebody who is not known yet: it has errors, and comes to life with the person."""
    text = request(requester="erin")
    reviewed(world, {REQUEST: text}, "carol")
    reviewed(world, {"grants/people/erin.yaml": person("erin", user="ALICE")}, "dave")


def symbolic_link(world: World) -> None:
    head = propose(world, {"grants/requests/real.txt": request()})
    merge(world, [signed("carol", head)])
    world.git("switch", "-q", "-c", "change")
    link = Path(world.repository, REQUEST)
    link.symlink_to("real.txt")
    world.git("add", "-A")
    world.git("commit", "-q", "-m", "Ask")
    head = world.git("rev-parse", "HEAD")
    world.git("switch", "-q", "main")
    merge(world, [signed("carol", head)])


ATTACKS = {
    row.act.__name__: row
    for row in (
        Attack(direct_push, "approval.direct-push"),
        Attack(merge_without_review, "missing: 1 of data"),
        Attack(
            requester_signs,
            "approval.self",
            {"grants/teams/data.yaml": team("data", "alice", "carol")},
        ),
        Attack(
            requester_signs_as_a_second_person_with_the_same_user,
            "person.user-shared",
            {
                "grants/people/alice-admin.yaml": person("alice-admin", user="ALICE"),
                "grants/teams/data.yaml": team("data", "alice-admin", "carol"),
            },
        ),
        Attack(author_signs, "approval.self"),
        Attack(author_signs_under_another_spelling_of_the_address, "approval.self"),
        Attack(co_author_signs, "approval.self"),
        Attack(author_of_an_earlier_commit_signs, "approval.self"),
        Attack(push_after_approval, "approval.stale"),
        Attack(approval_of_another_merge, "approval.stale"),
        Attack(signature_of_another_key, "approval.bad-signature"),
        Attack(signature_of_an_owner_under_the_name_of_another, "approval.bad-signature"),
        Attack(unsigned_trailer, "missing: 1 of data"),
        Attack(edited_trailer, "approval.bad-signature"),
        Attack(unknown_reviewer, "approval.bad-signature"),
        Attack(
            service_signs,
            "approval.service",
            {"grants/teams/data.yaml": team("data", "robot", "carol")},
        ),
        Attack(person_who_is_not_asked, "approval.not-asked"),
        Attack(reviewer_removed_from_the_team_since, "approval.not-asked"),
        Attack(trailers_in_the_branch, "missing: 1 of data"),
        Attack(merge_that_adds_its_own_bytes, "approval.other-bytes"),
        Attack(merge_that_adds_another_file, "approval.other-bytes"),
        Attack(fast_forward, "approval.direct-push"),
        Attack(request_of_the_same_name_elsewhere, "missing: 1 of data"),
        Attack(request_in_another_folder, "missing: 1 of data"),
        Attack(request_that_is_a_program, "approval.unreadable"),
        Attack(branch_that_was_merged_before_is_merged_again, "was on the protected branch before"),
        Attack(revert_of_a_removal, "approval.direct-push"),
        Attack(
            steps_out_of_order, "approval.out-of-order", {"grants/policies/cap.yaml": cap(IN_TURN)}
        ),
        Attack(
            one_person_for_two_places, "missing: ", {"grants/policies/cap.yaml": cap(BOTH_OF_TWO)}
        ),
        Attack(
            one_person_for_two_steps,
            "missing: 1 of security",
            {"grants/policies/cap.yaml": cap(IN_TURN)},
        ),
        Attack(an_owner_wants_changes, "approval.changes-requested"),
        Attack(review_dated_before_the_commit, "approval.bad-signature"),
        Attack(errors_that_are_mended_later, "approval.unreadable"),
        Attack(symbolic_link, "approval.unreadable"),
    )
}


@pytest.mark.parametrize("name", ATTACKS)
def test_p30_without_the_right_approval_there_is_no_access(attacked: World, name: str) -> None:
    carry_out(ATTACKS[name], attacked)


def test_the_table_lists_at_least_twenty_five_ways() -> None:
    assert len(ATTACKS) >= 25
