"""CODEOWNERS names those who may approve, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from reconciler.model.classification import Classification, Level
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import Bundle, Documents
from reconciler.model.policies import Escalation
from reconciler.policy.approval.codeowners import codeowners
from tests.policy.approval_papers import (
    HERE,
    approvals,
    asks,
    chain,
    documents,
    guard,
    person,
    policy,
    request,
    selector,
    step,
    target,
    team,
)

SECURITY = approvals(chain(step(asks(1, "security"))))
OWNERS = approvals(chain(step(asks(1, "owners"))))
LATE = approvals(
    chain(up_to=20),
    chain(step(asks(1, "payroll"), escalation=Escalation(timedelta(hours=8), ("erin",)))),
)


def lines(known: Documents, *paths: str) -> Mapping[str, list[str]]:
    """Pattern to logins; the later of two lines for one pattern would be lost, so that is asserted too."""
    rows = [row for row in codeowners(known, paths).splitlines() if row and row[0] != "#"]
    found = {row.split()[0]: row.split()[1:] for row in rows}
    assert len(found) == len(rows)
    return found


def comments(known: Documents) -> list[str]:
    return [row for row in codeowners(known, ()).splitlines() if row.startswith("# N")]


def test_it_says_that_it_is_made_and_from_what() -> None:
    assert codeowners(documents(), ()).startswith(
        "# Made by `reconciler codeowners --write` from policies, people and teams. Do not edit:\n"
    )


def test_requests_are_for_everybody_whom_some_policy_asks_also_after_a_time() -> None:
    known = documents(policy("a", LATE), policy("b", SECURITY), policy("c", None))
    assert lines(known) == {"/grants/requests/": ["@alice-gh", "@bob-gh", "@carol-gh", "@erin-gh"]}


def test_owners_are_those_of_targets_of_schemas_and_of_classified_data() -> None:
    pay = Classification("pay", HERE, selector("hr-prod"), Level.RESTRICTED, "pay", ("frank",), ())
    elsewhere = replace(pay, name="other", targets=selector("other"), owners=("erin",))
    unowned = replace(pay, name="unowned", owners=())
    known = documents(
        policy("p", OWNERS),
        target(labels={"estate": "hr", "owner": "carol"}, schema_owners={"HR": ("payroll",)}),
        target("other", labels={"owner": "dave"}),
    )
    known = replace(known, classifications={row.name: row for row in (pay, elsewhere, unowned)})
    assert lines(known) == {"/grants/requests/": ["@alice-gh", "@bob-gh", "@carol-gh", "@frank-gh"]}


def test_each_folder_is_for_those_who_guard_the_kinds_that_lie_in_it() -> None:
    known = documents(
        guard("one", SECURITY, "Policy", "Team"),
        guard("two", approvals(chain(step(asks(2, "dba")))), "PolicyTest", "Target"),
    )
    found = lines(known)
    assert found["/grants/policies/"] == ["@carol-gh", "@dave-gh", "@erin-gh", "@frank-gh"]
    assert found["/grants/teams/"] == ["@carol-gh"]
    assert found["/grants/targets/"] == ["@dave-gh", "@erin-gh", "@frank-gh"]
    assert "/grants/bundles/" not in found


def test_what_checks_and_shows_changes_is_for_those_who_guard_policies() -> None:
    found = lines(documents(guard("g", SECURITY, "Policy")))
    for pattern in ("/.github/", "/schemas/", "CODEOWNERS", "/.gitattributes"):
        assert found[pattern] == ["@carol-gh"]


def test_the_more_exact_line_comes_later_since_the_last_one_that_fits_holds() -> None:
    known = documents(guard("g", SECURITY, "Policy"), policy("a", LATE))
    found = list(lines(known))
    assert found[0] == "/grants/requests/"
    assert found[-1] == "CODEOWNERS"


class TestFoldersOfTeams:
    """A folder of requests that is called like a team is for those whom that team's requests concern."""

    KNOWN = documents(
        policy("a", LATE, requesters=("payroll",)),
        policy("b", SECURITY, requesters=("dba", "carol")),
    )
    PATHS = (
        "grants/requests/payroll/fix.yaml",
        "grants/requests/dba/work.yaml",
        "grants/requests/security/look.yaml",
        "grants/requests/unknown/look.yaml",
        "grants/requests/loose.yaml",
        "grants/teams/payroll.yaml",
        "payroll/readme.md",
    )

    def test_have_a_line_of_their_own(self) -> None:
        assert lines(self.KNOWN, *self.PATHS) == {
            "/grants/requests/": ["@alice-gh", "@bob-gh", "@carol-gh", "@erin-gh"],
            "/grants/requests/dba/": ["@carol-gh"],
            "/grants/requests/payroll/": ["@alice-gh", "@bob-gh", "@erin-gh"],
            "/grants/requests/security/": ["@carol-gh"],
        }

    def test_have_none_when_it_would_say_the_same(self) -> None:
        known = documents(policy("b", SECURITY))
        assert list(lines(known, *self.PATHS)) == ["/grants/requests/"]

    def test_have_none_when_no_policy_lets_the_team_ask(self) -> None:
        known = documents(policy("b", SECURITY, requesters=("security",)))
        assert list(lines(known, *self.PATHS)) == ["/grants/requests/"]
        assert "/grants/requests/payroll/" not in codeowners(known, self.PATHS)


