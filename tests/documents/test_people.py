"""People and teams as documents: keys of reviews, deputies, and teams that include others."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from datetime import date
from itertools import pairwise
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents.build import LoadResult, load
from reconciler.documents.signing_keys import what_is_wrong
from reconciler.documents.teams import closed, nesting
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import Absence, Team
from tests.documents.conftest import SMALL, MemorySource, as_bytes

Load = Callable[..., LoadResult]

ALICE = "people/alice.yaml"
ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEhWQjQJ2+V6ATekWsPm/ytsb/RO3M1PgCWXRK29nkNz"
P256 = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBPkjJdluqaPkHz+vs6FNaqOekf98HaZtVZ/74ThZFzniJQVmkprLDEpX7UzHxDPMEvQ9XAmUbQAa1EbAhWIkMFA="


def key(kind: str, *fields: bytes) -> str:
    parts = (kind.encode(), *fields)
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return f"{kind} {base64.b64encode(blob).decode()}"


def rsa(bits: int) -> str:
    modulus = (1 << (bits - 1)) | 1
    return key("ssh-rsa", b"\1\0\1", b"\0" + modulus.to_bytes((bits + 7) // 8, "big"))


def person(name: str, extra: str, users: str = "") -> str:
    return (
        f"apiVersion: grants/v1\nkind: Person\nmetadata: {{name: {name}}}\n"
        f"spec: {{name: X, email: {name}@example.com, kind: human, users: [{users}], {extra}}}\n"
    )


def team(name: str, spec: str) -> str:
    return f"apiVersion: grants/v1\nkind: Team\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"


@pytest.mark.parametrize(
    "line",
    [
        ED25519,
        f"{ED25519} alice@laptop of work",
        P256,
        key("ecdsa-sha2-nistp384", b"nistp384", b"\4" + b"x" * 96),
        key("ecdsa-sha2-nistp521", b"nistp521", b"\4" + b"x" * 132),
        rsa(2048),
        rsa(4096),
    ],
)
def test_keys_of_every_kind_are_taken(load_small: Load, line: str) -> None:
    result = load_small({ALICE: person("alice", f"signingKeys: ['{line} ']", "ALICE")})
    assert result.findings == ()
    assert result.documents.people["alice"].signing_keys == (line,)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("ssh-ed25519 A", "it is not whole"),
        (ED25519[:-4], "it is not whole"),
        (key("ssh-ed25519", b"x" * 31), "it is not whole"),
        (key("ssh-ed25519"), "it is not whole"),
        (ED25519.replace("ssh-ed25519", "ssh-rsa"), "inside it is not ssh-rsa"),
        (key("ecdsa-sha2-nistp256", b"nistp384", b"\4" + b"x" * 64), "it is not whole"),
        (key("ecdsa-sha2-nistp256", b"nistp256", b"\2" + b"x" * 32), "it is not whole"),
        (key("ssh-rsa", b"\1\0\1"), "it is not whole"),
        (rsa(1024), "it has 1024 bits; 2048 are needed"),
        (rsa(2047), "it has 2047 bits; 2048 are needed"),
    ],
)
def test_a_key_that_could_prove_nothing_is_refused(
    load_small: Load, line: str, problem: str
) -> None:
    result = load_small({ALICE: person("alice", f"signingKeys: ['{line}']", "ALICE")})
    (found,) = [one for one in result.findings if one.rule == "person.signing-key"]
    assert found.message.endswith(problem)
    assert found.origin == Origin(f"grants/{ALICE}", 4, 86)
    assert "alice" not in result.documents.people


@pytest.mark.parametrize("line", ["ssh-dss AAAA", "age1xyz", "ssh-ed25519", "ssh-ed25519 AA\u00e9"])
def test_what_is_no_key_by_its_form_is_refused(load_small: Load, line: str) -> None:
    result = load_small({ALICE: person("alice", f"signingKeys: ['{line}']", "ALICE")})
    assert "schema.wrong-form" in {found.rule for found in result.findings}


@given(st.binary(max_size=200))
def test_no_bytes_in_a_key_raise_anything(blob: bytes) -> None:
    for kind in ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"):
        assert what_is_wrong(f"{kind} {base64.b64encode(blob).decode() or 'A'}")


def test_a_signing_key_belongs_to_one_person_whatever_the_comment(load_small: Load) -> None:
    result = load_small(
        {
            ALICE: person("alice", f"signingKeys: ['{ED25519} a']", "ALICE"),
            "people/bob.yaml": person("bob", f"signingKeys: ['{P256}', '{ED25519} b']", "BOB"),
        }
    )
    shared = [found for found in result.findings if found.rule == "person.signing-key-shared"]
    assert [found.origin.path for found in shared if found.origin] == [
        "grants/people/alice.yaml",
        "grants/people/bob.yaml",
    ]
    assert result.documents.people == {}


def test_absences_become_typed_values(load_small: Load) -> None:
    extra = "absences: [{from: 2026-12-20, to: 2026-12-20, deputies: [bob]}]"
    result = load_small({ALICE: person("alice", extra, "ALICE")})
    assert result.findings == ()
    assert result.documents.people["alice"].absences == (
        Absence(date(2026, 12, 20), date(2026, 12, 20), ("bob",)),
    )


@pytest.mark.parametrize(
    ("absence", "rule", "place"),
    [
        ("{from: 2026-12-20, to: 2026-12-19, deputies: [bob]}", "person.absence", "2026-12-19"),
        ("{from: 2026-12-20, to: 2026-12-32, deputies: [bob]}", "time.invalid", "2026-12-32"),
        ("{from: soon, to: 2026-12-19, deputies: [bob]}", "time.invalid", "soon"),
        ("{from: 2026-12-20, to: 2026-12-20, deputies: []}", "schema.wrong-value", "[]}"),
        ("{from: 2026-12-20, to: 2026-12-20, deputies: [bobb]}", "reference.unknown-person", "bobb"),
        ("{from: 2026-12-20, to: 2026-12-20, deputies: [payroll]}", "reference.unknown-person", "payroll"),
        ("{from: 2026-12-20, to: 2026-12-20, deputies: [alice]}", "person.own-deputy", "alice]"),
        ("{from: 2026-12-20, until: 2026-12-20, deputies: [bob]}", "schema.unknown-field", "until"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_absence_is_told(
    load_small: Load, absence: str, rule: str, place: str
) -> None:
    text = person("alice", f"absences: [{absence}]", "ALICE")
    found = next(one for one in load_small({ALICE: text}).findings if one.rule == rule)
    assert found.origin is not None
    assert found.origin.path == f"grants/{ALICE}"
    assert text.splitlines()[found.origin.line - 1][found.origin.column - 1 :].startswith(place)


def test_a_person_whose_deputy_is_gone_stays(load_small: Load) -> None:
    extra = "absences: [{from: 2026-12-20, to: 2026-12-20, deputies: [carol]}]"
    result = load_small({ALICE: person("alice", extra, "ALICE")})
    assert [found.rule for found in result.findings] == ["reference.unknown-person"]
    assert "alice" in result.documents.people


@pytest.mark.parametrize("kind", ["Person", "Team"])
def test_nobody_is_called_as_the_owners_of_data(load_small: Load, kind: str) -> None:
    text = team("owners", "members: [bob]") if kind == "Team" else person("owners", "logins: {}")
    result = load_small({f"{kind.lower()}s/owners.yaml": text})
    assert [(found.rule, found.origin) for found in result.findings] == [
        ("name.reserved", Origin(f"grants/{kind.lower()}s/owners.yaml", 3, 18))
    ]
    assert "owners" in result.left_out[kind]


# Teams that include teams


def test_a_team_has_the_members_of_those_it_includes(load_small: Load) -> None:
    result = load_small(
        {
            "people/carol.yaml": person("carol", "logins: {}"),
            "teams/all.yaml": team("all", "includes: [some, payroll]"),
            "teams/some.yaml": team("some", "members: [carol, bob], includes: [payroll]"),
        }
    )
    assert result.findings == ()
    teams = result.documents.teams
    assert teams["some"].members == ("carol", "bob", "alice")
    assert teams["all"].members == ("carol", "bob", "alice")
    assert teams["all"].includes == ("some", "payroll")
    assert result.documents.members(["all"]) == {"alice", "bob", "carol"}
    assert result.well_formed.teams == teams


def test_a_team_has_somebody(load_small: Load) -> None:
    (found,) = load_small({"teams/none.yaml": team("none", "")}).findings
    assert found.message == "spec needs `members` or `includes`"


def test_what_looks_at_teams_sees_all_members(load_small: Load) -> None:
    """Here the check that whoever opens break-glass access finds somebody else to review it."""
    glass = """\
        apiVersion: grants/v1
        kind: BreakGlass
        metadata: {name: rescue}
        spec:
          reason: Salaries are due
          openers: [alice]
          targets: [hr-prod]
          access: [{bundle: payroll-support}]
          longest: 2h
          notify: Call somebody
          reviewers: [both]
          seal: {sha256: "%s"}
        """
    both = {"break-glass/rescue.yaml": glass % ("0" * 64)}
    only = load_small({**both, "teams/both.yaml": team("both", "members: [alice]")})
    assert [found.rule for found in only.findings] == ["break-glass.no-other-reviewer"]
    wider = load_small(
        {**both, "teams/both.yaml": team("both", "members: [alice], includes: [payroll]")}
    )
    assert wider.findings == ()


def test_teams_in_a_circle_are_all_named_and_left_out(load_small: Load) -> None:
    result = load_small(
        {
            "teams/a.yaml": team("a", "members: [bob], includes: [payroll, b]"),
            "teams/b.yaml": team("b", "includes: [c]"),
            "teams/c.yaml": team("c", "includes: [a]"),
            "teams/outside.yaml": team("outside", "members: [bob], includes: [a]"),
            "teams/self.yaml": team("self", "members: [bob], includes: [self]"),
        }
    )
    told = {
        found.origin: found.message.partition(": ")[2]
        for found in result.findings
        if found.rule == "team.cycle"
    }
    assert told == {
        Origin("grants/teams/a.yaml", 4, 44): "a -> b -> c -> a",
        Origin("grants/teams/b.yaml", 4, 19): "b -> c -> a -> b",
        Origin("grants/teams/c.yaml", 4, 19): "c -> a -> b -> c",
        Origin("grants/teams/self.yaml", 4, 35): "self -> self",
    }
    (other,) = [found for found in result.findings if found.rule != "team.cycle"]
    assert (other.rule, other.origin) == (
        "reference.has-errors",
        Origin("grants/teams/outside.yaml", 4, 35),
    )
    assert list(result.documents.teams) == ["payroll"]


@pytest.mark.parametrize(
    ("included", "rule"),
    [
        ("payrol", "reference.unknown-team"),
        ("bob", "reference.unknown-team"),
        ("owners", "reference.unknown-team"),
    ],
)
def test_an_included_team_must_exist(load_small: Load, included: str, rule: str) -> None:
    text = team("a", f"members: [bob], includes: [payroll, {included}]")
    result = load_small({"teams/a.yaml": text})
    assert [(found.rule, found.origin) for found in result.findings] == [
        (rule, Origin("grants/teams/a.yaml", 4, 44))
    ]
    assert "a" in result.left_out["Team"]


def test_an_error_in_the_depth_reaches_all_that_include_it(load_small: Load) -> None:
    """Who belongs to them is not known in full."""
    result = load_small(
        {
            "teams/a.yaml": team("a", "includes: [b]"),
            "teams/b.yaml": team("b", "includes: [c]"),
            "teams/c.yaml": team("c", "members: [nobody]"),
            "teams/fine.yaml": team("fine", "includes: [payroll]"),
        }
    )
    assert [(found.rule, found.origin.path) for found in result.findings if found.origin] == [
        ("reference.has-errors", "grants/teams/a.yaml"),
        ("reference.has-errors", "grants/teams/b.yaml"),
        ("reference.unknown-person", "grants/teams/c.yaml"),
    ]
    assert list(result.documents.teams) == ["fine", "payroll"]


def test_teams_that_stand_alone_are_read_without_those_they_include() -> None:
    """An editor shows one file; the others are not there."""
    source = MemorySource(
        {"a.yaml": team("a", "members: [bob], includes: [b]").encode()}, is_complete=False
    )
    result = load(source)
    assert result.findings == ()
    assert result.documents.teams["a"].members == ("bob",)


TEAMS = [f"t{number}" for number in range(8)]
NESTED = st.dictionaries(
    st.sampled_from(TEAMS),
    st.tuples(
        st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True),
        st.lists(st.sampled_from(TEAMS), unique=True),
    ),
)


def naive(teams: Mapping[str, Team], name: str) -> frozenset[str]:
    """All teams that can be reached, the team itself only by a circle."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        for one in teams[waiting.pop()].includes:
            if one in teams and one not in reached:
                reached.add(one)
                waiting.append(one)
    return frozenset(reached)


