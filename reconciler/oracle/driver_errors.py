"""What the driver raises, as errors a user can act on.

The driver's own text is only passed on where it comes from the server: its messages about connecting can quote the connect string.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import oracledb

from reconciler.model import releases
from reconciler.model.errors import DatabaseError
from reconciler.oracle.texts import printable

CONNECTION_LOST = "target.connection-lost"
TIMEOUT = "target.timeout"
MISSING_PRIVILEGE = "target.missing-privilege"

NO_RIGHT = releases.denied()
"""Numbers that say "not there, or not for you", in whatever release."""


@dataclass(frozen=True, slots=True)
class _Explanation:
    rule: str
    message: str
    hint: str


_BY_NUMBER = {
    1005: _Explanation(
        "target.wrong-password", "the password is empty", "set the password variable of the target"
    ),
    1017: _Explanation(
        "target.wrong-password",
        "the user name or password is wrong",
        "check the variable named by the target's passwordEnv; repeated tries lock the account",
    ),
    1033: _Explanation(
        "target.down", "the database is starting or shutting down", "try again when it is open"
    ),
    1034: _Explanation("target.down", "the database is not started", "start it"),
    1035: _Explanation(
        "target.down",
        "the database is in restricted mode",
        "wait until ALTER SYSTEM DISABLE RESTRICTED SESSION",
    ),
    1045: _Explanation(
        "target.no-create-session",
        "the account may not log on",
        "GRANT CREATE SESSION to the account",
    ),
    4088: _Explanation(
        "target.logon-trigger",
        "a logon trigger of the database refuses the account",
        "ask a DBA which one: DBA_TRIGGERS where TRIGGERING_EVENT is LOGON",
    ),
    4098: _Explanation(
        "target.logon-trigger",
        "a logon trigger of the database is invalid, and nobody but administrators gets in",
        "a DBA looks for it in DBA_OBJECTS where STATUS is INVALID, and runs ALTER TRIGGER ... DISABLE",
    ),
    28000: _Explanation(
        "target.locked",
        "the account is locked",
        "find out why it was locked, then ALTER USER ... ACCOUNT UNLOCK",
    ),
    28001: _Explanation(
        "target.password-expired",
        "the account's password has expired",
        "set a new password and update the target's variable",
    ),
    28031: _Explanation(
        "target.too-many-roles",
        "the account enables more roles than Oracle allows",
        "ALTER USER ... DEFAULT ROLE NONE for the reconciler's account",
    ),
}

_UNKNOWN_SERVICE = _Explanation(
    "target.unknown-service",
    "the listener does not know the service",
    "check the service name in the target's dsn, and that the pluggable database is open",
)
_DOWN = _Explanation(
    "target.down",
    "nothing answers at the target's address",
    "check host and port in the target's dsn, and that listener and database are up",
)
_TLS = _Explanation(
    "target.tls",
    "the TLS connection was refused",
    "check the wallet, the certificate's dates and the host name it was issued for",
)
_HOST_MISMATCH = _Explanation(
    "target.tls",
    "the server's certificate is for another name",
    "use the host name of the certificate in the target's dsn, or get a certificate for this host",
)
_BAD_DSN = _Explanation(
    "target.bad-dsn",
    "the connect string cannot be used",
    "write host:port/service, tcps://host:port/service or a whole descriptor, without user or password",
)
_OLD_SERVER = _Explanation(
    "target.old-server",
    "the database is older than the driver's thin mode supports",
    "Oracle 19c or later is needed",
)
_OLD_VERIFIER = _Explanation(
    "target.old-verifier",
    "the account only has a password verifier of Oracle 10g",
    "set the account's password again, so that a current verifier is made",
)
_TIMED_OUT = _Explanation(
    TIMEOUT,
    "the database did not answer in time",
    "look for what blocks it (locks, a full archive destination), then run again",
)
_LOST = _Explanation(
    CONNECTION_LOST,
    "the connection was lost",
    "run again: what is done is read from the database, not remembered",
)

_BY_DRIVER_CODE = {
    "DPY-1001": _LOST,
    "DPY-2018": _TLS,
    "DPY-2049": _BAD_DSN,
    "DPY-3001": _OLD_SERVER,
    "DPY-3010": _OLD_SERVER,
    "DPY-3015": _OLD_VERIFIER,
    "DPY-4000": _BAD_DSN,
    "DPY-4011": _LOST,
    "DPY-4017": _BAD_DSN,
    "DPY-4018": _BAD_DSN,
    "DPY-4021": _BAD_DSN,
    "DPY-4024": _TIMED_OUT,
    "DPY-4026": _BAD_DSN,
    "DPY-4027": _BAD_DSN,
    "DPY-6000": _DOWN,
    "DPY-6001": _UNKNOWN_SERVICE,
    "DPY-6002": _HOST_MISMATCH,
    "DPY-6003": _UNKNOWN_SERVICE,
    "DPY-6005": _DOWN,
    "DPY-6006": _HOST_MISMATCH,
    "DPY-6008": _TLS,
}

_HOSTNAME_MISMATCH = (
    62  # OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH: older drivers leave this check to it
)
_LOST_NUMBERS = frozenset({28, 1012, 1089, 1092, 2396, 2399, 3113, 3114, 3135})


def translate(
    error: oracledb.Error | OSError, target: str, *, connecting: bool = False
) -> DatabaseError:
    """The driver's error as ours, with target, number and what to do next. Never holds connect string or password."""
    error = _innermost(error)
    number, code, text = _parts(error)
    found = _explain(error, number, code, connecting=connecting)
    if found is None:
        detail = printable(text.partition("\nHelp:")[0].replace("\n", "; "))
        if connecting and not number:  # the driver's own words, which may quote the connect string
            detail = f"the driver cannot connect ({code})" if code else ""
        message = f"{target}: {detail or 'the driver failed'}"
        return DatabaseError("target.error", message, ora=number)
    shown = f"ORA-{number:05d}" if number else code
    detail = _detail(error, found)
    message = f"{target}: {found.message}{detail}" + (f" ({shown})" if shown else "")
    return DatabaseError(found.rule, message, ora=number, hint=found.hint)


