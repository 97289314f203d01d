"""Proposals for classification as text for people, as JSON, and as documents that only need to be read and merged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from reconciler.model import names
from reconciler.model.classification import Column, Confidence, Proposal
from reconciler.render.terminal import Style, counted, safe

FOLDER = "grants/classifications"
_COLOURS = {Confidence.HIGH: "green", Confidence.MEDIUM: "yellow", Confidence.LOW: "dim"}


def _by_category(found: Iterable[Proposal]) -> list[tuple[str, list[Proposal]]]:
    """They come ordered by category."""
    return [(name, list(rows)) for name, rows in groupby(found, key=lambda row: row.category)]


def shown(column: Column) -> str:
    """A column as documents write it: quoted where the dictionary's spelling is not the plain one."""
    return ".".join(map(names.display, column))


def text(target: str, found: Sequence[Proposal], style: Style) -> str:
    if not found:
        return f"{style(target, 'bold')}  nothing to propose"
    lines = [
        f"{style(target, 'bold')}  {counted(len(found), 'column')} may hold sensitive data; no data was read"
    ]
    for category, rows in _by_category(found):
        lines.append(f"  {style(category, 'bold')}  {rows[0].level.value}")
        lines += [
            f"    {style(row.confidence.value, _COLOURS[row.confidence])}  {safe(shown(row.column))}  {style(safe(row.reason), 'dim')}"
            for row in rows
        ]
    lines.append(f"  --out {FOLDER} writes the documents, a file a category")
    return "\n".join(lines)


def to_json(target: str, found: Iterable[Proposal]) -> dict[str, Any]:
    return {
        "target": target,
        "proposals": [
            {
                "owner": row.column.owner,
                "table": row.column.table,
                "column": row.column.name,
                "type": row.type,
                "level": row.level.value,
                "category": row.category,
                "confidence": row.confidence.value,
                "reason": row.reason,
            }
            for row in found
        ],
    }


def documents(target: str, found: Sequence[Proposal], taken: Iterable[str]) -> dict[str, str]:
    """A document for each category, by its name: each needs a file of its own. `taken` are the names of classifications that there are already."""
    used = set(taken)
    return {
        (name := _free(f"{target}-{category}", used)): _document(name, target, rows)
        for category, rows in _by_category(found)
    }


def _document(name: str, target: str, rows: Sequence[Proposal]) -> str:
    lines = [
        "# Proposed from names, types and comments in the dictionary; no data was read. Take out what is wrong, and name the owners of the data.",
        "apiVersion: grants/v1",
        "kind: Classification",
        f"metadata: {{name: {name}}}",
        "spec:",
        f"  targets: [{target}]",
        f"  level: {rows[0].level.value}",
        f"  category: {rows[0].category}",
        "  columns:",
    ]
    lines += [
        f"    - {_scalar(shown(row.column))}  # {row.confidence.value}: {_one_line(row.reason)}"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def joined(found: Mapping[str, str]) -> str:
    """The documents one after the other, each under the file it should be kept in."""
    return "---\n".join(f"# {FOLDER}/{name}.yaml\n{text}" for name, text in found.items())


def _free(name: str, used: set[str]) -> str:
    found, number = name, 1
    while found in used:
        number += 1
        found = f"{name}-{number}"
    used.add(found)
    return found


def _scalar(value: str) -> str:
    """A YAML text: plain, or in double quotes with everything escaped that is not printable. A name may hold anything."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = (
        char if char.isprintable() and char not in '"\\' else f"\\U{ord(char):08X}"
        for char in value
    )
    return f'"{"".join(escaped)}"'


_PLAIN = re.compile(r"[A-Z][A-Z0-9_.]*")


def _one_line(reason: str) -> str:
    """A reason has the name of a type in it, which somebody may have made up."""
    return "".join(char if char.isprintable() else "?" for char in reason)
