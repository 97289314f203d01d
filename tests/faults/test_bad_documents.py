"""Hostile and broken files in the repository: each is one clear error, and the good request beside them is granted."""

from __future__ import annotations

import pytest

from reconciler.model.names import MAX_BYTES
from tests.scenarios.world import World, request, standing

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE: dict[str, bytes] = {
    "alias-bomb": BOMB.encode(),
    "deep-lists": b"a: " + b"[" * 10_000 + b"]" * 10_000,
    "deep-maps": b"a: " + b"{a: " * 10_000,
    "duplicate-key": request("duplicate-key").encode() + b"  requester: bob\n",
    "escape-sequence": b"a: \x1b[2J\x1b]0;owned\x07\n",
    "escaped-escape": request("escaped-escape").encode().replace(b"Payroll", b'"\\e[31m'),
    "bidi": request("bidi").replace("Payroll", "Pay\u202eroll").encode(),
    "ten-megabytes": b"# " + b"x" * 10_000_000,
    "utf-16": request("utf-16").encode("utf-16"),
    "nul": request("nul").encode().replace(b"Payroll", b"Pay\x00roll"),
    "empty": b"",
    "binary": bytes(range(256)) * 8,
    "list": b"- 1\n- 2\n",
    "scalar": b"true\n",
    "two-documents": request("two-documents").encode() + b"---\n" + request("b").encode(),
    "tag": b"!!python/object/apply:os.system ['id']\n",
    "kind-is-a-list": request("x").encode().replace(b"kind: AccessRequest", b"kind: [a]"),
    "other-kind": request("other-kind").encode().replace(b"AccessRequest", b"AccessRequst"),
    "huge-number": request("huge-number", window="{duration: " + "9" * 5000 + "h}").encode(),
    "sexagesimal": request("sexagesimal", window="{duration: 4:30:00}").encode(),
    "no-window": request("no-window").replace("  window", "  windows").encode(),
}


def test_hostile_files_are_one_error_each_and_the_good_request_beside_them_is_granted(
    world: World,
) -> None:
    folder = world.repository / "grants/requests"
    folder.mkdir()
    for name, content in HOSTILE.items():
        (folder / f"{name}.yaml").write_bytes(content)
    (folder / "link.yaml").symlink_to("/etc/passwd")
    (folder / "b\udcffd.yaml").write_bytes(b"a: 1\n")
    (folder / "new\nline\x1b[31m.yaml").write_bytes(b"a: 1\n")
    world.merge_request(request("good"))

    ran = world.run("reconcile")
    assert ran.code == 3, ran.err
    assert world.role_exists("JIT_GOOD"), ran.err
    errors = [row for row in ran.err.splitlines() if ": error " in row]
    for name in [*HOSTILE, "link"]:
        found = [row for row in errors if f"grants/requests/{name}.yaml:" in row]
        assert found, f"nothing said about {name}\n{ran.err}"
    assert len(max(ran.err.splitlines(), key=len)) < 1000, "no file is poured out on the terminal"
    assert [row for row in ran.err.splitlines() if "new\\x0aline\\x1b[31m" in row]

    found = world.run("reconcile", "--output", "json")
    assert (found.code, found.target["plan"]["changes"]) == (3, [])
    assert {row["severity"] for row in found.json["findings"]} >= {"error"}
    assert world.run("validate").code == 3
    assert world.run("status").out.count("JIT") + world.run("status").out.count("good") > 0


