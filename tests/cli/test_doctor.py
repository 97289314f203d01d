"""`reconciler doctor` as text: a line a check, what to do under it, and the exit code. What each check means is in tests/planning/test_health.py."""

from __future__ import annotations

import re

from reconciler.model.exit_codes import ExitCode
from tests.scenarios.world import TARGET, World


def test_each_check_is_a_line_and_what_is_to_do_stands_under_it(observed: World) -> None:
    ran = observed.run("doctor", "prod")
    assert ran.code == ExitCode.OK, ran.out + ran.err
    first, *rows = ran.out.splitlines()
    assert first == "prod"
    checks = [row for row in rows if not row.startswith("      -> ")]
    assert all(re.match(r"  (ok     |warning|problem|unknown)  [a-z-]+ +\S", row) for row in checks)
    assert len(checks) == 18
    at = next(number for number, row in enumerate(rows) if "without TLS" in row)
    assert rows[at].startswith("  warning  encryption ")
    assert rows[at + 1].startswith("      -> use a tcps:// connect string")
    assert ran.err == ""


def test_all_targets_are_examined_and_an_unreachable_one_stops_only_itself(
    observed: World,
) -> None:
    gone = TARGET.format(name="gone", dsn="127.0.0.1:1/NOWHERE", mode="additive")
    observed.merge({"grants/targets/gone.yaml": gone})
    ran = observed.run("doctor")
    assert ran.code == ExitCode.FAILURE
    assert ran.out.startswith("gone\n  problem  connection  gone: nothing answers")
    assert "\n\nprod\n  ok       connection " in ran.out
    assert observed.run("doctor", "prod").code == ExitCode.OK


def test_what_could_not_be_read_shows_in_the_exit_code_with_its_grant(observed: World) -> None:
    observed.as_dba("REVOKE READ ON SYS.V_$INSTANCE FROM reconciler")
    try:
        ran = observed.run("doctor", "prod")
    finally:
        observed.as_dba("GRANT READ ON SYS.V_$INSTANCE TO reconciler")
    assert ran.code == ExitCode.PARTIAL
    assert re.search(
        r'^  unknown  restricted +V\$INSTANCE does not tell\n      -> ask a DBA to run: GRANT READ ON SYS\.V_\$INSTANCE TO "RECONCILER"$',
        ran.out,
        re.MULTILINE,
    )


def test_an_unknown_target_is_invalid_input(observed: World) -> None:
    ran = observed.run("doctor", "nope")
    assert (ran.code, ran.out) == (ExitCode.INVALID, "")
