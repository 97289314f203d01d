"""Ways to get access without the right approval where reviews are those of pull requests on GitHub. Each is refused, and the reason is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from tests.approvals.forge import Forge
from tests.attacks.attacking import WIDER
from tests.scenarios.reviewed import LOGINS, ask, begin, cap, person, team
from tests.scenarios.world import World, request

ROLE = "JIT_PAYROLL_FIX"
LATER = "[{steps: [{count: 1, of: [owners], escalate: {after: 8h, to: [dave]}}]}]"


@dataclass(frozen=True)
class Attack:
    """`reason` must be told. `papers` are there before."""

    act: Callable[[Forge], object]
    reason: str
    papers: Mapping[str, str] = field(default_factory=dict)


def opened(
    forge: Forge, files: Mapping[str, str | None] | None = None, author: str = "alice"
) -> int:
    """A pull request with the request, or with other files."""
    forge.push("change", files or ask(), author=f"{author}@example.org")
    return forge.open_pull(f"{author}-gh", "change")


def direct_push(forge: Forge) -> None:
    forge.push_directly(ask())


def administrator_merges_without_review(forge: Forge) -> None:
    forge.merge(opened(forge), by="mallory")


def author_approves(forge: Forge) -> None:
    number = opened(forge, author="carol")
    forge.review(number, "carol-gh")
    forge.merge(number)


def requester_approves_what_another_opened(forge: Forge) -> None:
    number = opened(forge, author="mallory")
    forge.review(number, "alice-gh")
    forge.merge(number)


def requester_approves_with_a_second_login_that_is_known(forge: Forge) -> None:
    number = opened(forge, author="mallory")
    forge.review(number, "alice-too")
    forge.merge(number)


def requester_approves_with_a_second_login_that_nobody_knows(forge: Forge) -> None:
    number = opened(forge)
    forge.review(number, "alice-the-second")
    forge.merge(number)


def committer_approves(forge: Forge) -> None:
    forge.push("change", ask(), author="alice@example.org", committer="carol@example.org")
    number = forge.open_pull("alice-gh", "change")
    forge.review(number, "carol-gh")
    forge.merge(number)


def co_author_approves(forge: Forge) -> None:
    message = "Ask\n\nCo-authored-by: Carol <carol@example.org>"
    forge.push("change", ask(), author="alice@example.org", message=message)
    number = forge.open_pull("alice-gh", "change")
    forge.review(number, "carol-gh")
    forge.merge(number)


def push_after_approval(forge: Forge) -> None:
    number = opened(forge)
    forge.review(number, "carol-gh")
    wider = ask(access="[{privileges: [SELECT, DELETE], on: HR.EMPLOYEES}]")
    forge.push("change", wider, author="alice@example.org")
    forge.merge(number)


def push_after_approval_squashed(forge: Forge) -> None:
    number = opened(forge)
    forge.review(number, "carol-gh")
    forge.push("change", {"grants/README.md": "x\n"}, author="alice@example.org")
    forge.merge(number, "squash")


def dismissed_approval(forge: Forge) -> None:
    number = opened(forge)
    forge.review(number, "carol-gh")
    forge.dismiss(number, "carol-gh")
    forge.merge(number)


def comment_that_says_yes(forge: Forge) -> None:
    number = opened(forge)
    forge.review(number, "carol-gh", "COMMENTED", body="LGTM, approved!")
    forge.merge(number)


def approval_after_the_merge(forge: Forge) -> None:
    number = opened(forge)
    forge.merge(number)
    forge.review(number, "carol-gh")


def an_owner_wants_changes(forge: Forge) -> None:
    number = opened(forge)
    forge.review(number, "bob-gh", "CHANGES_REQUESTED")
    forge.review(number, "carol-gh")
    forge.merge(number)


def a_bot_approves(forge: Forge) -> None:
    number = opened(forge)
    forge.review(number, "robot-gh")
    forge.merge(number)


def the_workflow_approves(forge: Forge) -> None:
    number = opened(forge)
    forge.review(number, "github-actions[bot]")
    forge.merge(number)


def somebody_who_is_not_asked(forge: Forge) -> None:
    number = opened(forge)
    forge.review(number, "dave-gh")
    forge.merge(number)


def escalation_before_its_time(forge: Forge) -> None:
    number = opened(forge)
    forge.advance(timedelta(hours=7))
    forge.review(number, "dave-gh")
    forge.merge(number)


def escalation_of_a_change_that_says_it_is_old(forge: Forge) -> None:
    """The pull request was opened long ago with something else; the head claims to be as old."""
    number = opened(forge, {"grants/README.md": "Words\n"})
    forge.advance(timedelta(hours=9))
    now, forge.now = forge.now, forge.now - timedelta(hours=9)
    forge.push("change", ask(), author="alice@example.org")
    forge.now = now
    forge.review(number, "dave-gh")
    forge.merge(number)


def removed_from_the_team_since(forge: Forge) -> None:
    number = opened(forge)
    forge.review(number, "carol-gh")
    forge.push("leave", {"grants/teams/data.yaml": team("data", "bob")}, author="alice@example.org")
    leaving = forge.open_pull("alice-gh", "leave")
    forge.review(leaving, "dave-gh")
    forge.merge(leaving)
    forge.merge(number)


def another_branch_is_the_base(forge: Forge) -> None:
    """A reviewed pull request into a side branch, which is then pushed to the protected branch."""
    forge.push("side", {"grants/README.md": "x\n"}, author="mallory@example.org")
    forge.push("change", ask(), author="alice@example.org")
    number = forge.open_pull("alice-gh", "change", base="side")
    forge.review(number, "carol-gh")
    forge.merge(number)
    forge.git.repository.references["refs/heads/main"].set_target(
        forge.git.repository.references["refs/heads/side"].peel().id
    )


def own_login_for_an_owner(forge: Forge) -> None:
    text = person("carol").replace("carol-gh", "mallory-gh")
    number = opened(forge, {"grants/people/carol.yaml": text}, author="mallory")
    forge.merge(number)
    forge.push("ask", ask(), author="alice@example.org")
    asking = forge.open_pull("alice-gh", "ask")
    forge.review(asking, "mallory-gh")
    forge.merge(asking)


def policy_and_request_together(forge: Forge) -> None:
    files = ask() | {"grants/policies/cap.yaml": cap("[{preApproved: true}]", "github")}
    number = opened(forge, files)
    forge.review(number, "carol-gh")
    forge.review(number, "dave-gh")
    forge.merge(number)


def workflow_and_request_together(forge: Forge) -> None:
    number = opened(forge, ask() | {".github/workflows/reconcile.yml": "on: push\n"})
    forge.review(number, "carol-gh")
    forge.merge(number)


def evidence_of_another_kind(forge: Forge) -> None:
    files: dict[str, str | None] = {"grants/policies/cap.yaml": cap(evidence="signatures")}
    forge.merge(opened(forge, files, author="mallory"))
    forge.push("ask", ask(), author="alice@example.org")
    forge.merge(forge.open_pull("alice-gh", "ask"))


TWO_LOGINS = person("alice").replace(
    "logins: {github: alice-gh}", "logins: {github: alice-gh, github-2: alice-too}"
)
ATTACKS = {
    row.act.__name__: row
    for row in (
        Attack(direct_push, "approval.direct-push"),
        Attack(administrator_merges_without_review, "merged all the same by mallory"),
        Attack(author_approves, "approval.self"),
        Attack(requester_approves_what_another_opened, "approval.self"),
        Attack(
            requester_approves_with_a_second_login_that_is_known,
            "approval.self",
            {"grants/people/alice.yaml": TWO_LOGINS},
        ),
        Attack(requester_approves_with_a_second_login_that_nobody_knows, "approval.unknown-login"),
        Attack(committer_approves, "approval.self"),
        Attack(co_author_approves, "approval.self"),
        Attack(push_after_approval, "approval.stale"),
        Attack(push_after_approval_squashed, "approval.stale"),
        Attack(dismissed_approval, "missing: 1 of data"),
        Attack(comment_that_says_yes, "missing: 1 of data"),
        Attack(approval_after_the_merge, "approval.late"),
        Attack(an_owner_wants_changes, "approval.changes-requested"),
        Attack(a_bot_approves, "approval.service"),
        Attack(the_workflow_approves, "approval.unknown-login"),
        Attack(somebody_who_is_not_asked, "approval.not-asked"),
        Attack(
            escalation_before_its_time,
            "approval.not-yet",
            {"grants/policies/cap.yaml": cap(LATER, "github")},
        ),
        Attack(
            escalation_of_a_change_that_says_it_is_old,
            "approval.not-yet",
            {"grants/policies/cap.yaml": cap(LATER, "github")},
        ),
        Attack(removed_from_the_team_since, "approval.not-asked"),
        Attack(another_branch_is_the_base, "approval."),
        Attack(own_login_for_an_owner, "missing: 1 of security"),
        Attack(policy_and_request_together, "change.mixed"),
        Attack(workflow_and_request_together, "change.mixed"),
        Attack(evidence_of_another_kind, "missing: 1 of security"),
    )
}


@pytest.fixture
def forge(attacked: World) -> Iterator[Forge]:
    with Forge(attacked.repository, logins=LOGINS | {"mallory@example.org": "mallory-gh"}) as found:
        attacked.environment |= found.environment()
        yield found


@pytest.mark.parametrize("name", ATTACKS)
def test_p30_without_the_right_approval_there_is_no_access(
    attacked: World, forge: Forge, name: str
) -> None:
    attack = ATTACKS[name]
    begin(attacked, "github", attack.papers)
    attack.act(forge)
    ran = attacked.run("reconcile")
    assert attack.reason in ran.err, ran.err
    assert ran.code == 4, ran.err
    assert not attacked.role_exists(ROLE)
    for variable in forge.environment():
        del attacked.environment[variable]
    verified = attacked.run("audit verify")
    assert verified.code == 0, verified.out + verified.err


def test_a_run_that_was_started_for_a_side_branch_counts_no_reviews_for_it(
    attacked: World, forge: Forge
) -> None:
    begin(attacked, "github")
    another_branch_is_the_base(forge)
    attacked.environment |= {"GITHUB_REF_NAME": "side", "RECONCILER_BRANCH": "main"}
    ran = attacked.run("reconcile")
    assert ran.code == 4, ran.err
    assert "is for the branch side, not for main" in ran.err
    assert not attacked.role_exists(ROLE)


def test_a_step_that_waited_long_enough_is_met_by_those_it_escalates_to(
    attacked: World, forge: Forge
) -> None:
    begin(attacked, "github", {"grants/policies/cap.yaml": cap(LATER, "github")})
    forge.push("change", ask(name="waited"), author="alice@example.org")
    number = forge.open_pull("alice-gh", "change")
    forge.review(number, "dave-gh", "COMMENTED", body="Nobody answers; I look at it in the evening")
    forge.advance(timedelta(hours=9))
    forge.review(number, "dave-gh")
    forge.merge(number)
    attacked.reconcile()
    assert attacked.role_exists("JIT_WAITED")


@pytest.mark.parametrize("kind", ["merge", "squash", "rebase"])
def test_a_bundle_that_was_widened_between_review_and_merge_is_not_granted(
    attacked: World, forge: Forge, kind: str
) -> None:
    """Whoever guards bundles approved the bundle, whoever owns the data approved the request when the bundle was narrower."""
    begin(attacked, "github")
    forge.now = datetime.now(UTC)
    asking = opened(forge, ask(access="[{bundle: payroll}]"))
    forge.review(asking, "carol-gh")
    forge.push("wider", {"grants/bundles/payroll.yaml": WIDER}, author="alice@example.org")
    wider = forge.open_pull("alice-gh", "wider")
    forge.review(wider, "dave-gh")
    forge.merge(wider, kind)
    forge.merge(asking, kind)
    ran = attacked.run("reconcile")
    assert ran.code == 4, ran.out + ran.err
    assert "approval.moved" in ran.err
    assert not attacked.role_exists(ROLE)
    assert attacked.run("audit verify").code == 0


@pytest.mark.parametrize("kind", ["merge", "squash", "rebase"])
def test_a_bundle_that_comes_with_its_request_is_approved_with_it(
    attacked: World, forge: Forge, kind: str
) -> None:
    begin(attacked, "github")
    forge.now = datetime.now(UTC)
    both = ask(access="[{bundle: payroll}]") | {"grants/bundles/payroll.yaml": WIDER}
    asking = opened(forge, both)
    forge.review(asking, "carol-gh")
    forge.review(asking, "dave-gh")
    forge.merge(asking, kind)
    attacked.reconcile()
    record = attacked.git("show", "audit:state/_approvals/requests/pa/payroll-fix.json")
    assert json.loads(record)["by"] == ["carol"]


def test_a_rebased_pull_request_counts_whichever_of_its_commits_touches_documents(
    attacked: World, forge: Forge
) -> None:
    begin(attacked, "github")
    forge.push("change", ask(name="first-of-two"), author="alice@example.org")
    forge.push("change", {"README.md": "more\n"}, author="alice@example.org")
    number = forge.open_pull("alice-gh", "change")
    forge.review(number, "carol-gh")
    forge.merge(number, "rebase")
    attacked.reconcile()
    assert attacked.role_exists("JIT_FIRST_OF_TWO")
    assert attacked.run("audit verify").code == 0


def test_an_answer_without_the_time_of_the_merge_approves_nothing(
    attacked: World, forge: Forge
) -> None:
    """Without it a review that came after the merge would count."""
    begin(attacked, "github")
    number = opened(forge)
    forge.merge(number)
    forge.review(number, "carol-gh")
    _, answer = forge.answer("GET", f"/repos/{forge.name}/pulls/{number}", None)
    body = json.dumps(answer | {"merged_at": None}).encode()
    forge.fail(f"/pulls/{number}$", 200, body=body)
    ran = attacked.run("reconcile")
    assert ran.code == 4, ran.out + ran.err
    assert "not of the form" in ran.err
    assert not attacked.role_exists(ROLE)


@pytest.mark.parametrize("kind", ["merge", "squash", "rebase"])
def test_an_approved_pull_request_is_granted_however_it_is_merged(
    attacked: World, forge: Forge, kind: str
) -> None:
    begin(attacked, "github")
    name = f"payroll-{kind}"
    forge.push("change", {"grants/README.md": "first\n"}, author="alice@example.org")
    forge.push("change", ask(name=name), author="alice@example.org")
    number = forge.open_pull("alice-gh", "change")
    forge.review(number, "carol-gh")
    forge.merge(number, kind)
    found = attacked.reconcile()
    assert found["plan"]["changes"]
    assert attacked.role_exists(f"JIT_PAYROLL_{kind.upper()}")
    assert "Approved-By: carol" in attacked.git("log", "audit", "--format=%B")
    assert attacked.run("audit verify").code == 0


def test_without_evidence_nothing_new_is_granted_and_what_has_ended_is_ended(
    attacked: World, forge: Forge
) -> None:
    begin(attacked, "github")
    forge.push("first", ask(name="known"), author="alice@example.org")
    known = forge.open_pull("alice-gh", "first")
    forge.review(known, "carol-gh")
    forge.merge(known)
    attacked.reconcile()
    number = opened(forge)
    forge.review(number, "carol-gh")
    forge.merge(number)
    forge.fail("/pulls", 503, times=100)
    attacked.advance("5h")
    ran = attacked.run("reconcile")
    assert ran.code == 4, ran.err
    assert "approval.unavailable" in ran.err
    assert "approval.not-judged" in ran.err
    assert "receipt known on prod: ended" in ran.out
    assert not attacked.role_exists(ROLE)


def test_without_a_token_a_plan_shows_what_is_not_judged(attacked: World, forge: Forge) -> None:
    begin(attacked, "github")
    forge.merge(opened(forge, {"grants/requests/payroll-fix.yaml": request()}))
    del attacked.environment["GITHUB_TOKEN"]
    for command in ("plan", "reconcile"):
        ran = attacked.run(command)
        assert ran.code == 4, ran.err
        assert "approval.not-judged" in ran.err
    assert not attacked.role_exists(ROLE)
