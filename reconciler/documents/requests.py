"""A request as a typed value: that of an AccessRequest, and those that the cases of a PolicyTest describe."""

from __future__ import annotations

from reconciler.documents.access import read_access
from reconciler.documents.identities import read_identity, read_session
from reconciler.documents.loader import Path
from reconciler.documents.parts import SPEC, name_of, reason, selector_at
from reconciler.documents.reader import Reader
from reconciler.model import break_glass
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import AccessRequest, Window


def access_request(reader: Reader) -> AccessRequest:
    return read_request(reader, SPEC, _name(reader), reader.origin())


def read_request(reader: Reader, spec: Path, name: str, origin: Origin) -> AccessRequest:
    """What `spec` asks for; `name` and `origin` are the request's own."""
    identity = read_identity(reader, spec, name)
    return AccessRequest(
        name=name,
        origin=origin,
        requester=reader.text((*spec, "requester")),
        reason=reason(reader, (*spec, "reason")),
        ticket=reader.text((*spec, "ticket")),
        targets=selector_at(reader, (*spec, "targets")),
        user=identity.user,
        user_origin=identity.origin,
        access=read_access(reader, (*spec, "access")),
        window=_window(reader, (*spec, "window")),
        ended=reader.at((*spec, "ended")) is True,
        identity=identity.kind,
        client=identity.client,
        session=read_session(reader, spec, identity.kind),
    )


def _name(reader: Reader) -> str:
    """A request must not be called as a lease of break-glass access, or could pass for one."""
    name = name_of(reader)
    if break_glass.is_lease(name):
        reader.fail(
            "name.reserved",
            f"`{name}` looks like an opening of break-glass access",
            ("metadata", "name"),
            f"Choose a name that does not begin with `{break_glass.PREFIX}`.",
        )
    return name


def _window(reader: Reader, path: Path) -> Window:
    before = len(reader.findings)
    given = reader.at(path)
    start = reader.instant((*path, "start")) if "start" in given else None
    until = reader.instant((*path, "until")) if "until" in given else None
    duration = reader.duration((*path, "duration")) if "duration" in given else None
    if start and until and len(reader.findings) == before and until <= start:
        reader.fail("window.order", "`until` is not after `start`", (*path, "until"))
    return Window(start, until, duration, reader.origin(path))
