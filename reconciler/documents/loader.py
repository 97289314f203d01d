"""Strict YAML: bytes to plain values over libyaml's events, with the place of each key and value.

What a reviewer reads is what the machine reads, and no input is slow or crashes: limits are checked before anything is built, nothing
recurses, and whatever makes two parsers disagree (tags, anchors, merge keys, duplicate keys, octal numbers) is refused.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from yaml import YAMLError
from yaml._yaml import CParser
from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from reconciler.documents import scalars
from reconciler.model.diagnostics import Diagnostic, Origin

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20
MAX_EVENTS = 5_000
MAX_SHOWN = 60
"""Characters of a key that a message repeats."""

Path = tuple[str | int, ...]
"""Where a value is inside its document: `("spec", "access", 0, "on")`."""

Mark = tuple[int, int]
"""Line and column, from 1."""

_TAB_INDENT = re.compile(r"^ *\t", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Tree:
    """One document as plain values. `values` and `keys` hold the place of each value and of each key of a mapping, by path."""

    path: str
    root: Any
    values: dict[Path, Mark]
    keys: dict[Path, Mark]

    def origin(self, path: Path = ()) -> Origin:
        """Place of the value, or of the nearest value around it when there is no such value."""
        while path not in self.values:
            path = path[:-1]
        return Origin(self.path, *self.values[path])

    def key_origin(self, path: Path) -> Origin:
        """Place of the key (for an item of a list: of the item)."""
        if path in self.keys:
            return Origin(self.path, *self.keys[path])
        return self.origin(path)


class DocumentError(Exception):
    """A file that is not one strict YAML document."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def parse(data: bytes, path: str) -> Tree:
    """The one document in the file. Raises DocumentError."""
    return _Builder(path).build(_text(data, path))