@pytest.mark.parametrize(
    "target",
    [
        ("HR.EMPLOYEES; DROP USER alice"),
        ('HR."EMPLOYEES"" TO bob --"'),
        f"HR.{'A' * (MAX_BYTES + 1)}",
        ("HR.EMPLOYEES' OR '1'='1"),
        ("HR.EMPLO\u0178EES"),
        ("HR."),
        ("HR.EMPLOYEES@REMOTE"),
    ],
)
def test_a_name_is_never_more_than_a_name(world: World, target: str) -> None:
    """Refused with its place, or taken for what it says: the name of an object that does not exist."""
    quoted = "'" + target.replace("'", "''") + "'"
    world.merge(
        {
            "grants/requests/bad.yaml": request(
                "bad", access=f"[{{privileges: [SELECT], on: {quoted}}}]"
            ),
            "grants/requests/good.yaml": request("good"),
        }
    )
    ran = world.run("reconcile")
    assert ran.code in (3, 5), ran.err
    assert "bad" in ran.err + ran.out
    assert world.role_exists("JIT_GOOD")
    assert world.as_dba("SELECT COUNT(*) FROM dba_users WHERE username = 'ALICE'") == [(1,)]
    assert world.as_dba("SELECT COUNT(*) FROM dba_tab_privs WHERE grantee = 'BOB'") == [(0,)]


def test_quoted_names_with_spaces_semicolons_and_quotes_of_their_own_are_granted_and_revoked(
    world: World,
) -> None:
    world.as_dba(
        'CREATE USER "Mixed Case" IDENTIFIED BY mixed_1 QUOTA UNLIMITED ON users',
        'CREATE TABLE "Mixed Case"."Tab;le" (id NUMBER, "Col; umn" NUMBER)',
        'CREATE TABLE "Mixed Case"."\u00c4rger -- $1" (id NUMBER)',
        'CREATE USER "Robert; DROP" IDENTIFIED BY robert_1',
    )
    target = (world.repository / "grants/targets/prod.yaml").read_text()
    access = (
        '[{privileges: [SELECT], on: \'"Mixed Case"."Tab;le"\'},'
        ' {privileges: [UPDATE], on: \'"Mixed Case"."Tab;le"\', columns: [\'"Col; umn"\']},'
        ' {privileges: [SELECT], on: \'"Mixed Case"."\u00c4rger -- $1"\'}]'
    )
    world.merge(
        {
            "grants/targets/prod.yaml": target.replace(
                "schemas: [HR,", "schemas: ['\"Mixed Case\"', HR,"
            ).replace("grantees: [", "grantees: ['\"Robert; DROP\"', "),
            "grants/standing/odd.yaml": standing("odd", "['\"Robert; DROP\"']", access),
        }
    )
    world.reconcile()
    world.assert_converged()
    held = world.as_dba(
        "SELECT table_name, privilege FROM dba_tab_privs WHERE grantee = 'Robert; DROP' ORDER BY 1"
    )
    assert held == [("Tab;le", "SELECT"), ("\u00c4rger -- $1", "SELECT")]
    columns = world.as_dba("SELECT column_name FROM dba_col_privs WHERE grantee = 'Robert; DROP'")
    assert columns == [("Col; umn",)]

    world.merge({"grants/standing/odd.yaml": None})
    world.reconcile()
    assert world.as_dba("SELECT * FROM dba_tab_privs WHERE grantee = 'Robert; DROP'") == []


def test_names_in_the_database_that_hold_control_characters_do_not_reach_a_terminal(
    world: World,
) -> None:
    world.as_dba(
        'CREATE TABLE hr."T\x1b[31m\u202eX" (id NUMBER)',
        'GRANT SELECT ON hr."T\x1b[31m\u202eX" TO bob',
    )
    plan = world.run("plan", "--sql")
    assert "BOB" in plan.out
    assert world.run("plan", "--output", "json").code == 0
    ran = world.run("reconcile")
    assert ran.code == 0, ran.err
    assert world.as_dba("SELECT COUNT(*) FROM dba_tab_privs WHERE grantee = 'BOB'") == [(0,)]


def test_a_password_in_a_document_is_refused_without_being_repeated(world: World) -> None:
    target = (world.repository / "grants/targets/prod.yaml").read_text()
    for wrong in (
        target.replace("passwordEnv: RECONCILER_PASSWORD", f"password: {world.password}"),
        target.replace("'" + world.dsn, f"'reconciler/{world.password}@{world.dsn}"),
    ):
        world.merge({"grants/targets/prod.yaml": wrong})
        ran = world.run("plan")
        assert (ran.code, "grants/targets/prod.yaml:" in ran.err) == (3, True), ran.err
