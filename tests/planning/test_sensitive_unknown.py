"""Which classified columns a request may reach where the dictionary is not known, or only in part."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.documents import (
    ProxyAccess,
)
from reconciler.model.privileges import on_object, on_schema, role
from reconciler.model.risk import TargetFacts
from reconciler.planning.sensitive import facts
from tests.planning.sensitive_papers import (
    AT,
    NEW,
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


class TestWithoutADictionary:
    def test_what_a_pattern_could_cover_is_reached(self, world: Any) -> None:
        assert reached(world, select("HR.PAYROLL"), None) == [
            ("HR.PAYROLL.*", (), False, False),
            ("HR.PAYROLL.NET", (), False, False),
        ]
        assert reached(world, select("HR.PAYROLL", "UPDATE", columns=("IBAN_2",)), None) == [
            ("HR.PAYROLL.IBAN_2", (), False, True)
        ]

    def test_wide_rights_reach_every_pattern(self, world: Any) -> None:
        assert reached(world, the_system("DELETE ANY TABLE"), None) == [
            ("*.*.*", (), False, True),
            ("HR.*.NET", (), False, True),
            ("HR.EMPLOYEES.SALARY", (), False, True),
        ]
        assert reached(world, in_schema("FIN", "SELECT ANY TABLE"), None) == [
            ("FIN.*.*", (), False, False)
        ]

    def test_patterns_meet_patterns(self, world: Any) -> None:
        papers = documents(classification("HR.PAY*.NET", "HR.*.TAX"))
        assert reached(world, many("HR.*ROLL", "UPDATE"), None, papers) == [
            ("HR.*.TAX", (), False, True),
            ("HR.PAY*.NET", (), False, True),
        ]
        assert [row[0] for row in reached(world, many("HR.E*"), None, papers)] == ["HR.*.TAX"]
        exact = many("HR.PAYROLL", exact=True)
        assert len(reached(world, exact, None, papers)) == 2
        assert reached(world, many("FIN.*"), None, papers) == []

    def test_roles_and_clients_may_reach_everything(self, world: Any) -> None:
        patterns = ["*.*.*", "HR.*.NET", "HR.EMPLOYEES.SALARY"]
        of_client = [*patterns, "HR_APP.*.*"]
        for item, all_of in ((the_role("X"), patterns), (ProxyAccess("HR_APP", AT), of_client)):
            assert [row[0] for row in reached(world, item, None)] == all_of

    def test_nothing_is_known(self, world: Any) -> None:
        given_ = found(world, the_system("CREATE SESSION"), None)
        assert given_ == TargetFacts(known=False)

    def test_a_column_that_may_be_in_several_schemas_is_each_owners(self, world: Any) -> None:
        owners = {"HR": ("payroll",), "FIN": ("finance",), "OE": ("sales",)}
        target = replace(world.target(), schema_owners=owners, labels={"owner": "dba"})
        papers = documents(classification("*.*.IBAN"), classification("*R.*.IBAN", name="r"))
        wanted = request(the_system("SELECT ANY TABLE"))
        given_ = facts(wanted, target, papers, None, NEW)
        assert [row.owners for row in given_.reached] == [
            ("dba", "finance", "payroll", "sales"),
            ("dba", "payroll"),
        ]
        one = facts(request(select()), target, documents(), None, NEW)
        assert one.reached[-1].owners == ("payroll",)


class TestPartlyKnown:
    def test_a_classification_that_was_not_looked_for_is_matched_with_known_columns(
        self, world: Any
    ) -> None:
        columns = {("HR", "EMPLOYEES"): frozenset({"NAME", "PHONE"})}
        snapshot = dictionary(world, columns=())
        snapshot = replace(snapshot, columns=columns)
        papers = documents(classification("HR.*.PHONE", "HR.*.EMAIL", name="contact"))
        given_ = found(world, select(), snapshot, papers)
        assert [(str(row.column), row.certain) for row in given_.reached] == [
            ("HR.EMPLOYEES.PHONE", True)
        ]
        assert not given_.known
        other = found(world, select("HR.JOBS"), snapshot, papers)
        assert [(str(row.column), row.certain) for row in other.reached] == [
            ("HR.JOBS.EMAIL", False),
            ("HR.JOBS.PHONE", False),
        ]

    def test_a_role_is_matched_with_patterns_too(self, world: Any) -> None:
        snapshot = dictionary(world, world.row("HR_READER", on_object("SELECT", "HR", "JOBS")))
        papers = documents(classification("HR.JOBS.TITLE"))
        assert reached(world, the_role("HR_READER"), snapshot, papers) == [
            ("HR.JOBS.TITLE", ("role HR_READER",), False, False)
        ]

    def test_roles_in_a_role_lead_there_and_reach_nothing_themselves(self, world: Any) -> None:
        papers = documents(classification("HR.JOBS.TITLE"))
        nested = world.row("HR_WRITER", role("HR_READER"))
        inner = world.row("HR_READER", on_object("SELECT", "HR", "JOBS"))
        through = ("role HR_WRITER", "role HR_READER")
        assert reached(world, the_role("HR_WRITER"), dictionary(world, nested, inner), papers) == [
            ("HR.JOBS.TITLE", through, False, False)
        ]
        assert reached(world, the_role("HR_WRITER"), dictionary(world, nested), papers) == []

    def test_rights_on_a_schema_that_a_role_holds_may_reach_what_lies_in_it(
        self, world: Any
    ) -> None:
        papers = documents(classification("H*.JOBS.TITLE", "FIN.JOBS.TITLE"))
        held = world.row("HR_READER", on_schema("SELECT ANY TABLE", "HR"))
        other = world.row("HR_READER", on_schema("CREATE TABLE", "FIN"))
        assert reached(world, the_role("HR_READER"), dictionary(world, held, other), papers) == [
            ("HR.JOBS.TITLE", ("role HR_READER",), False, False)
        ]

    def test_the_schema_that_a_client_owns_is_matched_with_patterns(self, world: Any) -> None:
        papers = documents(classification("H*.JOBS.TITLE", "FIN.JOBS.TITLE"))
        asked = ProxyAccess("HR", AT)
        assert [row[0] for row in reached(world, asked, dictionary(world), papers)] == [
            "HR.JOBS.TITLE"
        ]

    @pytest.mark.parametrize(
        ("item", "known"),
        [
            (select(), True),
            (select("OE.ORDERS"), False),
            (many("OE.*"), False),
            (in_schema("OE", "SELECT ANY TABLE"), False),
            (the_system("SELECT ANY TABLE"), True),
            (the_role("HR_READER"), True),
        ],
    )
    def test_what_lies_in_a_schema_that_was_not_read_is_not_known(
        self, world: Any, item: Any, known: bool
    ) -> None:
        assert found(world, item, dictionary(world)).known is known
