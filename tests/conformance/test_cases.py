"""Every case, on the sandbox in both of its releases and on the real database that the environment names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import run_cases
from run_cases import Case, Reset, Result, Server

from reconciler.sandbox.seam import Release

OpenServer = Callable[[Release], AbstractContextManager[Server]]
CASES = {case["id"]: case for case in run_cases.load_cases([Path(__file__).with_name("cases")])}
KNOWN_FAILURES: Mapping[tuple[str, Release], str] = {}
"""What the sandbox cannot do yet, with the reason. A case that starts to pass must leave this list."""


def judge(result: Result) -> None:
    if result.status == "SKIP":
        pytest.skip(result.reason)
    if result.status == "FAIL":
        pytest.fail(str(result), pytrace=False)


def on_both_releases() -> Sequence[object]:
    parameters = []
    for name in CASES:
        for release in Release:
            reason = KNOWN_FAILURES.get((name, release))
            marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
            parameters.append(pytest.param(name, release, id=f"{name}-{release}", marks=marks))
    return parameters


@pytest.mark.parametrize(("name", "release"), on_both_releases())
def test_the_sandbox_answers_as_oracle_did(
    name: str, release: Release, sandbox: OpenServer
) -> None:
    case: Case = CASES[name]
    with sandbox(release) as server:
        judge(run_cases.run_case(case, release, lambda _: server))


@pytest.mark.oracle
@pytest.mark.parametrize("name", CASES)
def test_the_database_answers_as_oracle_did(name: str, real_database: tuple[Server, Reset]) -> None:
    server, reset = real_database
    judge(run_cases.run_case(CASES[name], server.release, reset))
