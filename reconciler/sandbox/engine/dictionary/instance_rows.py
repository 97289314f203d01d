"""What the instance and its sessions put into the feeds: plain rows, computed from the views that `context` offers."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from reconciler.sandbox.engine.context import ROOT_CONTAINER, Container, InstanceView, SessionView
from reconciler.sandbox.engine.dictionary.parameters import DEFAULTS, NLS_DEFAULTS
from reconciler.sandbox.seam import Release

Row = tuple[Any, ...]

_FIRST_PDB = 3  # 1 is the root, 2 the seed
_VERSIONS: Mapping[Release, tuple[str, str, str]] = {  # version, full version, banner
    Release.R19: (
        "19.0.0.0.0",
        "19.3.0.0.0",
        "Oracle Database 19c Enterprise Edition Release 19.0.0.0.0 - Production",
    ),
    Release.R23: (
        "23.0.0.0.0",
        "23.26.1.0.0",
        "Oracle AI Database 26ai Free Release 23.26.1.0.0 - Develop, Learn, and Run for Free",
    ),
}


def container_ids(instance: InstanceView) -> Mapping[str, int]:
    """CON_ID by container name, in the order the instance lists its pluggable databases."""
    pdbs = [name for name in instance.containers if name != ROOT_CONTAINER]
    return {ROOT_CONTAINER: 1} | {name: _FIRST_PDB + i for i, name in enumerate(pdbs)}


def database_id(name: str) -> int:
    """A made-up DBID: stable for a name, different for different ones."""
    return zlib.crc32(name.encode())


CONTAINER_COLUMNS = "con_id, dbid, name, is_root"


def containers(session: SessionView) -> Sequence[Row]:
    """The containers that the session's container can see: all from the root, else itself."""
    here = session.container
    return [
        (con_id, database_id(name), name, name == ROOT_CONTAINER)
        for name, con_id in container_ids(session.instance).items()
        if here.is_root or name == here.name
    ]


INSTANCE_COLUMNS = "name, host, version, version_full, banner, banner_full, startup_time, restricted, edition, database, dbid"


def instance(session: SessionView) -> Sequence[Row]:
    release = session.instance.release
    version, full, banner = _VERSIONS[release]
    root = _settings(session.instance.root)
    name = "FREE" if release >= Release.R23 else "ORCLCDB"
    return [
        (
            name,
            "sandbox",
            version,
            full,
            banner,
            f"{banner}\nVersion {full}",
            root.get("startup_time") or root.get("created"),
            _settings(session.container).get("restricted_session") == "1",
            "FREE" if release >= Release.R23 else "EE",
            name,
            database_id(name),
        )
    ]


def _settings(container: Container) -> Mapping[str, str | None]:
    return dict(container.catalog.execute("SELECT name, value FROM settings").fetchall())


PARAMETER_COLUMNS = "num, name, type, value, initial, modifiable, description, modified"


def parameters(session: SessionView) -> Sequence[Row]:
    """Initialisation parameters as the session sees them: its own changes over the container's over the root's over the defaults."""
    values: dict[str, str | None] = {}
    for container in (session.instance.root, session.container):
        values.update(container.catalog.execute("SELECT name, value FROM parameters").fetchall())
    changed = {name for name in session.parameters if name in DEFAULTS}
    values.update({name: session.parameters[name] for name in changed})
    rows: list[Row] = []
    for number, name in enumerate(sorted({*DEFAULTS, *values}), 1):
        known = DEFAULTS.get(name)
        kind, initial, modifiable, text = known or (2, None, "IMMEDIATE", None)
        value = values.get(name, initial) or None  # Oracle has no empty strings
        modified = "MODIFIED" if name in changed else "FALSE"
        rows.append((number, name, kind, value, initial, modifiable, text, modified))
    return rows


def nls(session: SessionView) -> Sequence[Row]:
    """NLS settings of the session (with ALTER SESSION counted), the instance and the database."""
    rows: list[Row] = []
    for name, value in NLS_DEFAULTS.items():
        rows.append(("SESSION", name, session.parameters.get(name.lower(), value)))
        rows.append(
            ("INSTANCE", name, value if name in ("NLS_LANGUAGE", "NLS_TERRITORY") else None)
        )
        rows.append(("DATABASE", name, value))
    return rows


SESSION_COLUMNS = (
    "sid PRIMARY KEY, serial, user, schema, status, osuser, process, machine, port, terminal, program, module, action, client_info,"
    " client_identifier, logon_time, idle, service, con_id, proxy, audsid, driver, driver_version"
)


def sessions(session: SessionView) -> Sequence[Row]:
    """Open sessions: of all containers from the root, else of the session's own container."""
    ids = container_ids(session.instance)
    here, now = session.container, session.instance.now()
    return [
        _session_row(other, ids[other.container.name], now)
        for other in session.instance.sessions()
        if here.is_root or other.container.name == here.name
    ]


def _session_row(other: SessionView, con_id: int, now: datetime) -> Row:
    said = other.attributes
    last_call = said.get("last_call") or said.get("logon_time")
    return (
        other.sid,
        other.serial,
        other.user,
        other.current_schema,
        said.get("status") or "INACTIVE",
        said.get("os_user"),
        said.get("process"),
        said.get("machine"),
        int(said.get("port") or 0),
        said.get("terminal"),
        said.get("program"),
        said.get("module") or said.get("program"),
        said.get("action"),
        said.get("client_info"),
        said.get("client_identifier"),
        said.get("logon_time"),
        _seconds_since(last_call, now),
        said.get("service"),
        con_id,
        other.proxy_user,
        int(said.get("audsid") or 0),
        said.get("driver"),
        _version_in(said.get("driver")),
    )


def _version_in(driver: str | None) -> str:
    """The version that drivers write behind their name, such as 4.0.2 in `python-oracledb thn : 4.0.2`."""
    found = re.search(r"\d+(\.\d+)+", driver or "")
    return found[0] if found else "Unknown"


def _seconds_since(text: str | None, now: datetime) -> int:
    if not text:
        return 0
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, int((now - moment).total_seconds()))
