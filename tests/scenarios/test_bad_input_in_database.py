"""What documents ask for and the database does not have, or does not take: said with its place and the nearest name, and nothing else stops for it."""

from __future__ import annotations

from typing import Any

import oracledb
import pytest

from tests.scenarios.test_privileges import grants_of
from tests.scenarios.world import PERSON, World, can, request, standing

JOBS = "{privileges: [SELECT], on: HR.JOBS}"
LONGEST = "L" * 128
NAMES = ['"Mixed Case"', '"mixed case"', '"Ünïcode_Ω"', f'"{LONGEST}"', '"SELECT"', '"a.b*c$#"']


def merge_standing(world: World, access: str, grantees: str = "[BOB]", name: str = "bad") -> None:
    world.merge({f"grants/standing/{name}.yaml": standing(name, grantees, access)})


def errors(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["rule"]: row for row in found["plan"]["findings"] if row["severity"] == "error"}


def widen(world: World, **lists: str) -> None:
    path = "grants/targets/prod.yaml"
    text = (world.repository / path).read_text("utf-8")
    for name, added in lists.items():
        text = text.replace(f"    {name}: [", f"    {name}: [{added}, ")
    world.merge({path: text})


@pytest.mark.parametrize(
    ("item", "rule", "hint"),
    [
        ("{system: CREATE VEIW}", "system.unknown", "Did you mean CREATE VIEW?"),
        ("{role: HR_RAEDER}", "role.unknown", "Did you mean HR_READER?"),
        ("{privileges: [SELECT], on: HR.EMPLOYES}", "object.unknown", "Did you mean EMPLOYEES?"),
        ("{privileges: [SELECT], on: HRR.JOBS}", "schema.unknown", "Did you mean HR?"),
        (
            "{privileges: [UPDATE], on: HR.EMPLOYEES, columns: [SALERY]}",
            "column.unknown",
            "Did you mean SALARY?",
        ),
    ],
)
def test_what_the_database_does_not_know_is_said_before_the_first_statement(
    world: World, item: str, rule: str, hint: str
) -> None:
    widen(world, schemas="HRR", roles="HR_RAEDER", system="CREATE VEIW")
    merge_standing(world, f"[{item}, {JOBS}]")
    found = world.reconcile(code=3)
    problem = errors(found)[rule]
    assert problem["hint"] == hint
    assert (problem["origin"]["path"], problem["origin"]["line"]) == ("grants/standing/bad.yaml", 9)
    assert can(world.log_on("BOB"), "SELECT 1 FROM hr.jobs")
    assert not can(world.log_on("CAROL"), "SELECT 1 FROM hr.jobs")


def test_an_object_that_vanished_stops_nothing_else_and_its_return_is_granted(
    world: World,
) -> None:
    world.as_dba("CREATE TABLE hr.fleeting (id NUMBER)")
    item = "{privileges: [SELECT], on: HR.FLEETING}"
    world.merge_request(request("fleeting", access=f"[{item}, {JOBS}]"))
    merge_standing(world, f"[{item}]", "[CAROL]")
    world.reconcile()
    world.as_dba("DROP TABLE hr.fleeting PURGE")
    alice = world.log_on("ALICE")
    ran = world.run("reconcile", "--output", "json")
    assert ran.code in (3, 5)
    assert "object.unknown" in errors(ran.target)
    assert can(alice, "SELECT 1 FROM hr.jobs")
    assert not can(alice, "SELECT 1 FROM hr.fleeting")
    world.as_dba("CREATE TABLE hr.fleeting (id NUMBER)")
    world.reconcile()
    world.assert_converged()
    assert can(alice, "SELECT 1 FROM hr.fleeting")
    assert can(world.log_on("CAROL"), "SELECT 1 FROM hr.fleeting")
    world.as_dba("DROP TABLE hr.fleeting PURGE")
    world.advance("5h")
    world.run("reconcile")
    assert not world.role_exists("JIT_FLEETING")
    assert not can(alice, "SELECT 1 FROM hr.jobs")


def test_a_user_dropped_behind_our_back_is_said_and_the_others_keep_theirs(world: World) -> None:
    merge_standing(world, f"[{JOBS}]", "[BOB, DAVE]")
    world.merge_request(request("gone", requester="dave"))
    world.reconcile()
    world.as_dba("DROP USER dave")
    ran = world.run("reconcile", "--output", "json")
    assert ran.code in (3, 5)
    assert {"grantee.unknown", "lease.unknown-user"} <= errors(ran.target).keys()
    bob = world.log_on("BOB")
    assert can(bob, "SELECT 1 FROM hr.jobs")
    assert not can(bob, "SELECT 1 FROM hr.payroll")
    world.advance("5h")
    world.run("reconcile")
    assert not world.role_exists("JIT_GONE")


