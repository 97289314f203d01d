"""System privileges of each release, and what Oracle's own documents say of them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from reconciler.sandbox.seam import Release


@dataclass(frozen=True, slots=True)
class SystemPrivilege:
    """One row of SYSTEM_PRIVILEGE_MAP, with whether GRANT ALL PRIVILEGES contains it and whether it may be granted ON SCHEMA.

    Numbers that no public source shows are assigned from -500 downwards.
    """

    number: int
    name: str
    in_all_privileges: bool
    on_schema: bool


ADMINISTRATIVE = frozenset({"SYSDBA", "SYSOPER", "SYSBACKUP", "SYSDG", "SYSKM", "SYSRAC"})
"""Kept in the password file instead of the dictionary."""

NOT_FOR_ROLES = ADMINISTRATIVE | {"UNLIMITED TABLESPACE"}

NOT_IN_DBA = NOT_FOR_ROLES | {
    "ADMINISTER KEY MANAGEMENT",
    "ADMINISTER SQL FIREWALL",
    "EXEMPT ACCESS POLICY",
    "EXEMPT IDENTITY POLICY",
    "EXEMPT REDACTION POLICY",
    "EXPORT FULL DATABASE",
    "IMPORT FULL DATABASE",
    "INHERIT ANY PRIVILEGES",
    "INHERIT ANY REMOTE PRIVILEGES",
    "KEEP DATE TIME",
    "KEEP SYSGUID",
    "TEXT DATASTORE ACCESS",
    "TRANSLATE ANY SQL",
}
"""System privileges that the DBA role does not hold."""


@cache
def system_privileges(release: Release) -> dict[str, SystemPrivilege]:
    """System privileges of the release, by name."""
    text = files(__package__).joinpath("system_privileges.csv").read_text(encoding="utf-8")
    return {
        row["name"]: SystemPrivilege(
            number=int(row["number"]),
            name=row["name"],
            in_all_privileges=row["in_all_privileges"] == "1",
            on_schema=row["on_schema"] == "1" and release >= Release.R23,
        )
        for row in csv.DictReader(text.splitlines())
        if int(row["since"]) <= release
    }
