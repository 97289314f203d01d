"""Ways to get access without the right approval where reviews are signed trailers of merges. Each is refused, and the reason is told.

Alice asks; carol and bob own the data (`data`), dave and bob are `security`. An attack acts on the repository as its author, the reviewers or whoever merges
could; then the reconciler runs. After each, replaying the evidence gives the same verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.model.approvals import Opinion
from tests.scenarios.reviewed import (
    BUNDLE,
    ask,
    begin,
    cap,
    key_of,
    merge,
    person,
    propose,
    reviewed,
    signed,
    team,
)
from tests.scenarios.world import World, request, standing

ROLE = "JIT_PAYROLL_FIX"
REQUEST = "grants/requests/payroll-fix.yaml"
IN_TURN = """[{steps: [{count: 1, of: [owners]}, {count: 1, of: [security]}]}]"""
BOTH_OF_TWO = "[{steps: [{count: 2, of: [data]}]}]"


@dataclass(frozen=True)
class Attack:
    """`reason` must be told. `papers` are there before, approved or not asked about."""

    act: Callable[[World], object]
    reason: str
    papers: Mapping[str, str] = field(default_factory=dict)


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


def policy_and_request_together(world: World) -> None:
    files = ask() | {"grants/policies/cap.yaml": cap("[{preApproved: true}]")}
    reviewed(world, files, "carol", "dave")


def workflow_and_request_together(world: World) -> None:
    reviewed(world, ask() | {".github/workflows/check.yml": "on: push\n"}, "carol")


def policy_first_without_review(world: World) -> None:
    reviewed(world, {"grants/policies/cap.yaml": cap("[{preApproved: true}]")})
    reviewed(world, ask())


def policy_removed_without_review(world: World) -> None:
    reviewed(world, {"grants/policies/cap.yaml": None, "grants/policies/guard.yaml": None})
    reviewed(world, ask())


def second_policy_that_asks_nobody(world: World) -> None:
    lax = cap("[{preApproved: true}]").replace("name: cap", "name: lax")
    reviewed(world, {"grants/policies/lax.yaml": lax})
    reviewed(world, ask())


def policy_hidden_among_the_requests(world: World) -> None:
    lax = cap("[{preApproved: true}]").replace("name: cap", "name: lax")
    reviewed(world, {"grants/requests/lax.yaml": lax}, "carol", "dave")
    reviewed(world, ask())


def own_key_for_an_owner(world: World) -> None:
    mine = person("carol", key=person_key("mallory"))
    reviewed(world, {"grants/people/carol.yaml": mine})
    head = propose(world, ask())
    merge(world, [signed("carol", head, key="mallory")])


def new_key_approved_by_its_owner(world: World) -> None:
    reviewed(world, {"grants/people/dave.yaml": person("dave", key=person_key("mallory"))}, "dave")


def new_owner_without_review(world: World) -> None:
    reviewed(world, {"grants/teams/data.yaml": team("data", "carol", "bob", "dave")})
    reviewed(world, ask(), "dave")


def new_member_approves_himself(world: World) -> None:
    everybody = team("security", "dave", "bob", "carol")
    reviewed(world, {"grants/teams/security.yaml": everybody}, "carol")


def owner_label_of_the_target(world: World) -> None:
    path = "grants/targets/prod.yaml"
    text = Path(world.repository, path).read_text(encoding="utf-8")
    reviewed(world, {path: text.replace("owner: data", "owner: dave")})
    reviewed(world, ask(), "dave")


def owner_label_approved_by_the_new_owner(world: World) -> None:
    path = "grants/targets/prod.yaml"
    text = Path(world.repository, path).read_text(encoding="utf-8")
    reviewed(world, {path: text.replace("owner: data", "owner: dave")}, "dave")
    reviewed(world, ask(), "dave")


def deputy_of_an_owner_by_his_own_approval(world: World) -> None:
    away = "  absences: [{from: 2020-01-01, to: 2099-01-01, deputies: [dave]}]\n"
    reviewed(world, {"grants/people/carol.yaml": person("carol") + away}, "dave")
    reviewed(world, ask(), "dave")


def owner_of_a_classification_by_his_own_approval(world: World) -> None:
    reviewed(world, {"grants/classification/pay.yaml": PAY}, "dave")
    reviewed(world, ask(), "dave")


def bundle_that_becomes_a_request(world: World) -> None:
    text = request(name="payroll", requester="dave")
    reviewed(world, {"grants/bundles/payroll.yaml": text}, "dave")


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


def policies_behind_a_link(world: World) -> None:
    world.git("mv", "grants/policies", "elsewhere")
    Path(world.repository, "grants/policies").symlink_to("../elsewhere")
    world.git("add", "-A")
    world.git("commit", "-q", "-m", "Tidy up")
    reviewed(world, ask())


def policies_in_a_submodule(world: World) -> None:
    world.git("rm", "-rq", "--cached", "grants/policies")
    head = world.git("rev-parse", "HEAD")
    world.git("update-index", "--add", "--cacheinfo", f"160000,{head},grants/policies")
    world.git("commit", "-q", "-m", "Tidy up")
    world.git("reset", "-q", "--hard")
    reviewed(world, ask())


def team_called_like_an_owner(world: World) -> None:
    """Both are unusable then, so who approves as that owner would be unclear."""
    reviewed(world, {"grants/teams/carol.yaml": team("carol", "dave")}, "bob")
    reviewed(world, ask(), "dave")


def owner_pushed_out_by_a_second_person_of_his_name(world: World) -> None:
    reviewed(world, {"grants/more/carol.yaml": person("carol", key=person_key("mallory"))}, "dave")
    head = propose(world, ask())
    merge(world, [signed("carol", head, key="mallory")])


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


def policies_of_another_owner_on_the_way(world: World) -> None:
    """Criss-cross: the branch took main in, so that its reviewer saw a mixture."""
    propose(world, {"grants/README.md": "one\n"}, branch="side")
    merge(world, branch="side")
    propose(world, ask())
    world.git("switch", "-q", "change")
    world.git("merge", "-q", "--no-ff", "-m", "Take main", "main~1")
    head = world.git("rev-parse", "HEAD")
    world.git("switch", "-q", "main")
    merge(world, [signed("alice", head)])


def wider_bundle_without_review(world: World) -> None:
    reviewed(world, {"grants/bundles/payroll.yaml": WIDER})
    reviewed(world, ask(access="[{bundle: payroll}]"))


def standing_grant_in_its_place(world: World) -> None:
    wanted = standing("for-ever", "[ALICE]", "[{privileges: [SELECT], on: HR.PAYROLL}]")
    reviewed(world, {"grants/standing/for-ever.yaml": wanted})


def standing_grant_approved_by_its_grantee(world: World) -> None:
    wanted = standing("for-ever", "[DAVE]", "[{privileges: [SELECT], on: HR.PAYROLL}]")
    reviewed(world, {"grants/standing/for-ever.yaml": wanted}, "dave")


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


def break_glass_without_review(world: World) -> None:
    reviewed(world, {"grants/break-glass/rescue.yaml": GLASS})


def evidence_from_where_nobody_looks(world: World) -> None:
    files = {
        f"grants/policies/{name}.yaml": text.replace("signatures", "github")
        for name, text in (("cap", cap()),)
    }
    reviewed(world, files)
    reviewed(world, ask())


def classification_removed_without_review(world: World) -> None:
    reviewed(world, {"grants/classification/pay.yaml": None})
    reviewed(world, ask(), "carol")


def person_key(name: str) -> str:
    return key_of(name).public


WIDER = BUNDLE.format(access="[{privileges: [SELECT, DELETE], on: HR.EMPLOYEES}]")
GLASS = """\
apiVersion: grants/v1
kind: BreakGlass
metadata: {name: rescue}
spec:
  reason: Salaries are due today and the payroll run has stopped
  openers: [alice]
  targets: [prod]
  access: [{privileges: [SELECT], on: HR.PAYROLL}]
  longest: 2h
  notify: Call the duty manager
  reviewers: [carol]
  seal: {sha256: 3b1f3bb0a1b3f5a2b5a1c7c4a0f3a6f5d2e0d5d9f7f9a4f6b8c3a1e2d4c5b6a7}
