"""Which approvals fill which places: as much of a chain is met as can be, compared with trying everything."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.policy.approval.seats import Option, Seating, seat
from tests.policy.approval_papers import after, says


def option(step: int, group: int, who: str, hours: float = 1, principal: str = "") -> Option:
    return Option(after(hours), step, group, who, principal or who, says(who, hours))


def people(seating: Seating) -> list[tuple[int, int, str]]:
    return [(row.step, row.group, row.person) for row in seating.taken]


def test_two_groups_that_share_people_need_different_people() -> None:
    """One of {ann, ben} and one of {ann}: ann is needed where only she can be."""
    both = [option(0, 0, "ann"), option(0, 1, "ann"), option(0, 0, "ben", 2)]
    assert people(seat([[1, 1]], both)) == [(0, 0, "ben"), (0, 1, "ann")]
    assert seat([[1, 1]], both[:2]).complete == 0


def test_a_person_counts_once_in_a_chain_whatever_the_step() -> None:
    rows = [option(0, 0, "ann", 1), option(1, 0, "ann", 2)]
    found = seat([[1], [1]], rows)
    assert (found.complete, people(found)) == (1, [(0, 0, "ann")])


def test_a_step_counts_only_what_came_when_the_one_before_was_complete() -> None:
    early = [option(1, 0, "ben", 1), option(0, 0, "ann", 2)]
    assert seat([[1], [1]], early).complete == 1
    assert seat([[1], [1]], [*early, option(1, 0, "ben", 3)]).complete == 2


def test_the_very_instant_of_completion_is_not_too_early() -> None:
    assert seat([[1], [1]], [option(1, 0, "ben", 2), option(0, 0, "ann", 2)]).complete == 2


def test_an_earlier_approval_for_a_step_does_not_take_the_person_from_a_later_one() -> None:
    """ann could complete the first step sooner, but only she can do the second."""
    rows = [
        option(0, 0, "ann", 1),
        option(1, 0, "ann", 1),
        option(0, 0, "ben", 2),
        option(0, 0, "ann", 3),
        option(1, 0, "ann", 3),
    ]
    found = seat([[1], [1]], rows)
    assert (found.complete, people(found)) == (2, [(0, 0, "ben"), (1, 0, "ann")])


def test_no_other_order_makes_an_approval_count_that_came_before_its_step() -> None:
    """cat spoke for the second step before anybody completed the first, in whichever way that is completed."""
    rows = [option(1, 0, "cat", 1), option(0, 0, "ann", 2), option(0, 0, "cat", 4)]
    found = seat([[1], [2]], rows)
    assert (found.complete, people(found)) == (1, [(0, 0, "ann")])


def test_a_deputy_does_not_count_beside_the_person_he_stands_in_for() -> None:
    rows = [option(0, 0, "ann"), option(0, 0, "ben", 1, "ann")]
    assert len(seat([[2]], rows).taken) == 1
    assert len(seat([[2]], [*rows, option(0, 0, "ben")]).taken) == 2


def test_a_deputy_counts_for_himself_where_he_may() -> None:
    rows = [option(0, 0, "ben", 1, "ann"), option(0, 0, "ben", 1)]
    assert seat([[1]], rows).taken[0].principal == "ben"


def test_a_chain_without_steps_is_complete() -> None:
    assert seat([], [option(0, 0, "ann")]) == Seating()


def test_a_step_without_groups_is_complete_when_something_was_approved_for_it() -> None:
    assert seat([[]], []).complete == 0


def _feasible(steps: Sequence[Sequence[int]], chosen: Sequence[Option]) -> int | None:
    """How many steps a choice completes; None if it breaks a rule."""
    seats = [(row.step, row.group, row.principal) for row in chosen]
    taken = Counter((row.step, row.group) for row in chosen)
    if len(set(seats)) < len(seats):
        return None
    if any(taken[key] > steps[key[0]][key[1]] for key in taken):
        return None
    complete = 0
    floor = after(-1)
    for number, groups in enumerate(steps):
        instants = [row.at for row in chosen if row.step == number]
        if any(at < floor for at in instants):
            return None
        if any(taken[number, index] < least for index, least in enumerate(groups)):
            return None if any(row.step > number for row in chosen) else complete
        floor = max([floor, *instants])
        complete += 1
    return complete


def _best(steps: Sequence[Sequence[int]], options: Sequence[Option]) -> tuple[int, int]:
    """The most steps that can be complete, and the most places taken then, by trying every choice."""
    of: defaultdict[str, list[Option | None]] = defaultdict(lambda: [None])
    for row in options:
        of[row.person].append(row)
    scores: list[tuple[int, int]] = []
    for choice in product(*of.values()):
        chosen = [row for row in choice if row is not None]
        complete = _feasible(steps, chosen)
        if complete is not None:
            scores.append((complete, len(chosen)))
    return max(scores)


@st.composite
def chains(draw: st.DrawFn) -> tuple[list[list[int]], list[Option]]:
    steps = draw(
        st.lists(st.lists(st.integers(1, 2), min_size=1, max_size=2), min_size=1, max_size=3)
    )
    places = [(step, group) for step, groups in enumerate(steps) for group in range(len(groups))]
    names = st.sampled_from(["ann", "ben", "cat", "dan"])
    rows = st.builds(
        lambda place, who, hours, principal: option(*place, who, hours, principal),
        st.sampled_from(places),
        names,
        st.integers(0, 4),
        st.one_of(st.just(""), names),
    )
    return steps, draw(st.lists(rows, max_size=10))


@settings(max_examples=300)
@given(chains())
def test_p32_the_seating_is_the_fullest_that_there_is(
    chain: tuple[list[list[int]], list[Option]],
) -> None:
    steps, options = chain
    found = seat(steps, options)
    assert _feasible(steps, found.taken) == found.complete
    assert len({row.person for row in found.taken}) == len(found.taken)
    assert (found.complete, len(found.taken)) == _best(steps, options)


@given(chains(), st.randoms())
def test_the_order_of_approvals_in_a_list_does_not_matter(
    chain: tuple[list[list[int]], list[Option]], random: object
) -> None:
    steps, options = chain
    other = list(options)
    random.shuffle(other)  # type: ignore[attr-defined]
    assert seat(steps, options) == seat(steps, other)
