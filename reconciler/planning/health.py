"""What the facts of a target mean: each check one line, with what to do next. Facts in, findings out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from reconciler.model import names, releases
from reconciler.model.documents import Target
from reconciler.model.health import Check, HealthFacts, Level, View
from reconciler.model.instants import format_duration
from reconciler.model.privileges import system
from reconciler.model.snapshot import LogonCheck, Snapshot
from reconciler.planning import containers, logon_networks, own_rights
from reconciler.planning.holdings import Holdings, index
from reconciler.planning.lease_admission import ENABLED_ROLES_LIMIT

CLOCK_TOLERANCE = timedelta(seconds=30)
"""Leases start and end by the database's clock alone; people read other clocks, and are misled by more than this."""

PASSWORD_WARNING_DAYS = 14
ROLES_WARNING = 120
"""Enabled roles of one user from which on the limit of 148 is near."""

_OVER_ROLES = ("ALTER ANY ROLE", "DROP ANY ROLE", "GRANT ANY ROLE")
_SHOWN = 5


def checks(
    facts: HealthFacts, target: Target, snapshot: Snapshot | None, missing: str = ""
) -> tuple[Check, ...]:
    """All checks, in an order that does not change. Without `snapshot` what depends on the grants is unknown, and `missing` names the GRANTs it takes."""
    found = [
        _connection(facts),
        _release(facts),
        _container(facts),
        _clock(facts),
        _open_mode(facts),
        _restricted(facts),
        _scheduler(facts),
        _resource_limit(facts),
        _audit(facts),
        _encryption(facts),
        _default_roles(facts),
        _password(facts),
    ]
    if snapshot is None:
        hint = f"ask a DBA to run: {missing}"
        found += (
            Check(name, Level.UNKNOWN, "the grants of the database could not be read", hint)
            for name in ("rights", "power", "lease-roles", "role-limit", "logon-check")
        )
    else:
        holdings = index(snapshot)
        found += [
            _rights(target, snapshot),
            _power(snapshot),
            _lease_roles(holdings),
            _role_limit(target, holdings),
            _logon_check(snapshot),
        ]
    return tuple(found)


def _ok(name: str, message: str) -> Check:
    return Check(name, Level.OK, message)


def _unknown(name: str, facts: HealthFacts, view: View) -> Check:
    grant = facts.unreadable.get(view, "")
    hint = f"ask a DBA to run: {grant}" if grant else ""
    return Check(name, Level.UNKNOWN, f"{view.value.replace('_$', '$')} does not tell", hint)


def _connection(facts: HealthFacts) -> Check:
    return _ok("connection", f"logged on as {names.display(facts.account)} to {facts.container}")


def _release(facts: HealthFacts) -> Check:
    if releases.is_known(facts.release):
        return _ok("release", f"Oracle {facts.version}")
    return Check(
        "release",
        Level.WARNING,
        f"Oracle {facts.version} is not known to this version; it is treated as release {releases.of(facts.release).release}",
        "try it where it can do no harm, and look for a newer version of reconciler",
    )


def _container(facts: HealthFacts) -> Check:
    if facts.container != containers.ROOT:
        return _ok("container", f"{facts.container} is no root container")
    return Check(
        "container",
        Level.PROBLEM,
        f"the connect string leads to {containers.ROOT}, which can be no target",
        "name the service of a pluggable database in the target's dsn",
    )


def _clock(facts: HealthFacts) -> Check:
    ahead = facts.clock - facts.after
    behind = facts.before - facts.clock
    skew = max(ahead, behind, timedelta(0))
    if skew <= CLOCK_TOLERANCE:
        return _ok("clock", "the database and this machine agree on the time")
    how = "ahead of" if ahead > behind else "behind"
    return Check(
        "clock",
        Level.WARNING,
        f"the database's clock is {format_duration(skew)} {how} this machine's",
        "leases follow the database's clock: synchronise both with the same time servers",
    )


def _open_mode(facts: HealthFacts) -> Check:
    if facts.open_mode is None or facts.role is None:
        return _unknown("open-mode", facts, View.DATABASE)
    if facts.role != "PRIMARY":
        return Check(
            "open-mode",
            Level.PROBLEM,
            f"the database is a standby ({facts.role}): nothing can be granted or ended in it",
            "connect to the primary, by a service that follows its role",
        )
    modes = {facts.open_mode, facts.container_mode or "READ WRITE"} - {"READ WRITE"}
    if modes:
        return Check(
            "open-mode",
            Level.PROBLEM,
            f"the database is open as {min(modes)}: nothing can be granted or ended",
            "have it opened READ WRITE",
        )
    if View.CONTAINER in facts.unreadable:
        return _unknown("open-mode", facts, View.CONTAINER)
    return _ok("open-mode", "primary, open for reading and writing")


