"""Who may open a session, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from reconciler.sandbox import verifier
from reconciler.sandbox.engine.access import limits, principals
from reconciler.sandbox.engine.access.alter_system import is_restricted
from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.access.passwords import VerifyHook, set_password_at_logon
from reconciler.sandbox.engine.clock import parsed, stored
from reconciler.sandbox.engine.context import Container, InstanceView
from reconciler.sandbox.seam import Logon, OracleError, Release, Verifier

SYS = "SYS"
_NOT_EXPIRED, _EXPIRED, _GRACE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose session a logon opens. `roles` are those enabled by default, nested ones included; `warning` (ORA-28002) goes to the client
    although the logon succeeded.
    """

    user: str
    proxy_user: str | None
    roles: frozenset[str]
    is_sysdba: bool
    schema: str
    read_only: bool = False
    warning: OracleError | None = None


def fold(name: str) -> str:
    """A user name as a client writes it, as the dictionary has it: quotes keep the case."""
    name = name.strip()
    if len(name) >= 2 and name.startswith('"') and name.endswith('"'):
        return name[1:-1]
    return name.upper()


def verifier_for(container: Container, user: str) -> Verifier | None:
    """What is stored of the user's password; None for unknown users and those without one. `user` is the client's spelling."""
    row = container.catalog.execute(
        "SELECT verifier FROM users WHERE name = ?", (fold(user),)
    ).fetchone()
    return verifier.unpack(row[0]) if row and row[0] else None


def open_session_identity(
    instance: InstanceView, container: Container, logon: Logon, *, verify: VerifyHook | None = None
) -> Identity:
    """Decides a logon whose handshake is done, and notes it (failed logons, LAST_LOGIN, a new password).

    `verify` calls password verify functions; without it a profile that has one accepts no new password. Raises OracleError with what the
    client is told.
    """
    return _Decision(instance, container, logon, verify).identity()


