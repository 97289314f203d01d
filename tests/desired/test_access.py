"""What the access of a document comes to."""

from __future__ import annotations

from typing import Any

from reconciler.desired.access import expand


def texts(expansion: Any) -> Any:
    return [
        str(found.privilege) + (" +option" if found.with_option else "")
        for found in expansion.privileges
    ]


def test_objects_columns_roles_and_system_privileges(papers: Any) -> None:
    access = (
        papers.select("SELECT", "INSERT"),
        papers.select("UPDATE", columns=("SALARY", "PHONE")),
        papers.role(),
        papers.system(with_option=True),
    )
    assert texts(expand(access, {})) == [
        "SELECT on HR.EMPLOYEES",
        "INSERT on HR.EMPLOYEES",
        "UPDATE (SALARY) on HR.EMPLOYEES",
        "UPDATE (PHONE) on HR.EMPLOYEES",
        "role HR_READER",
        "CREATE SESSION +option",
    ]


def test_bundles_in_bundles_are_opened_and_point_to_the_line_that_names_them(papers: Any) -> None:
    bundles = {
        "inner": papers.bundle("inner", papers.role()),
        "outer": papers.bundle("outer", papers.bundle_access("inner"), papers.system()),
    }
    expansion = expand((papers.bundle_access("outer"),), bundles)
    assert texts(expansion) == ["role HR_READER", "CREATE SESSION"]
    assert {found.origin for found in expansion.privileges} == {papers.at(13)}


def test_the_same_privilege_twice_is_one_with_the_stronger_option(papers: Any) -> None:
    for access in [
        (papers.role(), papers.role(with_option=True)),
        (papers.role(with_option=True), papers.role()),
    ]:
        assert texts(expand(access, {})) == ["role HR_READER +option"]


def test_an_unknown_bundle_is_a_finding(papers: Any) -> None:
    expansion = expand((papers.bundle_access("nowhere"),), {})
    assert [(found.rule, found.message, found.origin) for found in expansion.findings] == [
        ("bundle.unusable", "there is no bundle nowhere", papers.at(13))
    ]


def test_bundles_that_contain_each_other_are_a_finding_not_a_loop(papers: Any) -> None:
    bundles = {
        "a": papers.bundle("a", papers.bundle_access("b")),
        "b": papers.bundle("b", papers.bundle_access("a")),
    }
    expansion = expand((papers.bundle_access("a"),), bundles)
    assert [found.message for found in expansion.findings] == [
        "bundle a contains itself: a > b > a"
    ]


def test_the_same_bundle_beside_itself_is_fine(papers: Any) -> None:
    bundles = {"a": papers.bundle("a", papers.role())}
    assert expand((papers.bundle_access("a"), papers.bundle_access("a")), bundles).findings == ()
