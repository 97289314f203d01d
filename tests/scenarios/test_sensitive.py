"""Which classified columns requests reach in a real dictionary: through views, roles and ANY privileges."""

from __future__ import annotations

import pytest

from reconciler.ledger.store import Ledger
from reconciler.model.documents import AccessRequest
from reconciler.model.risk import RequesterHistory, TargetFacts
from reconciler.planning.sensitive import facts
from reconciler.run.target import look
from reconciler.run.workspace import open_workspace
from tests.scenarios.world import World, request

pytestmark = pytest.mark.parametrize("release", [19, 23], indirect=True)

CLASSIFICATION = """\
apiVersion: grants/v1
kind: Classification
metadata: {name: pay}
spec:
  targets: [prod]
  level: restricted
  category: pay
  owners: [carol]
  columns: [HR.EMPLOYEES.*, "HR.PAY*.*", "FIN.*.*NUMBER*"]
"""


def known(world: World, *access: str) -> list[TargetFacts]:
    """What is known of requests for the access, with the dictionary that a run would read."""
    files: dict[str, str | None] = {"grants/classifications/pay.yaml": CLASSIFICATION}
    for number, items in enumerate(access):
        text = request(f"ask-{number}", access=items)
        files[f"grants/requests/ask-{number}.yaml"] = text
    world.merge(files)
    workspace = open_workspace(world.repository, None, actor="test")
    assert not [row for row in workspace.findings if row.is_error]
    (target,) = workspace.targets(())
    found = look(workspace, target, {"RECONCILER_PASSWORD": world.password})
    asked: list[AccessRequest] = [
        workspace.documents.requests[f"ask-{number}"] for number in range(len(access))
    ]
    history = RequesterHistory()
    return [facts(row, target, workspace.documents, found.snapshot, history) for row in asked]


def columns(found: TargetFacts) -> set[str]:
    return {str(row.column) for row in found.reached}


def test_a_table_a_column_list_and_a_pattern(world: World) -> None:
    table, some, many = known(
        world,
        "[{privileges: [SELECT], on: HR.EMPLOYEES}]",
        "[{privileges: [SELECT], on: HR.EMPLOYEES, columns: [SALARY]}]",
        "[{privileges: [UPDATE], on: 'FIN.*'}]",
    )
    assert {"HR.EMPLOYEES.SALARY", "HR.EMPLOYEES.EMAIL"} <= columns(table)
    assert all(row.certain and not row.writes and not row.through for row in table.reached)
    assert columns(some) == {"HR.EMPLOYEES.SALARY"}
    assert "FIN.CREDIT_CARDS.CARD_NUMBER" in columns(many)
    assert all(row.writes and row.owners == ("carol",) for row in many.reached)
    assert table.known
    assert some.known
    assert many.known


def test_a_view_shows_the_columns_below_it(world: World) -> None:
    (view,) = known(world, "[{privileges: [SELECT], on: HR.EMP_PUBLIC}]")
    assert "HR.EMPLOYEES.FIRST_NAME" in columns(view)
    assert {row.through for row in view.reached} == {("view HR.EMP_PUBLIC",)}


def test_a_role_and_an_any_privilege_inside_it(world: World) -> None:
    world.as_dba(
        "CREATE ROLE inner_reader",
        "GRANT SELECT ANY TABLE TO inner_reader",
        "GRANT inner_reader TO fin_reader",
    )
    (through,) = known(world, "[{role: FIN_READER}]")
    assert {"HR.EMPLOYEES.SALARY", "HR.PAYROLL.NET"} <= columns(through)
    of_payroll = {row.through for row in through.reached if row.column.table == "PAYROLL"}
    assert of_payroll == {("role FIN_READER", "role INNER_READER")}
    assert "SELECT ANY TABLE" in through.powers


def test_what_the_ledger_knows_of_a_requester_is_at_hand(world: World) -> None:
    world.merge_request(request("first", window="{duration: 1h}"))
    world.merge_request(request("second", requester="bob"))
    world.reconcile()
    world.advance("1h")
    world.reconcile()
    ledger = Ledger(world.repository, actor="test")
    (mine,) = ledger.history("prod", "alice")
    assert (mine.id, mine.status.value, mine.extensions) == ("first", "ended", 0)
    assert [row.id for row in ledger.history("prod", "bob")] == ["second"]
