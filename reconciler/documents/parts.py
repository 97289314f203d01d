"""What documents of several kinds have in common: the name, the choice of targets, texts that must say something, lists of named things."""

from __future__ import annotations

from reconciler.documents.loader import Path
from reconciler.documents.reader import Reader
from reconciler.model.documents import TargetSelector
from reconciler.model.policies import OWNERS

SPEC: Path = ("spec",)


def name_of(reader: Reader) -> str:
    return reader.text(("metadata", "name"))


def name_of_somebody(reader: Reader) -> str:
    """The name of a person or team, which must not be the word that stands for the owners of data."""
    name = name_of(reader)
    if name == OWNERS:
        reader.fail(
            "name.reserved",
            f"`{OWNERS}` stands for those who own the data, so nobody is called so",
            ("metadata", "name"),
            "Choose another name.",
        )
    return name


def selector_at(reader: Reader, path: Path) -> TargetSelector:
    labels = isinstance(reader.at(path), dict)
    return TargetSelector(
        names=() if labels else reader.texts(path),
        labels=reader.mapping((*path, "labels")) if labels else {},
        origin=reader.origin(path),
    )


def reason(reader: Reader, path: Path) -> str:
    """Free text as one line; blanks alone are a finding."""
    text = reader.line(path)
    if not text:
        reader.fail("schema.wrong-value", "the text is blank", path)
    return text


def items(reader: Reader, path: Path) -> tuple[Path, ...]:
    """The places of a list's items; none where there is no list."""
    return tuple((*path, index) for index in range(len(reader.at(path) or ())))


def refuse_twins(reader: Reader, path: Path, what: str) -> None:
    """A finding for each item of the list whose `name` an earlier one has."""
    first: dict[str, Path] = {}
    for item in items(reader, path):
        place = (*item, "name")
        name = reader.line(place)
        if name in first:
            reader.fail(
                "name.twice",
                f"another {what} here is called `{name}` too",
                place,
                "Findings name it, so give each a name of its own.",
                (reader.origin(first[name]),),
            )
        first.setdefault(name, place)
