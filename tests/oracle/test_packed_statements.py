"""Whatever the planner packs together, one statement can say, and it says exactly the changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import privileges
from reconciler.model.changes import Cause, Change, Grant, Revoke
from reconciler.model.privileges import Entitlement, Kind
from reconciler.oracle.statements import render_unit
from reconciler.planning import packing

AT = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
_STATEMENT = re.compile(
    r"(GRANT|REVOKE) (?P<what>.+?)(?: ON (?P<schema>SCHEMA )?(?P<place>\"[^ ]+))? (?:TO|FROM) (?P<whom>\"[^ ]+(?:, \"[^ ]+)*)"
    r"(?P<option> WITH (?:GRANT|ADMIN) OPTION)?\Z"
)

people = st.sampled_from(["ALICE", "BOB", "CAROL", "JIT_FIX"])
rights = st.one_of(
    st.sampled_from(["CREATE SESSION", "CREATE TABLE"]).map(privileges.system),
    st.sampled_from(["HR_READER", "OE_READER"]).map(privileges.role),
    st.builds(
        privileges.on_object,
        st.sampled_from(["SELECT", "UPDATE"]),
        st.just("HR"),
        st.sampled_from(["EMPLOYEES", "JOBS"]),
    ),
    st.builds(
        privileges.on_column,
        st.just("UPDATE"),
        st.just("HR"),
        st.just("EMPLOYEES"),
        st.sampled_from(["NAME", "SALARY"]),
    ),
    st.builds(privileges.on_schema, st.just("SELECT ANY TABLE"), st.sampled_from(["HR", "OE"])),
)


def grants_of(text: str) -> set[Entitlement]:
    """What a GRANT gives, read from its text."""
    match = _STATEMENT.match(text)
    assert match, text
    words = re.findall(r'"[^"]+"|[A-Z ]+ \([^)]+\)|[A-Z ]+[A-Z]', match["what"])
    found = set()
    for whom in re.findall(r'"([^"]+)"', match["whom"]):
        for word in words:
            for privilege in _privileges_of(word, match["schema"], match["place"]):
                found.add(Entitlement(whom, privilege, match["option"] is not None))
    return found


def _privileges_of(word: str, schema: str | None, place: str | None) -> list[privileges.Privilege]:
    name, _, columns = word.strip().partition(" (")
    names = re.findall(r'"([^"]+)"', place or "")
    if columns:
        return [
            privileges.on_column(name, *names, column)
            for column in re.findall(r'"([^"]+)"', columns)
        ]
    if schema:
        return [privileges.on_schema(name, names[0])]
    if names:
        return [privileges.on_object(name, *names)]
    return [privileges.role(name.strip('"')) if '"' in name else privileges.system(name)]


@given(
    st.lists(
        st.builds(Entitlement, people, rights, st.booleans(), st.just(value=False)),
        max_size=30,
        unique=True,
    )
)
def test_packed_grants_give_exactly_what_was_planned(wanted: list[Entitlement]) -> None:
    units = packing.pack([Grant(entitlement, Cause.STANDING) for entitlement in wanted])
    given_rights: set[Entitlement] = set()
    for unit in units:
        (text,) = render_unit(unit, target="t", at=AT)
        given_rights |= grants_of(text)
    assert given_rights == set(wanted)


@given(
    st.lists(
        st.builds(Entitlement, people, rights, st.just(value=False), st.just(value=False)),
        max_size=30,
        unique=True,
    )
)
def test_packed_revokes_take_exactly_what_was_planned_and_columns_as_a_whole(
    wanted: list[Entitlement],
) -> None:
    changes: list[Change] = [Revoke(entitlement, Cause.DRIFT) for entitlement in wanted]
    taken: set[Entitlement] = set()
    for unit in packing.pack(changes):
        (text,) = render_unit(unit, target="t", at=AT)
        assert text.startswith("REVOKE ")
        taken |= grants_of(text)
    whole: Callable[[Entitlement], Entitlement] = lambda held: (  # noqa: E731 - one use
        held._replace(privilege=privileges.on_object(held.privilege.name, "HR", "EMPLOYEES"))
        if held.privilege.kind is Kind.COLUMN
        else held
    )
    assert taken == set(map(whole, wanted))
