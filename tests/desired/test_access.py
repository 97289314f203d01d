"""What the access of a document comes to."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.desired.access import expand
from reconciler.model.documents import ObjectAccess, ProxyAccess, QuotaAccess, RoleAccess
from reconciler.model.privileges import UNLIMITED, proxy, quota


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


@pytest.mark.parametrize(
    ("sizes", "kept"),
    [
        (("1024", "2048"), "2048"),
        (("2048", "1024"), "2048"),
        (("999", "1000"), "1000"),
        ((UNLIMITED, "2048"), UNLIMITED),
        (("2048", UNLIMITED), UNLIMITED),
    ],
)
def test_a_user_has_one_quota_on_a_tablespace_and_the_larger_one_holds(
    papers: Any, sizes: tuple[str, ...], kept: str
) -> None:
    access = [QuotaAccess("USERS", size, papers.at(line)) for line, size in enumerate(sizes)]
    (found,) = expand(access, {}).privileges
    assert found.privilege == quota(kept, "USERS")
    assert found.origin == papers.at(sizes.index(kept))


def test_quotas_on_two_tablespaces_are_two(papers: Any) -> None:
    access = [QuotaAccess(name, "1024", papers.at(1)) for name in ("USERS", "DATA")]
    assert [row.privilege.object for row in expand(access, {}).privileges] == ["USERS", "DATA"]


def test_a_proxy_is_the_right_to_log_on_as_its_client(papers: Any) -> None:
    (found,) = expand([ProxyAccess("HR_APP", papers.at(1))], {}).privileges
    assert (found.privilege, found.with_option) == (proxy("HR_APP"), False)


def test_who_may_administer_a_role_needs_no_right_to_delegate_it(papers: Any) -> None:
    delegate = RoleAccess("HR_READER", False, papers.at(1), with_delegate=True)
    admin = papers.role(with_option=True)
    for access in ((delegate, admin), (admin, delegate)):
        (found,) = expand(access, {}).privileges
        assert (found.with_option, found.with_second_option) == (True, False)


def test_on_an_object_both_options_of_two_items_hold(papers: Any) -> None:
    place = ("HR", "EMPLOYEES", ())
    grant = ObjectAccess(("SELECT",), *place, True, papers.at(1))
    hierarchy = ObjectAccess(("SELECT",), *place, False, papers.at(2), with_hierarchy=True)
    for access in ((grant, hierarchy), (hierarchy, grant)):
        (found,) = expand(access, {}).privileges
        assert (found.with_option, found.with_second_option) == (True, True)