def _restricted(facts: HealthFacts) -> Check:
    if facts.container_restricted == "YES" or facts.logins == "RESTRICTED":
        return Check(
            "restricted",
            Level.PROBLEM,
            "the database is in restricted mode: no deadline runs, and only some may log on",
            "ALTER SYSTEM DISABLE RESTRICTED SESSION when the maintenance is over",
        )
    if facts.logins is None:
        return _unknown("restricted", facts, View.INSTANCE)
    if View.CONTAINER in facts.unreadable:
        return _unknown("restricted", facts, View.CONTAINER)
    return _ok("restricted", "everybody may log on")


def _scheduler(facts: HealthFacts) -> Check:
    if facts.job_queue_processes == 0:
        return Check(
            "scheduler",
            Level.PROBLEM,
            "JOB_QUEUE_PROCESSES is 0: no deadline runs, and nothing is granted",
            "ALTER SYSTEM SET JOB_QUEUE_PROCESSES to more than 0",
        )
    if facts.scheduler_disabled == "TRUE":
        return Check(
            "scheduler",
            Level.PROBLEM,
            "the scheduler is disabled: no deadline runs",
            "BEGIN DBMS_SCHEDULER.SET_SCHEDULER_ATTRIBUTE('SCHEDULER_DISABLED', 'FALSE'); END;",
        )
    if facts.job_queue_processes is None:
        return _unknown("scheduler", facts, View.PARAMETER)
    return _ok("scheduler", f"runs up to {facts.job_queue_processes} jobs at a time")


def _resource_limit(facts: HealthFacts) -> Check:
    if facts.resource_limit is None:
        return _unknown("resource-limit", facts, View.PARAMETER)
    if facts.resource_limit:
        return _ok("resource-limit", "limits of profiles bound sessions")
    return Check(
        "resource-limit",
        Level.WARNING,
        "RESOURCE_LIMIT is FALSE: idle time, longest session and sessions per user are not enforced",
        "ALTER SYSTEM SET RESOURCE_LIMIT = TRUE",
    )


def _audit(facts: HealthFacts) -> Check:
    if facts.unified_auditing is None:
        return _unknown("audit", facts, View.OPTION)
    if facts.unified_auditing:
        return _ok("audit", "unified auditing")
    if releases.of(facts.release).traditional_audit:
        return _ok("audit", "mixed mode: unified policies work beside traditional auditing")
    return Check(
        "audit",
        Level.WARNING,
        "the release has no traditional auditing, and says that unified auditing is off",
        "ask a DBA to enable unified auditing; whether a lease was used cannot be told without it",
    )


def _encryption(facts: HealthFacts) -> Check:
    protocol = facts.protocol.lower()
    if protocol in ("tcps", "beq", "ipc"):
        return _ok("encryption", f"the session came over {protocol}")
    shown = protocol or "an unknown protocol"
    return Check(
        "encryption",
        Level.WARNING,
        f"the session came over {shown}, without TLS; native network encryption does not show here",
        "use a tcps:// connect string, with walletEnv for the certificates",
    )


def _default_roles(facts: HealthFacts) -> Check:
    if not facts.default_roles:
        return _ok("default-roles", "the account enables no role at its logon")
    return Check(
        "default-roles",
        Level.PROBLEM,
        f"the account enables {_counted(facts.default_roles, 'role')} at its logon; each lease adds one, and with {ENABLED_ROLES_LIMIT + 1} it is locked out",
        f"ALTER USER {names.quote(facts.account)} DEFAULT ROLE NONE",
    )


def _password(facts: HealthFacts) -> Check:
    if facts.account_status != "OPEN":
        return Check(
            "password",
            Level.PROBLEM,
            f"the account is {facts.account_status}",
            "set a new password now, and the target's variable with it",
        )
    if facts.password_days is None:
        return _ok("password", "does not expire")
    when = f"expires in {_counted(facts.password_days, 'day')}"
    if facts.password_days > PASSWORD_WARNING_DAYS:
        return _ok("password", when)
    return Check(
        "password", Level.WARNING, when, "set a new one, and the target's variable with it"
    )


