"""What a person at a terminal sees that a pipe does not: progress that leaves no trace, and colours."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reconciler.model.exit_codes import ExitCode
from tests.scenarios.world import World, request

_SGR = re.compile(r"\x1b\[[0-9;]*m")


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    reading, writing = pty.openpty()
    try:
        yield reading, writing
    finally:
        os.close(reading)


def on_a_terminal(world: World, *arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code and every byte that the terminal got."""
    command = [sys.executable, "-m", "reconciler", *arguments, "--repo", str(world.repository)]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    variables = kept | {"TERM": "xterm", "RECONCILER_PASSWORD": world.password} | environment
    with terminal() as (reading, writing):
        running = subprocess.Popen(command, stdout=writing, stderr=writing, env=variables)
        os.close(writing)
        got = b""
        while True:
            try:
                chunk = os.read(reading, 65536)
            except OSError:  # Linux says so when the other end is closed
                chunk = b""
            if not chunk:
                break
            got += chunk
        code = running.wait(timeout=60)
    return code, got.decode().replace("\r\n", "\n")


def screen(text: str) -> list[str]:
    """What stays on the screen: a carriage return goes to the start of the line, and the rest of it is erased on demand."""
    lines = []
    for line in _SGR.sub("", text).split("\n"):
        shown, at = "", 0
        for part in re.split(r"(\r|\x1b\[K)", line):
            if part == "\r":
                at = 0
            elif part == "\x1b[K":
                shown = shown[:at]
            else:
                shown = shown[:at] + part + shown[at + len(part) :]
                at += len(part)
        lines.append(shown)
    return lines


def test_a_long_run_shows_progress_and_leaves_no_trace_of_it(world: World) -> None:
    world.merge(
        {
            f"grants/requests/fix-{number}.yaml": request(f"fix-{number}", requester="bob")
            for number in range(30)
        }
    )
    code, text = on_a_terminal(world, "reconcile")
    assert code == ExitCode.OK, text
    steps = [tuple(map(int, found)) for found in re.findall(r"\rprod: (\d+)/(\d+) changes", text)]
    assert len(steps) >= 2
    assert steps == sorted(steps)
    done, in_all = steps[-1]
    assert done == in_all
    assert not [line for line in screen(text) if f"{in_all}/{in_all}" in line]
    assert screen(text)[0].startswith("prod  authoritative")


def test_a_pipe_gets_neither_progress_nor_colours(world: World) -> None:
    world.merge({"grants/requests/piped.yaml": request("piped", requester="carol")})
    ran = world.run("reconcile")
    assert ran.code == ExitCode.OK, ran.err
    assert "\r" not in ran.out + ran.err
    assert "\x1b" not in ran.out + ran.err


@pytest.mark.parametrize(
    "environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}]
)
def test_a_terminal_that_wants_no_colours_gets_none(
    world: World, environment: dict[str, str]
) -> None:
    code, text = on_a_terminal(world, "plan", **environment)
    assert code == ExitCode.OK, text
    assert "\x1b" not in text


def test_a_terminal_gets_colours_and_a_pipe_does_when_they_are_forced(world: World) -> None:
    code, text = on_a_terminal(world, "plan")
    assert (code, "\x1b[1mprod\x1b[0m" in text) == (ExitCode.OK, True)
    world.environment["FORCE_COLOR"] = "1"
    assert "\x1b[1mprod\x1b[0m" in world.run("plan").out


@pytest.mark.parametrize("environment", [{"CI": "true"}, {"TERM": "dumb"}])
def test_a_log_gets_no_progress_even_if_it_looks_like_a_terminal(
    world: World, environment: dict[str, str]
) -> None:
    world.merge({"grants/requests/logged.yaml": request("logged", requester="dave")})
    _, text = on_a_terminal(world, "reconcile", **environment)
    assert "changes\x1b[K" not in text
    assert "\r" not in text


def test_json_on_a_terminal_is_json(world: World) -> None:
    code, text = on_a_terminal(world, "status", "--output", "json")
    assert code == ExitCode.OK, text
    assert json.loads(text)["format_version"] == 1
