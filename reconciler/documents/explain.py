"""JSON Schema errors in words that name the field, the place, and what to write instead."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from reconciler.documents.loader import Path, Tree
from reconciler.documents.suggestions import closest, did_you_mean
from reconciler.model.diagnostics import Diagnostic, ordered

MAX_SHOWN = 60
"""Characters of a value that a message repeats."""

MAX_FINDINGS = 50
"""Findings about the shape of one document. Whoever gets that many has another problem than the rest of them."""

_TYPES = {
    "string": "text",
    "object": "a mapping",
    "array": "a list",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}

_TIME_TITLES = frozenset({"an instant with a time zone", "a duration", "a date"})

_NOT_ALLOWED: dict[tuple[str, str], tuple[str, str, str]] = {
    ("AccessRequest", "withOption"): (
        "request.option-not-allowed",
        "a request cannot give the grant or admin option: what is passed on would outlive it",
        "Use a standing grant, with an owner and a review date.",
    ),
    ("AccessRequest", "withDelegate"): (
        "request.option-not-allowed",
        "a request cannot give the delegate option: what is passed on would outlive it",
        "Use a standing grant, with an owner and a review date.",
    ),
    ("Bundle", "withOption"): (
        "bundle.option-not-allowed",
        "a bundle cannot give the grant or admin option",
        "Write the item with `withOption` into the standing grant itself.",
    ),
    ("Bundle", "withDelegate"): (
        "bundle.option-not-allowed",
        "a bundle cannot give the delegate option",
        "Write the item with `withDelegate` into the standing grant itself.",
    ),
    ("Bundle", "bundle"): (
        "bundle.nested",
        "bundles are not nested",
        "List the privileges of the other bundle here.",
    ),
}
"""Fields that people expect, by kind and key: rule, message and hint."""
_NOT_IN_ACCESS: dict[tuple[str, str], tuple[str, str, str]] = {
    ("AccessRequest", "quota"): (
        "request.not-for-roles",
        "a request cannot give a quota: it is carried by a role, and a role has none",
        "Use a standing grant for the user.",
    ),
    ("AccessRequest", "proxy"): (
        "request.not-for-roles",
        "a request cannot give a proxy right among its access: it is carried by a role, and a role is no proxy",
        "Use a standing grant for the user.",
    ),
    ("Bundle", "quota"): (
        "bundle.not-for-roles",
        "a bundle cannot hold a quota, because requests use bundles and are carried by a role",
        "Write the quota into the standing grant itself.",
    ),
    ("Bundle", "proxy"): (
        "bundle.not-for-roles",
        "a bundle cannot hold a proxy right, because requests use bundles and are carried by a role",
        "Write the proxy right into the standing grant itself.",
    ),
}
"""The same, for the items of `access` alone."""


_CHOICES = ("oneOf", "anyOf")
"""Keywords whose branches each need one field."""
_OF_GUARD = {"documents", "approvals"}
_ABOUT_REQUESTS = frozenset(
    {
        "targets",
        "maxDuration",
        "requesters",
        "ticketPattern",
        "minReasonLength",
        "forbidden",
        "rules",
        "hours",
        "notice",
        "limits",
        "exceptions",
        "separations",
        "risk",
    }
)
"""Fields of a policy besides those that one for documents has."""


def shown(value: object) -> str:
    """A value of a document for a message, cut to a readable length."""
    text = _plain(value)
    return f"`{text}`" if len(text) <= MAX_SHOWN else f"`{text[: MAX_SHOWN - 3]}...`"


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def field_name(path: Path) -> str:
    """`spec.access[0].on`."""
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    name = name.removeprefix(".")
    return (name if len(name) <= MAX_SHOWN else f"{name[: MAX_SHOWN - 3]}...") or "the document"


def diagnostics(errors: Iterable[Any], tree: Tree, kind: str) -> tuple[Diagnostic, ...]:
    """The errors of one document. A missing field whose misspelling is there is told once, at the misspelling."""
    found = [error for error in errors if not _is_about_another_type(error)]
    meant = {
        (*_path(error), suggestion)
        for error in found
        if error.validator == "additionalProperties"
        for key in _unknown_keys(error)
        if (suggestion := closest(key, error.schema.get("properties", {})))
    }
    explained = ordered(
        diagnostic
        for error in found
        if not _is_explained(error, meant)
        for diagnostic in _explain(error, tree, kind)
    )
    return _cut(explained, tree)


def _cut(found: tuple[Diagnostic, ...], tree: Tree) -> tuple[Diagnostic, ...]:
    if len(found) <= MAX_FINDINGS:
        return found
    more = len(found) - MAX_FINDINGS
    last = Diagnostic("schema.more", f"{more} more findings in this file", tree.origin())
    return (*found[:MAX_FINDINGS], last)


def _is_about_another_type(error: Any) -> bool:
    """A choice between fields says nothing about what is no mapping; that it is none is an error of its own."""
    return error.validator in _CHOICES and not isinstance(error.instance, dict)


def _path(error: Any) -> Path:
    return tuple(error.absolute_path)


def _is_explained(error: Any, meant: set[Path]) -> bool:
    path = _path(error)
    if error.validator == "required":
        return any((*path, name) in meant for name in _missing(error))
    if error.validator in _CHOICES:
        return any((*path, name) in meant for name in _alternatives(error))
    if error.validator == "dependentRequired":
        return any((*path, name) in meant for name in _missing_companions(error))
    return False


def _unknown_keys(error: Any) -> list[str]:
    return [key for key in error.instance if key not in error.schema.get("properties", {})]


def _missing(error: Any) -> list[str]:
    return [name for name in error.validator_value if name not in error.instance]


def _alternatives(error: Any) -> list[str]:
    return [branch["required"][0] for branch in error.validator_value]


def _missing_companions(error: Any) -> list[str]:
    return [
        name
        for key, needed in error.validator_value.items()
        if key in error.instance
        for name in needed
        if name not in error.instance
    ]


def _explain(error: Any, tree: Tree, kind: str) -> Iterator[Diagnostic]:
    path = _path(error)
    name = field_name(path)
    match error.validator:
        case "additionalProperties":
            for key in _unknown_keys(error):
                if not _is_of_guard(error):
                    yield _unknown_field(error, tree, kind, key)
                elif key in _ABOUT_REQUESTS:
                    yield _about_requests(tree, (*path, key))
        case "required":
            yield Diagnostic(
                "schema.missing-field",
                f"{name} needs {_listed(_missing(error), 'and')}",
                tree.key_origin(path),
            )
        case "oneOf" | "anyOf":
            yield _choose(error, tree)
        case "dependentRequired":
            yield Diagnostic(
                "schema.missing-field",
                f"{name} needs {_listed(_missing_companions(error), 'and')} too",
                tree.key_origin(path),
            )
        case "type":
            yield _wrong_type(error, tree)
        case _:
            yield _wrong_value(error, tree)


def _is_of_guard(error: Any) -> bool:
    """The policy has `documents`, and its fields are judged once more for it. What no policy has is told for all policies."""
    return set(error.schema.get("properties", {})) == _OF_GUARD


def _about_requests(tree: Tree, path: Path) -> Diagnostic:
    return Diagnostic(
        "policy.not-for-documents",
        f"`{path[-1]}` is about requests, and a policy with `documents` is about changes of documents",
        tree.key_origin(path),
        hint="Write a policy of its own for requests.",
    )


def _unknown_field(error: Any, tree: Tree, kind: str, key: str) -> Diagnostic:
    path = (*_path(error), key)
    not_allowed = _NOT_ALLOWED | (_NOT_IN_ACCESS if "access" in path else {})
    judged_as = "AccessRequest" if kind == "PolicyTest" and "request" in path else kind
    if (judged_as, key) in not_allowed:
        rule, message, hint = not_allowed[judged_as, key]
        return Diagnostic(rule, message, tree.key_origin(path), hint=hint)
    known = error.schema.get("properties", {})
    return Diagnostic(
        "schema.unknown-field",
        f"unknown field {shown(key)} in {field_name(_path(error))}",
        tree.key_origin(path),
        hint=did_you_mean(key, known) or f"Known fields: {', '.join(known)}.",
    )


def _choose(error: Any, tree: Tree) -> Diagnostic:
    names = _alternatives(error)
    present = [name for name in names if name in error.instance]
    where = field_name(_path(error))
    if present:
        message = f"{where}: {_listed(present, 'and')} exclude each other"
        origin = tree.key_origin((*_path(error), present[1]))
        return Diagnostic("schema.one-of", message, origin, hint="Keep one of them.")
    message = f"{where} needs {_listed(names, 'or')}"
    return Diagnostic("schema.missing-field", message, tree.key_origin(_path(error)))


def _listed(names: list[str], word: str) -> str:
    quoted = [f"`{name}`" for name in names]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {word} {quoted[-1]}"


def _wrong_type(error: Any, tree: Tree) -> Diagnostic:
    wanted = error.validator_value
    kinds = [wanted] if isinstance(wanted, str) else list(wanted)
    quotable = "string" in kinds and isinstance(error.instance, int | float)
    return Diagnostic(
        "schema.wrong-type",
        f"{field_name(_path(error))} must be {' or '.join(_TYPES[one] for one in kinds)}, not {_described(error.instance)}",
        tree.origin(_path(error)),
        hint="Put it in quotes." if quotable else "",
    )


def _described(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else shown(value)


def _wrong_value(error: Any, tree: Tree) -> Diagnostic:
    path = _path(error)
    limit = error.validator_value
    match error.validator:
        case "enum":
            return _not_one_of(error, tree, list(limit))
        case "const":
            return _not_one_of(error, tree, [_plain(limit)])
        case "minLength" if not error.instance:
            problem = "must not be empty"
        case "maxItems" if limit == 0:
            problem = (
                "goes with no proxy: whoever works as another user has all that this one may do"
            )
        case "minItems" | "minProperties":
            problem = "must not be empty" if limit == 1 else f"needs at least {limit}"
        case "maxItems" | "maxProperties":
            problem = f"has too many entries; at most {limit} are allowed"
        case "maxLength":
            problem = f"is too long; at most {limit} characters are allowed"
        case "uniqueItems":
            problem = "holds something twice"
        case "minimum":
            problem = f"is {error.instance}; at least {limit} is needed"
        case "maximum":
            problem = f"is {error.instance}; at most {limit} is allowed"
        case _:
            return _wrong_form(error, tree)
    return Diagnostic("schema.wrong-value", f"{field_name(path)} {problem}", tree.origin(path))


def _not_one_of(error: Any, tree: Tree, allowed: list[str]) -> Diagnostic:
    hint = did_you_mean(str(error.instance), allowed) or f"Allowed: {', '.join(allowed)}."
    if error.instance == "ALL":
        hint = "Name each privilege, so that reviewers see what is given."
    return Diagnostic(
        "schema.wrong-value",
        f"{field_name(_path(error))}: {shown(error.instance)} is not {' or '.join(allowed) if len(allowed) < 4 else 'allowed'}",
        tree.origin(_path(error)),
        hint=hint,
    )


def _wrong_form(error: Any, tree: Tree) -> Diagnostic:
    """Text that does not match its pattern, and everything without words of its own."""
    path = _path(error)
    title = error.schema.get("title", "what the schema asks for")
    examples = error.schema.get("examples", [])
    is_key = "propertyNames" in error.absolute_schema_path
    place = tree.key_origin((*path, error.instance)) if is_key else tree.origin(path)
    return Diagnostic(
        "time.invalid" if title in _TIME_TITLES else "schema.wrong-form",
        f"{field_name(path)}: {shown(error.instance)} is not {title}",
        place,
        hint=f"For example {' or '.join(f'`{one}`' for one in examples)}." if examples else "",
    )
