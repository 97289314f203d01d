"""Ways to get access by changing what it is judged by, without the right approval of that. Each is refused, and the reason is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.attacking import (
    GLASS,
    PAY,
    WIDER,
    Attack,
    carry_out,
    person_key,
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
from tests.scenarios.world import World, request, standing


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


ATTACKS = {
    row.act.__name__: row
    for row in (
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
        Attack(policies_behind_a_link, "approval.direct-push"),
        Attack(policies_in_a_submodule, "approval.direct-push"),
        Attack(team_called_like_an_owner, "approval.unreadable"),
        Attack(owner_pushed_out_by_a_second_person_of_his_name, "approval.bad-signature"),
        Attack(policies_of_another_owner_on_the_way, "approval.self"),
        Attack(wider_bundle_without_review, "missing: 1 of security"),
        Attack(standing_grant_in_its_place, "missing: 1 of security"),
        Attack(standing_grant_approved_by_its_grantee, "approval.self"),
        Attack(break_glass_without_review, "missing: 1 of security"),
        Attack(evidence_from_where_nobody_looks, "missing: 1 of security"),
        Attack(
            classification_removed_without_review,
            "missing: 1 of dave",
            {"grants/classification/pay.yaml": PAY},
        ),
    )
}


@pytest.mark.parametrize("name", ATTACKS)
def test_p30_rules_that_nobody_approved_judge_nothing(attacked: World, name: str) -> None:
    carry_out(ATTACKS[name], attacked)
