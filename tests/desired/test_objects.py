"""What is read of a target beyond its grants: what documents name, what its scope names, and what is classified."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.desired.objects import Objects, matching, reading
from reconciler.model.break_glass import BreakGlass
from reconciler.model.classification import Classification, ColumnPattern, Level
from reconciler.model.documents import (
    Documents,
    ManyObjectsAccess,
    ObjectPattern,
    StandingGrant,
    TargetSelector,
)
from reconciler.model.snapshot import DatabaseObject, Reading

SALARY = ColumnPattern("PAY", "*", "SALARY")


def classified(papers: Any, *patterns: ColumnPattern, target: str = "hr-prod") -> Classification:
    selector = TargetSelector((target,), {}, papers.at(1))
    return Classification("pay", papers.at(1), selector, Level.RESTRICTED, "pay", (), patterns)


def read(papers: Any, *patterns: ColumnPattern, schemas: Any = (), **documents: Any) -> Reading:
    target = papers.target()
    target = replace(target, scope=replace(target.scope, schemas=schemas))
    found = classified(papers, *patterns) if patterns else None
    given = {"classifications": {"pay": found}} if found else {}
    return reading(Documents("c0ffee", **given, **documents), target)


def test_objects_are_read_of_the_schemas_that_documents_and_the_scope_name(papers: Any) -> None:
    asked = {"fix": papers.request()}
    found = read(papers, schemas=("OE", "FIN*"), requests=asked)
    assert found.schemas == {"HR", "OE"}
    assert found.described == {"HR", "OE", "FIN*"}
    assert found.tables == set()


def test_columns_are_read_of_tables_whose_columns_are_named(papers: Any) -> None:
    asked = {"fix": papers.request(access=(papers.select("UPDATE", columns=("SALARY",)),))}
    assert read(papers, requests=asked).tables == {("HR", "EMPLOYEES")}


def test_what_is_asked_for_on_other_targets_is_not_read(papers: Any) -> None:
    elsewhere = papers.request(targets=papers.NOWHERE)
    assert read(papers, requests={"fix": elsewhere}) == Reading()


def test_classified_columns_are_looked_for_and_their_owners_looked_into(papers: Any) -> None:
    found = read(papers, SALARY)
    assert found.classified == {SALARY}
    assert found.described == {"PAY"}
    assert found.schemas == set()


def test_columns_of_any_owner_do_not_make_the_whole_database_read(papers: Any) -> None:
    anywhere = ColumnPattern("*", "*", "IBAN*")
    found = read(papers, anywhere, schemas=("HR",))
    assert found.classified == {anywhere}
    assert found.described == {"HR"}


def test_a_classification_of_another_target_is_none_here(papers: Any) -> None:
    other = classified(papers, SALARY, target="crm")
    assert (
        reading(Documents("c0ffee", classifications={"pay": other}), papers.target()).classified
        == set()
    )


def many(papers: Any, pattern: str = "", label: str = "", **parts: Any) -> ManyObjectsAccess:
    owner, _, name = pattern.partition(".")
    place = ObjectPattern(owner, name) if pattern else None
    privileges = parts.pop("privileges", ("SELECT",))
    return ManyObjectsAccess(privileges, place, label, parts.pop("types", ()), False, papers.at(10))


def test_of_a_pattern_the_schema_is_read_in_which_it_looks_for_objects(papers: Any) -> None:
    asked = {"fix": papers.request(access=(many(papers, "OE.ORD*"),))}
    found = read(papers, requests=asked)
    assert (found.schemas, found.tables) == ({"OE"}, set())


def test_of_a_label_the_schemas_are_read_in_which_the_target_has_its_objects(papers: Any) -> None:
    labels = {"pay": (ObjectPattern("PAY", "*"), ObjectPattern("HR", "SALARIES"))}
    target = replace(papers.target(), object_labels=labels)
    for label, schemas in (("pay", {"PAY", "HR"}), ("unknown", set())):
        asked = {"fix": papers.request(access=(many(papers, label=label),))}
        assert reading(Documents("c0ffee", requests=asked), target).schemas == schemas


def glass(papers: Any, *targets: str) -> BreakGlass:
    here = papers.at(1)
    return BreakGlass(
        "rescue", here, "why", ("bob",), {}, targets, here, (papers.select(),), papers.HOUR, "", ("carol",), "0" * 64, here
    )  # fmt: skip


def test_what_break_glass_would_give_on_the_target_is_read_before_it_is_opened(
    papers: Any,
) -> None:
    assert read(papers, break_glass={"rescue": glass(papers, "hr-prod")}).schemas == {"HR"}
    assert read(papers, break_glass={"rescue": glass(papers, "crm")}).schemas == set()


def test_what_bundles_hold_and_standing_grants_give_is_read(papers: Any) -> None:
    bundles = {"pay": papers.bundle("pay", papers.select("UPDATE", columns=("SALARY",)))}
    assert read(papers, bundles=bundles).tables == {("HR", "EMPLOYEES")}
    granted: StandingGrant = papers.standing(access=(papers.select(), papers.role()))
    assert read(papers, standing={"base": granted}).schemas == {"HR"}


KNOWN = (
    DatabaseObject("HR", "SALARIES", "TABLE"),
    DatabaseObject("HR", "SALARY_SUM", "TABLE"),
    DatabaseObject("HR", "SALARY_SUM", "MATERIALIZED VIEW"),
    DatabaseObject("HR", "SALARY_CALC", "PACKAGE"),
    DatabaseObject("HR", "SALARY_SEQ", "SEQUENCE"),
    DatabaseObject("OE", "SALARIES", "TABLE"),
)


@pytest.mark.parametrize(
    ("privilege", "types", "names"),
    [
        ("SELECT", (), ["SALARIES", "SALARY_SEQ", "SALARY_SUM"]),
        ("SELECT", ("SEQUENCE",), ["SALARY_SEQ"]),
        ("EXECUTE", (), ["SALARY_CALC"]),
        ("EXECUTE", ("TABLE",), []),
    ],
)
def test_a_pattern_stands_for_the_objects_of_its_schema_that_take_the_privilege_each_once(
    papers: Any, privilege: str, types: tuple[str, ...], names: list[str]
) -> None:
    item = many(papers, "HR.SAL*", privileges=(privilege,), types=types)
    found = matching(item, Objects("hr-prod", tuple(reversed(KNOWN))))
    assert [(row.owner, row.name) for row in found] == [("HR", name) for name in names]
