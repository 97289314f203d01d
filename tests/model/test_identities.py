"""What goes with a lease besides its role: what of it may be carried out, how it is kept, and which privileges make a user own something."""

from __future__ import annotations

import json

import pytest

from reconciler.model.identities import ROLE_ONLY, Ending, lets_create_objects
from reconciler.model.privileges import Entitlement, proxy, role

AS_HR = Entitlement("ALICE", proxy("HR"))


@pytest.mark.parametrize(
    "ending",
    [
        ROLE_ONLY,
        Ending(temporary_user="JITU_FIX"),
        Ending(kill_sessions_of="ALICE"),
        Ending(direct=(AS_HR, Entitlement("ALICE", proxy("OE")))),
    ],
)
def test_an_ending_that_was_kept_reads_back_the_same(ending: Ending) -> None:
    assert Ending.from_json(json.loads(json.dumps(ending.to_json()))) == ending


def test_nothing_is_kept_of_a_lease_that_ends_with_its_role() -> None:
    assert ROLE_ONLY.to_json() == {}


@pytest.mark.parametrize(
    ("ending", "lease", "fits"),
    [
        (ROLE_ONLY, "fix", True),
        (ROLE_ONLY, "", True),
        (Ending(temporary_user="JITU_PAY_FIX"), "pay-fix", True),
        (Ending(temporary_user="JITU_OTHER"), "fix", False),
        (Ending(temporary_user="HR"), "fix", False),
        (Ending(temporary_user="JITU_"), "", False),
        (Ending(direct=(AS_HR,)), "fix", True),
        (Ending(direct=(Entitlement("ALICE", role("DBA")),)), "fix", False),
        (Ending(direct=(AS_HR, Entitlement("ALICE", role("DBA")))), "fix", False),
        (Ending(direct=(AS_HR._replace(with_option=True),)), "fix", False),
    ],
)
def test_what_was_read_from_outside_is_carried_out_only_on_what_the_lease_itself_made(
    ending: Ending, lease: str, fits: bool
) -> None:
    assert ending.fits(lease) is fits


@pytest.mark.parametrize(
    ("privilege", "creates"),
    [
        ("CREATE TABLE", True),
        ("CREATE ANY TABLE", True),
        ("UNLIMITED TABLESPACE", True),
        ("CREATE SESSION", False),
        ("CREATE USER", False),
        ("SELECT ANY TABLE", False),
        ("ALTER SESSION", False),
    ],
)
def test_who_may_create_objects_may_come_to_own_some(privilege: str, creates: bool) -> None:
    assert lets_create_objects(privilege) is creates
