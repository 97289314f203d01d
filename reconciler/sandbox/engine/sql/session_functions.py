"""Functions that ask who and where the session is: USER, UID, SYS_CONTEXT, USERENV and the like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql.conversions import date_format, to_text
from reconciler.sandbox.seam import OracleError

Function = Callable[..., Any]


def user_id(session: SessionView, name: str) -> int:
    """USER_ID of a user of this container or of the root; -1 if there is none."""
    for container in (session.container, session.instance.root):
        row = container.catalog.execute(
            "SELECT user_id FROM users WHERE name = ?", (name,)
        ).fetchone()
        if row is not None:
            return int(row[0])
    return -1


def _setting(session: SessionView, name: str) -> str | None:
    row = session.container.catalog.execute(
        "SELECT value FROM parameters WHERE name = ?", (name,)
    ).fetchone()
    return None if row is None else row[0]


def _attribute(name: str) -> Callable[[SessionView], Any]:
    return lambda session: session.attributes.get(name)


def _database(session: SessionView) -> str | None:
    return session.container.name if not session.container.is_root else _setting(session, "db_name")


def _container_id(session: SessionView) -> str:
    from reconciler.sandbox.engine.dictionary.instance_rows import container_ids

    return str(container_ids(session.instance)[session.container.name])


_USERENV: Mapping[str, Callable[[SessionView], Any]] = {
    "SESSION_USER": lambda s: s.user,
    "SESSION_USERID": lambda s: user_id(s, s.user),
    "CURRENT_USER": lambda s: s.current_user,
    "CURRENT_USERID": lambda s: user_id(s, s.current_user),
    "CURRENT_SCHEMA": lambda s: s.current_schema,
    "CURRENT_SCHEMAID": lambda s: user_id(s, s.current_schema),
    "SESSION_SCHEMA": lambda s: s.current_schema,
    "PROXY_USER": lambda s: s.proxy_user,
    "PROXY_USERID": lambda s: s.proxy_user and user_id(s, s.proxy_user),
    "SID": lambda s: s.sid,
    "SESSIONID": _attribute("audsid"),
    "INSTANCE": lambda _: 1,
    "INSTANCE_NAME": lambda s: _setting(s, "instance_name") or _setting(s, "db_name"),
    "CON_NAME": lambda s: s.container.name,
    "CON_ID": _container_id,
    "CDB_NAME": lambda s: _setting(s, "db_name"),
    "DB_NAME": _database,
    "DB_UNIQUE_NAME": lambda s: _setting(s, "db_unique_name") or _setting(s, "db_name"),
    "DB_DOMAIN": lambda s: _setting(s, "db_domain"),
    "SERVER_HOST": lambda _: "localhost",
    "SERVICE_NAME": _attribute("service"),
    "IP_ADDRESS": _attribute("address"),
    "HOST": _attribute("machine"),
    "OS_USER": _attribute("os_user"),
    "TERMINAL": _attribute("terminal"),
    "MODULE": _attribute("module"),
    "ACTION": _attribute("action"),
    "CLIENT_IDENTIFIER": _attribute("client_identifier"),
    "CLIENT_INFO": _attribute("client_info"),
    "CLIENT_PROGRAM_NAME": _attribute("program"),
    "ISDBA": lambda s: "TRUE" if s.is_sysdba else "FALSE",
    "AUTHENTICATION_METHOD": lambda _: "PASSWORD",
    "AUTHENTICATED_IDENTITY": lambda s: s.proxy_user or s.user,
    "IDENTIFICATION_TYPE": lambda _: "LOCAL",
    "NETWORK_PROTOCOL": _attribute("protocol"),
    "LANGUAGE": lambda _: "AMERICAN_AMERICA.AL32UTF8",
    "LANG": lambda _: "US",
    "NLS_DATE_FORMAT": date_format,
    "NLS_TERRITORY": lambda _: "AMERICA",
    "NLS_SORT": lambda _: "BINARY",
    "BG_JOB_ID": lambda _: None,
    "FG_JOB_ID": lambda _: "0",
    "ENTERPRISE_IDENTITY": lambda _: None,
    "GLOBAL_UID": lambda _: None,
    "DATABASE_ROLE": lambda _: "PRIMARY",
    "ORACLE_HOME": lambda _: None,
}


def sys_context(
    session: SessionView, namespace: Any, parameter: Any, _length: Any = None
) -> str | None:
    """SYS_CONTEXT. Raises ORA-02003 for an unknown USERENV parameter; other namespaces that nobody filled are NULL."""
    space = (to_text(session, namespace) or "").upper()
    name = (to_text(session, parameter) or "").upper()
    if space == "USERENV":
        if name not in _USERENV:
            raise OracleError(2003, "invalid USERENV parameter")
        return to_text(session, _USERENV[name](session))
    if space == "SYS_SESSION_ROLES":
        return "TRUE" if name in session.roles else "FALSE"
    return None


def userenv(session: SessionView, parameter: Any) -> str | None:
    """USERENV, the old form."""
    return sys_context(session, "USERENV", parameter)


def ora_invoking_user(session: SessionView) -> str:
    return session.current_user


def ora_login_user(session: SessionView) -> str:
    """The user of the session, in triggers of logons and elsewhere."""
    return session.user


def ora_client_ip_address(session: SessionView) -> str | None:
    return session.attributes.get("address")


FUNCTIONS: Mapping[str, Function] = {
    "USER": lambda session: session.user,
    "UID": lambda session: user_id(session, session.user),
    "SYS_CONTEXT": sys_context,
    "USERENV": userenv,
    "ORA_INVOKING_USER": ora_invoking_user,
    "ORA_LOGIN_USER": ora_login_user,
    "ORA_CLIENT_IP_ADDRESS": ora_client_ip_address,
}
