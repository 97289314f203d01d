"""Profiles, parameters, tablespaces and packages that a new database has."""

from __future__ import annotations

from reconciler.sandbox.seam import Release

KERNEL_RESOURCES = (
    "COMPOSITE_LIMIT",
    "SESSIONS_PER_USER",
    "CPU_PER_SESSION",
    "CPU_PER_CALL",
    "LOGICAL_READS_PER_SESSION",
    "LOGICAL_READS_PER_CALL",
    "IDLE_TIME",
    "CONNECT_TIME",
    "PRIVATE_SGA",
)

_DEFAULT_PASSWORD_LIMITS = {
    "FAILED_LOGIN_ATTEMPTS": "10",
    "PASSWORD_LIFE_TIME": "180",
    "PASSWORD_REUSE_TIME": "UNLIMITED",
    "PASSWORD_REUSE_MAX": "UNLIMITED",
    "PASSWORD_VERIFY_FUNCTION": "NULL",
    "PASSWORD_LOCK_TIME": "1",
    "PASSWORD_GRACE_TIME": "7",
    "INACTIVE_ACCOUNT_TIME": "UNLIMITED",
    "PASSWORD_ROLLOVER_TIME": "0",
}
_STIG_PASSWORD_LIMITS = {
    "FAILED_LOGIN_ATTEMPTS": "3",
    "PASSWORD_LIFE_TIME": "35",
    "PASSWORD_REUSE_TIME": "365",
    "PASSWORD_REUSE_MAX": "5",
    "PASSWORD_VERIFY_FUNCTION": "NULL",
    "PASSWORD_LOCK_TIME": "UNLIMITED",
    "PASSWORD_GRACE_TIME": "0",
    "INACTIVE_ACCOUNT_TIME": "35",
    "PASSWORD_ROLLOVER_TIME": "0",
}


def password_resources(release: Release) -> tuple[str, ...]:
    """Password limits of a profile; PASSWORD_ROLLOVER_TIME came after 19."""
    return tuple(
        name
        for name in _DEFAULT_PASSWORD_LIMITS
        if name != "PASSWORD_ROLLOVER_TIME" or release >= Release.R23
    )


def default_profiles(release: Release) -> list[tuple[str, str, str, str]]:
    """Rows (profile, resource, kind, value) of DEFAULT and ORA_STIG_PROFILE."""
    rows = [("DEFAULT", name, "KERNEL", "UNLIMITED") for name in KERNEL_RESOURCES]
    rows += [("ORA_STIG_PROFILE", name, "KERNEL", "DEFAULT") for name in KERNEL_RESOURCES]
    for name in password_resources(release):
        rows.append(("DEFAULT", name, "PASSWORD", _DEFAULT_PASSWORD_LIMITS[name]))
        rows.append(("ORA_STIG_PROFILE", name, "PASSWORD", _STIG_PASSWORD_LIMITS[name]))
    return rows


TABLESPACES = {
    "SYSTEM": "PERMANENT",
    "SYSAUX": "PERMANENT",
    "USERS": "PERMANENT",
    "TEMP": "TEMPORARY",
    "UNDOTBS1": "UNDO",
}


def parameters(release: Release) -> dict[str, str]:
    """Initialisation parameters by name, in lower case."""
    values = {
        "audit_trail": "DB",
        "common_user_prefix": "C##",
        "compatible": "23.6.0" if release >= Release.R23 else "19.0.0",
        "cursor_sharing": "EXACT",
        "db_name": "FREE" if release >= Release.R23 else "ORCLCDB",
        "ddl_lock_timeout": "0",
        "deferred_segment_creation": "TRUE",
        "enable_pluggable_database": "TRUE",
        "job_queue_processes": "80",
        "license_max_sessions": "0",
        "max_idle_blocker_time": "0",
        "max_idle_time": "0",
        "max_string_size": "STANDARD",
        "nls_date_format": "DD-MON-RR",
        "nls_language": "AMERICAN",
        "nls_territory": "AMERICA",
        "open_cursors": "300",
        "os_authent_prefix": "ops$",
        "os_roles": "FALSE",
        "processes": "300",
        "recyclebin": "on",
        "remote_login_passwordfile": "EXCLUSIVE",
        "remote_os_roles": "FALSE",
        "resource_limit": "TRUE",
        "sec_max_failed_login_attempts": "3",
        "sessions": "472",
        "sql92_security": "TRUE",
        "undo_tablespace": "UNDOTBS1",
        "unified_audit_common_systemlog": "",
        "unified_audit_systemlog": "",
    }
    if release < Release.R23:
        values |= {"o7_dictionary_accessibility": "FALSE", "sec_case_sensitive_logon": "TRUE"}
    return values


PUBLIC_PACKAGES = (
    "DBMS_APPLICATION_INFO",
    "DBMS_ASSERT",
    "DBMS_DATA_MINING",
    "DBMS_LOB",
    "DBMS_METADATA",
    "DBMS_OUTPUT",
    "DBMS_RANDOM",
    "DBMS_SCHEDULER",
    "DBMS_SESSION",
    "DBMS_SQL",
    "DBMS_SQL_TRANSLATOR",
    "DBMS_STANDARD",
    "DBMS_STATS",
    "DBMS_TRANSACTION",
    "DBMS_TYPES",
    "DBMS_UTILITY",
    "STANDARD",
    "UTL_RAW",
)
"""SYS packages that PUBLIC may execute."""

PROTECTED_PACKAGES = (
    "DBMS_AUDIT_MGMT",
    "DBMS_CRYPTO",
    "DBMS_FGA",
    "DBMS_LOCK",
    "DBMS_PRIVILEGE_CAPTURE",
    "DBMS_REDACT",
    "DBMS_RLS",
    "DBMS_SYSTEM",
)
"""SYS packages that need a grant."""

WITHOUT_SYNONYM = frozenset({"STANDARD", "DBMS_STANDARD", "DBMS_SYSTEM"})

AUDIT_VIEW_PREFIXES = ("AUDIT_UNIFIED_", "UNIFIED_AUDIT_", "CDB_UNIFIED_AUDIT_", "DBA_AUDIT_")
