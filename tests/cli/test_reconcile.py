"""`reconciler reconcile` and `status` as text: what was done, what stopped, what is proved, with the exit code."""

from __future__ import annotations

import re

from reconciler.model.exit_codes import ExitCode
from tests.scenarios.world import TARGET, Ran, World, request

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_HEADING = r"prod  authoritative  FREE/FREEPDB1 \(DBID \d+, [\d.]+\)  at INSTANT"
_COST = r"  \d+ round trips?, \d+ statements?, \d+\.\d s, peak \d+ MB"


def lines(ran: Ran) -> list[str]:
    """The result without the instants, the last line, which tells the cost, and empty lines at the end."""
    rows = _INSTANT.sub("INSTANT", ran.out).rstrip("\n").split("\n")
    return rows[:-1] if re.fullmatch(_COST, rows[-1]) else rows


def removals(world: World, limits: str) -> dict[str, str]:
    text = TARGET.format(name="prod", dsn=world.dsn, mode="authoritative")
    return {"grants/targets/prod.yaml": text + f"  removals: {limits}\n"}


def test_a_run_tells_each_change_the_ledgers_commits_and_its_cost(world: World) -> None:
    world.merge({"grants/requests/told.yaml": request("told")})
    ran = world.run("reconcile")
    assert ran.code == ExitCode.OK
    assert re.fullmatch(_COST, ran.out.rstrip("\n").split("\n")[-1])
    heading, *rows, ledger = lines(ran)
    assert re.fullmatch(_HEADING, heading)
    assert rows == [
        "  ok  lease role JIT_TOLD for told",
        "  ok  deadline job JIT_TOLD in the database: ends it at 4h after activation",
        "  ok  grant JIT_TOLD: SELECT on HR.PAYROLL",
        "  ok  grant ALICE: role JIT_TOLD",
    ]
    assert re.fullmatch(r"  ledger: intent [0-9a-f]{10}, outcome [0-9a-f]{10}", ledger)
    assert ran.err == ""


def test_counts_agree_with_their_nouns_in_the_ledger_too(world: World) -> None:
    world.merge({"grants/requests/nouns.yaml": request("nouns", requester="bob")})
    assert world.run("reconcile").code == ExitCode.OK
    world.advance("5h")
    assert world.run("reconcile").code == ExitCode.OK
    subjects = world.git("log", "--format=%s", "audit")
    assert "sync(prod): 1 of 1 end proved" in subjects
    assert "1 changes" not in subjects
    assert "1 ends" not in subjects


def test_an_end_is_told_as_a_receipt_under_its_target(world: World) -> None:
    world.merge({"grants/requests/receipt.yaml": request("receipt", requester="carol")})
    assert world.run("reconcile").code == ExitCode.OK
    world.advance("5h")
    ran = world.run("reconcile")
    assert ran.code == ExitCode.OK
    text = _INSTANT.sub("INSTANT", ran.out)
    assert (
        "  receipt receipt on prod: ended\n"
        "    grantee    CAROL through role JIT_RECEIPT\n"
        "    ended      INSTANT by deadline (expired), 0s after it was due\n"
        "    verified   INSTANT: 1 privilege, nothing of it left over any path; 0 live sessions\n"
    ) in text


def test_access_that_is_left_is_told_with_its_path_and_what_to_do(world: World) -> None:
    world.as_dba("GRANT SELECT ON hr.payroll TO PUBLIC")
    world.merge({"grants/requests/left.yaml": request("left", requester="dave")})
    assert world.run("reconcile").code == ExitCode.OK
    world.advance("5h")
    ran = world.run("reconcile")
    assert ran.code == ExitCode.PARTIAL
    assert "receipt left on prod: revoked-but-effective" in ran.out
    assert "    still has  SELECT on HR.PAYROLL through PUBLIC" in ran.out
    assert "(UNEXPLAINED)" in ran.out
    assert "    -> revoke what is UNEXPLAINED, or write it down as a standing grant" in ran.out
    status = world.run("status", "--all")
    assert status.code == ExitCode.PARTIAL
    assert re.search(r"^  left +DAVE +revoked-but-effective ", status.out, re.MULTILINE)
    world.as_dba("REVOKE SELECT ON hr.payroll FROM PUBLIC")
    assert world.run("reconcile").code == ExitCode.OK


def test_a_brake_names_its_limit_and_what_to_do_and_nothing_runs(world: World) -> None:
    world.as_dba(*(f"GRANT SELECT ON oe.{table} TO dave" for table in ("orders", "customers")))
    world.merge(removals(world, "{count: 1}"))
    ran = world.run("reconcile")
    assert ran.code == ExitCode.REFUSED
    stopped = (
        "  stopped by the removal brake, nothing runs: it would take away 2 grants; removals.count allows 1\n"
        "      -> if that is meant, raise removals.count in the target document, or add removals.release with a reason and an end\n"
    )
    assert stopped in ran.out
    assert "0 to add, 0 to change, 2 to remove" in ran.out
    assert " 0 statements," in ran.out
    status = world.run("status")
    assert (status.code, stopped.rstrip() in status.out) == (ExitCode.REFUSED, True)
    world.merge(removals(world, "{count: 2}"))
    ran = world.run("reconcile")
    assert ran.code == ExitCode.OK
    assert ran.out.count("  ok  revoke DAVE: SELECT on OE.") == 2


def test_a_change_that_oracle_refuses_is_told_with_its_number(world: World) -> None:
    access = "[{privileges: [INSERT], on: HR.EMPLOYEES_SEQ}]"
    world.merge({"grants/requests/refused.yaml": request("refused", access=access)})
    ran = world.run("reconcile")
    assert ran.code == ExitCode.PARTIAL
    assert re.search(
        r"  FAILED  grant JIT_REFUSED: INSERT on HR.EMPLOYEES_SEQ\n      ORA-\d{5}: .*\n      -> ",
        ran.out,
    )


def test_targets_are_set_apart_and_a_failed_one_stops_only_itself(world: World) -> None:
    gone = TARGET.format(name="gone", dsn="127.0.0.1:1/NOWHERE", mode="additive")
    world.merge({"grants/targets/gone.yaml": gone})
    ran = world.run("reconcile")
    assert ran.code == ExitCode.FAILURE
    assert ran.out.startswith("gone  failed\n\nprod  authoritative  ")
    status = world.run("status")
    assert (status.code, status.out.startswith("gone  failed\n\nprod  authoritative  ")) == (
        ExitCode.FAILURE,
        True,
    )


def test_status_counts_the_errors_that_plan_lists(world: World) -> None:
    world.merge({"grants/requests/never.yaml": request("never", window="{until: never}")})
    ran = world.run("status")
    assert ran.err == "note: 1 error in documents or plans; reconciler plan lists them\n"


def test_why_a_lease_is_not_granted_is_told_once(world: World) -> None:
    """That it is not in force follows, and shows in the exit code."""
    world.as_dba("CREATE ROLE jit_foreign")
    world.merge({"grants/requests/foreign.yaml": request("foreign", requester="bob")})
    ran = world.run("reconcile")
    assert ran.code == ExitCode.PARTIAL
    assert ran.err.count("lease-role.foreign") == 1
    assert "lease.not-in-force" not in ran.err
    world.as_dba("DROP ROLE jit_foreign")
