"""What commands print with `--output json` is what schemas/output says, in every situation that one story meets; and the exit codes that go with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from reconciler.cli.break_glass import CODE
from reconciler.model.break_glass import digest_of
from reconciler.model.exit_codes import ExitCode
from tests.cli.worlds import world_on
from tests.scenarios.world import TARGET, Ran, World, can, request, standing

RESCUE = f"""\
apiVersion: grants/v1
kind: BreakGlass
metadata: {{name: rescue}}
spec:
  reason: For the story
  openers: [alice]
  targets: [prod]
  access: [{{privileges: [SELECT], on: HR.JOBS}}]
  longest: 30m
  notify: Nobody
  reviewers: [carol]
  seal: {{sha256: {digest_of("code")}}}
"""
REVIEW = "  reviews: [{lease: bg-rescue-1, by: carol, on: 2099-01-01, findings: Fine}]\n"
CASES = """\
apiVersion: grants/v1
kind: PolicyTest
metadata: {name: cap-tests}
spec:
  cases:
    - name: a day is too long
      request:
        requester: alice
        reason: Payroll totals are wrong since release 42
        targets: [prod]
        identity: {user: ALICE}
        access: [{privileges: [SELECT], on: HR.PAYROLL}]
        window: {duration: 1d}
      expect: {verdict: deny, rules: [policy.too-long]}
