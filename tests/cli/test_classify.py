"""`reconciler classify`: proposals from the dictionary, ready to be kept as documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.model.exit_codes import ExitCode
from tests.cli.test_output_contracts import problems
from tests.scenarios.world import Ran, World


def proposals(world: World, *arguments: str) -> list[dict[str, Any]]:
    ran = world.run("classify", "prod", *arguments, "--output", "json")
    assert ran.code == ExitCode.OK, ran.err
    assert problems("classify", ran.json) == []
    return list(ran.json["proposals"])


def names(found: list[dict[str, Any]]) -> set[str]:
    return {f"{row['owner']}.{row['table']}.{row['column']}" for row in found}


def test_the_sample_schema_is_known_for_what_it_is(observed: World) -> None:
    found = proposals(observed, "--schema", "hr")
    by_column = {f"{row['table']}.{row['column']}": row for row in found}
    assert by_column["EMPLOYEES.SALARY"]["category"] == "pay"
    assert by_column["EMPLOYEES.EMAIL"]["category"] == "contact"
    assert by_column["EMPLOYEES.PHONE_NUMBER"]["confidence"] == "high"
    assert by_column["EMPLOYEES.LAST_NAME"]["category"] == "people"
    assert "EMPLOYEES.HIRE_DATE" not in by_column
    assert "EMPLOYEES.EMPLOYEE_ID" not in by_column
    assert {row["owner"] for row in found} == {"HR"}


def test_without_a_schema_those_of_the_scope_are_looked_at(observed: World) -> None:
    assert {row["owner"] for row in proposals(observed)} >= {"HR", "OE"}
    assert {row["owner"] for row in proposals(observed, "--schema", "O*")} == {"OE"}


def keep(world: World, *arguments: str) -> Ran:
    """Writes the documents as the command says and merges them."""
    folder = world.repository / "grants" / "classifications"
    ran = world.run("classify", "prod", *arguments, "--out", str(folder), "--output", "yaml")
    assert ran.code == ExitCode.OK, ran.err
    world.merge({})
    return ran


def test_the_documents_it_writes_are_right_and_then_nothing_is_left(observed: World) -> None:
    printed = keep(observed, "--schema", "HR").out
    assert "# high: name has SALARY" in printed
    written = {
        path.name: path.read_text(encoding="utf-8")
        for path in (observed.repository / "grants" / "classifications").iterdir()
    }
    assert {"prod-pay.yaml", "prod-contact.yaml", "prod-people.yaml"} <= written.keys()
    for name, text in written.items():
        assert f"# grants/classifications/{name}\n{text}" in printed
    checked = observed.run("validate")
    assert checked.code == ExitCode.OK, checked.out
    assert proposals(observed, "--schema", "HR") == []
    assert "nothing to propose" in observed.run("classify", "prod", "--schema", "HR").out


def test_what_is_proposed_later_gets_a_name_of_its_own(observed: World) -> None:
    observed.as_dba("CREATE TABLE oe.bonuses (bonus NUMBER)")
    try:
        keep(observed, "--schema", "OE")
        keep(observed, "--schema", "HR")
        folder = observed.repository / "grants" / "classifications"
        assert {"prod-pay.yaml", "prod-pay-2.yaml"} <= {path.name for path in folder.iterdir()}
        assert observed.run("validate").code == ExitCode.OK
    finally:
        observed.as_dba("DROP TABLE oe.bonuses")


def test_a_file_that_is_there_is_not_changed(observed: World, tmp_path: Path) -> None:
    (tmp_path / "prod-pay.yaml").write_text("mine\n", encoding="utf-8")
    ran = observed.run("classify", "prod", "--schema", "HR", "--out", str(tmp_path))
    assert ran.code == ExitCode.INVALID
    assert "classify.file-exists" in ran.err
    assert [path.name for path in tmp_path.glob("*.yaml")] == ["prod-pay.yaml"]
    assert (tmp_path / "prod-pay.yaml").read_text(encoding="utf-8") == "mine\n"
    in_the_way = tmp_path / "file"
    in_the_way.write_text("", encoding="utf-8")
    ran = observed.run("classify", "prod", "--out", str(in_the_way / "folder"))
    assert (ran.code, "classify.not-written" in ran.err) == (ExitCode.INVALID, True)


def test_comments_are_looked_at_and_never_printed(observed: World) -> None:
    observed.as_dba(
        "CREATE TABLE hr.notes_of_clerks (field_1 VARCHAR2(40), field_2 VARCHAR2(40))",
        "COMMENT ON COLUMN hr.notes_of_clerks.field_1 IS 'passport, SECRET-REMARK ${{ x }}'",
    )
    try:
        found = [row for row in proposals(observed) if row["table"] == "NOTES_OF_CLERKS"]
        assert [(row["column"], row["category"], row["confidence"]) for row in found] == [
            ("FIELD_1", "identifiers", "medium")
        ]
        for form in ("text", "json", "yaml"):
            assert "REMARK" not in observed.run("classify", "prod", "--output", form).out
    finally:
        observed.as_dba("DROP TABLE hr.notes_of_clerks")


def test_names_that_need_quotes_are_quoted_in_documents(observed: World) -> None:
    table = '"Mixed.Case: x"'
    observed.as_dba(f'CREATE TABLE hr.{table} ("e mail" VARCHAR2(40), "é-Email #1" VARCHAR2(40))')
    try:
        assert "Mixed.Case: x" in keep(observed, "--schema", "HR").out
        checked = observed.run("validate")
        assert checked.code == ExitCode.OK, checked.out
        assert proposals(observed, "--schema", "HR") == []
    finally:
        observed.as_dba(f"DROP TABLE hr.{table}")


def test_no_row_of_a_table_is_read(observed: World) -> None:
    """The account has no right on any of them."""
    held = observed.as_dba(
        "SELECT owner FROM dba_tab_privs WHERE grantee = 'RECONCILER' AND owner = 'HR'"
    )
    assert held == []
    assert proposals(observed)


def test_a_right_that_is_missing_is_told_with_its_grant(observed: World) -> None:
    observed.as_dba("REVOKE READ ON SYS.DBA_COL_COMMENTS FROM reconciler")
    try:
        ran = observed.run("classify", "prod")
        assert ran.code == ExitCode.FAILURE
        assert "GRANT READ ON SYS.DBA_COL_COMMENTS TO RECONCILER" in ran.err
    finally:
        observed.as_dba("GRANT READ ON SYS.DBA_COL_COMMENTS TO reconciler")


@pytest.mark.parametrize("given", ['"HR', "H R", "", "HR;DROP"])
def test_what_is_no_name_of_a_schema_is_refused(observed: World, given: str) -> None:
    ran = observed.run("classify", "prod", "--schema", given)
    assert ran.code == ExitCode.INVALID
    assert "classify.schema" in ran.err


def test_an_unknown_target_is_refused(observed: World) -> None:
    ran = observed.run("classify", "nowhere", "--output", "json")
    assert ran.code == ExitCode.INVALID
    assert ran.json["error"]["rule"] == "target.unknown"
    assert problems("classify", ran.json) == []


def test_its_schema_is_one() -> None:
    from tests.cli.test_output_contracts import schema

    Draft202012Validator.check_schema(schema("classify"))
    assert json.dumps(schema("classify"))