class _Decision:
    """One logon. The account whose password was given is `account`; the one the session will run as is `user`."""

    def __init__(
        self, instance: InstanceView, container: Container, logon: Logon, verify: VerifyHook | None
    ) -> None:
        self.instance = instance
        self.container = container
        self.catalog = container.catalog
        self.release: Release = instance.release
        self.logon = logon
        self.verify = verify
        self.account = fold(logon.user)
        self.user = self.account if logon.client_user is None else fold(logon.client_user)
        self.now = instance.now()
        self.warning: OracleError | None = None

    def identity(self) -> Identity:
        if not principals.user_exists(self.catalog, self.account):
            raise error(self.release, 1017)
        self._unlock_when_due(self.account)
        self._check_lock(self.account)
        if not self.logon.password_ok:
            self._count_failure()
            raise error(self.release, 1017)
        if self.logon.sysdba:
            return self._as_sysdba()
        if self.account == SYS:
            raise error(self.release, 28009)
        self._check_password_life()
        if self.logon.client_user is not None:
            self._check_proxy()
        elif self._column(self.account, "proxy_only"):
            raise error(self.release, 28058)
        roles = self._default_roles()
        self._check_admission(roles)
        self._note_success()
        return Identity(
            user=self.user,
            proxy_user=self.account if self.logon.client_user is not None else None,
            roles=roles,
            is_sysdba=False,
            schema=self.user,
            read_only=bool(self._column(self.user, "read_only")),
            warning=self.warning,
        )

    def _column(self, user: str, column: str) -> object:
        row = self.catalog.execute(f"SELECT {column} FROM users WHERE name = ?", (user,)).fetchone()
        return row[0] if row else None

    def _update(self, user: str, **values: object) -> None:
        """Accounts of common users are the same in all containers."""
        names = [self.container]
        if principals.is_common(self.catalog, user):
            names = [self.instance.root, *self.instance.containers.values()]
        assignments = ", ".join(f"{column} = ?" for column in values)
        for container in {id(item): item for item in names}.values():
            container.catalog.execute(
                f"UPDATE users SET {assignments} WHERE name = ?", (*values.values(), user)
            )

    def _as_sysdba(self) -> Identity:
        row = self.catalog.execute(
            "SELECT 1 FROM administrative_grants WHERE grantee = ? AND privilege = 'SYSDBA'",
            (self.account,),
        ).fetchone()
        if row is None or self.logon.client_user is not None:
            raise error(self.release, 1017)
        roles = principals.default_roles(self.catalog, SYS)
        return Identity(SYS, None, roles, is_sysdba=True, schema=SYS)

    # --- account status ----------------------------------------------------------------------------------------------------------

    def _unlock_when_due(self, user: str) -> None:
        """LOCKED(TIMED) ends by itself after PASSWORD_LOCK_TIME."""
        kind, since = self._column(user, "lock_kind"), self._column(user, "lock_date")
        if kind != "TIMED" or since is None:
            return
        profile = limits.profile_of(self.catalog, user)
        duration = limits.days_limit(self.catalog, profile, "PASSWORD_LOCK_TIME")
        if duration is not None and self.now >= parsed(str(since)) + duration:
            self._update(user, locked=0, lock_kind=None, lock_date=None, failed_logins=0)

    def _check_lock(self, user: str) -> None:
        if self._column(user, "locked"):
            raise error(self.release, 28000)
        if user == SYS or self._column(user, "oracle_maintained"):
            return
        profile = limits.profile_of(self.catalog, user)
        longest = limits.days_limit(self.catalog, profile, "INACTIVE_ACCOUNT_TIME")
        last = self._column(user, "max(created, coalesce(last_login, ''), coalesce(unlocked, ''))")
        if longest is not None and self.now - parsed(str(last)) > longest:
            self._update(user, locked=1, lock_kind="ADMIN", lock_date=stored(self.now))
            raise error(self.release, 28000)

    def _count_failure(self) -> None:
        """One more wrong password; SYS is never locked by them."""
        if self.account == SYS or self._column(self.account, "verifier") is None:
            return
        failed = int(str(self._column(self.account, "failed_logins"))) + 1
        profile = limits.profile_of(self.catalog, self.account)
        most = limits.number_limit(self.catalog, profile, "FAILED_LOGIN_ATTEMPTS")
        self._update(self.account, failed_logins=failed)
        if most is not None and failed >= most:
            self._update(self.account, locked=1, lock_kind="TIMED", lock_date=stored(self.now))

    def _check_password_life(self) -> None:
        if self.logon.new_password is not None:
            set_password_at_logon(
                self.instance, self.container, self.account, self.logon.new_password, self.verify,
                self.logon.old_password,
            )  # fmt: skip
            return
        self._age_password()
        expired = self._column(self.account, "expired")
        if expired == _EXPIRED:
            raise error(self.release, 28001)
        if expired == _GRACE:
            ends = parsed(str(self._column(self.account, "expiry_date")))
            days = max(0, -((self.now - ends) // timedelta(days=1)))
            self.warning = error(self.release, 28002, str(days))

    def _age_password(self) -> None:
        """Starts the grace period when the life time is over, and ends it. The password of a maintained user never ages."""
        state, changed = (
            self._column(self.account, "expired"),
            self._column(self.account, "password_change_date"),
        )
        if self._column(self.account, "oracle_maintained") or changed is None:
            return
        if state == _GRACE:
            if self.now >= parsed(str(self._column(self.account, "expiry_date"))):
                self._update(self.account, expired=_EXPIRED)
            return
        profile = limits.profile_of(self.catalog, self.account)
        life = limits.days_limit(self.catalog, profile, "PASSWORD_LIFE_TIME")
        if state != _NOT_EXPIRED or life is None or self.now < parsed(str(changed)) + life:
            return
        grace = limits.days_limit(self.catalog, profile, "PASSWORD_GRACE_TIME")
        if grace is not None and not grace:
            self._update(self.account, expired=_EXPIRED, expiry_date=stored(self.now))
        elif grace is not None:
            self._update(self.account, expired=_GRACE, expiry_date=stored(self.now + grace))

    # --- proxies and roles -------------------------------------------------------------------------------------------------------

    def _proxy(self) -> tuple[int, str] | None:
        row: tuple[int, str] | None = self.catalog.execute(
            "SELECT authentication, roles_clause FROM proxies WHERE client = ? AND proxy = ?",
            (self.user, self.account),
        ).fetchone()
        return row

    def _check_proxy(self) -> None:
        row = self._proxy()
        if row is None:
            raise error(self.release, 28150)
        if row[0]:
            raise error(self.release, 28183)
        self._unlock_when_due(self.user)
        self._check_lock(self.user)

    def _default_roles(self) -> frozenset[str]:
        roles = principals.default_roles(self.catalog, self.user)
        if self.logon.client_user is None:
            return roles
        row = self._proxy()
        clause = row[1] if row else "NONE"
        if clause == "ALL":
            return roles
        listed = {
            item[0]
            for item in self.catalog.execute(
                "SELECT role FROM proxy_roles WHERE client = ? AND proxy = ?",
                (self.user, self.account),
            )
        }
        direct = roles & principals.granted_roles(self.catalog, self.user)
        allowed = {"NONE": set[str](), "LIST": direct & listed, "EXCEPT": direct - listed}[clause]
        return principals.closure(self.catalog, allowed)

    def _holds(self, roles: frozenset[str], privilege: str) -> bool:
        holders = {self.user, principals.PUBLIC, *roles}
        rows = self.catalog.execute(
            "SELECT grantee FROM system_grants WHERE privilege = ?", (privilege,)
        )
        return not holders.isdisjoint(row[0] for row in rows)

    def _check_admission(self, roles: frozenset[str]) -> None:
        if principals.counted_roles(self.catalog, roles) > principals.MAX_ENABLED_ROLES:
            raise error(self.release, 28031, str(principals.MAX_ENABLED_ROLES))
        if not self._holds(roles, "CREATE SESSION"):
            raise error(self.release, 1045, self.user)
        if is_restricted(self.catalog) and not self._holds(roles, "RESTRICTED SESSION"):
            raise error(self.release, 1035)
        most = limits.kernel_limit(self.catalog, self.user, "SESSIONS_PER_USER")
        open_now = sum(
            1
            for session in self.instance.sessions()
            if session.user == self.user
            and session.container.name == self.container.name
            and session.attributes.get("status") != "KILLED"
        )
        if most is not None and open_now >= most:
            raise error(self.release, 2391)

    def _note_success(self) -> None:
        if self._column(self.account, "failed_logins"):
            self._update(self.account, failed_logins=0)
        self.catalog.execute(
            "UPDATE users SET last_login = ? WHERE name = ?", (stored(self.now), self.user)
        )