@given(NESTED)
def test_members_are_those_of_all_teams_that_can_be_reached(
    given_teams: dict[str, tuple[list[str], list[str]]],
) -> None:
    teams = {
        name: Team(name, Origin(name), tuple(members), tuple(includes))
        for name, (members, includes) in given_teams.items()
    }
    reached = {name: naive(teams, name) for name in teams}
    found = nesting(teams)
    circular = {name for name in teams if name in reached[name]}
    assert found.cycles.keys() <= circular
    assert sorted(found.order) == sorted(teams)
    doubtful = {name for name in teams if {name, *reached[name]} & found.cycles.keys()}
    assert circular <= doubtful, "whoever is in a circle is told, or includes one who is"
    for name, cycle in found.cycles.items():
        assert (cycle[0], cycle[-1]) == (name, name)
        for including, included in pairwise(cycle):
            assert included in teams[including].includes
    sound = {name: one for name, one in teams.items() if name not in found.cycles}
    order = tuple(name for name in found.order if name in sound)
    members = {one.name: one.members for one in closed(sound, order)}
    for name, one in teams.items():
        if name in doubtful or not one.includes:
            continue
        everybody = {who for inner in (name, *reached[name]) for who in teams[inner].members}
        assert set(members[name]) == everybody
        assert members[name][: len(one.members)] == one.members


def test_deep_and_tangled_teams_are_not_slow() -> None:
    count = 3000
    deep = {f"t{n}": Team(f"t{n}", Origin("x"), (), (f"t{n + 1}",)) for n in range(count)}
    tangled = {
        f"t{n}": Team(f"t{n}", Origin("x"), (), tuple(f"t{(n + k) % count}" for k in (1, 2, 7, -1)))
        for n in range(count)
    }
    begun = time.process_time()
    assert nesting(deep).cycles == {}
    cycles = nesting(tangled).cycles
    assert cycles
    assert max(map(len, cycles.values())) <= 22
    assert time.process_time() - begun < 2


def test_whatever_order_files_come_in_the_members_are_the_same() -> None:
    files = {
        **{f"grants/{path}": as_bytes(dedent(text)) for path, text in SMALL.items()},
        "grants/teams/a.yaml": team("a", "includes: [b]").encode(),
        "grants/teams/b.yaml": team("b", "includes: [payroll]").encode(),
    }
    first = load(MemorySource(files))
    assert first == load(MemorySource(dict(reversed(files.items()))))
    assert first.documents.teams["a"].members == ("alice", "bob")