"""
FOLDER = Path(__file__).parents[2] / "schemas" / "output"
NAMES = sorted(path.name.removesuffix(".schema.json") for path in FOLDER.glob("*.schema.json"))


def schema(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    return value


def validator(name: str) -> Draft202012Validator:
    shared = map(Resource.from_contents, map(schema, ("common", "reconcile")))
    registry: Registry[Any] = Registry().with_resources((row.id() or "", row) for row in shared)
    return Draft202012Validator(schema(name), registry=registry)


def problems(name: str, value: object) -> list[str]:
    """What is wrong with a document, with the place of each problem; alternatives are told apart to say which part is wrong."""
    found = []
    for error in validator(name).iter_errors(value):
        leaves = list(error.context or ()) or [error]
        found += [f"{leaf.json_path}: {leaf.message[:300]}" for leaf in leaves]
    return found


class Story:
    """Runs commands, one situation after the other, and keeps what they gave."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ran: dict[str, Ran] = {}

    def run(self, name: str, command: str, *arguments: str) -> None:
        self.ran[f"{command}: {name}"] = self.world.run(command, *arguments, "--output", "json")

    def look(self, name: str) -> None:
        for command in ("validate", "plan", "status"):
            self.run(name, command)

    def tell(self) -> None:
        self._grant()
        self._drift()
        self._end()
        self._command()
        self._break()

    def _grant(self) -> None:
        self.world.merge(
            {
                "grants/requests/payroll-fix.yaml": request(window="{duration: 1h}"),
                "grants/requests/later.yaml": request(
                    "later", requester="bob", window="{start: 2099-01-01T00:00:00Z, duration: 1h}"
                ),
                "grants/standing/app.yaml": standing(
                    "app",
                    "[CAROL]",
                    "[{privileges: [SELECT, UPDATE], on: OE.ORDERS}, {role: OE_READER}]",
                ),
            }
        )
        self.look("changes")
        self.run("a change", "review", "--base", "HEAD~1", "--at", "+14d")
        self.run("not approved", "review", "--base", "HEAD~1", "--require-approval")
        self.run("unknown base", "review", "--base", "nowhere")
        self.saved = self.world.repository.parent / "saved.json"
        self.run("saved", "plan", "--out", str(self.saved), "--detailed-exitcode")
        self.run("forecast", "plan", "--at", "2099-01-01T00:30:00Z")
        self.run("no snapshot", "plan", "--offline")
        self.run("done", "apply", str(self.saved))
        self.run("offline", "plan", "--offline")
        self.run("offline forecast", "plan", "--offline", "--at", "+1d")
        self.run("proposals", "classify", "prod")
        self.look("no changes")
        self.run("no changes", "reconcile")
        self.run("moved", "apply", str(self.saved))
        self._ask()

    def _ask(self) -> None:
        self.run("several ways", "who can", "SELECT", "HR.EMPLOYEES")
        self.run("a column", "who can", "SELECT", "OE.ORDERS.STATUS")
        self.run("a system privilege", "who can", "CREATE", "SESSION")
        self.run("a directory", "who can", "READ", "DIRECTORY", "DATA_PUMP_DIR")
        self.run("a lease", "why", "ALICE", "SELECT", "HR.PAYROLL")
        self.run("the owner", "why", "HR", "DELETE", "HR.PAYROLL")
        self.run("no", "why", "DAVE", "SELECT", "HR.PAYROLL")
        self.run("not read", "why", "DAVE", "SELECT", "SYS.DBA_USERS")
        self.run("nobody", "why", "ALISE", "SELECT", "HR.PAYROLL")
        self.run("no question", "who can", "SELECT", "HR.A.B.C")
        self._try()
        self.run("never asked for", "audit verify")
        self.run("examined", "doctor")
        self.world.as_dba("REVOKE READ ON SYS.V_$INSTANCE FROM reconciler")
        self.run("not all read", "doctor")
        self.world.as_dba("GRANT READ ON SYS.V_$INSTANCE TO reconciler")

    def _try(self) -> None:
        """Cases beside the policies, one that holds and one that does not."""
        self.world.merge({"grants/policies/cap-tests.yaml": CASES})
        self.run("cases", "policy test")
        failing = CASES.replace("{verdict: deny, rules: [policy.too-long]}", "{verdict: allow}")
        self.world.merge({"grants/policies/cap-tests.yaml": failing})
        self.run("failing", "policy test")
        self.world.merge({"grants/policies/cap-tests.yaml": None})

    def _drift(self) -> None:
        self.world.as_dba(
            *(f"GRANT SELECT ON hr.{table} TO bob" for table in ("jobs", "employees", "payroll"))
        )
        self._target("  removals: {count: 2}\n")
        self.look("brake")
        self.run("brake", "reconcile")
        self._target("")
        self.run("drift repaired", "reconcile")
        self.world.merge(
            {
                "grants/standing/app.yaml": standing(
                    "app", "[CAROL]", "[{privileges: [UPDATE], on: OE.ORDERS, columns: [STATUS]}]"
                )
            }
        )
        self.run("narrowed", "plan")
        self.run("narrowed", "reconcile")

    def _end(self) -> None:
        self.world.merge({"grants/requests/brief.yaml": request("brief", requester="dave")})
        self.run("one more", "reconcile")
        self.world.merge({"grants/requests/brief.yaml": None})
        self.run("removed", "plan")
        self.run("removed", "reconcile")
        self.world.as_dba("GRANT SELECT ON hr.payroll TO PUBLIC")
        self.world.as_dba("CREATE AUDIT POLICY watch ACTIONS ALL", "AUDIT POLICY watch BY alice")
        session = self.world.log_on("ALICE")
        assert can(session, "SELECT COUNT(*) FROM hr.payroll")
        assert not can(session, "SELECT COUNT(*) FROM hr.employees")
        self.run("active", "usage")
        self.world.advance("61m")
        self.run("ended", "status", "--all")
        self.run("still in force", "reconcile")
        self.run("still in force", "status", "--all")
        self.world.as_dba("REVOKE SELECT ON hr.payroll FROM PUBLIC")
        self.run("proved", "reconcile")
        self.run("closed", "status", "--all")
        self.run("ended", "usage", "payroll-fix")
        self.run("no such lease", "usage", "nobodys")
        session.close()

    def _command(self) -> None:
        """Ends by command, and break-glass access: its code is taken from the environment."""
        self.world.merge(
            {
                "grants/requests/one.yaml": request("one", requester="dave"),
                "grants/break-glass/rescue.yaml": RESCUE,
            }
        )
        self.run("one more for a command", "reconcile")
        self.run("handed back", "done", "one")
        self.run("again", "done", "one")
        self.run("person", "revoke", "--person", "bob", "--reason", "x")
        self.run("unknown", "revoke", "nobodys", "--reason", "x")
        self.run("reachable", "revoke", "--all-on", "prod", "--unreachable", "--reason", "x")
        opening = ("rescue", "--person", "alice", "--reason", "x")
        self.world.environment[CODE] = "guessed"
        self.run("wrong code", "break-glass open", *opening)
        self.world.environment[CODE] = "code"
        self.run("opened", "break-glass open", *opening)
        self.run("not reviewed", "status")
        self.run("ended early", "revoke", "bg-rescue-1", "--reason", "x")
        self.world.merge({"grants/break-glass/rescue.yaml": RESCUE + REVIEW})
        self.run("reviewed", "reconcile")

    def _break(self) -> None:
        missing = "[{privileges: [INSERT], on: HR.EMPLOYEES_SEQ}]"
        self.world.merge(
            {
                "grants/requests/missing.yaml": request("missing", access=missing),
                "grants/requests/never.yaml": request("never", window="{until: next friday}"),
            }
        )
        self.look("invalid")
        self.run("invalid", "review", "--base", "HEAD~1")
        self.run("failed", "reconcile")
        self.world.merge({"grants/requests/never.yaml": None})
        self.world.merge(
            {
                "grants/targets/gone.yaml": TARGET.format(
                    name="gone", dsn="127.0.0.1:1/NOWHERE", mode="additive"
                )
            }
        )
        self.look("unreachable")
        self.run("unreachable", "usage")
        self.run("unreachable", "reconcile")
        self.run("unreachable", "doctor")
        self.run("unknown target", "doctor", "nope")
        self.run("unreachable", "who can", "CREATE", "SESSION")
        self.run("given up", "revoke", "--all-on", "gone", "--unreachable", "--reason", "x")
        self.run("unreachable, unsaved", "plan", "--out", str(self.saved.with_name("other.json")))
        self.run("unknown target", "plan", "--target", "nope")

    def _target(self, more: str) -> None:
        text = TARGET.format(name="prod", dsn=self.world.dsn, mode="authoritative") + more
        self.world.merge({"grants/targets/prod.yaml": text})


