"""A pattern covers what lies wholly inside it, and touches what could be inside it: allowances cover, denials touch."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.access_patterns import InvalidPatternError, parse
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
from reconciler.model.policies import AccessPattern, PatternKind
from reconciler.policy.matching import covered, covers, forbidden_pattern, shape_of, touches
from tests.policy.rule_papers import HERE, asked, patterns, select, system

TABLE = select("EMPLOYEES")
SALARY = select("EMPLOYEES", columns=("SALARY",))
NAME = select("EMPLOYEES", columns=("NAME",))
WILD = ManyObjectsAccess(("SELECT",), ObjectPattern("HR", "EMP*"), "", (), False, HERE)
ODD = ManyObjectsAccess(("SELECT",), ObjectPattern("HR", "EMP*", exact=True), "", (), False, HERE)
READER = RoleAccess("HR_READER", False, HERE)
ANY = system("SELECT ANY TABLE")
IN_SCHEMA = SchemaAccess(("SELECT ANY TABLE",), "HR", False, HERE)
PROXY = ProxyAccess("HR_APP", HERE)


@pytest.mark.parametrize(
    ("text", "item", "is_covered", "is_touched"),
    [
        ("SELECT", TABLE, True, True),
        ("SELECT", WILD, True, True),
        ("SELECT", ANY, False, False),
        ("SEL*", TABLE, True, True),
        ("UPDATE", TABLE, False, False),
        ("* ANY *", ANY, True, True),
        ("* ANY *", IN_SCHEMA, True, True),
        ("select", TABLE, False, False),
        ("SELECT on HR.*", TABLE, True, True),
        ("SELECT on HR.*", WILD, True, True),
        ("SELECT on HR.EMPLOYEES", TABLE, True, True),
        ("SELECT on HR.EMPLOYEES", WILD, False, True),
        ("SELECT on HR.*LOYEES", WILD, False, True),
        ("SELECT on HR.JOBS", WILD, False, False),
        ("SELECT on FIN.*", TABLE, False, False),
        ('SELECT on HR."EMP*"', WILD, False, True),
        ('SELECT on HR."EMP*"', ODD, True, True),
        ('SELECT on HR."EMP*"', TABLE, False, False),
        ("SELECT on HR.EMP*", ODD, True, True),
        # columns are part of the table
        ("SELECT on HR.EMPLOYEES.SALARY", TABLE, False, True),
        ("SELECT on HR.EMPLOYEES.SALARY", SALARY, True, True),
        ("SELECT on HR.EMPLOYEES.SALARY", NAME, False, False),
        ("SELECT on HR.EMPLOYEES", SALARY, True, True),
        ("SELECT on HR.EMPLOYEES.*", TABLE, True, True),
        # a place reaches what leads there
        ("SELECT on HR.EMPLOYEES", ANY, False, True),
        ("READ on HR.EMPLOYEES", ANY, False, True),
        ("DELETE on HR.EMPLOYEES", ANY, False, False),
        ("SELECT on HR.EMPLOYEES", IN_SCHEMA, False, True),
        ("SELECT on FIN.NET", IN_SCHEMA, False, False),
        ("SELECT ANY TABLE on HR.*", IN_SCHEMA, True, True),
        ("SELECT on HR.EMPLOYEES", select("EMPLOYEES", "READ"), False, True),
        ("READ on HR.EMPLOYEES", TABLE, False, True),
        ("DELETE on HR.EMPLOYEES", system("GRANT ANY OBJECT PRIVILEGE"), False, True),
        ("INDEX on HR.EMPLOYEES", system("CREATE ANY INDEX"), False, True),
        ("SELECT on HR.EMPLOYEES", system("CREATE SESSION"), False, False),
        # roles, bundles, proxies, quotas
        ("role:HR_*", READER, True, True),
        ("role:DBA", READER, False, False),
        ('role:"HR_*"', READER, False, False),
        ('role:"Hr"', RoleAccess("Hr", False, HERE), True, True),
        ('role:"HR_*"', RoleAccess("HR_*", False, HERE), True, True),
        ("HR_READER", READER, False, False),
        ("*", READER, False, False),
        ("role:*", TABLE, False, False),
        ("proxy:HR_*", PROXY, True, True),
        ("proxy:HR_APP", TABLE, False, False),
        ("CONNECT THROUGH", PROXY, True, True),
        ("*", PROXY, True, True),
        ("* on *.*", PROXY, False, False),
        ("QUOTA", QuotaAccess("USERS", "1", HERE), True, True),
        ("* on *.*", QuotaAccess("USERS", "1", HERE), False, False),
        ("bundle:gone", BundleAccess("gone", HERE), True, True),
        ("bundle:other", BundleAccess("gone", HERE), False, False),
        ("*", BundleAccess("gone", HERE), False, False),
        # options are not what is covered
        ("WITH GRANT OPTION", select(with_option=True), False, True),
        ("WITH GRANT OPTION", TABLE, False, False),
        ("WITH ADMIN OPTION", RoleAccess("R", True, HERE), False, True),
        ("WITH ADMIN OPTION", select(with_option=True), False, False),
        ("SELECT", select(with_option=True), True, True),
    ],
)
def test_what_a_pattern_covers_and_touches(
    text: str, item: object, is_covered: bool, is_touched: bool
) -> None:
    (one,) = asked(item)
    assert covers(parse(text), one) is is_covered
    assert touches(parse(text), one) is is_touched


def test_a_bundles_pattern_is_about_everything_in_the_bundle() -> None:
    bundles = {"pay": Bundle("pay", HERE, "", (TABLE, READER))}
    for one in asked(BundleAccess("pay", HERE), bundles=bundles):
        assert covers(parse("bundle:p*"), one)
        assert touches(parse("bundle:pay"), one)
        assert not touches(parse("bundle:other"), one)


@pytest.mark.parametrize(
    ("texts", "item", "is_covered"),
    [
        (("SELECT on HR.*",), TABLE, True),
        (("SELECT on HR.*",), select(with_option=True), False),
        (("SELECT on HR.*", "WITH ADMIN OPTION"), select(with_option=True), False),
        (("SELECT on HR.*", "WITH GRANT OPTION"), select(with_option=True), True),
        (("WITH GRANT OPTION",), select(with_option=True), False),
        (("role:*", "WITH ADMIN OPTION"), RoleAccess("R", True, HERE), True),
        (("role:*",), RoleAccess("R", False, HERE, with_delegate=True), False),
    ],
)
def test_an_option_must_be_allowed_beside_what_it_comes_with(
    texts: Sequence[str], item: object, is_covered: bool
) -> None:
    (one,) = asked(item)
    assert covered(patterns(*texts), one) is is_covered


def test_a_bundle_is_allowed_with_the_options_in_it() -> None:
    bundles = {"pay": Bundle("pay", HERE, "", (select(with_option=True),))}
    (one,) = asked(BundleAccess("pay", HERE), bundles=bundles)
    assert covered(patterns("bundle:pay"), one)


def test_what_is_forbidden_names_roles_in_the_dictionarys_spelling() -> None:
    (odd,) = asked(RoleAccess("Hr", False, HERE))
    (plain,) = asked(RoleAccess("HR", False, HERE))
    assert touches(forbidden_pattern("role:Hr"), odd)
    assert not touches(forbidden_pattern("role:Hr"), plain)
    assert touches(forbidden_pattern("SELECT on hr.*"), asked(TABLE)[0])
    with pytest.raises(InvalidPatternError):
        forbidden_pattern("SELECT on HR")


# Laws

NAMES = st.sampled_from(["A", "AB", "B", "*", "A*", "*B", "A*B"])
EXACT = st.sampled_from(["A", "AB", "B"])


def privileges(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    verbs = st.sampled_from(["SELECT", "READ", "UPDATE"])
    columns = st.one_of(st.just(""), parts.map(".{}".format))
    places = st.builds("{} on {}.{}{}".format, verbs, parts, parts, columns)
    return st.one_of(verbs, places)


PATTERNS = st.one_of(
    privileges(NAMES),
    st.builds("{}:{}".format, st.sampled_from(["role", "proxy", "bundle"]), NAMES),
    st.sampled_from(["WITH GRANT OPTION", "WITH ADMIN OPTION", "*", "SELECT ANY TABLE"]),
).map(parse)
ONE = st.one_of(
    st.builds("{} on {}.{}.{}".format, st.sampled_from(["INSERT", "UPDATE"]), EXACT, EXACT, EXACT),
    st.builds("{}:{}".format, st.sampled_from(["role", "proxy", "bundle"]), EXACT),
    st.sampled_from(["WITH GRANT OPTION", "CREATE SESSION"]),
).map(parse)


@given(PATTERNS, PATTERNS, PATTERNS)
def test_covering_is_an_order_and_implies_touching(
    one: AccessPattern, other: AccessPattern, third: AccessPattern
) -> None:
    """What touches the smaller pattern touches the larger one: but for those without a place, which go by the name of the privilege alone."""
    assert covers(one, shape_of(one))
    if covers(one, shape_of(other)):
        assert touches(one, shape_of(other))
    is_by_name = one.kind is PatternKind.PRIVILEGE and not one.owner
    if not is_by_name and covers(one, shape_of(other)) and touches(other, shape_of(third)):
        assert touches(one, shape_of(third))
    if covers(one, shape_of(other)) and covers(other, shape_of(third)):
        assert covers(one, shape_of(third))


@given(ONE, ONE)
def test_an_exact_pattern_covers_and_touches_exactly_itself(
    one: AccessPattern, other: AccessPattern
) -> None:
    assert covers(one, shape_of(other)) is (one == other)
    assert touches(one, shape_of(other)) is (one == other)
