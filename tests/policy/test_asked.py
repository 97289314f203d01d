"""What a request asks for comes out as single things: bundles opened, wildcards and labels as sets of names, options kept."""

from __future__ import annotations

from reconciler.model.diagnostics import Origin
from reconciler.model.documents import (
    Bundle,
    BundleAccess,
    ManyObjectsAccess,
    ObjectPattern,
    ProxyAccess,
    QuotaAccess,
    RoleAccess,
    SchemaAccess,
)
from reconciler.model.identities import IdentityKind
from reconciler.model.policies import PatternKind
from reconciler.policy.asked import asked_for
from tests.policy.rule_papers import (
    HERE,
    asked,
    documents,
    request,
    select,
    system,
    target,
)

THERE = Origin("grants/bundles/b.yaml", 9, 1)


def shown(*access: object, **more: object) -> list[str]:
    return [" ".join((str(one), *one.options)) for one in asked(*access, **more)]


def many(pattern: ObjectPattern | None, label: str = "", **more: bool) -> ManyObjectsAccess:
    return ManyObjectsAccess(("SELECT", "UPDATE"), pattern, label, (), False, HERE, **more)


def test_each_privilege_of_an_item_is_a_thing_of_its_own() -> None:
    assert shown(select("A", "SELECT", "DELETE"), system("CREATE SESSION")) == [
        "SELECT on HR.A",
        "DELETE on HR.A",
        "CREATE SESSION",
    ]


def test_each_column_of_a_list_is_a_thing_of_its_own() -> None:
    found = shown(select("A", "UPDATE", columns=("NET", "Odd")))
    assert found == ["UPDATE on HR.A.NET", 'UPDATE on HR.A."Odd"']


def test_wildcards_stay_wildcards() -> None:
    assert shown(many(ObjectPattern("HR", "PAY*"))) == ["SELECT on HR.PAY*", "UPDATE on HR.PAY*"]
    exact = many(ObjectPattern("HR", "PAY*", exact=True))
    assert shown(exact)[0] == 'SELECT on HR."PAY*"'


def test_a_label_is_what_the_target_says_it_stands_for() -> None:
    labelled = target(
        object_labels={"pay": (ObjectPattern("HR", "PAY*"), ObjectPattern("FIN", "NET"))}
    )
    assert shown(many(None, "pay"), target=labelled) == [
        "SELECT on HR.PAY*",
        "UPDATE on HR.PAY*",
        "SELECT on FIN.NET",
        "UPDATE on FIN.NET",
    ]


def test_a_label_that_the_target_does_not_have_could_be_anything() -> None:
    assert shown(many(None, "gone"))[0] == "SELECT on *.*"


def test_schemas_roles_quotas_and_proxies() -> None:
    found = shown(
        SchemaAccess(("SELECT ANY TABLE",), "HR", True, HERE),
        RoleAccess("HR_READER", False, HERE),
        QuotaAccess("USERS", "100", HERE),
        ProxyAccess("HR_APP", HERE),
    )
    assert found == [
        "SELECT ANY TABLE on schema HR WITH ADMIN OPTION",
        "role:HR_READER",
        "QUOTA",
        "proxy:HR_APP",
    ]


def test_a_directory_is_named_by_its_kind() -> None:
    item = select("DUMP_DIR", "READ", owner="SYS", on="DIRECTORY")
    assert shown(item) == ["READ on DIRECTORY DUMP_DIR"]


def test_options_of_both_kinds_are_kept() -> None:
    assert shown(
        select("A", with_option=True),
        select("B", with_hierarchy=True),
        many(ObjectPattern("HR", "*"), with_hierarchy=True),
        RoleAccess("R", True, HERE),
        RoleAccess("S", False, HERE, with_delegate=True),
        system("CREATE TABLE", with_option=True),
    ) == [
        "SELECT on HR.A WITH GRANT OPTION",
        "SELECT on HR.B WITH GRANT OPTION",
        "SELECT on HR.* WITH GRANT OPTION",
        "UPDATE on HR.* WITH GRANT OPTION",
        "role:R WITH ADMIN OPTION",
        "role:S WITH ADMIN OPTION",
        "CREATE TABLE WITH ADMIN OPTION",
    ]


def test_bundles_are_opened_however_deep_and_each_thing_keeps_the_place_that_asks() -> None:
    bundles = {
        "outer": Bundle("outer", THERE, "", (BundleAccess("inner", THERE), select("A"))),
        "inner": Bundle(
            "inner", THERE, "", (RoleAccess("R", False, THERE), BundleAccess("outer", THERE))
        ),
    }
    found = asked(BundleAccess("outer", HERE), bundles=bundles)
    assert [str(one) for one in found] == ["role:R", "SELECT on HR.A"]
    assert [one.text for one in found[0].bundles] == ["outer", "inner"]
    assert {one.origin for one in found} == {HERE}


def test_a_bundle_that_there_is_not_comes_out_as_itself() -> None:
    (found,) = asked(BundleAccess("gone", HERE))
    assert (found.kind, str(found)) == (PatternKind.BUNDLE, "bundle:gone")


def test_the_client_of_a_proxy_is_asked_for_too() -> None:
    asking = request(identity=IdentityKind.PROXY, client="HR_APP", user_origin=THERE)
    found = asked_for(asking, target(), documents())
    assert [(str(one), one.origin) for one in found][-1] == ("proxy:HR_APP", THERE)