class TestDocumentsElsewhere:
    """A document outside of the folder of its kind is for those who guard its kind, wherever it lies."""

    def known(self, path: str) -> Documents:
        stray = replace(team("payroll", "bob"), origin=Origin(path, 1, 1))
        return documents(guard("g", SECURITY, "Team"), policy("a", LATE), stray)

    def test_have_a_line_of_their_own(self) -> None:
        path = "grants/requests/dba/payroll.yaml"
        assert lines(self.known(path))[f"/{path}"] == ["@carol-gh"]
        assert list(lines(self.known(path)))[-1] == f"/{path}"

    def test_may_have_blanks_in_their_names(self) -> None:
        text = codeowners(self.known("grants/our teams/payroll.yaml"), ())
        assert "\n/grants/our\\ teams/payroll.yaml @carol-gh\n" in text

    def test_whose_name_would_be_a_pattern_are_told(self) -> None:
        for name in ("pay*roll", "pay[r]oll", "#payroll", "pay\u202eroll"):
            path = f"grants/requests/{name}.yaml"
            found = self.known(path)
            assert list(lines(found)) == ["/grants/requests/", "/grants/teams/"]
            assert any(ascii(f"/{path}") in row for row in comments(found))

    def test_of_every_kind_are_found(self) -> None:
        bundle = Bundle("b", Origin("grants/requests/b.yaml", 1, 1), "", ())
        known = replace(documents(guard("g", SECURITY, "Bundle")), bundles={"b": bundle})
        assert lines(known)["/grants/requests/b.yaml"] == ["@carol-gh"]

    def test_requests_elsewhere_are_for_those_who_approve_requests(self) -> None:
        asked = replace(request(), origin=Origin("grants/standing/fix.yaml", 1, 1))
        known = replace(documents(policy("b", SECURITY)), requests={"fix": asked})
        assert lines(known)["/grants/standing/fix.yaml"] == ["@carol-gh"]


class TestPeopleWithoutLogins:
    """A forge cannot ask them, and a reader should know."""

    def test_are_named_in_a_comment(self) -> None:
        known = documents(
            policy("a", LATE), person("bob", logins={}), person("erin", logins={"gitlab": "e"})
        )
        assert lines(known) == {"/grants/requests/": ["@alice-gh"]}
        assert comments(known)[0] == (
            "# Not asked, because no login at github is known of them: bob, erin"
        )

    def test_who_have_a_login_that_is_none_at_github_are_named_too(self) -> None:
        known = documents(
            policy("b", approvals(chain(step(asks(1, "dba"))))),
            person("dave", logins={"github": "a.b@c"}),
        )
        assert lines(known) == {"/grants/requests/": ["@erin-gh", "@frank-gh"]}
        assert "dave" in comments(known)[0]

    def test_alone_give_no_line_since_it_would_take_the_files_from_others(self) -> None:
        known = documents(policy("b", SECURITY), person("carol", logins={}))
        assert lines(known) == {}
        assert "/grants/requests/, " in comments(known)[1]


def test_nobody_is_asked_about_what_no_policy_speaks_of_and_that_is_told() -> None:
    (told,) = comments(documents(policy("b", SECURITY)))
    assert told.startswith("# Nobody is asked about: /grants/break-glass/, /grants/bundles/, ")


def test_the_same_documents_give_the_same_bytes() -> None:
    known = documents(policy("a", LATE), policy("b", SECURITY), guard("g", SECURITY, "Policy"))
    turned = replace(
        known,
        policies=dict(reversed(known.policies.items())),
        people=dict(reversed(known.people.items())),
        teams=dict(reversed(known.teams.items())),
    )
    paths = TestFoldersOfTeams.PATHS
    assert codeowners(known, paths) == codeowners(turned, tuple(reversed(paths)))
