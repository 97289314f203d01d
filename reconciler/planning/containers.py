"""What the multitenant architecture makes impossible, told before anything is planned.

A target is a pluggable database or a non-CDB. In a pluggable database everything here is local: grants to common users (C##) made there count there alone,
rows with INHERITED=YES come from the root and are never revoked, and common users and roles are made by nobody here (SQL Language Reference, GRANT and
CREATE USER, CONTAINER clause).
"""

from __future__ import annotations

from reconciler.model.diagnostics import Diagnostic
from reconciler.model.snapshot import Snapshot

ROOT = "CDB$ROOT"
RULE = "target.root-container"


def problem(snapshot: Snapshot) -> Diagnostic | None:
    """Why the database cannot be a target; None when it can. In the root a role with a plain name does not exist (ORA-65096), and one of ours, made there
    as a common one, would reach into every pluggable database."""
    if snapshot.database.container != ROOT:
        return None
    return Diagnostic(
        RULE,
        f"{snapshot.target}: the connect string leads to {ROOT}, where leases are impossible: Oracle has no local roles there (ORA-65096)",
        hint="name the service of a pluggable database in the target's dsn, one target for each",
    )
