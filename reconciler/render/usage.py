"""Whether a lease was used, for people. Takes the JSON form, which the ledger and a run have in common; all text in it is foreign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.names import display
from reconciler.render.terminal import Style, counted, safe

_WORDS = {"used": ("used", "green"), "not-used": ("not used", "yellow"), "unknown": ("unknown", "red")}  # fmt: skip
_SHOWN = 5


def block(found: Mapping[str, Any], style: Style) -> str:
    """One lease with all that is known."""
    head = f"{style(safe(found['lease']), 'bold')} on {safe(found['target'])}"
    window = f"  {safe(display(found['grantee']))}, {found['since']} to {found['until']}, read at {found['read_at']}"
    return "\n".join([head, window, *lines(found, style)])


def lines(found: Mapping[str, Any], style: Style) -> list[str]:
    """What a receipt says of it: the verdict, from where, what, and what was refused."""
    word, colour = _WORDS[found["use"]]
    rows = [f"  use        {style(word, colour)}{_detail(found)}"]
    rows += [f"  from       {_source(row)}" for row in found["sources"][:_SHOWN]]
    rows += [
        f"  did        {safe(row['action'])} {safe(row['object'])}".rstrip()
        + f" ({counted(row['times'], 'time')})"
        for row in found["touched"][:_SHOWN]
    ]
    rows += [
        f"  refused    ORA-{row['ora']:05d} {safe(row['action'])} {safe(row['object'])}".rstrip()
        + f" ({counted(row['times'], 'time')})"
        for row in found["refused"][:_SHOWN]
    ]
    if found["use"] != "used":
        rows.append(f"  last logon {found['last_login'] or 'never'}{_logon_says(found)}")
    if found["hint"]:
        rows.append(f"  {style('->', 'dim')} a DBA can run: {safe(found['hint'])}")
    return rows


def _detail(found: Mapping[str, Any]) -> str:
    if found["use"] != "used":
        return f": {safe(found['reason'])}" if found["reason"] else ", by the audit trail"
    when = f" {counted(found['count'], 'time')}, {found['first']} to {found['last']}"
    return when + (f" ({safe(found['reason'])})" if found["reason"] else "")


def _logon_says(found: Mapping[str, Any]) -> str:
    """LAST_LOGIN says nothing about logons before the last one."""
    last = found["last_login"]
    if last is None or last < found["since"]:
        return ", so not while the lease ran"
    return ", while the lease ran" if last <= found["until"] else ""


def _source(row: Mapping[str, Any]) -> str:
    address = f" {safe(row['address'])}" if row["address"] else ""
    program = f" ({safe(row['program'])})" if row["program"] else ""
    proxy = f" through {safe(display(row['proxy']))}" if row["proxy"] else ""
    return f"{safe(row['host']) or '?'}{address}{program}{proxy}, {counted(row['times'], 'time')}"
