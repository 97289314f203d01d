"""Wall time of short commands, as ratios to an interpreter that does nothing."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.figures import ROOT, Figure, fastest, ratio, run_process

REPEATS = 9
REQUEST = next((ROOT / "grants" / "requests").rglob("*.yaml"))
COMMANDS = (
    ("--version", ("--version",), 2.5),
    ("--help", ("--help",), 11.0),
    ("validate, one file", ("validate", str(REQUEST)), 19.0),
)


def figures() -> Iterator[Figure]:
    seconds("-c", "pass")
    for name, arguments, bound in COMMANDS:
        reference = seconds("-c", "pass")
        yield ratio(f"start-up: {name}", seconds("-m", "reconciler", *arguments), reference, bound)


def seconds(*arguments: str) -> float:
    run_process(arguments)
    found = fastest(run_process(arguments) for _ in range(REPEATS))
    assert found.code == 0, found.err
    return found.seconds