"""
PAY = """\
apiVersion: grants/v1
kind: Classification
metadata: {name: pay}
spec:
  targets: [prod]
  level: restricted
  category: pay
  owners: [dave]
  columns: [HR.PAYROLL.NET]
"""

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
        Attack(policy_and_request_together, "change.mixed"),
        Attack(workflow_and_request_together, "change.mixed"),
        Attack(policy_first_without_review, "missing: 1 of security"),
        Attack(policy_removed_without_review, "missing: 1 of security"),
        Attack(second_policy_that_asks_nobody, "missing: 1 of security"),
        Attack(policy_hidden_among_the_requests, "approval.unreadable"),
        Attack(own_key_for_an_owner, "approval.bad-signature"),
        Attack(new_key_approved_by_its_owner, "approval.self"),
        Attack(new_owner_without_review, "approval.not-asked"),
        Attack(new_member_approves_himself, "approval.self"),
        Attack(owner_label_of_the_target, "approval.not-asked"),
        Attack(owner_label_approved_by_the_new_owner, "dave is made an owner by the change"),
        Attack(deputy_of_an_owner_by_his_own_approval, "dave is made a deputy by the change"),
        Attack(
            owner_of_a_classification_by_his_own_approval, "dave is made an owner by the change"
        ),
        Attack(bundle_that_becomes_a_request, "missing: 1 of data"),
        Attack(request_of_the_same_name_elsewhere, "missing: 1 of data"),
        Attack(request_in_another_folder, "missing: 1 of data"),
        Attack(request_that_is_a_program, "approval.unreadable"),
        Attack(policies_behind_a_link, "approval.direct-push"),
        Attack(policies_in_a_submodule, "approval.direct-push"),
        Attack(team_called_like_an_owner, "approval.unreadable"),
        Attack(owner_pushed_out_by_a_second_person_of_his_name, "approval.bad-signature"),
        Attack(branch_that_was_merged_before_is_merged_again, "was on the protected branch before"),
        Attack(revert_of_a_removal, "approval.direct-push"),
        Attack(policies_of_another_owner_on_the_way, "approval.self"),
        Attack(wider_bundle_without_review, "missing: 1 of security"),
        Attack(standing_grant_in_its_place, "missing: 1 of security"),
        Attack(standing_grant_approved_by_its_grantee, "approval.self"),
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
        Attack(break_glass_without_review, "missing: 1 of security"),
        Attack(evidence_from_where_nobody_looks, "missing: 1 of security"),
        Attack(
            classification_removed_without_review,
            "missing: 1 of dave",
            {"grants/classification/pay.yaml": PAY},
        ),
    )
}


def privileges_of_alice(world: World) -> list[tuple[object, ...]]:
    return world.as_dba("SELECT privilege FROM dba_tab_privs WHERE grantee IN ('ALICE', 'DAVE')")


@pytest.mark.parametrize("name", ATTACKS)
def test_p30_without_the_right_approval_there_is_no_access(attacked: World, name: str) -> None:
    attack = ATTACKS[name]
    begin(attacked, papers=attack.papers)
    before = privileges_of_alice(attacked)
    attack.act(attacked)
    ran = attacked.run("reconcile")
    assert attack.reason in ran.err, ran.err
    assert ran.code == 4, ran.err
    assert not attacked.role_exists(ROLE)
    assert privileges_of_alice(attacked) == before
    verified = attacked.run("audit verify")
    assert verified.code == 0, verified.out + verified.err


def test_the_table_lists_at_least_twenty_five_ways() -> None:
    assert len(ATTACKS) >= 25
