"""The runner itself: what it compares, and that it cannot pass what it did not see."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import run_cases
import yaml
from run_cases import Mismatch, Outcome

CASES = Path(__file__).with_name("cases")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (Decimal("0.50"), ".5"),
        (-0.25, "-.25"),
        (100, "100"),
        (Decimal("1E+2"), "100"),
        (b"\x0a\xff", "0AFF"),
        ("text  ", "text"),
    ],
)
def test_values_are_compared_as_sqlplus_shows_them(value: Any, shown: str) -> None:
    assert run_cases.as_text(value) == shown


def test_an_expected_error_is_compared_by_number() -> None:
    step = {"expect": "ORA-00942"}
    run_cases.check(step, Outcome(942, "ORA-00942: anything"), 19)
    with pytest.raises(Mismatch):
        run_cases.check(step, Outcome(1031, "ORA-01031: insufficient privileges"), 19)
    with pytest.raises(Mismatch):
        run_cases.check(step, Outcome(), 19)


def test_a_wording_binds_only_the_releases_that_had_it() -> None:
    step = {"expect": "ORA-01951", "message_contains": "'R'", "message_releases": [19]}
    answer = Outcome(1951, 'ORA-01951: Role "R" not granted')
    run_cases.check(step, answer, 23)
    with pytest.raises(Mismatch):
        run_cases.check(step, answer, 19)


def test_releases_before_23_may_expect_something_else() -> None:
    step = {"expect": "ORA-41900", "expect_before_23": "ORA-01031"}
    run_cases.check(step, Outcome(1031, "ORA-01031: insufficient privileges"), 19)
    run_cases.check(step, Outcome(41900, "ORA-41900: missing privilege"), 23)


def test_an_error_stack_must_be_in_order() -> None:
    step = {"expect": "ORA-28003", "error_stack": ["ORA-28003", "ORA-20001"]}
    run_cases.check(step, Outcome(28003, "ORA-28003: failed\nORA-20001: short"), 19)
    with pytest.raises(Mismatch):
        run_cases.check(step, Outcome(28003, "ORA-20001: short\nORA-28003: failed"), 19)


def test_the_order_of_rows_counts_unless_the_case_says_otherwise() -> None:
    step: dict[str, Any] = {"expect": "rows", "rows": [["B"], ["A"]]}
    answer = Outcome(columns=("X",), rows=(("A",), ("B",)))
    with pytest.raises(Mismatch):
        run_cases.check(step, answer, 19)
    run_cases.check(step | {"unordered": True}, answer, 19)


def test_a_statement_without_a_result_is_not_an_empty_result() -> None:
    with pytest.raises(Mismatch):
        run_cases.check({"expect": "rows", "rows": []}, Outcome(), 19)


def test_a_server_that_cannot_be_reached_is_a_failure_of_the_case() -> None:
    def reset(_case_id: str) -> run_cases.Server:
        return run_cases.Server("127.0.0.1:1/X", "127.0.0.1:1/X", "none", 19)

    case = {"id": "x", "setup": [], "steps": [{"sql": "SELECT 1 FROM dual", "as_user": "SYSTEM"}]}
    assert run_cases.run_case(case, 19, reset).status == "FAIL"


def test_a_case_with_a_key_that_nobody_reads_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text("id: x\nsetup: []\nsteps: [{sql: COMMIT, as_user: SYS, expects: ok}]\n")
    with pytest.raises(SystemExit, match="expects"):
        list(run_cases.load_cases([path]))


def test_every_case_is_named_after_its_file_and_says_where_its_outcome_comes_from() -> None:
    paths = sorted(CASES.glob("*.yaml"))
    cases = list(run_cases.load_cases(paths))
    assert [case["id"] for case in cases] == [path.stem for path in paths]
    assert all(case["source"]["title"] for case in cases)


def write_case(folder: Path, name: str, sql: str, **more: object) -> None:
    step = {"sql": sql, "as_user": "SYSTEM", "expect": "rows", "rows": [["1"]]}
    text = yaml.safe_dump({"id": name, "setup": [], "steps": [step], **more})
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def test_folders_run_on_a_sandbox_of_their_own_and_end_in_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    write_case(ours, "good", "SELECT 1 FROM dual")
    write_case(theirs, "older", "SELECT 1 FROM dual", releases=[19])
    assert run_cases.main(["--release", "23", str(ours), str(theirs)]) == 0
    write_case(theirs, "wrong", "SELECT 2 FROM dual")
    assert run_cases.main(["--release", "23", str(ours), str(theirs)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[-7:-3]] == [
        ["case", "23"],
        ["good", "passed"],
        ["older", "not", "runnable"],
        ["wrong", "FAILED"],
    ]
    assert lines[-2:] == [
        "not runnable on 23: older: holds for releases 19",
        "23: 1 passed, 1 failed, 1 not runnable",
    ]


def test_a_folder_without_cases_is_no_success(tmp_path: Path) -> None:
    assert run_cases.main([str(tmp_path)]) == 2
    with pytest.raises(SystemExit, match="no such folder"):
        run_cases.main([str(tmp_path / "missing")])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--release", "21", "cases"],
        ["--reset", "true", "cases"],
        ["--dsn", "h:1/X", "--release", "23", "cases"],
        ["--dsn", "h:1/X", "--root-dsn", "h:1/Y", "--password", "p", "cases"],
    ],
)
def test_options_that_do_not_go_together_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        run_cases.main(arguments)
    assert refused.value.code == 2
