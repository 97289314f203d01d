"""What is read of a target beyond its grants: what documents name, what its scope names, and what is classified."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.desired.objects import reading
from reconciler.model.classification import Classification, ColumnPattern, Level
from reconciler.model.documents import Documents, TargetSelector
from reconciler.model.snapshot import Reading

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