@pytest.fixture(scope="module")
def story(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    world = world_on(database, tmp_path_factory.mktemp("story") / "access")
    world.start_repository()
    found = Story(world)
    found.tell()
    yield found
    world.close()


SITUATIONS = {
    "validate: changes": ExitCode.OK,
    "plan: changes": ExitCode.OK,
    "status: changes": ExitCode.OK,
    "review: a change": ExitCode.OK,
    "review: not approved": ExitCode.OK,
    "review: unknown base": ExitCode.FAILURE,
    "plan: saved": ExitCode.CHANGES,
    "apply: done": ExitCode.OK,
    "validate: no changes": ExitCode.OK,
    "plan: no changes": ExitCode.OK,
    "status: no changes": ExitCode.OK,
    "reconcile: no changes": ExitCode.OK,
    "apply: moved": ExitCode.REFUSED,
    "who can: several ways": ExitCode.OK,
    "who can: a column": ExitCode.OK,
    "who can: a system privilege": ExitCode.OK,
    "who can: a directory": ExitCode.OK,
    "why: a lease": ExitCode.OK,
    "why: the owner": ExitCode.OK,
    "why: no": ExitCode.REFUSED,
    "why: not read": ExitCode.PARTIAL,
    "why: nobody": ExitCode.INVALID,
    "who can: no question": ExitCode.INVALID,
    "policy test: cases": ExitCode.OK,
    "policy test: failing": ExitCode.INVALID,
    "audit verify: never asked for": ExitCode.OK,
    "doctor: examined": ExitCode.OK,
    "doctor: not all read": ExitCode.PARTIAL,
    "validate: brake": ExitCode.OK,
    "plan: brake": ExitCode.REFUSED,
    "status: brake": ExitCode.REFUSED,
    "reconcile: brake": ExitCode.REFUSED,
    "reconcile: drift repaired": ExitCode.OK,
    "plan: forecast": ExitCode.OK,
    "plan: no snapshot": ExitCode.INVALID,
    "plan: offline": ExitCode.OK,
    "plan: offline forecast": ExitCode.OK,
    "classify: proposals": ExitCode.OK,
    "plan: narrowed": ExitCode.OK,
    "reconcile: narrowed": ExitCode.OK,
    "reconcile: one more": ExitCode.OK,
    "plan: removed": ExitCode.OK,
    "reconcile: removed": ExitCode.OK,
    "status: ended": ExitCode.OK,
    "reconcile: still in force": ExitCode.PARTIAL,
    "status: still in force": ExitCode.PARTIAL,
    "reconcile: proved": ExitCode.OK,
    "status: closed": ExitCode.OK,
    "usage: active": ExitCode.OK,
    "usage: ended": ExitCode.OK,
    "usage: no such lease": ExitCode.INVALID,
    "usage: unreachable": ExitCode.FAILURE,
    "reconcile: one more for a command": ExitCode.OK,
    "done: handed back": ExitCode.OK,
    "done: again": ExitCode.OK,
    "revoke: person": ExitCode.OK,
    "revoke: unknown": ExitCode.INVALID,
    "revoke: reachable": ExitCode.REFUSED,
    "break-glass open: wrong code": ExitCode.REFUSED,
    "break-glass open: opened": ExitCode.OK,
    "status: not reviewed": ExitCode.PARTIAL,
    "revoke: ended early": ExitCode.OK,
    "reconcile: reviewed": ExitCode.OK,
    "validate: invalid": ExitCode.INVALID,
    "plan: invalid": ExitCode.INVALID,
    "status: invalid": ExitCode.INVALID,
    "review: invalid": ExitCode.INVALID,
    "reconcile: failed": ExitCode.PARTIAL,
    "validate: unreachable": ExitCode.OK,
    "plan: unreachable": ExitCode.FAILURE,
    "status: unreachable": ExitCode.FAILURE,
    "reconcile: unreachable": ExitCode.FAILURE,
    "doctor: unreachable": ExitCode.FAILURE,
    "doctor: unknown target": ExitCode.INVALID,
    "who can: unreachable": ExitCode.FAILURE,
    "revoke: given up": ExitCode.OK,
    "plan: unreachable, unsaved": ExitCode.FAILURE,
    "plan: unknown target": ExitCode.INVALID,
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_a_command_prints_is_what_its_schema_says(story: Story, situation: str) -> None:
    command = situation.partition(":")[0].removesuffix(" can").removesuffix(" open")
    command = command.removesuffix(" test").removesuffix(" verify")
    shared = {"apply": "reconcile", "done": "ending", "revoke": "ending"}
    command = shared.get(command, command)
    assert problems(command, story.ran[situation].json) == []


@pytest.mark.parametrize(("situation", "code"), SITUATIONS.items())
def test_the_exit_code_is_of_the_table(story: Story, situation: str, code: ExitCode) -> None:
    ran = story.ran[situation]
    assert ran.code == code, ran.err


def test_the_story_has_no_situation_that_is_not_checked(story: Story) -> None:
    assert set(story.ran) == set(SITUATIONS)


def test_a_saved_plan_is_what_its_schema_says(story: Story) -> None:
    assert problems("saved-plan", json.loads(story.saved.read_text(encoding="utf-8"))) == []


def test_a_plan_that_lacks_a_target_is_not_saved(story: Story) -> None:
    """Reviewed, it would be taken for all that was asked for."""
    ran = story.ran["plan: unreachable, unsaved"]
    assert not story.saved.with_name("other.json").exists()
    assert "plan.not-saved" in {row["rule"] for row in ran.json["findings"]}
    assert "because there is no plan for gone" in ran.err
    assert [row["target"] for row in ran.json["targets"] if row["failed"]] == ["gone"]


def test_the_story_meets_what_the_schemas_describe(story: Story) -> None:
    """Kinds of changes, outcomes and verdicts that no situation shows would be checked by nobody."""
    text = "\n".join(ran.out for ran in story.ran.values())
    for kind in (
        "create-role",
        "arm-deadline",
        "grant",
        "revoke",
        "narrow",
        "drop-deadline",
        "drop-role",
    ):
        assert f'"kind": "{kind}"' in text, kind
    for status in ("done", "failed"):
        assert f'"status": "{status}"' in text, status
    for verdict in ("ended", "revoked-but-effective"):
        assert f'"verdict": "{verdict}"' in text, verdict
    for state in ("due", "active", "pending", "ended"):
        assert f'"state": "{state}"' in text, state
    assert '"sid"' in text
    assert '"grantee": "BOB"' in text


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$id"].endswith(f"/output/{name}.schema.json")


def objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield node
        for value in node.values():
            yield from objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from objects(value)


@pytest.mark.parametrize("name", NAMES)
def test_no_object_may_hold_what_the_schema_does_not_describe(name: str) -> None:
    for found in objects(schema(name)):
        assert found["additionalProperties"] is False
        assert found["description"]
        for key, value in found["properties"].items():
            assert value is False or value.get("description") or "$ref" in value, (name, key)


@pytest.mark.parametrize(
    "command",
    [
        "validate",
        "plan",
        "review",
        "reconcile",
        "status",
        "usage",
        "doctor",
        "who",
        "why",
        "policy",
        "ending",
        "break-glass",
        "proposal",
        "explain",
        "init",
    ],
)
def test_a_document_with_another_version_or_a_key_too_much_does_not_pass(command: str) -> None:
    error = {"rule": "x", "message": "x", "hint": "", "exit_code": 1, "findings": []}
    assert problems(command, {"format_version": 1, "error": error}) == []
    assert problems(command, {"format_version": 2, "error": error})
    assert problems(command, {"format_version": 1, "error": error, "more": 1})
    assert problems(command, {"format_version": 1})
