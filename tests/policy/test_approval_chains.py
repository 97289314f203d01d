"""Who has to approve: the chain that the risk picks, with people in the place of teams and owners."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.model.approvals import NeededChain
from reconciler.model.classification import Column
from reconciler.model.documents import (
    Access,
    Bundle,
    BundleAccess,
    ManyObjectsAccess,
    ObjectAccess,
    ObjectPattern,
    ProxyAccess,
    QuotaAccess,
    RoleAccess,
    SchemaAccess,
    SystemAccess,
    Team,
)
from reconciler.model.policies import Approvals, Escalation, EvidenceKind
from reconciler.policy.approvals import needed, needed_for_document
from tests.policy.approval_papers import (
    HERE,
    OPENED,
    approvals,
    asks,
    chain,
    documents,
    guard,
    person,
    policy,
    reached,
    request,
    risk,
    selector,
    step,
    target,
    team,
)

OWNER = approvals(chain(step(asks(1, "owners"))))


def select(owner: str, name: str = "EMPLOYEES") -> ObjectAccess:
    return ObjectAccess(("SELECT",), owner, name, (), False, HERE)


def many(owner: str = "", label: str = "", name: str = "*") -> ManyObjectsAccess:
    pattern = ObjectPattern(owner, name) if owner else None
    return ManyObjectsAccess(("SELECT",), pattern, label, (), False, HERE)


def words(chains: tuple[NeededChain, ...]) -> list[list[str]]:
    """The words of every group, a list for each step."""
    return [[group.words for group in one.groups] for found in chains for one in found.steps]


def asked_of(asked: Approvals, points: int = 0, *extra: Team) -> tuple[NeededChain, ...]:
    known = documents(policy("production", asked), *extra)
    return needed(request(), target(), known, risk(points), (), OPENED)


def test_each_policy_that_covers_the_target_asks_for_its_own_approvals() -> None:
    known = documents(
        policy("b", approvals(chain(step(asks(1, "security"))))),
        policy("a", approvals(chain(step(asks(1, "payroll"))), evidence=EvidenceKind.SIGNATURES)),
        policy("without", None),
        policy("elsewhere", OWNER, targets=selector("other")),
    )
    found = needed(request(), target(), known, risk(), (), OPENED)
    assert [(one.policy, one.evidence) for one in found] == [
        ("a", EvidenceKind.SIGNATURES),
        ("b", EvidenceKind.GITHUB),
    ]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (0, []),
        (20, []),
        (21, [["1 of payroll"]]),
        (60, [["1 of payroll"]]),
        (61, [["1 of payroll"], ["1 of security"]]),
    ],
)
def test_the_risk_picks_the_first_chain_that_reaches_so_far(
    points: int, expected: list[list[str]]
) -> None:
    asked = approvals(
        chain(up_to=20),
        chain(step(asks(1, "payroll")), up_to=60),
        chain(step(asks(1, "payroll")), step(asks(1, "security"))),
    )
    assert words(asked_of(asked, points)) == expected


def test_a_risk_beyond_every_chain_can_be_approved_by_nobody() -> None:
    (found,) = asked_of(approvals(chain(step(asks(1, "payroll")), up_to=60)), 61)
    assert words((found,)) == [
        ["1 of nobody, since policy production has no chain for 61 points of risk"]
    ]
    assert found.steps[0].groups[0].people == frozenset()


def test_a_chain_without_steps_is_approved_in_advance() -> None:
    (found,) = asked_of(approvals(chain()))
    assert found.steps == ()


def test_groups_of_a_step_are_ordered_and_named_as_documents_name_them() -> None:
    asked = approvals(
        chain(
            step(asks(1, "security"), asks(2, "dba", "carol", "payroll"), asks(1, "bob", "carol"))
        )
    )
    assert words(asked_of(asked)) == [
        ["1 of bob or carol", "1 of security", "2 of dba, carol or payroll"]
    ]


def test_of_the_same_requirement_twice_the_higher_number_holds() -> None:
    asked = approvals(chain(step(asks(1, "dba"), asks(2, "dba"), asks(1, "dba"))))
    assert words(asked_of(asked)) == [["2 of dba"]]


def test_teams_become_their_people_without_services_and_without_strangers() -> None:
    asked = approvals(chain(step(asks(1, "mixed", "ghost"))))
    (found,) = asked_of(asked, 0, team("mixed", "bob", "robot", "gone"))
    assert found.steps[0].groups[0].people == {"bob"}
    assert words((found,)) == [["1 of mixed or ghost"]]


@pytest.mark.parametrize("name", ["robots", "robot", "ghost"])
def test_a_group_of_nobody_says_so_and_can_never_be_met(name: str) -> None:
    (found,) = asked_of(approvals(chain(step(asks(1, name)))), 0, team("robots", "robot"))
    assert words((found,)) == [[f"1 of {name}, who are nobody"]]
    assert not found.steps[0].groups[0].people


def test_a_step_escalates_so_long_after_the_change_was_proposed() -> None:
    escalation = Escalation(timedelta(hours=8), ("security", "robot"))
    asked = approvals(chain(step(asks(1, "payroll"), escalation=escalation)))
    (found,) = asked_of(asked)
    only = found.steps[0]
    assert only.escalated == {"carol"}
    assert only.escalates_at == OPENED + timedelta(hours=8)
    assert only.escalates_after == "8h"


def test_without_a_clock_that_somebody_vouches_for_nothing_escalates() -> None:
    escalation = Escalation(timedelta(hours=8), ("security",))
    known = documents(
        policy("p", approvals(chain(step(asks(1, "payroll"), escalation=escalation))))
    )
    (found,) = needed(request(), target(), known, risk(), (), None)
    assert found.steps[0].escalates_at is None


class TestOwners:
    """`owners`: those of what is reached, one group for each set of them."""

    TARGET = target(
        labels={"estate": "hr", "owner": "dba"},
        schema_owners={"HR": ("payroll",), "FIN": ("carol", "security"), "OE": ("payroll",)},
        object_labels={
            "close": (ObjectPattern("FIN", "GL*"), ObjectPattern("HR", "PAYROLL")),
        },
    )

    def owners(self, *access: Access, reach: tuple[object, ...] = (), **parts: object) -> list[str]:
        bundle = Bundle("support", HERE, "", (select("FIN"), RoleAccess("READER", False, HERE)))
        known = documents(policy("p", OWNER))
        known.bundles["support"] = bundle  # type: ignore[index]
        asked = request(*access, **parts)
        found = needed(asked, self.TARGET, known, risk(), reach, OPENED)  # type: ignore[arg-type]
        assert len(words(found)) == 1
        return words(found)[0]

    @pytest.mark.parametrize(
        ("item", "expected"),
        [
            (select("HR"), ["1 of payroll"]),
            (select("FIN"), ["1 of carol or security"]),
            (select("SH"), ["1 of dba"]),
            (many("HR"), ["1 of payroll"]),
            (many(label="close"), ["1 of carol or security", "1 of payroll"]),
            (many(label="unknown"), ["1 of dba"]),
            (SchemaAccess(("SELECT ANY TABLE",), "FIN", False, HERE), ["1 of carol or security"]),
            (ProxyAccess("HR", HERE), ["1 of payroll"]),
            (RoleAccess("READER", False, HERE), ["1 of dba"]),
            (SystemAccess("SELECT ANY TABLE", False, HERE), ["1 of dba"]),
            (QuotaAccess("USERS", "1", HERE), ["1 of dba"]),
            (BundleAccess("support", HERE), ["1 of carol or security", "1 of dba"]),
            (BundleAccess("unknown", HERE), ["1 of dba"]),
        ],
    )
    def test_are_those_of_each_schema_and_else_of_the_target(
        self, item: Access, expected: list[str]
    ) -> None:
        assert self.owners(item) == expected

    def test_of_two_schemas_are_asked_once_when_they_are_the_same(self) -> None:
        assert self.owners(select("HR"), select("OE")) == ["1 of payroll"]

    def test_are_not_asked_about_what_reaches_no_data_beside_what_does(self) -> None:
        session = SystemAccess("CREATE SESSION", False, HERE)
        quota = QuotaAccess("USERS", "1", HERE)
        assert self.owners(select("HR"), session, quota) == ["1 of payroll"]

    def test_a_role_beside_a_schema_asks_the_owner_of_the_target_too(self) -> None:
        assert self.owners(select("HR"), RoleAccess("DBA", False, HERE)) == [
            "1 of dba",
            "1 of payroll",
        ]

    def test_of_a_classification_come_before_those_of_its_schema(self) -> None:
        assert self.owners(select("HR"), reach=(reached("HR", "security"),)) == ["1 of security"]

    def test_of_another_schema_are_asked_besides_those_of_a_classification(self) -> None:
        found = self.owners(select("HR"), select("FIN"), reach=(reached("HR", "bob"),))
        assert found == ["1 of bob", "1 of carol or security"]

    def test_of_a_classification_without_owners_are_those_of_the_schema(self) -> None:
        assert self.owners(select("HR"), reach=(reached("HR"),)) == ["1 of payroll"]

    def test_of_data_that_a_role_is_known_to_lead_to_stand_for_the_role(self) -> None:
        rows = (reached("HR", "bob", through=("role READER",)),)
        assert self.owners(RoleAccess("READER", False, HERE), reach=rows) == ["1 of bob"]

    def test_of_the_target_are_asked_about_a_role_beside_one_that_leads_to_others_data(
        self,
    ) -> None:
        """Whoever asks for more must not choose by that who is asked."""
        rows = (reached("HR", "bob", through=("role READER",)),)
        asked = (RoleAccess("READER", False, HERE), RoleAccess("DBA", False, HERE))
        assert self.owners(*asked, reach=rows) == ["1 of bob", "1 of dba"]
        unsure = (rows[0]._replace(certain=False),)
        assert self.owners(asked[0], reach=unsure) == ["1 of bob", "1 of dba"]

    def test_of_the_schema_are_asked_about_a_table_beside_one_with_classified_columns(self) -> None:
        rows = (reached("HR", "bob"),)
        assert self.owners(select("HR"), select("HR", "JOBS"), reach=rows) == [
            "1 of bob",
            "1 of payroll",
        ]
        assert self.owners(many("HR", name="JOB*"), reach=rows) == ["1 of bob", "1 of payroll"]
        assert self.owners(many("HR", name="EMP*"), reach=rows) == ["1 of bob"]

    def test_of_the_schema_are_not_asked_about_a_view_that_shows_classified_columns(self) -> None:
        rows = (reached("HR", "bob", through=("view HR.PHONES",)),)
        assert self.owners(select("HR", "PHONES"), reach=rows) == ["1 of bob"]

    def test_of_columns_that_nobody_knows_yet_stand_for_the_schema(self) -> None:
        rows = (reached("HR", "bob")._replace(column=Column("HR", "*", "*"), certain=False),)
        assert self.owners(select("HR"), reach=rows) == ["1 of bob"]
        assert self.owners(many("HR", name="JOB*"), reach=rows) == ["1 of bob"]

    def test_of_the_client_are_asked_about_a_proxy(self) -> None:
        session = SystemAccess("CREATE SESSION", False, HERE)
        assert self.owners(session, client="HR") == ["1 of payroll"]
        rows = (reached("HR", "bob"),)
        assert self.owners(session, client="HR", reach=rows) == ["1 of bob"]

    def test_in_another_order_are_the_same_owners(self) -> None:
        rows = (reached("HR", "carol", "bob"), reached("FIN", "bob", "carol"))
        assert self.owners(reach=rows) == ["1 of bob or carol"]

    def test_stand_beside_others_in_the_place_where_they_are_named(self) -> None:
        known = documents(policy("p", approvals(chain(step(asks(1, "dba", "owners", "bob"))))))
        found = needed(request(select("HR")), self.TARGET, known, risk(), (), OPENED)
        assert words(found) == [["1 of dba, payroll or bob"]]

    def test_that_are_asked_for_twice_are_asked_once(self) -> None:
        known = documents(
            policy("p", approvals(chain(step(asks(1, "owners"), asks(1, "payroll")))))
        )
        found = needed(request(select("HR")), self.TARGET, known, risk(), (), OPENED)
        assert words(found) == [["1 of payroll"]]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (select("FIN"), "1 of the owners of FIN on hr-prod, who are nobody"),
        (select("Mixed"), '1 of the owners of "Mixed" on hr-prod, who are nobody'),
        (RoleAccess("DBA", False, HERE), "1 of the owners of hr-prod, who are nobody"),
    ],
)
def test_where_no_owner_is_known_nobody_can_approve(item: Access, expected: str) -> None:
    found = needed(request(item), target(), documents(policy("p", OWNER)), risk(), (), OPENED)
    assert words(found) == [[expected]]
    assert not found[0].steps[0].groups[0].people


def test_where_no_owner_is_known_others_who_are_named_can_approve() -> None:
    known = documents(policy("p", approvals(chain(step(asks(1, "owners", "security"))))))
    found = needed(request(select("FIN")), target(), known, risk(), (), OPENED)
    assert words(found) == [["1 of security"]]


class TestDocuments:
    """Policies that guard documents say who approves changes of them."""

    def test_every_guard_of_the_kind_asks(self) -> None:
        known = documents(
            guard("two", approvals(chain(step(asks(1, "security")))), "Policy", "Person"),
            guard("one", approvals(chain(step(asks(2, "dba")))), "Policy"),
            guard("unfinished", None, "Policy"),
            policy("requests", OWNER),
        )
        assert words(needed_for_document("Policy", known, OPENED)) == [
            ["2 of dba"],
            ["1 of security"],
        ]
        assert words(needed_for_document("Person", known, OPENED)) == [["1 of security"]]
        assert needed_for_document("Team", known, OPENED) == ()

    def test_a_guard_does_not_ask_about_requests(self) -> None:
        known = documents(guard("g", approvals(chain(step(asks(1, "security")))), "Policy"))
        assert needed(request(), target(), known, risk(), (), OPENED) == ()

    def test_owners_of_a_document_are_nobody(self) -> None:
        known = documents(guard("g", OWNER, "Team"))
        assert words(needed_for_document("Team", known, None)) == [
            ["1 of the owners of Team documents, who are nobody"]
        ]

    def test_of_several_chains_the_last_one_holds(self) -> None:
        asked = approvals(chain(up_to=20), chain(step(asks(1, "security"))))
        known = documents(guard("g", asked, "Team"))
        assert words(needed_for_document("Team", known, None)) == [["1 of security"]]


def test_a_person_may_be_asked_for_by_name() -> None:
    known = documents(policy("p", approvals(chain(step(asks(1, "zoe"))))), person("zoe"))
    (found,) = needed(request(), target(), known, risk(), (), OPENED)
    assert found.steps[0].groups[0].people == {"zoe"}