def test_a_role_in_itself_and_a_schemas_own_objects_are_not_granted(world: World) -> None:
    widen(world, grantees="HR_READER, HR")
    path = "grants/targets/prod.yaml"
    text = (world.repository / path).read_text("utf-8")
    world.merge({path: text.replace("mode: authoritative", "mode: additive")})
    merge_standing(world, "[{role: HR_READER}]", "[HR_READER]", "itself")
    merge_standing(world, f"[{JOBS}]", "[HR]", "own")
    world.merge({"grants/standing/good.yaml": standing("good", "[BOB]", f"[{JOBS}]")})
    found = world.reconcile(code=3)
    assert {"role.circular", "object.own"} <= errors(found).keys()
    assert can(world.log_on("BOB"), "SELECT 1 FROM hr.jobs")


@pytest.fixture
def awkward(world: World) -> World:
    """Users, tables and columns whose names need their quotes."""
    for name in NAMES:
        world.as_dba(
            f"CREATE USER {name} IDENTIFIED BY sandbox",
            f"GRANT CREATE SESSION TO {name}",
            f"CREATE TABLE hr.{name} ({name} NUMBER, plain NUMBER)",
        )
    widen(world, grantees=", ".join(f"'{name}'" for name in NAMES))
    return world


@pytest.mark.parametrize(
    "name", NAMES, ids=["mixed", "folded", "unicode", "longest", "word", "dots"]
)
def test_awkward_names_are_granted_used_and_taken_as_they_are(awkward: World, name: str) -> None:
    world = awkward
    columns = f"{{privileges: [UPDATE], on: 'HR.{name}', columns: ['{name}']}}"
    merge_standing(world, f"[{{privileges: [SELECT], on: 'HR.{name}'}}, {columns}]", f"['{name}']")
    world.merge(
        {"grants/people/erin.yaml": PERSON.format(name="erin", title="Erin", user=f"'{name}'")}
    )
    asked = request("awkward", requester="erin").replace("user: ERIN", f"user: '{name}'")
    world.merge_request(asked)
    world.reconcile()
    world.assert_converged()
    exact = name.strip('"')
    assert grants_of(world, exact) >= {
        ("SELECT", "HR", exact, "TABLE", "NO", "NO"),
        ("UPDATE", "HR", exact, exact, "NO", "NO"),
    }
    session = world.log_on(name)
    assert can(session, f"SELECT {name} FROM hr.{name}")
    assert can(session, f"UPDATE hr.{name} SET {name} = 1 WHERE 1 = 0")
    assert not can(session, f"UPDATE hr.{name} SET plain = 1 WHERE 1 = 0")
    assert can(session, "SELECT 1 FROM hr.payroll")
    other = NAMES[(NAMES.index(name) + 1) % len(NAMES)]
    assert not can(session, f"SELECT 1 FROM hr.{other}")
    world.merge({"grants/standing/bad.yaml": None})
    world.advance("5h")
    world.reconcile()
    world.assert_converged()
    assert not can(session, f"SELECT {name} FROM hr.{name}")
    assert not can(session, "SELECT 1 FROM hr.payroll")


def test_names_that_are_the_same_after_folding_are_one_and_are_refused_twice(world: World) -> None:
    merge_standing(world, f"[{JOBS}]", "[bob, BOB]")
    ran = world.run("validate", "--output", "json")
    (found,) = [row for row in ran.json["findings"] if row["rule"] == "name.same-after-folding"]
    assert found["origin"]["line"] == 8
    merge_standing(world, f"[{JOBS}]", "[bob, '\"bob\"']")
    assert "name.same-after-folding" not in world.run("validate", "--output", "json").out


def test_a_column_list_on_a_view_whose_owner_may_not_pass_it_on_fails_alone(world: World) -> None:
    """The owner of a view over another schema's table needs the grant option on it (ORA-01720)."""
    world.as_dba(
        "GRANT SELECT ON fin.accounts TO hr",
        "CREATE VIEW hr.foreign_v AS SELECT * FROM fin.accounts",
    )
    items = f"[{{privileges: [SELECT], on: HR.FOREIGN_V}}, {JOBS}]"
    merge_standing(world, items)
    found = world.reconcile(code=5)
    (failed,) = [row for row in found["execution"]["outcomes"] if row["status"] == "failed"]
    assert failed["ora"] == 1720
    assert failed["hint"]
    bob = world.log_on("BOB")
    assert can(bob, "SELECT 1 FROM hr.jobs")
    with pytest.raises(oracledb.DatabaseError), bob.cursor() as cursor:
        cursor.execute("SELECT 1 FROM hr.foreign_v")