def lost(target: str) -> DatabaseError:
    """For a connection that is known to be gone."""
    return DatabaseError(_LOST.rule, f"{target}: {_LOST.message}", hint=_LOST.hint)


def _innermost(error: oracledb.Error | OSError) -> oracledb.Error | OSError:
    """The driver wraps what went wrong on one address in a general "cannot connect"."""
    cause = error.__cause__
    while isinstance(cause, oracledb.Error):
        error, cause = cause, cause.__cause__
    return error


def _parts(error: oracledb.Error | OSError) -> tuple[int, str, str]:
    first = error.args[0] if error.args else None
    if isinstance(error, oracledb.Error) and first is not None and hasattr(first, "full_code"):
        return int(first.code or 0), str(first.full_code or ""), str(first.message or "")
    return 0, "", ""


def _explain(
    error: oracledb.Error | OSError, number: int, code: str, *, connecting: bool
) -> _Explanation | None:
    if isinstance(error, OSError):
        return _TLS if isinstance(error, ssl.SSLError) else _DOWN
    if (tls := _tls_cause(error)) is not None:
        mismatch = getattr(tls, "verify_code", 0) == _HOSTNAME_MISMATCH
        return _HOST_MISMATCH if mismatch else _TLS
    if number in _LOST_NUMBERS:
        return _LOST
    found = _BY_NUMBER.get(number) or _BY_DRIVER_CODE.get(code)
    return _DOWN if found is _LOST and connecting else found


def _tls_cause(error: BaseException) -> ssl.SSLError | None:
    cause = error.__cause__ or error.__context__
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    return cause


def _detail(error: BaseException, found: _Explanation) -> str:
    """The operating system's or OpenSSL's own reason, which names neither account nor connect string."""
    cause = _tls_cause(error) or error.__cause__ or error
    if found is _TLS and isinstance(cause, ssl.SSLCertVerificationError):
        return f": {cause.verify_message}"
    if found is _TLS and isinstance(cause, ssl.SSLError) and cause.reason:
        return f": {cause.reason.lower().replace('_', ' ')}"
    if found is _DOWN and isinstance(cause, OSError) and cause.strerror:
        return f": {cause.strerror}"
    return ""
