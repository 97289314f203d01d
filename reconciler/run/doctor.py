"""Examines one target: what is in the way of granting, ending and proving there, and what to do about it. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.model.documents import Documents, Target
from reconciler.model.errors import DatabaseError
from reconciler.model.exit_codes import ExitCode, worst
from reconciler.model.health import Check, Level
from reconciler.model.snapshot import Snapshot
from reconciler.oracle import health, observe
from reconciler.oracle.session import Session, connect
from reconciler.planning import health as rules
from reconciler.policy.caps import covering


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found on a target. `reached` is false when nobody could log on: then `checks` holds that one problem. `code` is the exit code of that."""

    target: str
    checks: tuple[Check, ...]
    reached: bool = True
    code: ExitCode = ExitCode.OK

    @property
    def exit_code(self) -> ExitCode:
        """What could not be read counts as a problem: it may be one."""
        bad = any(row.level in (Level.PROBLEM, Level.UNKNOWN) for row in self.checks)
        return worst([self.code, ExitCode.PARTIAL if bad and self.reached else ExitCode.OK])


def examine(target: Target, documents: Documents, environment: Mapping[str, str]) -> Examination:
    """Logs on, reads and judges. A target that cannot be reached is a finding, not an error."""
    try:
        with connect(target, environment=environment) as session:
            found = _examined(target, session)
            return replace(found, checks=(*found.checks, _approvals(target, documents)))
    except DatabaseError as error:
        check = Check("connection", Level.PROBLEM, error.message, error.hint)
        return Examination(target.name, (check,), reached=False, code=error.exit_code)


def _examined(target: Target, session: Session) -> Examination:
    facts = health.read(session)
    snapshot, missing = _snapshot(target, session)
    return Examination(target.name, rules.checks(facts, target, snapshot, missing))


def _approvals(target: Target, documents: Documents) -> Check:
    """Whether anybody has to approve access to the target."""
    asking = [row.name for row in covering(target, documents) if row.approvals is not None]
    if asking:
        return Check("approvals", Level.OK, f"asked for by {', '.join(asking)}", "")
    return Check(
        "approvals",
        Level.WARNING,
        "no policy for this target asks for approvals: whoever can merge can grant",
        "write `approvals` into a policy (docs/policies.md), or protect the branch and require reviews",
    )


def _snapshot(target: Target, session: Session) -> tuple[Snapshot | None, str]:
    """The snapshot, or the GRANTs that reading one takes."""
    try:
        return observe.observe(session, target), ""
    except observe.UnreadableError as error:
        return None, error.hint
