"""Foreign text in Markdown as GitHub shows it: it stays in its place, links nowhere, calls nobody, and is no command of a workflow."""

from __future__ import annotations

import re

from reconciler.render.terminal import safe

GAP = "\u200b"
"""A space without width. GitHub looks for names, issues and emoji in the finished page, where escapes are gone: only another character between tells."""

_STRUCTURE = re.compile(r"[\\`*_\[\]<>#|~&@$]|:(?![ \d])")
_CALLS = re.compile(
    r"(?<=@)(?=[\w-])|(?<=#)(?=\w)|(?<=:)(?=[A-Za-z+_-])|(?<=\bGH-)(?=\d)", re.IGNORECASE
)
_AT_START = re.compile(r"\A(?:[-+=.:]|\d+(?=[.)]))")
_WEB = re.compile(r"(?<=\bwww)\.", re.IGNORECASE)
_RUN = re.compile("`+")
_LONGEST_CUT = " ..."


def prose(text: object) -> str:
    """Text within a line. Characters that could mean something are written as numbers, which Markdown shows and never obeys."""
    found = _CALLS.sub(GAP, " ".join(safe(text).split()))
    found = _STRUCTURE.sub(_numbered, found)
    found = _WEB.sub("&#46;", found)
    return _AT_START.sub(lambda match: "".join(map(_number, match[0])), found)


def _numbered(found: re.Match[str]) -> str:
    return _number(found[0])


def _number(char: str) -> str:
    return f"&#{ord(char)};"


def code(text: object) -> str:
    """A name or a short text in a span of code, as it is: nothing in it means anything."""
    shown = quiet(safe(text)).strip(" ") or "(empty)"
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced(lines: tuple[str, ...], language: str = "") -> str:
    """Lines in a block of code, whose fence is longer than any run of backticks inside."""
    shown = [quiet(safe(row)) for text in lines for row in text.split("\n")]
    fence = "`" * max(3, max(map(_longest_run, shown), default=0) + 1)
    return "\n".join((f"{fence}{language}", *shown, fence))


def _longest_run(text: str) -> int:
    return max(map(len, _RUN.findall(text)), default=0)


def quiet(line: str) -> str:
    """A line that the runner of a workflow does not take for a command, should it be printed to a log: `::name::` at its beginning, `##[name]` anywhere.
    What would be one gets a space without width."""
    found = line.replace("##[", f"##{GAP}[")
    start = len(found) - len(found.lstrip())
    return f"{found[:start]}{GAP}{found[start:]}" if found.startswith("::", start) else found


def shortened(text: str, most: int) -> str:
    """The text, cut where it is longer than `most` characters."""
    return text if len(text) <= most else text[: most - len(_LONGEST_CUT)] + _LONGEST_CUT
