"""Laws of the judgement, for whatever people say in whatever order."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.approvals import (
    Contributor,
    NeededChain,
    NeededGroup,
    NeededStep,
    Opinion,
    Review,
)
from tests.policy.approval_papers import (
    HEAD,
    OLD,
    PEOPLE,
    after,
    away,
    changes,
    documents,
    judged,
    person,
    says,
    wants,
)

KNOWN = documents(
    person("bob", absences=away("2026-11-30", "2026-11-30", "erin", "alice")),
    person("dave", absences=away("2026-12-01", "2026-12-02", "frank")),
)
EXCLUDED = {"alice": "the requester"}
NAMES = st.sampled_from(PEOPLE)
LOGINS = st.sampled_from([*(f"{name}-gh" for name in PEOPLE), "robot-gh", "stranger"])


@st.composite
def groups(draw: st.DrawFn) -> NeededGroup:
    people = draw(st.frozensets(NAMES, min_size=1, max_size=4))
    least = draw(st.integers(1, 2))
    return NeededGroup(least, people, f"{least} of {', '.join(sorted(people))}")


@st.composite
def steps(draw: st.DrawFn) -> NeededStep:
    found = tuple(draw(st.lists(groups(), min_size=1, max_size=2)))
    escalated = draw(st.frozensets(NAMES, max_size=1))
    return NeededStep(
        found, escalated, after(20) if escalated else None, "20h" if escalated else ""
    )


CHAINS = st.lists(steps(), max_size=3).map(lambda found: wants(*found))
HOURS = st.integers(0, 50)
COMMITS = st.sampled_from([HEAD, HEAD, HEAD, OLD])
APPROVALS = st.builds(
    lambda login, hours, commit: says(login, hours, commit=commit), LOGINS, HOURS, COMMITS
)
REVIEWS = st.lists(
    st.one_of(
        APPROVALS,
        APPROVALS,
        st.builds(says, LOGINS, HOURS, st.sampled_from(list(Opinion))),
        st.builds(lambda login: says(login, problem="unsigned"), LOGINS),
    ),
    max_size=8,
)
WRITERS = st.lists(LOGINS.map(Contributor), max_size=2).map(tuple)


@settings(max_examples=200)
@given(CHAINS, REVIEWS, APPROVALS, WRITERS)
def test_one_more_approval_never_takes_an_approval_away(
    chain: NeededChain, reviews: list[Review], more: Review, writers: tuple[Contributor, ...]
) -> None:
    before = judged(chain, changes(*reviews, contributors=writers), KNOWN, EXCLUDED)
    later = judged(chain, changes(*reviews, more, contributors=writers), KNOWN, EXCLUDED)
    assert later.is_approved or not before.is_approved
    assert set(later.refusals) <= set(before.refusals)


@given(CHAINS, REVIEWS, st.randoms(use_true_random=False))
def test_the_order_of_reviews_in_the_list_does_not_matter(
    chain: NeededChain, reviews: list[Review], random: Random
) -> None:
    other = list(reviews)
    random.shuffle(other)
    assert judged(chain, changes(*reviews), KNOWN) == judged(chain, changes(*other), KNOWN)


@settings(max_examples=150)
@given(CHAINS, REVIEWS, st.dictionaries(NAMES, st.just("the requester"), max_size=3), WRITERS)
def test_p30_who_is_excluded_or_wrote_the_change_never_counts(
    chain: NeededChain,
    reviews: list[Review],
    excluded: dict[str, str],
    writers: tuple[Contributor, ...],
) -> None:
    verdict = judged(chain, changes(*reviews, contributors=writers), KNOWN, excluded)
    wrote = {writer.login.removesuffix("-gh") for writer in writers}
    forbidden = set(excluded) | wrote
    assert not forbidden & {row.person for row in verdict.counted}
    assert not forbidden & {row.deputy_for for row in verdict.counted}


@settings(max_examples=150)
@given(CHAINS, REVIEWS)
def test_an_approved_chain_has_as_many_people_as_it_asks_for(
    chain: NeededChain, reviews: list[Review]
) -> None:
    verdict = judged(chain, changes(*reviews), KNOWN, EXCLUDED)
    wanted = sum(group.least for step in chain.steps for group in step.groups)
    people = {row.person for row in verdict.counted}
    assert len(people) == len(verdict.counted)
    assert (len(people) == wanted) is (not verdict.missing)
    assert all(row.review.commit == HEAD for row in verdict.counted)
    assert all(row.review.opinion is Opinion.APPROVED for row in verdict.counted)


@settings(max_examples=150)
@given(CHAINS, REVIEWS)
def test_every_review_that_counts_for_nothing_says_why(
    chain: NeededChain, reviews: list[Review]
) -> None:
    """Comments aside, and what somebody said twice."""
    verdict = judged(chain, changes(*reviews), KNOWN, EXCLUDED)
    counted = {row.person for row in verdict.counted}
    told = {row.review for row in verdict.not_counted}
    for review in reviews:
        if review.opinion is Opinion.APPROVED and review.login.removesuffix("-gh") not in counted:
            assert review in told


@settings(max_examples=150)
@given(CHAINS, REVIEWS, st.data())
def test_p32_who_is_named_as_missing_brings_the_change_forward(
    chain: NeededChain, reviews: list[Review], data: st.DataObject
) -> None:
    """When a person whom the first open group names approves now, something counts that did not before."""
    said = changes(*reviews, merged_at=None)
    verdict = judged(chain, said, KNOWN, EXCLUDED)
    if not verdict.missing:
        return
    listed = verdict.missing[0].partition(": ")[2].partition(" (")[0].partition(";")[0].split(", ")
    able = sorted(set(listed) & set(PEOPLE))
    if not able:
        return
    person_named = data.draw(st.sampled_from(able))
    last = says(f"{person_named}-gh", 60)
    later = judged(chain, changes(*reviews, last, merged_at=None), KNOWN, EXCLUDED)
    assert len(later.counted) > len(verdict.counted)
