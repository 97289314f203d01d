"""Which classified columns a request reaches, by which steps, and how sure that is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import names
from reconciler.model.classification import (
    Column,
    Level,
    Reached,
)
from reconciler.model.documents import (
    Bundle,
    BundleAccess,
    ObjectAccess,
    ObjectPattern,
    ProxyAccess,
    QuotaAccess,
)
from reconciler.model.identities import ColumnView, IdentityKind
from reconciler.model.privileges import on_column, on_object, on_schema, role, system
from reconciler.model.risk import RequesterHistory
from reconciler.model.snapshot import Dependency
from reconciler.planning.known import Known
from reconciler.planning.sensitive import facts
from tests.planning.sensitive_papers import (
    AT,
    IBAN,
    NET,
    NEW,
    PAY,
    SALARY,
    classification,
    dictionary,
    documents,
    found,
    in_schema,
    many,
    reached,
    request,
    select,
    the_role,
    the_system,
)


class TestRightsOnTables:
    @pytest.mark.parametrize(
        ("right", "writes"),
        [
            ("SELECT", False),
            ("READ", False),
            ("REFERENCES", False),
            ("INDEX", False),
            ("UPDATE", True),
            ("INSERT", True),
            ("DELETE", True),
            ("ALTER", True),
        ],
    )
    def test_a_right_on_the_table_reaches_its_columns(
        self, world: Any, right: str, writes: bool
    ) -> None:
        assert reached(world, select("HR.EMPLOYEES", right), dictionary(world)) == [
            ("HR.EMPLOYEES.SALARY", (), True, writes)
        ]

    @pytest.mark.parametrize("right", ["DEBUG", "FLASHBACK", "QUERY REWRITE", "EXECUTE"])
    def test_what_shows_and_changes_nothing_reaches_nothing(self, world: Any, right: str) -> None:
        assert reached(world, select("HR.EMPLOYEES", right), dictionary(world)) == []
        assert reached(world, select("HR.EMPLOYEES", right), None) == []

    @pytest.mark.parametrize("right", ["SELECT", "READ", "UPDATE", "INSERT", "REFERENCES"])
    def test_p35_a_list_of_columns_that_leaves_it_out_does_not_reach_it(
        self, world: Any, right: str
    ) -> None:
        leaves_out = select("HR.EMPLOYEES", right, columns=("PHONE", "EMAIL"))
        names_it = select("HR.EMPLOYEES", right, columns=("PHONE", "SALARY"))
        assert reached(world, leaves_out, dictionary(world)) == []
        assert reached(world, leaves_out, None) == []
        assert [row[0] for row in reached(world, names_it, dictionary(world))] == [str(SALARY)]
        assert [row[0] for row in reached(world, names_it, None)] == [str(SALARY)]

    def test_a_right_on_another_table_reaches_nothing(self, world: Any) -> None:
        assert reached(world, select("HR.JOBS"), dictionary(world)) == []
        assert (
            reached(world, select("FIN.EMPLOYEES"), None, documents(classification("HR.*.X"))) == []
        )

    def test_a_directory_has_no_columns(self, world: Any) -> None:
        item = ObjectAccess(("READ",), "SYS", "IBANS", (), False, AT, on="DIRECTORY")
        assert reached(world, item, dictionary(world)) == []
        assert reached(world, item, None) == []

    def test_another_targets_classification_counts_there(self, world: Any) -> None:
        elsewhere = classification("HR.EMPLOYEES.SALARY", target="fin-prod")
        assert reached(world, select(), dictionary(world), documents(elsewhere)) == []

    def test_a_column_of_two_classifications_is_reached_for_both(self, world: Any) -> None:
        papers = documents(PAY, classification("*.*.IBAN*", "HR.EMPLOYEES.SALARY", name="all"))
        everything = found(world, select(), dictionary(world), papers).reached
        assert [(str(row.column), row.classification) for row in everything] == [
            ("HR.EMPLOYEES.SALARY", "all"),
            ("HR.EMPLOYEES.SALARY", "pay"),
        ]

    def test_all_of_what_is_reached_is_said(self, world: Any) -> None:
        papers = documents(replace(PAY, owners=("payroll",)))
        (row,) = found(world, select(), dictionary(world), papers).reached
        assert row == Reached(SALARY, Level.RESTRICTED, "pay", "pay", ("payroll",))


class TestPatterns:
    def test_a_pattern_reaches_what_it_stands_for(self, world: Any) -> None:
        assert reached(world, many("HR.*"), dictionary(world)) == [
            ("HR.EMPLOYEES.SALARY", (), True, False),
            ("HR.PAYROLL.NET", (), True, False),
        ]
        assert [row[0] for row in reached(world, many("HR.PAY*"), dictionary(world))] == [str(NET)]

    def test_of_several_privileges_those_that_show_or_change_data_count(self, world: Any) -> None:
        several = many("HR.PAY*", "DEBUG", "UPDATE")
        assert reached(world, several, dictionary(world)) == [(str(NET), (), True, True)]
        assert reached(world, many("HR.PAY*", "DEBUG"), dictionary(world)) == []

    def test_what_no_table_takes_stands_for_no_table(self, world: Any) -> None:
        assert reached(world, many("HR.*", "SELECT", "EXECUTE"), dictionary(world)) == []
        assert reached(world, many("HR.*", types=("VIEW",)), dictionary(world)) == []
        assert reached(world, many("HR.*", "EXECUTE"), None) == []

    def test_without_types_of_objects_the_pattern_decides(self, world: Any) -> None:
        snapshot = dictionary(world, objects=frozenset())
        assert [row[0] for row in reached(world, many("HR.PAY*"), snapshot)] == [str(NET)]

    def test_a_label_is_the_targets_patterns(self, world: Any) -> None:
        target = replace(world.target(), object_labels={"pay": (ObjectPattern("HR", "PAY*"),)})
        wanted = request(many(label="pay"))
        given_ = facts(wanted, target, documents(), dictionary(world), NEW)
        assert [str(row.column) for row in given_.reached] == [str(NET)]
        assert given_.known
        assert reached(world, many(label="pay"), dictionary(world)) == []

    def test_a_bundle_is_opened_however_deep_and_a_circle_ends(self, world: Any) -> None:
        inner = Bundle("inner", AT, "", (select("HR.PAYROLL"), BundleAccess("outer", AT)))
        outer = Bundle("outer", AT, "", (BundleAccess("inner", AT), BundleAccess("gone", AT)))
        papers = documents(bundles=(inner, outer))
        asked = BundleAccess("outer", AT)
        assert [row[0] for row in reached(world, asked, dictionary(world), papers)] == [str(NET)]


class TestWideRights:
    @pytest.mark.parametrize(
        ("privilege", "writes"),
        [
            ("SELECT ANY TABLE", False),
            ("READ ANY TABLE", False),
            ("CREATE ANY INDEX", False),
            ("UPDATE ANY TABLE", True),
            ("INSERT ANY TABLE", True),
            ("DELETE ANY TABLE", True),
            ("ALTER ANY TABLE", True),
            ("DROP ANY TABLE", True),
        ],
    )
    def test_an_any_privilege_reaches_all_of_them(
        self, world: Any, privilege: str, writes: bool
    ) -> None:
        everything = [(str(column), (), True, writes) for column in (IBAN, SALARY, NET)]
        assert reached(world, the_system(privilege), dictionary(world)) == everything

    def test_on_a_schema_it_reaches_that_schema(self, world: Any) -> None:
        asked = in_schema("FIN", "SELECT ANY TABLE")
        assert reached(world, asked, dictionary(world)) == [(str(IBAN), (), True, False)]
        other = in_schema("FIN", "EXECUTE ANY PROCEDURE")
        assert reached(world, other, dictionary(world)) == []
        assert reached(world, other, None) == []

    def test_other_system_privileges_and_quotas_reach_nothing(self, world: Any) -> None:
        for item in (the_system("CREATE SESSION"), QuotaAccess("USERS", "1024", AT)):
            assert reached(world, item, dictionary(world)) == []
            assert reached(world, item, None) == []

    def test_it_stops_at_oracles_own_schemas(self, world: Any) -> None:
        own = Column("XDB", "KEYS", "IBAN")
        snapshot = dictionary(world, columns=(own,))
        assert reached(world, the_system("SELECT ANY TABLE"), snapshot) == []


class TestRolesAndClients:
    def test_a_role_reaches_what_the_roles_in_it_do(self, world: Any) -> None:
        snapshot = dictionary(
            world,
            world.row("HR_READER", role("INNER")),
            world.row("INNER", on_object("SELECT", "HR", "EMPLOYEES")),
            world.row("HR_WRITER", on_column("UPDATE", "HR", "EMPLOYEES", "SALARY")),
        )
        assert reached(world, the_role("HR_READER"), snapshot) == [
            (str(SALARY), ("role HR_READER", "role INNER"), True, False)
        ]
        both = (the_role("HR_READER"), the_role("HR_WRITER"))
        assert reached(world, both, snapshot) == [(str(SALARY), ("role HR_WRITER",), True, True)]

    def test_a_role_with_a_view_of_the_gatekeeper_reaches_the_columns_it_shows(
        self, world: Any
    ) -> None:
        view = ColumnView("V1", "HR", "EMPLOYEES", ("PHONE", "SALARY"))
        other = ColumnView("V2", "HR", "PAYROLL", ("GROSS",))
        altered = ColumnView("V3", "", "", ())
        views = {row.name: row for row in (view, other, altered)}
        rows = [
            world.row("HR_READER", on_object("SELECT", names.GATE_SCHEMA, name)) for name in views
        ]
        below = [
            Dependency(names.GATE_SCHEMA, row.name, row.owner, row.object, "TABLE")
            for row in (view, other)
        ]
        more = {"column_views": views, "dependencies": frozenset(below)}
        through = ("role HR_READER", "view RECONCILER_GATE.V1")
        snapshot = dictionary(world, *rows, **more)
        assert reached(world, the_role("HR_READER"), snapshot) == [
            (str(SALARY), through, True, False)
        ]
        unread = replace(snapshot, classified_patterns=frozenset())
        assert reached(world, the_role("HR_READER"), unread) == [
            (str(SALARY), through, False, False),
            ("RECONCILER_GATE.V3.*", ("role HR_READER",), False, False),
        ]

    def test_a_view_of_the_gatekeeper_that_was_altered_may_show_anything(self, world: Any) -> None:
        altered = ColumnView("V3", "", "", ())
        snapshot = dictionary(
            world,
            world.row("HR_READER", on_object("SELECT", names.GATE_SCHEMA, "V3")),
            column_views={"V3": altered},
            dependencies=frozenset(
                {Dependency(names.GATE_SCHEMA, "V3", "HR", "EMPLOYEES", "TABLE")}
            ),
        )
        assert reached(world, the_role("HR_READER"), snapshot) == [
            (str(SALARY), ("role HR_READER", "view RECONCILER_GATE.V3"), False, False)
        ]

    def test_a_client_brings_all_it_has(self, world: Any) -> None:
        snapshot = dictionary(
            world,
            world.row("HR_APP", on_object("SELECT", "HR", "EMPLOYEES")),
            world.row("HR_APP", role("HR_READER")),
            world.row("HR_READER", on_schema("SELECT ANY TABLE", "FIN")),
        )
        everything = [
            (str(IBAN), ("proxy HR_APP", "role HR_READER"), True, False),
            (str(SALARY), ("proxy HR_APP",), True, False),
        ]
        assert reached(world, ProxyAccess("HR_APP", AT), snapshot) == everything
        as_proxy = {"identity": IdentityKind.PROXY, "client": "HR_APP"}
        assert reached(world, (), snapshot, **as_proxy) == everything

    def test_a_client_that_owns_the_table_needs_no_grant(self, world: Any) -> None:
        steps = ("proxy HR", "owner of schema HR")
        assert reached(world, ProxyAccess("HR", AT), dictionary(world)) == [
            (str(SALARY), steps, True, True),
            (str(NET), steps, True, True),
        ]

    def test_a_role_or_client_that_is_not_known_may_reach_everything(self, world: Any) -> None:
        for item, step in (
            (the_role("NEW_ROLE"), "role NEW_ROLE"),
            (ProxyAccess("NEW", AT), "proxy NEW"),
        ):
            given_ = found(world, item, dictionary(world))
            assert {(row.through, row.certain, row.writes) for row in given_.reached} == {
                ((step,), False, True)
            }
            assert len(given_.reached) == 3
            assert not given_.known

    def test_powers_are_those_that_roles_and_clients_bring(self, world: Any) -> None:
        snapshot = dictionary(
            world,
            world.row("HR_READER", system("SELECT ANY TABLE")),
            world.row("HR_APP", system("ALTER USER")),
            world.row("ALICE", system("DROP USER")),
        )
        asked = (the_role("HR_READER"), ProxyAccess("HR_APP", AT), the_system("ALTER SYSTEM"))
        assert found(world, asked, snapshot).powers == ("ALTER USER", "SELECT ANY TABLE")


class TestViews:
    PUBLIC_VIEW = Dependency("HR", "EMP_PUBLIC", "HR", "EMPLOYEES", "TABLE")
    ABOVE = Dependency("FIN", "STAFF", "HR", "EMP_PUBLIC", "VIEW")

    def views(self, world: Any, *rows: Any, columns: Any = None, **more: Any) -> Any:
        both = frozenset({self.PUBLIC_VIEW, self.ABOVE})
        return replace(dictionary(world, *rows, dependencies=both, **more), columns=columns or {})

    def test_a_view_that_has_a_column_of_the_name_shows_it(self, world: Any) -> None:
        columns = {("HR", "EMP_PUBLIC"): frozenset({"NAME", "SALARY"})}
        snapshot = self.views(world, columns=columns)
        through = ("view HR.EMP_PUBLIC",)
        assert reached(world, select("HR.EMP_PUBLIC"), snapshot) == [
            (str(SALARY), through, True, False)
        ]
        assert reached(world, select("HR.EMP_PUBLIC", "UPDATE"), snapshot) == [
            (str(SALARY), through, True, True)
        ]
        listed = select("HR.EMP_PUBLIC", columns=("NAME",))
        assert reached(world, listed, snapshot) == []

    @pytest.mark.parametrize("columns", [{}, {("HR", "EMP_PUBLIC"): frozenset({"NAME", "PAY"})}])
    def test_another_view_may_show_it_under_another_name(self, world: Any, columns: Any) -> None:
        snapshot = self.views(world, columns=columns)
        for item in (select("HR.EMP_PUBLIC"), select("HR.EMP_PUBLIC", columns=("PAY",))):
            assert reached(world, item, snapshot) == [
                (str(SALARY), ("view HR.EMP_PUBLIC",), False, False)
            ]

    def test_a_view_over_a_view_is_a_longer_way(self, world: Any) -> None:
        assert reached(world, select("FIN.STAFF"), self.views(world)) == [
            (str(SALARY), ("view FIN.STAFF", "view HR.EMP_PUBLIC"), False, False)
        ]

    def test_a_role_may_lead_to_a_view_and_the_table_itself_comes_first(self, world: Any) -> None:
        snapshot = self.views(world, world.row("HR_READER", on_object("READ", "FIN", "STAFF")))
        steps = ("role HR_READER", "view FIN.STAFF", "view HR.EMP_PUBLIC")
        assert reached(world, the_role("HR_READER"), snapshot) == [
            (str(SALARY), steps, False, False)
        ]
        both = (the_role("HR_READER"), select())
        assert reached(world, both, snapshot) == [(str(SALARY), (), True, False)]

    def test_an_any_privilege_on_the_schema_of_a_view_reaches_through_it(self, world: Any) -> None:
        asked = in_schema("FIN", "SELECT ANY TABLE")
        steps = ("view FIN.STAFF", "view HR.EMP_PUBLIC")
        assert reached(world, asked, self.views(world)) == [
            (str(IBAN), (), True, False),
            (str(SALARY), steps, False, False),
        ]

    def test_what_does_not_pass_a_view_does_not_reach_through_it(self, world: Any) -> None:
        assert reached(world, select("HR.EMP_PUBLIC", "REFERENCES"), self.views(world)) == []

    def test_views_in_a_circle_end(self, world: Any) -> None:
        circle = frozenset(
            {self.PUBLIC_VIEW, Dependency("HR", "EMPLOYEES", "HR", "EMP_PUBLIC", "VIEW")}
        )
        snapshot = dictionary(world, dependencies=circle)
        assert [row[0] for row in reached(world, select("HR.EMP_PUBLIC"), snapshot)] == [
            str(SALARY)
        ]

    def test_a_table_that_is_not_known_is_reached_through_a_view_too(self, world: Any) -> None:
        snapshot = replace(self.views(world), classified_patterns=frozenset())
        through = ("view HR.EMP_PUBLIC",)
        assert reached(world, select("HR.EMP_PUBLIC"), snapshot) == [
            ("HR.EMPLOYEES.*", through, False, False),
            ("HR.EMPLOYEES.NET", through, False, False),
            (str(SALARY), through, False, False),
            ("HR.EMP_PUBLIC.*", (), False, False),
            ("HR.EMP_PUBLIC.NET", (), False, False),
        ]


class TestRows:
    SIZES: ClassVar = {("HR", "EMPLOYEES"): 107, ("HR", "JOBS"): 19, ("FIN", "VENDORS"): 5}

    def test_the_tables_whose_data_is_shown_or_changed_are_counted(self, world: Any) -> None:
        snapshot = dictionary(
            world, sizes=self.SIZES, dependencies=frozenset({TestViews.PUBLIC_VIEW})
        )
        assert found(world, select("HR.JOBS", "DELETE"), snapshot).rows == {("HR", "JOBS"): 19}
        assert found(world, select("HR.JOBS", "DEBUG"), snapshot).rows == {}
        through = found(world, select("HR.EMP_PUBLIC"), snapshot).rows
        assert through == {("HR", "EMPLOYEES"): 107}
        assert found(world, the_system("SELECT ANY TABLE"), snapshot).rows == self.SIZES
        assert list(found(world, many("HR.*"), snapshot).rows.values()) == [107, 19]


def test_what_the_ledger_knows_is_passed_on(world: Any) -> None:
    history = RequesterHistory(granted=3, revoked=1)
    given_ = facts(request(select()), world.target(), documents(), None, history)
    assert given_.history == history


def test_one_look_at_the_database_serves_many_requests(world: Any) -> None:
    snapshot = dictionary(world)
    known = Known.of(snapshot)
    for item in (select(), many(), the_system("SELECT ANY TABLE")):
        assert found(world, item, known) == found(world, item, snapshot)


ITEMS = st.sampled_from(
    [
        select(),
        select("HR.EMPLOYEES", "UPDATE", columns=("SALARY",)),
        select("HR.EMPLOYEES", columns=("PHONE",)),
        select("HR.EMP_PUBLIC"),
        select("FIN.STAFF", "READ"),
        select("HR.PAYROLL", "DELETE"),
        many("HR.P*"),
        many("FIN.*", "INSERT"),
        the_role("HR_READER"),
        the_role("HR_WRITER"),
        the_role("NOBODY_KNOWS"),
        the_system("SELECT ANY TABLE"),
        the_system("CREATE SESSION"),
        in_schema("HR", "UPDATE ANY TABLE"),
        ProxyAccess("HR_APP", AT),
        ProxyAccess("HR", AT),
    ]
)


@given(st.lists(ITEMS, max_size=3), st.lists(ITEMS, max_size=3), st.sampled_from([0, 1, 2]))
def test_asking_for_more_never_reaches_less(world: Any, some: Any, more: Any, kind: int) -> None:
    snapshot = dictionary(
        world,
        world.row("HR_READER", on_object("SELECT", "HR", "EMPLOYEES")),
        world.row("HR_WRITER", role("HR_READER")),
        world.row("HR_WRITER", on_object("UPDATE", "FIN", "STAFF")),
        world.row("HR_APP", role("HR_WRITER")),
        dependencies=frozenset({TestViews.PUBLIC_VIEW, TestViews.ABOVE}),
        sizes=TestRows.SIZES,
    )
    shown = (None, snapshot, replace(snapshot, classified_patterns=frozenset()))[kind]
    less, all_of_it = (found(world, tuple(items), shown) for items in (some, [*some, *more]))
    index = {(row.column, row.classification): row for row in all_of_it.reached}
    for row in less.reached:
        again = index[row.column, row.classification]
        assert again.certain >= row.certain
        assert again.writes >= row.writes
    assert less.rows.keys() <= all_of_it.rows.keys()
    assert set(less.powers) <= set(all_of_it.powers)
    assert less.known >= all_of_it.known
