"""Rows of the dictionary as values."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.identities import ROLE_ONLY, Ending
from reconciler.model.privileges import Entitlement, proxy, role, system
from reconciler.model.snapshot import DeadlineJob
from reconciler.oracle import deadline, rows

WORK = (deadline.JOB_TYPE, deadline.action("JIT_X"), deadline.REPEAT_INTERVAL)


def overview(local: str) -> rows.Overview:
    return rows.rows_to_overview(
        [
            ("at", "2026-11-20 14:00:00.999999"),
            ("local", local),
            ("name", "ORCL"),
            ("dbid", "17"),
            ("container", "PDB1"),
            ("job_processes", "20"),
            ("grants", "3"),
            ("grants", "4"),
        ]
    )


@pytest.mark.parametrize(
    ("local", "minutes"),
    [
        ("2026-11-20 14:00:00", 0),
        ("2026-11-20 14:00:01", 0),
        ("2026-11-20 15:00:01", 60),
        ("2026-11-20 19:30:00", 330),
        ("2026-11-20 08:59:59", -300),
    ],
)
def test_the_servers_zone_is_found_from_its_two_clocks(local: str, minutes: int) -> None:
    assert overview(local).utc_offset == timedelta(minutes=minutes)


def test_counts_of_one_query_add_up() -> None:
    assert overview("2026-11-20 14:00:00").sizes == {"grants": 7}


def test_a_logon_in_the_servers_zone_becomes_utc() -> None:
    row = (1, 7, 9, "ALICE", "INACTIVE", "laptop", "sqlplus", "2026-11-20 19:30:00", "DATABASE")
    session = rows.row_to_session(row, timedelta(minutes=330))
    assert session.logon == datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "comment",
    [None, "", "not json", "[1]", '{"lease": 1, "target": "t"}', '{"lease": "x"}', "1" * 50],
)
def test_a_job_whose_comment_is_not_ours_belongs_to_no_lease(comment: str | None) -> None:
    job = rows.row_to_deadline(("JIT_X", "2026-11-20 14:00:00.000001", "TRUE", comment, 0, *WORK))
    assert (job.lease_id, job.target) == ("", "")
    assert job.end == datetime(2026, 11, 20, 14, 0, 0, 1, tzinfo=UTC)


PROXY = Entitlement("ALICE", proxy("HR_APP"))
FORGED = (
    Ending(temporary_user="HR"),
    Ending(temporary_user="JITU_Y"),
    Ending(direct=(Entitlement("HR", system("CREATE SESSION")),)),
    Ending(direct=(PROXY, Entitlement("HR", role("HR_READER")))),
    Ending(direct=(PROXY._replace(with_option=True),)),
)


def job_with(ending: Ending, action: str) -> DeadlineJob:
    """A deadline of lease x with this ending in its comment."""
    comment = json.dumps({"lease": "x", "target": "t", "ending": ending.to_json()})
    work = (deadline.JOB_TYPE, action, deadline.REPEAT_INTERVAL)
    return rows.row_to_deadline(("JIT_X", "2026-11-20 14:00:00.0", "TRUE", comment, 0, *work))


@pytest.mark.parametrize("ending", FORGED, ids=str)
def test_a_forged_comment_names_nobody_to_lock_drop_or_take_from(ending: Ending) -> None:
    """What a comment says is carried out by the end of an orphan: it must be what a lease of that name can have, whatever the job does."""
    for action in (WORK[1], deadline.action("JIT_X", ending)):
        job = job_with(ending, action)
        assert (job.lease_id, job.ending) == ("", ROLE_ONLY)


@pytest.mark.parametrize("ending", [Ending(kill_sessions_of="HR"), Ending(direct=(PROXY,))])
def test_a_comment_that_says_more_than_its_job_does_is_not_carried_out(ending: Ending) -> None:
    assert job_with(ending, deadline.action("JIT_X", ending)).ending == ending
    job = job_with(ending, WORK[1])
    assert (job.lease_id, job.ending, job.intact) == ("x", ROLE_ONLY, False)


def test_the_lease_s_own_user_is_known_although_the_job_was_changed() -> None:
    job = job_with(Ending(temporary_user="JITU_X"), "BEGIN NULL; END;")
    assert (job.ending, job.intact) == (Ending(temporary_user="JITU_X"), False)


def test_a_job_without_a_start_has_no_end_to_rely_on() -> None:
    job = rows.row_to_deadline(("JIT_X", None, "TRUE", '{"lease":"x","target":"t"}', 2, *WORK))
    assert job.end is None
    assert not job.is_armed_for(datetime(2026, 11, 20, tzinfo=UTC))
    assert (job.lease_id, job.failures) == ("x", 2)


@pytest.mark.parametrize(
    ("work", "intact"),
    [
        (WORK, True),
        ((WORK[0], "BEGIN NULL; END;", WORK[2]), False),
        ((WORK[0], None, WORK[2]), False),
        ((WORK[0], deadline.action("JIT_Y"), WORK[2]), False),
        ((WORK[0], WORK[1], "FREQ=DAILY;INTERVAL=1"), False),
        (("STORED_PROCEDURE", WORK[1], WORK[2]), False),
    ],
)
def test_a_job_that_somebody_changed_is_not_intact(
    work: tuple[str | None, ...], intact: bool
) -> None:
    job = rows.row_to_deadline(("JIT_X", "2026-11-20 14:00:00.0", "TRUE", "{}", 0, *work))
    assert (job.intact, job.is_armed) == (intact, intact)


def test_a_run_that_never_started_proves_nothing() -> None:
    assert rows.row_to_run(("JIT_X", None, "STOPPED", 0)) is None


def test_an_inherited_grant_is_marked_because_a_pdb_cannot_revoke_it() -> None:
    row = ("S", "C##OPS", "CREATE SESSION", *[None] * 4, "YES", "YES", "YES", "NO", None)
    held = rows.row_to_grant(row)
    assert held.inherited
    assert held.entitlement.with_option
