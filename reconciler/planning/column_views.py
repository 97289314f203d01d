"""Views that show some columns of an object, because Oracle has no column list for SELECT and READ.

Each is made before the first grant on it, is shared by everybody who may read these columns, and goes when nothing wants it and nobody holds anything on it.
What its owner must be able to read for it goes with the last view on the object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.model import names
from reconciler.model.changes import (
    Cause,
    Change,
    CreateColumnView,
    DropColumnView,
    Grant,
    Revoke,
)
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.model.documents import Mode
from reconciler.model.identities import ColumnView, is_column_view_name, is_through_view
from reconciler.model.leases import Phase
from reconciler.model.privileges import Entitlement, Kind, Privilege, on_column, on_object
from reconciler.model.results import ChangeOutcome, Status
from reconciler.model.snapshot import HeldGrant, Snapshot
from reconciler.planning import existence
from reconciler.planning.holdings import Holdings

Views = Mapping[str, ColumnView]
"""Column views by name."""

LONGEST_TEXT = 4000
"""Bytes of a view's text that DBA_VIEWS.TEXT_VC shows; a longer one could not be compared with what it should be."""

_SHOWN = frozenset({"TABLE", "VIEW", "MATERIALIZED VIEW", "SYNONYM"})
_TEXT_AROUND = len("SELECT  FROM . WITH READ ONLY")


@dataclass(frozen=True, slots=True)
class ViewPlan:
    """`made` come before the other changes of a plan, `cleaned_up` after them."""

    made: tuple[CreateColumnView, ...] = ()
    cleaned_up: tuple[DropColumnView | Revoke, ...] = ()
    findings: tuple[Diagnostic, ...] = ()


def known_views(desired: Desired, snapshot: Snapshot) -> Views:
    """The views that are wanted or there. A view that was altered by hand counts as what it should be."""
    there = {name: view for name, view in snapshot.column_views.items() if view.object}
    return there | dict(desired.views)


def base_of(privilege: Privilege, views: Views) -> Privilege:
    """The privilege on what the view shows; a privilege on anything else is itself."""
    view = views.get(privilege.object) if privilege.owner == names.GATE_SCHEMA else None
    return on_object(privilege.name, view.owner, view.object) if view else privilege


def opened(privileges: Iterable[Privilege], views: Views, snapshot: Snapshot) -> set[Privilege]:
    """The privileges with each on a view as those on the columns it shows, so that other ways to the same data are found. A view that is not what it should be
    stays among them itself: nobody knows what it shows."""
    found: set[Privilege] = set()
    for privilege in privileges:
        view = views.get(privilege.object) if privilege.owner == names.GATE_SCHEMA else None
        if view is not None:
            owner, name = view.owner, view.object
            found |= {on_column(privilege.name, owner, name, column) for column in view.columns}
        if view is None or snapshot.column_views.get(view.name) != view:
            found.add(privilege)
    return found


def problems(
    privilege: Privilege, origin: Origin | None, views: Views, holdings: Holdings
) -> Iterator[Diagnostic]:
    """Why the view that the privilege is on cannot be made; nothing for a privilege on anything else, and for a view that is there."""
    if privilege.owner != names.GATE_SCHEMA:
        return
    view = views.get(privilege.object)
    snapshot = holdings.snapshot
    if view is None:
        message = f"{privilege}: the gatekeeper's schema holds what the reconciler itself makes"
        yield Diagnostic("name.reserved", message, origin)
        return
    if _is_right(view, holdings):
        return
    if not snapshot.has_gate:
        yield Diagnostic(
            "gate.missing",
            f"{_columns(view)} of {_base(view)} need a view, and {snapshot.target} has no gatekeeper to make it",
            origin,
            hint=f"a DBA runs what `reconciler bootstrap {snapshot.target} --gate --print-sql` prints",
        )
    if _text_bytes(view) > LONGEST_TEXT:
        yield Diagnostic(
            "column-view.too-long",
            f"{len(view.columns)} columns of {_base(view)} make a view that is longer than {LONGEST_TEXT} bytes",
            origin,
            hint="ask for fewer columns in one item, or for the object as a whole",
        )
    yield from dict.fromkeys(_problems_of_base(privilege.name, view, origin, holdings))


def _problems_of_base(
    name: str, view: ColumnView, origin: Origin | None, holdings: Holdings
) -> Iterator[Diagnostic]:
    if holdings.is_protected(view.owner):
        yield Diagnostic(
            "object.oracle-maintained",
            f"{_base(view)}: no view is made on objects of {names.display(view.owner)}",
            origin,
            hint="ask for the object as a whole, or have a DBA make a view by hand",
        )
        return
    kind = holdings.objects.get(view.owner, {}).get(view.object, "")
    if kind and kind not in _SHOWN:
        message = f"{_base(view)} is a {kind.lower()}, and only tables and views have columns"
        yield Diagnostic("column-view.no-columns", message, origin)
        return
    for column in view.columns:
        wanted = on_column(name, view.owner, view.object, column)
        yield from existence.problems(wanted, origin, holdings)


