"""Writes docs/reference from the program itself: `make docs`. A test compares, so that the reference can't drift."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
COMMANDS = (
    (),
    ("request",),
    ("validate",),
    ("plan",),
    ("apply",),
    ("reconcile",),
    ("status",),
    ("credentials",),
    ("extend",),
    ("done",),
    ("approve",),
    ("revoke",),
    ("break-glass",),
    *(("break-glass", name) for name in ("open", "seal")),
    ("codeowners",),
    ("usage",),
    ("who", "can"),
    ("explain",),
    ("why",),
    ("init",),
    ("bootstrap",),
    ("doctor",),
    ("demo",),
    ("sandbox",),
    *(("sandbox", name) for name in ("start", "stop", "status", "reset", "clock", "sql", "fault")),
    *(("sandbox", "fault", name) for name in ("add", "list", "clear")),
)

REQUEST = "#/$defs/requestSpec"
"""What an access request asks for: told with the kind AccessRequest, and only there."""


def help_text(command: tuple[str, ...]) -> str:
    """What `reconciler COMMAND --help` prints, at a fixed width."""
    from reconciler.cli.app import run

    before = dict(os.environ)
    os.environ.update({"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"})
    out = io.StringIO()
    try:
        with redirect_stdout(out):
            run([*command, "--help"])
    finally:
        os.environ.clear()
        os.environ.update(before)
    return "\n".join(line.rstrip() for line in out.getvalue().strip().splitlines())


def commands() -> str:
    """docs/reference/cli.md."""
    parts = ["# Commands", "", "Made by `make docs` from the program's own help."]
    for command in COMMANDS:
        parts += [
            "",
            f"## `{' '.join(('reconciler', *command))}`",
            "",
            "```text",
            help_text(command),
            "```",
        ]
    return "\n".join(parts) + "\n" + exit_codes()


def exit_codes() -> str:
    from reconciler.model.exit_codes import ExitCode

    rows = [f"| {code.value} | {code.meaning} |" for code in ExitCode]
    head = [
        "",
        "## Exit codes",
        "",
        "Of several targets the worst one counts.",
        "",
        "| code | meaning |",
        "|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def documents() -> str:
    """docs/reference/documents.md: every field of every kind, from the schemas."""
    parts = [
        "# Documents",
        "",
        "Made by `make docs` from the schemas in `schemas/`, which are the contract and also serve editors.",
    ]
    for file in sorted((ROOT / "schemas").glob("*.schema.json")):
        schema = json.loads(file.read_text(encoding="utf-8"))
        if "properties" not in schema or "spec" not in schema["properties"]:
            continue
        parts += [
            "",
            f"## {schema['title']}",
            "",
            schema.get("description", ""),
            "",
            "| field | | meaning |",
            "|---|---|---|",
        ]
        spec = _resolved(schema, schema["properties"]["spec"])
        parts += list(_rows(schema, spec, "spec", set(spec.get("required", ()))))
    return "\n".join(parts) + "\n"


def _rows(
    root: dict[str, Any], node: dict[str, Any], path: str, required: set[str]
) -> Iterator[str]:
    for name, field in _resolved(root, node).get("properties", {}).items():
        found = _resolved(root, field)
        where = f"{path}.{name}"
        meaning = (
            (field.get("description") or found.get("description") or "")
            .replace("|", "\\|")
            .replace("\n", " ")
        )
        yield f"| `{where}` | {'required' if name in required else ''} | {meaning} |"
        if field.get("$ref") == REQUEST:
            continue
        items = _resolved(root, found.get("items", {}))
        if found.get("type") == "object":
            yield from _rows(root, found, where, set(found.get("required", ())))
        elif items.get("type") == "object":
            yield from _rows(root, items, f"{where}[]", set(items.get("required", ())))


def _resolved(root: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref", "")
    if not reference:
        return node
    file, _, pointer = reference.partition("#")
    target: Any = (
        root
        if not file
        else json.loads((ROOT / "schemas" / file.rsplit("/", 1)[-1]).read_text(encoding="utf-8"))
    )
    for part in filter(None, pointer.split("/")):
        target = target[part]
    found: dict[str, Any] = target
    return found


def outputs() -> str:
    """docs/reference/outputs.md: every field that commands print as JSON, from the schemas."""
    parts = [
        "# Output as JSON",
        "",
        "Made by `make docs` from the schemas in `schemas/output/`.",
        "",
        "With `--output json` a command prints exactly one document on stdout: its result, or, when it ends with an error, the error. Findings, progress",
        "and summaries go to stderr as text. The [exit code](cli.md#exit-codes) is the same in both forms. A release may add fields and says so in its",
        "schemas; `format_version` rises when a field goes or gets another meaning.",
        "",
        "| command | schema |",
        "|---|---|",
        "| `validate` | `schemas/output/validate.schema.json` |",
        "| `plan` | `schemas/output/plan.schema.json`; the file of `--out`: `schemas/output/saved-plan.schema.json` |",
        "| `apply`, `reconcile` | `schemas/output/reconcile.schema.json` |",
        "| `status` | `schemas/output/status.schema.json` |",
        "| `request`, `extend` | `schemas/output/proposal.schema.json` |",
        "| `explain` | `schemas/output/explain.schema.json` |",
        "| `init` | `schemas/output/init.schema.json` |",
        "| `done`, `revoke` | `schemas/output/ending.schema.json` |",
        "| `break-glass open` | `schemas/output/break-glass.schema.json` |",
        "| `codeowners` | `schemas/output/codeowners.schema.json` |",
        "| `doctor` | `schemas/output/doctor.schema.json` |",
        "| `usage` | `schemas/output/usage.schema.json` |",
        "| `who can` | `schemas/output/who.schema.json` |",
        "| `why` | `schemas/output/why.schema.json` |",
        "| `policy test` | `schemas/output/policy.schema.json` |",
        "",
        "The schemas share the definitions of `schemas/output/common.schema.json`.",
    ]
    folder = ROOT / "schemas" / "output"
    for name in (
        "validate",
        "plan",
        "saved-plan",
        "reconcile",
        "status",
        "proposal",
        "explain",
        "init",
        "ending",
        "break-glass",
        "codeowners",
        "doctor",
        "usage",
        "who",
        "why",
        "common",
    ):
        schema = json.loads((folder / f"{name}.schema.json").read_text(encoding="utf-8"))
        parts += ["", f"## {schema['title']}"]
        if "properties" in schema:
            parts += _fields("", schema)
        for key, found in schema.get("$defs", {}).items():
            if "properties" in found:
                parts += _fields(key, found)
    return "\n".join(parts) + "\n"


def _fields(name: str, found: dict[str, Any]) -> Iterator[str]:
    """One object: its meaning and a row a field."""
    if name:
        yield from ("", f"### {name}")
    yield from ("", found["description"], "", "| field | | meaning |", "|---|---|---|")
    for key, field in found["properties"].items():
        of = field.get("items", field).get("$ref", "")
        for choice in field.get("anyOf", ()):
            of = of or choice.get("$ref", "")
        kind = f"[{of.rsplit('/', 1)[-1]}](#{of.rsplit('/', 1)[-1]})" if of else ""
        words = [field.get("description", "").rstrip("."), kind, _choices(field)]
        meaning = "; ".join(filter(None, words)).replace("|", "\\|")
        yield f"| `{key}` | {'' if key in found['required'] else 'optional'} | {meaning} |"


def _choices(field: dict[str, Any]) -> str:
    return ", ".join(f"`{json.dumps(value)}`" for value in field.get("enum", ()))


PAGES = {"cli.md": commands, "documents.md": documents, "outputs.md": outputs}


def main() -> None:
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
