"""An access request as text: from what somebody answered to the YAML that he would have written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.documents.scalars import forbidden_character

Item = Mapping[str, object]
"""One item of `access`, as the YAML has it."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.,;/()'+ -]*[A-Za-z0-9.)]|[A-Za-z]")
"""Text that every YAML parser reads as it stands."""
_OTHER_MEANING = re.compile(r"(?i)null|true|false|yes|no|on|off|y|n")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:+Z-]+|([0-9]+[dhms])+")
"""Instants and durations, which are text to YAML as our loader reads it."""
_DOTTED = re.compile(r"[A-Za-z][A-Za-z0-9_$#]*\.[A-Za-z0-9_$#*]+")
_PRIVILEGE = re.compile(
    r"(?P<names>[^()]+?)\s*(?:\((?P<columns>[^()]*)\)\s*)?\s+on\s+(?P<place>\S.*)", re.IGNORECASE
)
_KINDS_OF_PLACE = {"schema": "schema", "directory": "directory", "edition": "edition"}


class NotAskableError(ValueError):
    """A text that names no privilege; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an access request is to say. `user` is the requester's database user, empty for a temporary one. `start` and `duration` are written as in
    documents; an empty `start` is none."""

    name: str
    requester: str
    reason: str
    targets: tuple[str, ...]
    access: tuple[Item, ...]
    duration: str
    user: str = ""
    ticket: str = ""
    start: str = ""


def privilege(text: str) -> Item:
    """`SELECT, UPDATE on HR.PAYROLL`, `UPDATE (SALARY) on HR.EMPLOYEES`, `SELECT on label payroll`, `READ on directory DUMPS`, `SELECT ANY TABLE on schema HR`,
    or a system privilege such as `CREATE VIEW`. Raises NotAskableError."""
    words = " ".join(text.split())
    if not words or forbidden_character(words):
        raise NotAskableError("write SELECT on HR.PAYROLL, or CREATE VIEW")
    found = _PRIVILEGE.fullmatch(words)
    if found is None:
        if re.search(r"\bon$|[().,]", words, re.IGNORECASE):
            raise NotAskableError(f"{words!r} does not say on what: write SELECT on HR.PAYROLL")
        return {"system": words.upper()}
    item: dict[str, object] = {"privileges": _listed(found["names"].upper())}
    item |= _place(found["place"])
    if found["columns"] is not None:
        item["columns"] = _listed(found["columns"])
    return item


def _place(text: str) -> Item:
    word, _, rest = text.partition(" ")
    if rest and word.lower() in _KINDS_OF_PLACE:
        return {_KINDS_OF_PLACE[word.lower()]: rest}
    if rest and word.lower() == "label":
        return {"on": {"label": rest}}
    return {"on": text}


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def to_yaml(draft: Draft) -> bytes:
    """The document, laid out as people write them."""
    return ("\n".join(_lines(draft)) + "\n").encode()


def _lines(draft: Draft) -> Iterator[str]:
    yield "apiVersion: grants/v1"
    yield "kind: AccessRequest"
    yield f"metadata: {{name: {_text(draft.name)}}}"
    yield "spec:"
    yield f"  requester: {_text(draft.requester)}"
    yield f"  reason: {_text(draft.reason)}"
    if draft.ticket:
        yield f"  ticket: {_text(draft.ticket)}"
    yield f"  targets: {_flow(list(draft.targets))}"
    identity: Item = {"user": draft.user} if draft.user else {"temporary": {}}
    yield f"  identity: {_flow(identity)}"
    yield "  access:"
    for item in draft.access:
        lead = "    - "
        for key, value in item.items():
            yield f"{lead}{key}: {_flow(value)}"
            lead = "      "
    window = {"start": draft.start} if draft.start else {}
    yield f"  window: {_flow({**window, 'duration': draft.duration})}"


def _flow(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_flow(inner)}' for key, inner in value.items())}}}"
    return _text(str(value), in_flow=True)


def _text(text: str, *, in_flow: bool = False) -> str:
    """Plain where that is read as the same text, in double quotes elsewhere: what JSON writes is YAML too."""
    if _TIME.fullmatch(text) or _DOTTED.fullmatch(text):
        return text
    plain = _PLAIN.fullmatch(text) and not _OTHER_MEANING.fullmatch(text)
    if plain and not (in_flow and "," in text):
        return text
    return json.dumps(text, ensure_ascii=False)