def _text_bytes(view: ColumnView) -> int:
    listed = ",".join(map(names.quote, view.columns))
    below = names.quote_qualified(view.owner, view.object)
    return len(listed.encode()) + len(below.encode()) + _TEXT_AROUND


def plan_views(desired: Desired, holdings: Holdings, changes: Sequence[Change]) -> ViewPlan:
    """What the changes need of views, and what they leave. Nothing on a target that is only observed."""
    if desired.target.mode is Mode.OBSERVE:
        return ViewPlan()
    views = known_views(desired, holdings.snapshot)
    releasing = _Releasing(holdings, changes)
    grants = [
        change
        for change in changes
        if isinstance(change, Grant) and is_through_view(change.entitlement)
    ]
    wanted = _wanted(desired)
    made = tuple(_made(wanted, views, holdings, grants, releasing))
    needed = {change.entitlement.privilege.object for change in grants} | wanted
    dropped, kept = _unneeded(needed, holdings, releasing)
    shown = [*kept, *(change.view for change in made)]
    return ViewPlan(
        made,
        (*dropped, *_below(shown, dropped, holdings)),
        (
            *_notices(grants, views),
            *_needing_select(changes, grants, views),
            *_altered(made, holdings),
            *_foreign(holdings),
        ),
    )


class _Releasing:
    """What the changes take from those who hold something on a view."""

    def __init__(self, holdings: Holdings, changes: Sequence[Change]) -> None:
        self._revokes = {
            (change.entitlement, change.grantor): change
            for change in changes
            if isinstance(change, Revoke)
        }
        self._held: dict[str, list[HeldGrant]] = {}
        for row in holdings.snapshot.grants:
            if row.entitlement.privilege.owner == names.GATE_SCHEMA:
                self._held.setdefault(row.entitlement.privilege.object, []).append(row)

    def kept_by(self, view: str) -> list[HeldGrant]:
        """Who still holds something on the view afterwards."""
        return [row for row in self._held.get(view, ()) if tuple(row[:2]) not in self._revokes]

    def last(self, view: str) -> Revoke | None:
        """A change that takes something on the view away, the first in order."""
        found = (self._revokes.get(row[:2]) for row in sorted(self._held.get(view, ())))
        return next((change for change in found if change is not None), None)


def _wanted(desired: Desired) -> set[str]:
    """The views that active leases and standing grants name, whether or not they can be had now."""
    held = [
        entitlement
        for lease in desired.leases
        if lease.phase is Phase.ACTIVE
        for entitlement in lease.entitlements
    ]
    return {
        found.privilege.object for found in (*held, *desired.standing) if is_through_view(found)
    }


def _made(
    wanted: set[str],
    views: Views,
    holdings: Holdings,
    grants: Sequence[Grant],
    releasing: _Releasing,
) -> Iterator[CreateColumnView]:
    """The views of new grants, each once under the first of them, then those that are held and are not what they should be."""
    asked: dict[str, Grant] = {}
    for change in grants:
        asked.setdefault(change.entitlement.privilege.object, change)
    for name in sorted(asked.keys() | wanted):
        view, grant = views.get(name), asked.get(name)
        if view is None or _is_right(view, holdings):
            continue
        if grant is not None:
            yield CreateColumnView(view, grant.lease_id, grant.cause, grant.origin)
        elif releasing.kept_by(name) and _can_be_made(view, holdings):
            yield CreateColumnView(view, "", Cause.REPAIR)


def _can_be_made(view: ColumnView, holdings: Holdings) -> bool:
    privilege = on_object("SELECT", names.GATE_SCHEMA, view.name)
    return not any(problems(privilege, None, {view.name: view}, holdings))


def _is_right(view: ColumnView, holdings: Holdings) -> bool:
    """Whether the view is there, shows what it should, and its owner may pass on what it shows."""
    if holdings.snapshot.column_views.get(view.name) != view:
        return False
    below = _below_of(view.owner, view.object)
    return any(row.entitlement == below for row in holdings.of(names.GATE_SCHEMA))


def _below_of(owner: str, object_name: str) -> Entitlement:
    privilege = on_object("SELECT", owner, object_name)
    return Entitlement(names.GATE_SCHEMA, privilege, with_option=True)


def _unneeded(
    needed: set[str], holdings: Holdings, releasing: _Releasing
) -> tuple[list[DropColumnView], list[ColumnView]]:
    """The views to drop, and those that stay."""
    dropped: list[DropColumnView] = []
    kept: list[ColumnView] = []
    for name, view in sorted(holdings.snapshot.column_views.items()):
        if name in needed or releasing.kept_by(name) or not is_column_view_name(name):
            kept.append(view)
            continue
        last = releasing.last(name)
        dropped.append(
            DropColumnView(name, last.lease_id, last.cause, last.origin)
            if last
            else DropColumnView(name)
        )
    return dropped, kept