def _text(data: bytes, path: str) -> str:
    if len(data) > MAX_BYTES:
        raise DocumentError(
            Diagnostic(
                "yaml.too-large",
                f"the file has {len(data)} bytes; at most {MAX_BYTES} are allowed",
                Origin(path),
                hint="Split it: one document per file.",
            )
        )
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        place = Origin(path, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise DocumentError(
            Diagnostic(
                "yaml.not-utf8", "the file is not UTF-8", place, hint="Save the file as UTF-8."
            )
        ) from None
    _refuse_characters(text, path)
    return text


def _refuse_characters(text: str, path: str) -> None:
    found = scalars.forbidden_character(text)
    if found:
        index, name = found
        raise DocumentError(_forbidden(name, _place(text, index, path)))
    tab = _TAB_INDENT.search(text) if "\t" in text else None
    if tab:
        raise DocumentError(
            Diagnostic(
                "yaml.tab-indent",
                "a tab at the start of a line",
                _place(text, tab.end() - 1, path),
                hint="Indent with spaces.",
            )
        )


def _place(text: str, index: int, path: str) -> Origin:
    return Origin(path, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


def _forbidden(name: str, place: Origin) -> Diagnostic:
    return Diagnostic(
        "yaml.forbidden-character",
        f"the character {name} is invisible, a control character or changes the direction of text",
        place,
        hint="Remove it.",
    )


def _mark(event: Event) -> Mark:
    mark = event.start_mark
    assert mark is not None
    return mark.line + 1, mark.column + 1


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that has begun. `key` is the key that waits for its value, `key_path` its path."""

    value: Any
    path: Path
    is_mapping: bool
    key: str | None = None
    key_path: Path = ()


@dataclass(slots=True)
class _Builder:
    path: str
    root: Any = None
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    stack: list[_Open] = field(default_factory=list)
    documents: int = 0

    def build(self, text: str) -> Tree:
        try:
            self._read(CParser(text))
        except YAMLError as error:
            raise DocumentError(self._syntax(error)) from None
        if not self.documents:
            raise DocumentError(
                Diagnostic(
                    "yaml.empty",
                    "the file holds no document",
                    Origin(self.path, 1, 1),
                    hint="Write a document or delete the file.",
                )
            )
        return Tree(self.path, self.root, self.values, self.keys)

    def _read(self, parser: CParser) -> None:
        """One event after the other. This loop is most of the time of `validate`, hence the table instead of questions."""
        take: Mapping[type[Event], Callable[[Any], object]] = {
            ScalarEvent: self._scalar,
            MappingStartEvent: self._start,
            SequenceStartEvent: self._start,
            MappingEndEvent: self._end,
            SequenceEndEvent: self._end,
            AliasEvent: self._alias,
            DocumentStartEvent: self._document,
            DocumentEndEvent: self._nothing,
            StreamStartEvent: self._nothing,
        }
        next_event = parser.get_event
        for count in itertools.count():
            event = next_event()
            if event is None or type(event) is StreamEndEvent:
                return
            if count == MAX_EVENTS:
                self._too_many(event)
            take[type(event)](event)

    def _too_many(self, event: Event) -> NoReturn:
        self._fail(
            event,
            "yaml.too-many-values",
            f"the document has more than {MAX_EVENTS} YAML events",
            "Split it: one document per file.",
        )

    def _nothing(self, _: Event) -> None:
        """Events that say nothing about the values."""

    def _end(self, _: Event) -> None:
        self.stack.pop()

    def _alias(self, event: AliasEvent) -> None:
        self._fail(event, "yaml.alias", "aliases are not allowed", "Write the value out again.")

    def _document(self, event: DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            self._fail(
                event,
                "yaml.several-documents",
                "a second document begins here",
                "Give each document a file of its own.",
            )
        if event.version or event.tags:
            self._fail(
                event, "yaml.directive", "YAML directives are not allowed", "Remove the % line."
            )

    def _scalar(self, event: ScalarEvent) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        text = event.value
        is_plain = event.implicit[0]
        value: scalars.Scalar = text
        if not is_plain:
            self._refuse_escaped(event, text)
        elif not text or text[0] in scalars.NOT_ONLY_TEXT:
            try:
                value = scalars.resolve(text)
            except scalars.InvalidScalarError as error:
                self._fail(event, error.rule, str(error), "Put it in quotes if it is text.")
        if not self.stack:
            self.root = value
            self.values[()] = _mark(event)
            return
        parent = self.stack[-1]
        place = _mark(event)
        if parent.key is not None:
            parent.value[parent.key] = value
            parent.key = None
            self.values[parent.key_path] = place
        elif parent.is_mapping:
            self._key(event, parent, value, place)
        else:
            self.values[*parent.path, len(parent.value)] = place
            parent.value.append(value)

    def _refuse_escaped(self, event: ScalarEvent, text: str) -> None:
        """What was written as an escape was not in the text of the file."""
        found = scalars.forbidden_character(text)
        if found:
            raise DocumentError(_forbidden(found[1], self._origin(event)))

    def _key(self, event: ScalarEvent, parent: _Open, value: scalars.Scalar, place: Mark) -> None:
        if not isinstance(value, str):
            self._fail(
                event,
                "yaml.key-not-text",
                "a key must be text",
                "Put the key in quotes if it is meant so.",
            )
        if value == "<<" and event.implicit[0]:
            self._fail(
                event, "yaml.merge-key", "merge keys are not allowed", "Write the fields out again."
            )
        path = (*parent.path, value)
        if value in parent.value:
            self._duplicate(event, value, Origin(self.path, *self.keys[path]))
        self.keys[path] = place
        parent.key = value
        parent.key_path = path

    def _duplicate(self, event: ScalarEvent, key: str, first: Origin) -> NoReturn:
        raise DocumentError(
            Diagnostic(
                "yaml.duplicate-key",
                f"the key `{key[:MAX_SHOWN]}` is written twice; the first is in line {first.line}",
                self._origin(event),
                hint="Remove one of the two.",
                related=(first,),
            )
        )

    def _start(self, event: CollectionStartEvent) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        parent = self.stack[-1] if self.stack else None
        if parent is not None and parent.is_mapping and parent.key is None:
            self._fail(
                event, "yaml.key-not-text", "a key must be text", "A list or mapping is no key."
            )
        if len(self.stack) >= MAX_DEPTH:
            self._fail(
                event,
                "yaml.too-deep",
                f"values are nested more than {MAX_DEPTH} deep",
                "No document needs that; check brackets and indentation.",
            )
        is_mapping = type(event) is MappingStartEvent
        value: Any = {} if is_mapping else []
        self.stack.append(_Open(value, self._add(event, value), is_mapping))

    def _add(self, event: Event, value: Any) -> Path:
        """Hangs the collection into what is open, and returns its path."""
        path: Path = ()
        if not self.stack:
            self.root = value
        else:
            parent = self.stack[-1]
            if parent.key is not None:
                path = parent.key_path
                parent.value[parent.key] = value
                parent.key = None
            else:
                path = (*parent.path, len(parent.value))
                parent.value.append(value)
        self.values[path] = _mark(event)
        return path

    def _refuse_properties(self, event: ScalarEvent | CollectionStartEvent) -> NoReturn:
        if event.anchor is not None:
            self._fail(
                event, "yaml.anchor", "anchors are not allowed", "Write the value out each time."
            )
        self._fail(event, "yaml.tag", "tags are not allowed", "Remove the word that begins with !.")

    def _origin(self, event: Event) -> Origin:
        return Origin(self.path, *_mark(event))

    def _fail(self, event: Event, rule: str, message: str, hint: str) -> NoReturn:
        raise DocumentError(Diagnostic(rule, message, self._origin(event), hint=hint))

    def _syntax(self, error: YAMLError) -> Diagnostic:
        """In libyaml's own words: they are fixed texts without a part of the input."""
        place = Origin(self.path)
        message = "not valid YAML"
        if isinstance(error, MarkedYAMLError):
            message = f"not valid YAML: {error.problem}"
            mark = error.problem_mark or error.context_mark
            if mark is not None:
                place = Origin(self.path, mark.line + 1, mark.column + 1)
        return Diagnostic(
            "yaml.syntax",
            message,
            place,
            hint="Check indentation, quotes and the line above.",
        )
