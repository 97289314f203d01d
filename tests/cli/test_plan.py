"""`reconciler plan`: what it prints, where it saves, and its exit codes."""

from __future__ import annotations

from pathlib import Path

from reconciler.model.exit_codes import ExitCode
from tests.scenarios.world import TARGET, World, request, standing

STANDING = standing("app", "[BOB]", "[{privileges: [SELECT], on: OE.ORDERS}]")


def additive(world: World) -> dict[str, str]:
    """The target may be granted on; plans alone leave nothing in the database."""
    return {
        "grants/targets/prod.yaml": TARGET.format(name="prod", dsn=world.dsn, mode="additive"),
        "grants/requests/payroll-fix.yaml": request(),
        "grants/requests/second.yaml": request("second", requester="dave"),
        "grants/standing/app.yaml": STANDING,
    }


def test_changes_are_told_under_their_reasons(observed: World) -> None:
    observed.merge(additive(observed))
    ran = observed.run("plan")
    assert ran.code == ExitCode.OK, ran.err
    heading, *lines, summary = ran.out.splitlines()
    assert heading.startswith("prod  additive  FREE/FREEPDB1 (DBID ")
    assert lines == [
        "  start of lease payroll-fix   grants/requests/payroll-fix.yaml:1:1",
        "    + lease role JIT_PAYROLL_FIX for payroll-fix",
        "    + deadline job JIT_PAYROLL_FIX in the database: ends it at 4h after activation",
        "    + grant JIT_PAYROLL_FIX: SELECT on HR.PAYROLL",
        "    + grant ALICE: role JIT_PAYROLL_FIX",
        "  start of lease second   grants/requests/second.yaml:1:1",
        "    + lease role JIT_SECOND for second",
        "    + deadline job JIT_SECOND in the database: ends it at 4h after activation",
        "    + grant JIT_SECOND: SELECT on HR.PAYROLL",
        "    + grant DAVE: role JIT_SECOND",
        "  standing grant   grants/standing/app.yaml:9:12",
        "    + grant BOB: SELECT on OE.ORDERS",
    ]
    assert summary.startswith("  plan: 9 to add, 0 to change, 0 to remove   sha256:")


def test_changes_show_in_the_exit_code_only_when_that_is_wanted(observed: World) -> None:
    observed.merge(additive(observed))
    assert observed.run("plan").code == ExitCode.OK
    assert observed.run("plan", "--detailed-exitcode").code == ExitCode.CHANGES


def test_drift_on_an_observed_target_is_a_change(observed: World) -> None:
    observed.merge({"grants/standing/app.yaml": STANDING})
    ran = observed.run("plan")
    assert "  ! drift, missing in the database: BOB: SELECT on OE.ORDERS" in ran.out
    assert ran.code == ExitCode.CHANGES


def test_a_plan_is_printed_even_if_it_cannot_be_saved(observed: World, tmp_path: Path) -> None:
    out = tmp_path / "not" / "there.json"
    ran = observed.run("plan", "--out", str(out))
    assert ran.code == ExitCode.FAILURE
    assert "no changes" in ran.out
    assert ran.err == (
        f"error plan.not-saved: {out} was not written: No such file or directory\n"
        "    -> name a file in a folder that you may write to\n"
    )
    in_json = observed.run("plan", "--out", str(out), "--output", "json")
    assert [row["rule"] for row in in_json.json["findings"]] == ["plan.not-saved"]


def test_a_target_that_fails_is_told_beside_the_others_and_nothing_is_saved(
    observed: World, tmp_path: Path
) -> None:
    """What is saved would be reviewed as the plan for everything that was asked for."""
    gone = TARGET.format(name="gone", dsn="127.0.0.1:1/NOWHERE", mode="additive")
    observed.merge({"grants/targets/gone.yaml": gone})
    out = tmp_path / "plan.json"
    ran = observed.run("plan", "--out", str(out))
    assert ran.code == ExitCode.FAILURE
    assert ran.out.startswith("gone  failed\n\nprod  observe  ")
    assert f"error plan.not-saved: {out} was not written, because there is no plan for gone" in (
        ran.err
    )
    assert not out.exists()
    assert observed.run("plan", "--target", "prod", "--out", str(out)).code == ExitCode.OK
    assert out.exists()


def test_of_a_rule_that_is_broken_often_a_screenful_is_told(observed: World) -> None:
    """The findings of other rules would drown; JSON and `validate` have them all."""
    never = {
        f"grants/requests/never-{number}.yaml": request(f"never-{number}", window="{until: never}")
        for number in range(25)
    }
    observed.merge(never)
    ran = observed.run("plan")
    assert ran.code == ExitCode.INVALID
    assert ran.err.count("error time.invalid") == 20
    assert ran.err.endswith("... and 5 more of time.invalid; --output json has them all\n")
    assert len(observed.run("plan", "--output", "json").json["findings"]) == 25
    assert observed.run("validate").out.count("error time.invalid") == 25


def test_a_plan_of_one_target_is_not_judged_by_documents_about_others(observed: World) -> None:
    """A team's pipeline does not stop because another team's request is wrong. A target that may be misspelt concerns everybody."""
    other = TARGET.format(name="other", dsn="127.0.0.1:1/NOWHERE", mode="additive")
    elsewhere = request("elsewhere", targets="[other]", access="[{role: NO_SUCH_READER}]")
    observed.merge(
        {"grants/targets/other.yaml": other, "grants/requests/elsewhere.yaml": elsewhere}
    )
    assert "grants/requests/elsewhere.yaml:" in observed.run("plan").err
    ran = observed.run("plan", "--target", "prod")
    assert (ran.code, ran.err) == (ExitCode.OK, "")
    status = observed.run("status", "--target", "prod", "--output", "json")
    assert status.json["findings"] == []
    misspelt = request("misspelt", targets="[prdo]")
    observed.merge({"grants/requests/misspelt.yaml": misspelt})
    ran = observed.run("plan", "--target", "prod")
    assert ran.code == ExitCode.INVALID
    assert "grants/requests/misspelt.yaml:" in ran.err
    assert "grants/requests/elsewhere.yaml:" not in ran.err
    validated = observed.run("validate", "--target", "prod")
    assert "grants/requests/misspelt.yaml:" in validated.out
    assert "grants/requests/elsewhere.yaml:" not in validated.out
