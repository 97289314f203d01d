"""Answers about effective access as text: a section a target, a line a way."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model import names
from reconciler.model.access import (
    EVERYBODY,
    Answer,
    Enabling,
    Explanation,
    Has,
    Holder,
    WantedBy,
    Way,
)
from reconciler.model.instants import format_instant
from reconciler.model.privileges import Kind
from reconciler.render import access_json
from reconciler.render.terminal import Style, counted, safe

_SHOWN = 200
_VERDICTS = {
    Has.YES: ("yes", "green"),
    Has.AFTER_ENABLING: ("only with a role that a logon does not enable", "yellow"),
    Has.AS_ANOTHER: ("only logged on as somebody else", "yellow"),
    Has.IN_PART: ("in part", "yellow"),
    Has.NO: ("no", "red"),
    Has.UNKNOWN: ("not known", "yellow"),
}
_ROLES = {
    Enabling.PASSWORD: "enabled with its password",
    Enabling.APPLICATION: "enabled by its application, also for users it was not granted to",
    Enabling.OUTSIDE: "enabled by the operating system or a directory",
}


def who(found: Answer, style: Style, *, everything: bool = False) -> str:
    """Everybody who has it. Oracle's own accounts and roles are only named unless `everything` is asked for."""
    lines = [_heading(found, style)]
    if not found.answered:
        return "\n".join([*lines, "  no answer: see the findings"])
    shown = [row for row in found.holders if everything or not row.oracle_maintained]
    lines.append(f"  who can {safe(found.privilege)}")
    for row in shown[:_SHOWN]:
        lines += _block(row, style)
    if len(shown) > _SHOWN:
        more = counted(len(shown) - _SHOWN, "more user or role", "more users and roles")
        lines.append(f"    ... and {more}; --output json has them all")
    own = [row for row in found.holders if row not in shown]
    if own:
        listed = ", ".join(safe(names.display(row.name)) for row in own[:12])
        more = f" and {len(own) - 12} more" if len(own) > 12 else ""
        lines.append(f"    of Oracle's own: {listed}{more}; --all shows how")
    if not found.holders:
        lines.append("    nobody" if found.complete else "    nobody among those that were read")
    return "\n".join(lines)


def why(found: Answer, style: Style) -> str:
    """Whether the one asked about has it, and every way."""
    lines = [_heading(found, style)]
    if not found.answered:
        return "\n".join([*lines, "  no answer: see the findings"])
    for row in found.holders:
        words, colour = _VERDICTS[row.has]
        verdict = style(words, "bold", colour)
        lines.append(f"  {safe(names.display(row.name))}, {safe(found.privilege)}: {verdict}")
        lines += [f"    {note}" for note in _notes(row)]
        lines += [f"    {_line(way)}" for way in row.ways]
    return "\n".join(lines)


def _heading(found: Answer, style: Style) -> str:
    return f"{style(found.target, 'bold')}  {safe(found.database)}  at {format_instant(found.at)}"


def limits(style: Style) -> str:
    """What no answer considers, once for all targets."""
    return style("not considered: " + "; ".join(access_json.LIMITS), "dim")


def _block(row: Holder, style: Style) -> Iterator[str]:
    name = safe(names.display(row.name))
    kind = "role " if row.is_role else ""
    words = [f"{kind}{name}" if row.name != EVERYBODY else "PUBLIC, that is every user"]
    if row.has is not Has.YES:
        words.append(_VERDICTS[row.has][0])
    words += _notes(row)
    yield "    " + style("; ".join(words), "bold")
    for way in row.ways:
        yield f"      {_line(way, in_documents=not row.oracle_maintained)}"


def _notes(row: Holder) -> list[str]:
    if row.is_role:
        return [_ROLES[row.enabling]] if row.enabling in _ROLES else []
    if row.can_log_on:
        return [f"account is {safe(row.status)}"] if "EXPIRED" in row.status else []
    if "LOCKED" in row.status:
        return [f"account is {safe(row.status)} and cannot log on"]
    return ["cannot log on: no CREATE SESSION"]


def _line(way: Way, *, in_documents: bool = True) -> str:
    marks = "; ".join(_marks(way, in_documents=in_documents))
    return safe(" -> ".join(access_json.steps(way))) + (f"   ({safe(marks)})" if marks else "")


def _marks(way: Way, *, in_documents: bool) -> Iterator[str]:
    if way.columns:
        word = "column" if len(way.columns) == 1 else "columns"
        yield f"only {word} {', '.join(map(names.display, way.columns))}"
    if way.enabling is not Enabling.AT_LOGON:
        yield _needs(way)
    if way.held and way.held.entitlement.with_option:
        by_admin = way.held.entitlement.privilege.kind in (Kind.SYSTEM, Kind.ROLE, Kind.SCHEMA)
        yield "with admin option" if by_admin else "with grant option"
    if way.held and (in_documents or way.explained_by):
        yield _explained(way.explained_by)


def _needs(way: Way) -> str:
    name = names.display(way.role)
    match way.enabling:
        case Enabling.SET_ROLE:
            return f"needs SET ROLE {name}"
        case Enabling.PASSWORD:
            return f"needs SET ROLE {name} with the role's password"
        case Enabling.APPLICATION:
            return f"only when its application enables {name}"
        case _:
            return f"only when the operating system or a directory enables {name}"


def _explained(found: Explanation | None) -> str:
    if found is None:
        return "in no document"
    if found.kind is WantedBy.STANDING:
        return f"standing grant {found.name}"
    until = f" until {format_instant(found.end)}" if found.end else ""
    return f"lease {found.name}{until}"