def _rights(target: Target, snapshot: Snapshot) -> Check:
    lacking = own_rights.lacking_for(target.scope, snapshot)
    if not lacking:
        return _ok("rights", "the account has what the target's scope needs")
    grants = "; ".join(map(own_rights.grant_text, lacking))
    return Check(
        "rights",
        Level.PROBLEM,
        f"the account lacks {_counted(len(lacking), 'right')} that the target's scope needs; it may be enough for plan",
        f"ask a DBA to run: {grants}",
    )


def _power(snapshot: Snapshot) -> Check:
    found = own_rights.more_than_needed(snapshot)
    if not found:
        return _ok("power", "the account has no power that it does not need")
    return Check(
        "power",
        Level.WARNING,
        f"the account has more power than it needs: {', '.join(found)}",
        "revoke it; reconciler bootstrap --print-sql shows what is enough",
    )


def _logon_check(snapshot: Snapshot) -> Check:
    broken = next(logon_networks.warnings(snapshot), None)
    if broken:
        severe = snapshot.logon_check is not LogonCheck.DISABLED
        level = Level.PROBLEM if severe else Level.WARNING
        return Check("logon-check", level, broken.message, broken.hint)
    if snapshot.logon_check is LogonCheck.MISSING:
        return _ok("logon-check", "not installed; requests with client networks are refused")
    return _ok("logon-check", "looks at the client networks of temporary users")


def _lease_roles(holdings: Holdings) -> Check:
    found = sorted({*_administrators(holdings), *_over_all_roles(holdings)})
    if not found:
        return _ok("lease-roles", "nobody else can give or take the roles of leases")
    return Check(
        "lease-roles",
        Level.WARNING,
        f"others can give or take the roles of leases: {_listed(found)}",
        "revoke the ADMIN OPTION on roles JIT_*, and GRANT ANY ROLE from who does not need it",
    )


def _administrators(holdings: Holdings) -> Iterator[str]:
    """Who was given a lease's role WITH ADMIN OPTION, besides the account."""
    for role, rows in holdings.holders.items():
        for row in rows:
            grantee = row.entitlement.grantee
            if (
                row.entitlement.with_option
                and holdings.is_lease_role(role)
                and grantee != holdings.snapshot.account
            ):
                yield names.display(grantee)


def _over_all_roles(holdings: Holdings) -> Iterator[str]:
    """Users with a power over every role, themselves or through roles; Oracle's own users have it by design."""
    strong = {system(name) for name in _OVER_ROLES}
    powerful = {
        grantee
        for grantee, rows in holdings.by_grantee.items()
        if any(row.entitlement.privilege in strong for row in rows)
    }
    for name, user in holdings.snapshot.users.items():
        reached = {name, *holdings.role_closure(holdings.roles_of(name))}
        if powerful & reached and not user.oracle_maintained and name != holdings.snapshot.account:
            yield names.display(name)


def _role_limit(target: Target, holdings: Holdings) -> Check:
    counts = sorted(
        (
            (_enabled_roles(name, holdings), name)
            for name in holdings.snapshot.users
            if _in_scope(target, name)
        ),
        reverse=True,
    )
    near = [(count, name) for count, name in counts if count >= ROLES_WARNING]
    if not near:
        most = counts[0][0] if counts else 0
        return _ok(
            "role-limit", f"nobody in scope enables more than {most} of {ENABLED_ROLES_LIMIT} roles"
        )
    listed = _listed([f"{names.display(name)} ({count})" for count, name in near])
    over = near[0][0] > ENABLED_ROLES_LIMIT
    return Check(
        "role-limit",
        Level.PROBLEM if over else Level.WARNING,
        f"enabled roles are limited to {ENABLED_ROLES_LIMIT}, and with more nobody logs on: {listed}",
        "put privileges into fewer roles, or end leases of these users",
    )


def _enabled_roles(user: str, holdings: Holdings) -> int:
    """User-defined roles that a logon enables, nested ones included; whether Oracle's own count is not documented, so they don't."""
    default = {
        role
        for role in holdings.roles_of(user)
        if (user, role) not in holdings.snapshot.not_default
    }
    return sum(not holdings.is_protected(role) for role in holdings.role_closure(default))


def _in_scope(target: Target, user: str) -> bool:
    return any(names.matches(pattern, user) for pattern in target.scope.grantees)


def _listed(found: Sequence[str]) -> str:
    more = len(found) - _SHOWN
    return ", ".join(found[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")
