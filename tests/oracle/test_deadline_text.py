"""The action of a deadline job, as text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import names
from reconciler.oracle import deadline


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
