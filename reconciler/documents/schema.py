"""Judging documents by the public JSON Schemas.

jsonschema is the judge of record and explains. jsonschema-rs, if installed, is asked first and may only say "valid". References are inlined
before either sees a schema, so that neither resolves anything itself.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from reconciler.documents import explain
from reconciler.documents.loader import Tree
from reconciler.documents.suggestions import did_you_mean
from reconciler.model.diagnostics import Diagnostic

FILES = {
    "AccessRequest": "access-request.schema.json",
    "StandingGrant": "standing-grant.schema.json",
    "Bundle": "bundle.schema.json",
    "Target": "target.schema.json",
    "Person": "person.schema.json",
    "Team": "team.schema.json",
    "Policy": "policy.schema.json",
    "PolicyTest": "policy-test.schema.json",
    "Classification": "classification.schema.json",
    "BreakGlass": "break-glass.schema.json",
}

Judge = Callable[[Any], bool]


def folder() -> Traversable:
    """The schemas: in the installed package, or next to it in a source tree; nowhere else. Raises FileNotFoundError."""
    packaged = resources.files("reconciler") / "_schemas"
    if packaged.is_dir():
        return packaged
    beside = Path(__file__).resolve().parents[2] / "schemas"
    if beside.is_dir():
        return beside
    raise FileNotFoundError("the installation has no schemas")


def load_schema(kind: str) -> dict[str, Any]:
    """The schema of a kind with all references inlined."""
    schema: dict[str, Any] = json.loads((folder() / FILES[kind]).read_text(encoding="utf-8"))
    definitions = schema.pop("$defs", {})
    inlined: dict[str, Any] = _inline(schema, definitions)
    return inlined


def _inline(node: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inline(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    own = {key: _inline(value, definitions) for key, value in node.items() if key != "$ref"}
    if "$ref" not in node:
        return own
    name = node["$ref"].removeprefix("#/$defs/")
    return {**_inline(definitions[name], definitions), **own}


class Schemas:
    """Validators by kind, compiled at first use. `accelerate=False` leaves jsonschema-rs out."""

    def __init__(self, *, accelerate: bool = True) -> None:
        self._accelerate = accelerate
        self._schemas: dict[str, dict[str, Any]] = {}
        self._fast: dict[str, Judge | None] = {}
        self._of_record: dict[str, Any] = {}

    def check(self, tree: Tree) -> tuple[Diagnostic, ...]:
        """What is wrong with the shape of the document; nothing if it is valid."""
        kind, problem = self._kind(tree)
        if problem is not None:
            return (problem,)
        fast = self._fast_judge(kind)
        if fast is not None and fast(tree.root):
            return ()
        errors: Iterable[Any] = self._judge_of_record(kind).iter_errors(tree.root)
        return explain.diagnostics(errors, tree, kind)

    def _kind(self, tree: Tree) -> tuple[str, Diagnostic | None]:
        if not isinstance(tree.root, dict):
            return "", Diagnostic(
                "schema.not-a-mapping",
                "a document is a mapping with apiVersion, kind, metadata and spec",
                tree.origin(),
            )
        kind = tree.root.get("kind")
        if isinstance(kind, str) and kind in FILES:
            return kind, None
        if kind is None:
            return "", Diagnostic("schema.missing-field", "`kind` is missing", tree.origin())
        return "", Diagnostic(
            "schema.unknown-kind",
            f"{explain.shown(kind)} is no kind of document",
            tree.origin(("kind",)),
            hint=did_you_mean(str(kind), FILES) or f"Kinds: {', '.join(FILES)}.",
        )

    def _schema(self, kind: str) -> dict[str, Any]:
        if kind not in self._schemas:
            self._schemas[kind] = load_schema(kind)
        return self._schemas[kind]

    def _fast_judge(self, kind: str) -> Judge | None:
        if kind not in self._fast:
            self._fast[kind] = _accelerator(self._schema(kind)) if self._accelerate else None
        return self._fast[kind]

    def _judge_of_record(self, kind: str) -> Any:
        if kind not in self._of_record:
            self._of_record[kind] = judge_of_record(self._schema(kind))
        return self._of_record[kind]


def _accelerator(schema: Mapping[str, Any]) -> Judge | None:
    try:
        jsonschema_rs = importlib.import_module("jsonschema_rs")
    except ImportError:
        return None
    judge: Judge = jsonschema_rs.Draft202012Validator(schema).is_valid
    return judge


def judge_of_record(schema: Mapping[str, Any]) -> Any:
    """A jsonschema validator with two keywords of its own making.

    `pattern` matches whole texts: Python's `$` would let a trailing line feed through. `uniqueItems` compares texts only, which is all our
    lists hold: jsonschema compares every two items of a mixed list, seconds for one file.
    """
    from jsonschema import Draft202012Validator, ValidationError, validators

    def pattern(_: Any, expression: str, instance: Any, __: Any) -> Iterable[Any]:
        if isinstance(instance, str) and not _compiled(expression).fullmatch(instance):
            yield ValidationError("does not match")

    def unique(_: Any, wanted: bool, instance: Any, __: Any) -> Iterable[Any]:
        if wanted and isinstance(instance, list):
            texts = [item for item in instance if isinstance(item, str)]
            if len(set(texts)) < len(texts):
                yield ValidationError("holds something twice")

    extend: Callable[..., Any] = validators.extend
    extended = extend(Draft202012Validator, {"pattern": pattern, "uniqueItems": unique})
    return extended(schema)


@lru_cache(maxsize=256)
def _compiled(expression: str) -> re.Pattern[str]:
    """All our patterns are anchored at both ends (a test holds them to it)."""
    return re.compile(expression.removeprefix("^").removesuffix("$"))
