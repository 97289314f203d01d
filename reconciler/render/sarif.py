"""Findings as SARIF 2.1.0, the form that code scanning takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.render.terminal import safe, safe_json

MOST_RESULTS = 25_000
"""GitHub takes no more of a run."""

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}


def document(found: Sequence[Diagnostic], version: str) -> str:
    """The whole document as text. `version` is that of this program. Findings beyond the limit are counted in the run's properties."""
    shown = sorted(found, key=lambda row: list(_LEVELS).index(row.severity))[:MOST_RESULTS]
    rules = sorted({row.rule for row in shown})
    run = {
        "tool": {
            "driver": {
                "name": "reconciler",
                "version": version,
                "rules": [{"id": rule, "name": rule} for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "The root of the repository"}}},
        "results": [_result(row, rules) for row in shown],
        "properties": {"leftOut": len(found) - len(shown)},
    }
    value = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    text = json.dumps(value, ensure_ascii=True, indent=1)
    return safe_json(text).replace("##[", "##\\u005b") + "\n"


def _result(row: Diagnostic, rules: Sequence[str]) -> dict[str, Any]:
    message = f"{row.message}. {row.hint}" if row.hint else row.message
    result: dict[str, Any] = {
        "ruleId": row.rule,
        "ruleIndex": rules.index(row.rule),
        "level": _LEVELS[row.severity],
        "message": {"text": safe(message)},
        "locations": [_location(row.origin)],
    }
    if row.related:
        result["relatedLocations"] = [
            {"id": number, **_location(place)} for number, place in enumerate(row.related, 1)
        ]
    return result


def _location(origin: Origin | None) -> dict[str, Any]:
    """A place in a file. Code scanning wants one of each result, so that what belongs to no file is said of the folder of documents."""
    path = origin.path if origin and origin.path else "grants"
    place: dict[str, Any] = {
        "artifactLocation": {
            "uri": quote(path.encode("utf-8", "surrogateescape")),
            "uriBaseId": "ROOT",
        }
    }
    if origin and origin.line:
        place["region"] = {"startLine": origin.line, "startColumn": max(origin.column, 1)}
    return {"physicalLocation": place}
