"""Plans, runs, receipts and standings as text for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from reconciler.model.changes import Cause, Change, Grant, Revoke
from reconciler.model.instants import format_duration, format_instant
from reconciler.model.names import display
from reconciler.model.plan import Brake, Drift, DriftKind, Plan
from reconciler.model.results import ChangeOutcome, Execution, Receipt, Status, Verdict
from reconciler.render import usage
from reconciler.render.changes import cascade_lines, change_line
from reconciler.render.terminal import Style, counted, safe

_SIGNS = {"+": "green", "-": "red", "~": "yellow"}
_SHOWN_EFFECTS = 200
_SHOWN_LINES = 12
_SHOWN_RECEIPTS = 25
_REASONS = {
    Cause.LEASE_START: "start of lease",
    Cause.LEASE_EDIT: "edit of lease",
    Cause.LEASE_END: "end of lease",
    Cause.EXTENSION: "new end of lease",
    Cause.REPAIR: "repair of lease",
    Cause.ORPHAN: "lease role that nothing explains",
    Cause.STANDING: "standing grant",
    Cause.STANDING_REMOVED: "no longer in any document",
    Cause.ROTATION: "rotation of a service's password",
    Cause.DRIFT: "drift, to be repaired",
}
_NEXT = {
    Verdict.REVOKED_BUT_EFFECTIVE: "revoke what is UNEXPLAINED, or write it down as a standing grant; the next run proves the end again",
    Verdict.NOT_ENDED: "run reconcile again when its cause above is mended; the deadline job tries on its own, too",
}
_LIMITS = {
    "target count": "removals.count",
    "target share": "removals.share",
    "grantee count": "removals.granteeCount",
    "grantee share": "removals.granteeShare",
}


def plan(found: Plan, style: Style, statements: Sequence[str] = ()) -> str:
    """The plan of one target; with `statements` the SQL that it comes to, in the order it runs."""
    lines = [heading(found, style)]
    lines += [f"  {_drift_line(row, style)}" for row in _left_alone(found)[:_SHOWN_EFFECTS]]
    lines += _changes(found.changes[:_SHOWN_EFFECTS], style)
    if len(found.changes) > _SHOWN_EFFECTS:
        lines.append(
            f"  ... and {len(found.changes) - _SHOWN_EFFECTS} more; --output json has them all"
        )
    if statements:
        lines.append("  statements, in the order they run:")
        lines += [_sql(statement, style) for statement in statements[:_SHOWN_EFFECTS]]
    lines += [_brake(brake, style) for brake in found.brakes]
    lines.append("  " + _plan_summary(found, style))
    return "\n".join(lines)


def brakes(found: Plan, style: Style) -> str:
    """Why the plan may not run, a line and a hint for each limit; empty text when it may."""
    return "\n".join(_brake(brake, style) for brake in found.brakes)


def failed(target: str, style: Style) -> str:
    """The line of a target that could not be worked on; why is told among the findings."""
    return f"{style(target, 'bold')}  {style('failed', 'red')}"


def heading(found: Plan, style: Style) -> str:
    """Target, mode, database and instant, on one line."""
    return f"{style(found.target, 'bold')}  {found.mode.value}  {safe(found.database)}  at {format_instant(found.at)}"


def _left_alone(found: Plan) -> list[Drift]:
    """Drift that no change of the plan repairs; the other is in the list of changes."""
    repaired = {
        change.entitlement for change in found.changes if isinstance(change, Grant | Revoke)
    }
    return [row for row in found.drift if row.entitlement not in repaired]


def _changes(changes: Sequence[Change], style: Style) -> list[str]:
    """The changes under their reasons, each reason once: what belongs together is read together, in whatever order it runs."""
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        place = safe(change.origin) if change.origin else ""
        groups.setdefault((_reason(change), place), []).append(change)
    lines = []
    for (reason, place), members in groups.items():
        lines.append(f"  {safe(reason)}" + (f"   {style(place, 'dim')}" if place else ""))
        for member in members:
            sign, words = change_line(member)
            lines.append(f"    {style(sign, _SIGNS[sign])} {safe(words)}")
            for mark, along in cascade_lines(member):
                lines.append(f"        {style(mark, _SIGNS.get(mark, 'dim'))} {safe(along)}")
    return lines


def _reason(change: Change) -> str:
    words = _REASONS[change.cause]
    named = change.lease_id and change.cause is not Cause.ORPHAN
    return f"{words} {change.lease_id}" if named else words


def _sql(statement: str, style: Style) -> str:
    """One statement; of a long block its beginning."""
    rows = statement.splitlines()
    shown = [f"      {style(safe(row), 'dim')}" for row in rows[:_SHOWN_LINES]]
    if len(rows) > _SHOWN_LINES:
        shown.append(f"      ... {len(rows) - _SHOWN_LINES} more lines; --output json has them")
    return "\n".join(shown)


def _brake(brake: Brake, style: Style) -> str:
    whom = f" from {safe(display(brake.grantee))}" if brake.grantee else ""
    grants = "grant" if brake.found == "1" else "grants"
    stopped = style("stopped by the removal brake", "bold", "red")
    limit = _LIMITS.get(brake.limit, brake.limit)
    return (
        f"  {stopped}, nothing runs: it would take away {safe(brake.found)} {grants}{whom}; {safe(limit)} allows {safe(brake.allowed)}\n"
        f"      {style('->', 'dim')} if that is meant, raise {safe(limit)} in the target document, or add removals.release with a reason and an end"
    )


def _plan_summary(found: Plan, style: Style) -> str:
    if found.is_empty:
        return style("no changes", "green")
    counts = {
        sign: sum(change_line(change)[0] == sign for change in found.changes) for sign in _SIGNS
    }
    return f"plan: {counts['+']} to add, {counts['~']} to change, {counts['-']} to remove   {style(found.digest, 'dim')}"


def _drift_line(row: Drift, style: Style) -> str:
    word = "not in any document" if row.kind is DriftKind.UNEXPECTED else "missing in the database"
    place = f"   {style(safe(row.origin), 'dim')}" if row.origin else ""
    return f"{style('!', 'yellow')} drift, {word}: {safe(row.entitlement)}{place}"


def drift(found: Plan, style: Style) -> str:
    """The drift that stays as it is, a line each; empty text for none."""
    return "\n".join(f"  {_drift_line(row, style)}" for row in _left_alone(found)[:_SHOWN_EFFECTS])


def execution(found: Execution, style: Style) -> str:
    """What each change came to: failures in full, successes counted beyond a screenful."""
    rows = [outcome_line(row, style) for row in found.outcomes if row.status is not Status.DONE]
    done = [row for row in found.outcomes if row.status is Status.DONE]
    shown = [outcome_line(row, style) for row in done[:_SHOWN_EFFECTS]]
    if len(done) > _SHOWN_EFFECTS:
        shown.append(f"  ... and {len(done) - _SHOWN_EFFECTS} more done")
    if found.interrupted:
        rows.append(
            f"  {style('interrupted', 'red')}: {safe(found.interrupted)}; the next run resolves what is open"
        )
    return "\n".join([*shown, *rows])


def outcome_line(row: ChangeOutcome, style: Style) -> str:
    marks = {
        Status.DONE: ("ok", "green"),
        Status.ALREADY: ("already so", "green"),
        Status.FAILED: ("FAILED", "red"),
        Status.SKIPPED: ("skipped", "yellow"),
    }
    mark, colour = marks[row.status]
    text = f"  {style(mark, colour)}  {safe(change_line(row.change)[1])}"
    if row.status in (Status.FAILED, Status.SKIPPED):
        number = f"ORA-{row.ora:05d} " if row.ora and not row.message.startswith("ORA-") else ""
        text += f"\n      {number}{safe(row.message)}"
        text += f"\n      {style('->', 'dim')} {safe(row.hint)}" if row.hint else ""
    return text


def receipts(
    found: Sequence[Receipt],
    style: Style,
    usages: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> list[str]:
    """Every proof that failed; of those that succeeded a screenful, and the number of the others. `usages` are in JSON form, by lease."""
    ended = [row for row in found if row.verdict is Verdict.ENDED]
    shown = set(map(id, ended[:_SHOWN_RECEIPTS]))
    blocks = [
        receipt(row, style, usages.get(row.lease_id))
        for row in found
        if row.verdict is not Verdict.ENDED or id(row) in shown
    ]
    if len(ended) > _SHOWN_RECEIPTS:
        more = len(ended) - _SHOWN_RECEIPTS
        blocks.append(
            f"  ... and {counted(more, 'more receipt')}, ended; --output json has them all"
        )
    return blocks


def receipt(found: Receipt, style: Style, used: Mapping[str, Any] | None = None) -> str:
    """The proof of one end, and whether the access was used."""
    colour = "green" if found.verdict is Verdict.ENDED else "red"
    lines = [
        f"receipt {style(found.lease_id, 'bold')} on {found.target}: {style(found.verdict.value, 'bold', colour)}",
        f"  grantee    {safe(display(found.grantee))} through role {safe(display(found.role))}",
        f"  ended      {_when(found.ended_at)} by {found.ended_by.value} ({found.reason.value})"
        + _due(found),
        f"  verified   {format_instant(found.verified_at)}: {_verification(found)}",
    ]
    for path in found.paths:
        mark = (
            f"explained by {safe(path.explained_by)}"
            if path.explained_by
            else style("UNEXPLAINED", "red")
        )
        lines.append(
            f"  still has  {safe(path.privilege)} through {safe(' -> '.join(path.through))} ({mark})"
        )
    if found.note:
        lines.append(f"  left       {safe(found.note)}")
    lines += [
        f"  session    {row.sid},{row.serial},@{row.instance} {safe(row.user)} {safe(row.status)} from {safe(row.machine)} ({safe(row.program)})"
        for row in found.sessions
    ]
    if used is not None:
        lines += usage.lines(used, style)
    if found.verdict in _NEXT:
        lines.append(f"  {style('->', 'dim')} {_NEXT[found.verdict]}")
    return "\n".join(f"  {line}" for line in lines)


def _due(found: Receipt) -> str:
    if found.due is None:
        return ""
    return (
        f", {format_duration(found.lag)} after it was due"
        if found.lag is not None
        else f", due {format_instant(found.due)}"
    )


def _verification(found: Receipt) -> str:
    if found.verdict is Verdict.NOT_ENDED:
        return "the lease role or its privileges are still there"
    unexplained = sum(not path.explained_by for path in found.paths)
    if unexplained:
        return f"{counted(unexplained, 'path')} to the same access left"
    rest = "nothing of it left over any path"
    if found.paths:
        rest = f"{counted(len(found.paths), 'path')} left, all explained"
    return f"{counted(len(found.entitlements), 'privilege')}, {rest}; {counted(len(found.sessions), 'live session')}"


def _when(instant: datetime | None) -> str:
    return format_instant(instant) if instant else "at an unknown time"


def cost(round_trips: int, statements: int, seconds: float, peak_megabytes: float) -> str:
    """What a run cost, printed by each run."""
    return f"{counted(round_trips, 'round trip')}, {counted(statements, 'statement')}, {seconds:.1f} s, peak {peak_megabytes:.0f} MB"


def joined(blocks: Iterable[str]) -> str:
    return "\n\n".join(block for block in blocks if block)
