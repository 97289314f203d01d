"""The edits that commands propose: `ended: true` in a request, and another end of its window, with everything else of the file as its author wrote it.

The text is changed at a place that the parser named, never written anew: comments, order, quotes and line ends are the author's. What comes out is read
again and must say the same but for the edit; a layout in which it does not is refused, and a person edits it.
"""

from __future__ import annotations

import re

from reconciler.documents.loader import DocumentError, Mark, Tree, parse

_FIELD = "ended"
_SPEC = "spec"
_WINDOW = "window"
_LINE_END = re.compile(r"\r\n|\n|\x85|\r")
_FALSE = re.compile(r"false|False|FALSE")
_TIME = re.compile(r"""[0-9A-Za-z:+-]+|"[0-9A-Za-z:+-]+"|'[0-9A-Za-z:+-]+'""")
"""An instant or a duration as a scalar, plain or in quotes."""


class NotEditableError(ValueError):
    """The file can't be changed by a program; the message says why, in one clause."""


def with_end(data: bytes, path: str) -> bytes:
    """The document with `ended: true` in its spec; the same bytes when it says so already. Raises NotEditableError."""
    tree = _read(data, path)
    spec = tree.root.get(_SPEC) if isinstance(tree.root, dict) else None
    if not isinstance(spec, dict) or not spec:
        raise NotEditableError("it has no spec")
    if spec.get(_FIELD) is True:
        return data
    text = data.decode("utf-8")
    edited = (
        _replaced(text, tree.values[_SPEC, _FIELD])
        if _FIELD in spec
        else _inserted(text, tree.keys[_SPEC, next(iter(spec))], tree.values[_SPEC,])
    )
    result = edited.encode("utf-8")
    wanted = {**tree.root, _SPEC: {**spec, _FIELD: True}}
    if _read(result, path).root != wanted:
        raise NotEditableError("its layout leaves no safe place for `ended: true`")
    return result


def with_window(data: bytes, path: str, field: str, value: str) -> bytes:
    """The document with another `until` or `duration` (`field`) in its window; it must have that field. Raises NotEditableError."""
    tree = _read(data, path)
    spec = tree.root.get(_SPEC) if isinstance(tree.root, dict) else None
    window = spec.get(_WINDOW) if isinstance(spec, dict) else None
    if not isinstance(spec, dict) or not isinstance(window, dict) or field not in window:
        raise NotEditableError(f"its window has no `{field}`")
    text = data.decode("utf-8")
    offset = _offset(text, tree.values[_SPEC, _WINDOW, field])
    written = _TIME.match(text, offset)
    if written is None:
        raise NotEditableError(f"its `{field}` is not written on one line")
    quote = written[0][0] if written[0][0] in "\"'" else ""
    result = (text[:offset] + quote + value + quote + text[written.end() :]).encode("utf-8")
    wanted = {**tree.root, _SPEC: {**spec, _WINDOW: {**window, field: value}}}
    if _read(result, path).root != wanted:
        raise NotEditableError(f"its layout leaves no safe place for another `{field}`")
    return result


def _read(data: bytes, path: str) -> Tree:
    try:
        return parse(data, path)
    except DocumentError as error:
        raise NotEditableError(f"it cannot be read: {error.diagnostic.message}") from None


def _replaced(text: str, mark: Mark) -> str:
    offset = _offset(text, mark)
    written = _FALSE.match(text, offset)
    if written is None:
        raise NotEditableError("its `ended` is neither true nor false")
    return text[:offset] + "true" + text[written.end() :]


def _inserted(text: str, first_key: Mark, spec: Mark) -> str:
    """Before the first key of the spec: on a line of its own, or inside the braces of a flow mapping."""
    offset = _offset(text, first_key)
    if text[_offset(text, spec)] == "{":
        addition = f"{_FIELD}: true, "
    else:
        line_end = _LINE_END.search(text)
        addition = f"{_FIELD}: true{line_end[0] if line_end else chr(10)}{' ' * (first_key[1] - 1)}"
    return text[:offset] + addition + text[offset:]


def _offset(text: str, mark: Mark) -> int:
    """Where a place is in the text; a byte order mark takes no column."""
    line, column = mark
    start = 0
    for _ in range(line - 1):
        found = _LINE_END.search(text, start)
        if found is None:
            raise NotEditableError("its line ends are counted differently by different programs")
        start = found.end()
    if line == 1 and text.startswith("\ufeff"):
        start = 1
    return start + column - 1
