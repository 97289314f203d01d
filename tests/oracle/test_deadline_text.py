"""The action of a deadline job, as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import names
from reconciler.model.identities import Ending
from reconciler.model.privileges import Entitlement, proxy
from reconciler.oracle import deadline, gate


def test_the_action_fits_a_job_even_for_the_longest_role_name() -> None:
    longest = "JIT_" + "A" * (names.MAX_BYTES - 4)
    assert len(deadline.action(longest).encode()) < deadline.MAX_ACTION_BYTES


@given(
    st.text(
        st.characters(exclude_characters='"\0', exclude_categories=["Cs"]), min_size=1, max_size=32
    )
)
def test_the_role_is_a_literal_and_nothing_else_in_the_action(role: str) -> None:
    assert names.literal(role) in deadline.action(role)
    assert ":role:" not in deadline.action("JIT_X")


def test_the_job_drops_itself_only_after_it_looked_for_the_role() -> None:
    text = deadline.action("JIT_X")
    assert (
        text.index("FROM dba_roles")
        < text.index("RAISE_APPLICATION_ERROR")
        < text.index("DROP_JOB")
    )


PLACEHOLDERS = (":role:", ":user:", ":proxies:", ":first:", "X:user:Y:role:")


@pytest.mark.parametrize("name", PLACEHOLDERS)
def test_a_name_that_looks_like_a_placeholder_stays_a_name(name: str) -> None:
    """A user of such a name would make a block that does not compile: a deadline that never ends anything."""
    ending = Ending(direct=(Entitlement(name, proxy(name)),))
    text = deadline.action("JIT_X", ending)
    assert f"client = {names.literal(name)} AND proxy = {names.literal(name)}" in text
    assert names.literal(gate.revoke_proxy(name, name)) in text
    killing = deadline.action("JIT_X", Ending(kill_sessions_of=name))
    assert names.literal(gate.kill_sessions(name)) in killing


def test_the_longest_names_and_the_most_quotes_still_fit_a_job() -> None:
    """What does not fit is refused when it is armed, and nothing is granted then; documents that can be written should not come to that."""
    longest = "JIT_" + "A" * (names.MAX_BYTES - 4)
    user = "'" * names.MAX_BYTES
    deadline.action(longest, Ending(kill_sessions_of=user))
    with pytest.raises(deadline.TooLongError):
        deadline.action(longest, Ending(direct=(Entitlement(user, proxy(user)),)))