def _below(
    shown: Sequence[ColumnView], dropped: Sequence[DropColumnView], holdings: Holdings
) -> Iterator[Revoke]:
    """Takes from the views' owner what no view shows any more. A view whose text nobody can read may show anything, so all is left while there is one."""
    in_use = {(view.owner, view.object) for view in shown}
    if ("", "") in in_use:
        return
    there = holdings.snapshot.column_views
    reasons = {(there[row.name].owner, there[row.name].object): row for row in dropped}
    for row in sorted(holdings.of(names.GATE_SCHEMA)):
        privilege = row.entitlement.privilege
        place = (privilege.owner, privilege.object)
        ours = row.entitlement == _below_of(*place) and privilege.kind is Kind.OBJECT
        if ours and place not in in_use and holdings.can_revoke(row):
            why = reasons.get(place, DropColumnView(""))
            yield Revoke(row.entitlement, why.cause, row.grantor, "", why.origin)


def _notices(grants: Iterable[Grant], views: Views) -> list[Diagnostic]:
    """What is granted through a view, said once for each place in the documents."""
    found: dict[Diagnostic, None] = {}
    for change in grants:
        privilege = change.entitlement.privilege
        view = views[privilege.object]
        message = (
            f"{privilege.name} on {_columns(view)} of {_base(view)} through view {privilege.place},"
            f" because Oracle has no column list for {privilege.name}"
        )
        found[Diagnostic("column-view.used", message, change.origin, Severity.NOTICE)] = None
    return list(found)


def _needing_select(
    changes: Iterable[Change], grants: Iterable[Grant], views: Views
) -> list[Diagnostic]:
    """What who reads through a view may not expect of UPDATE beside it (Database Reference, SQL92_SECURITY)."""
    shown = {
        (change.entitlement.grantee, view.owner, view.object)
        for change in grants
        if (view := views.get(change.entitlement.privilege.object))
    }
    found: dict[Diagnostic, None] = {}
    for change in changes:
        if not isinstance(change, Grant):
            continue
        grantee, privilege, *_ = change.entitlement
        if privilege.name == "UPDATE" and (grantee, privilege.owner, privilege.object) in shown:
            found[_cannot_choose(privilege, change.origin)] = None
    return list(found)


def _cannot_choose(privilege: Privilege, origin: Origin | None) -> Diagnostic:
    return Diagnostic(
        "column-view.update-cannot-choose",
        f"{privilege.name} on {privilege.place} beside a view of it can set values and cannot choose rows: while SQL92_SECURITY"
        " is TRUE, the default, naming a column in WHERE or on the right of SET needs SELECT on the table itself",
        origin,
        Severity.WARNING,
        hint="if rows are to be chosen by a column, ask for SELECT on the table, or for EXECUTE on code that does the change",
    )


def _altered(made: Iterable[CreateColumnView], holdings: Holdings) -> Iterator[Diagnostic]:
    there = holdings.snapshot.column_views
    for change in made:
        view = change.view
        if view.name not in there:
            continue
        what = (
            f"its owner lost what it needs of {_base(view)}"
            if there[view.name] == view
            else "somebody changed it"
        )
        yield Diagnostic(
            "column-view.altered",
            f"view {_shown(view.name)} is not what it should be ({what}); it is made again",
            change.origin,
            Severity.WARNING,
            hint="find out who did it: until it is made again it may show other data",
        )


def _foreign(holdings: Holdings) -> list[Diagnostic]:
    return [
        Diagnostic(
            "column-view.foreign",
            f"view {_shown(name)} was not made by the reconciler; it is left alone",
            severity=Severity.WARNING,
            hint="drop it by hand: that schema is the gatekeeper's own",
        )
        for name in sorted(holdings.snapshot.column_views)
        if not is_column_view_name(name)
    ]


def unproved(outcomes: Iterable[ChangeOutcome], after: Snapshot) -> Iterator[Diagnostic]:
    """Views that were made and are not in the dictionary as they should be, and those that were dropped and are still there."""
    for outcome in outcomes:
        change = outcome.change
        if outcome.status not in (Status.DONE, Status.ALREADY):
            continue
        if isinstance(change, CreateColumnView):
            if after.column_views.get(change.view.name) != change.view:
                message = f"view {_shown(change.view.name)} was made on {after.target} and is not in the dictionary as it should be"
                yield Diagnostic("column-view.not-in-dictionary", message, change.origin)
        elif isinstance(change, DropColumnView) and change.name in after.column_views:
            message = f"view {_shown(change.name)} was dropped on {after.target} and is still in the dictionary"
            yield Diagnostic("column-view.not-gone", message, change.origin)


def _columns(view: ColumnView) -> str:
    word = "column" if len(view.columns) == 1 else "columns"
    return f"{word} {', '.join(map(names.display, view.columns))}"


def _base(view: ColumnView) -> str:
    return f"{names.display(view.owner)}.{names.display(view.object)}"


def _shown(name: str) -> str:
    return f"{names.GATE_SCHEMA}.{names.display(name)}"
