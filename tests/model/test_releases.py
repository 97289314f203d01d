"""The capability table: which release can do what, and what becomes of a release it does not know."""

from __future__ import annotations

import dataclasses

import pytest

from reconciler.model import releases
from reconciler.model.errors import DatabaseError


def test_the_table_knows_the_long_term_and_innovation_releases() -> None:
    assert releases.SUPPORTED == (19, 21, 23)
    assert (releases.OLDEST, releases.NEWEST) == (19, 23)


@pytest.mark.parametrize(
    ("capability", "since"),
    [
        ("schema_privileges", 23),
        ("read_only_users", 23),
        ("if_exists", 23),
        ("kill_force", 23),
        ("audits_current_user", 21),
        ("always_container", 21),
        ("schema_only_accounts", 19),
        ("service_acls", 19),
        ("audit_by_granted_role", 19),
    ],
)
def test_what_a_release_can_do_its_successors_can_do_too(capability: str, since: int) -> None:
    for release in releases.SUPPORTED:
        assert getattr(releases.of(release), capability) is (release >= since)


def test_release_23_has_no_traditional_auditing_longer_passwords_and_a_number_more_for_denied() -> (
    None
):
    old, new = releases.of(21), releases.of(23)
    assert (old.traditional_audit, new.traditional_audit) == (True, False)
    assert (old.password_bytes, new.password_bytes) == (30, 1024)
    assert new.missing_privilege - old.missing_privilege == {41900}
    assert releases.denied() == new.missing_privilege


@pytest.mark.parametrize(("unknown", "known"), [(20, 19), (22, 21), (24, 23), (26, 23), (99, 23)])
def test_a_release_that_is_not_in_the_table_behaves_as_the_newest_before_it(
    unknown: int, known: int
) -> None:
    assert not releases.is_known(unknown)
    assert releases.of(unknown) is releases.of(known)


@pytest.mark.parametrize("release", [0, 11, 12, 18])
def test_a_release_that_is_too_old_is_refused_with_its_target_and_what_to_do(release: int) -> None:
    with pytest.raises(DatabaseError, match=f"hr-prod: Oracle release {release} ") as refused:
        releases.of(release, "hr-prod")
    assert refused.value.rule == "target.old-release"
    assert "19 or later" in refused.value.hint


def test_the_table_can_not_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        releases.of(19).release = 23  # type: ignore[misc]


def test_every_field_says_where_it_is_known_from() -> None:
    told = releases.Capabilities.__doc__ or ""
    for field in dataclasses.fields(releases.Capabilities):
        assert f"`{field.name}`" in told
