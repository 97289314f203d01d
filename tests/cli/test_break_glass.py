"""`reconciler break-glass`: how the code comes in, and what the commands say."""

from __future__ import annotations

import hashlib
import io
import re

import pytest

from reconciler.cli import break_glass
from reconciler.model.exit_codes import ExitCode
from tests.scenarios.world import Ran, World

CODE = "0123-4567-89ab-cdef"


def document(name: str) -> str:
    return f"""\
apiVersion: grants/v1
kind: BreakGlass
metadata: {{name: {name}}}
spec:
  reason: For the tests
  openers: [alice]
  targets: [prod]
  access: [{{privileges: [SELECT], on: HR.PAYROLL}}]
  longest: 30m
  notify: Nobody
  reviewers: [carol]
  seal: {{sha256: {hashlib.sha256(CODE.encode()).hexdigest()}}}
"""


def open_it(world: World, name: str = "rescue") -> Ran:
    return world.run("break-glass open", name, "--person", "alice", "--reason", "x")


@pytest.fixture
def prepared(world: World) -> World:
    world.merge({"grants/break-glass/rescue.yaml": document("rescue")})
    return world


def test_seal_makes_a_code_and_the_seal_that_it_fits() -> None:
    first, second = (world_less("break-glass", "seal") for _ in range(2))
    code = re.search(r"code: (\S+)", first)
    seal = re.search(r"sha256: ([0-9a-f]{64})\}", first)
    assert code is not None
    assert seal is not None
    assert hashlib.sha256(code[1].encode()).hexdigest() == seal[1]
    assert len(code[1].replace("-", "")) == 32
    assert first != second


def world_less(*arguments: str) -> str:
    from contextlib import redirect_stdout

    from reconciler.cli.app import run

    out = io.StringIO()
    with redirect_stdout(out):
        assert run(arguments) == ExitCode.OK
    return out.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_code_comes_from_the_environment_the_terminal_or_stdin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(break_glass.CODE, "from-the-environment")
    monkeypatch.setattr("sys.stdin", io.StringIO("from-stdin\nmore\n"))
    assert break_glass._code() == "from-the-environment"
    assert break_glass._code() == "from-stdin\n", "the variable is gone after the first time"
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", lambda prompt: f"asked with {prompt}")
    assert break_glass._code() == "asked with Code: "


def test_there_is_no_option_for_the_code(prepared: World) -> None:
    ran = prepared.run(
        "break-glass open", "rescue", "--person", "alice", "--reason", "x", "--code", CODE
    )
    assert ran.code == ExitCode.USAGE


def test_what_does_not_exist_is_told_with_a_suggestion(prepared: World) -> None:
    prepared.environment[break_glass.CODE] = CODE
    ran = open_it(prepared, "rescu")
    assert (ran.code, "Did you mean `rescue`?" in ran.err) == (ExitCode.INVALID, True)
    broken = document("broken").replace("longest: 30m", "longest: 9h")
    prepared.merge({"grants/break-glass/broken.yaml": broken})
    ran = open_it(prepared, "broken")
    assert (ran.code, "break-glass.has-errors" in ran.err) == (ExitCode.INVALID, True)


def test_a_code_that_is_wrong_appears_nowhere(prepared: World) -> None:
    prepared.environment[break_glass.CODE] = "my-bank-pin"
    ran = open_it(prepared)
    assert (ran.code, "break-glass.wrong-code" in ran.err) == (ExitCode.REFUSED, True)
    assert "my-bank-pin" not in ran.out + ran.err


def test_a_missing_code_is_told_with_the_ways_to_give_it(
    prepared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    ran = open_it(prepared)
    assert (ran.code, break_glass.CODE in ran.err) == (ExitCode.INVALID, True)


def test_an_observed_target_is_not_opened(observed: World) -> None:
    """Its document is in error, since nothing could be granted there."""
    observed.merge({"grants/break-glass/rescue.yaml": document("rescue")})
    observed.environment[break_glass.CODE] = CODE
    ran = open_it(observed)
    assert (ran.code, "break-glass.has-errors" in ran.err) == (ExitCode.INVALID, True)
