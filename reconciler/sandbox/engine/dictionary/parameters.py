"""Initialisation and NLS parameters: names, types and defaults. What was set is in the catalog and in the session."""

from __future__ import annotations

from collections.abc import Mapping

_BOOLEAN, _STRING, _INTEGER, _BIG_INTEGER = 1, 2, 3, 6

# name: type number, default value, ISSYS_MODIFIABLE, description
DEFAULTS: Mapping[str, tuple[int, str | None, str, str]] = {
    "audit_trail": (_STRING, "DB", "FALSE", "enable system auditing"),
    "common_user_prefix": (
        _STRING,
        "C##",
        "FALSE",
        "Enforce restriction on a prefix of a Common User/Role/Profile name",
    ),
    "compatible": (
        _STRING,
        "19.0.0",
        "FALSE",
        "Database will be completely compatible with this software version",
    ),
    "db_block_size": (_INTEGER, "8192", "FALSE", "Size of database block in bytes"),
    "ddl_lock_timeout": (
        _INTEGER,
        "0",
        "IMMEDIATE",
        "timeout to restrict the time that ddls wait for dml lock",
    ),
    "deferred_segment_creation": (
        _BOOLEAN,
        "TRUE",
        "IMMEDIATE",
        "defer segment creation to first insert",
    ),
    "enable_pluggable_database": (_BOOLEAN, "TRUE", "FALSE", "Enable Pluggable Database"),
    "job_queue_processes": (
        _INTEGER,
        "80",
        "IMMEDIATE",
        "maximum number of job queue slave processes",
    ),
    "max_idle_blocker_time": (
        _INTEGER,
        "0",
        "IMMEDIATE",
        "maximum idle time for a blocking session in minutes",
    ),
    "max_idle_time": (_INTEGER, "0", "IMMEDIATE", "maximum session idle time in minutes"),
    "nls_date_format": (_STRING, "DD-MON-RR", "FALSE", "NLS Oracle date format"),
    "nls_language": (_STRING, "AMERICAN", "FALSE", "NLS language name"),
    "nls_length_semantics": (
        _STRING,
        "BYTE",
        "DEFERRED",
        "create columns using byte or char semantics by default",
    ),
    "nls_territory": (_STRING, "AMERICA", "FALSE", "NLS territory name"),
    "o7_dictionary_accessibility": (
        _BOOLEAN,
        "FALSE",
        "FALSE",
        "Version 7 Dictionary Accessibility Support",
    ),
    "open_cursors": (_INTEGER, "300", "IMMEDIATE", "max # cursors per session"),
    "os_authent_prefix": (_STRING, "ops$", "FALSE", "prefix for auto-logon accounts"),
    "processes": (_INTEGER, "400", "FALSE", "user processes"),
    "remote_login_passwordfile": (_STRING, "EXCLUSIVE", "FALSE", "password file usage parameter"),
    "resource_limit": (_BOOLEAN, "TRUE", "IMMEDIATE", "master switch for resource limit"),
    "sec_max_failed_login_attempts": (
        _INTEGER,
        "3",
        "FALSE",
        "maximum number of failed login attempts on a connection",
    ),
    "sessions": (_INTEGER, "622", "IMMEDIATE", "user and system sessions"),
    "sga_target": (_BIG_INTEGER, "1610612736", "IMMEDIATE", "Target size of SGA"),
}

NLS_DEFAULTS: Mapping[str, str] = {
    "NLS_LANGUAGE": "AMERICAN",
    "NLS_TERRITORY": "AMERICA",
    "NLS_CURRENCY": "$",
    "NLS_ISO_CURRENCY": "AMERICA",
    "NLS_NUMERIC_CHARACTERS": ".,",
    "NLS_CALENDAR": "GREGORIAN",
    "NLS_DATE_FORMAT": "DD-MON-RR",
    "NLS_DATE_LANGUAGE": "AMERICAN",
    "NLS_SORT": "BINARY",
    "NLS_TIME_FORMAT": "HH.MI.SSXFF AM",
    "NLS_TIMESTAMP_FORMAT": "DD-MON-RR HH.MI.SSXFF AM",
    "NLS_TIME_TZ_FORMAT": "HH.MI.SSXFF AM TZR",
    "NLS_TIMESTAMP_TZ_FORMAT": "DD-MON-RR HH.MI.SSXFF AM TZR",
    "NLS_DUAL_CURRENCY": "$",
    "NLS_COMP": "BINARY",
    "NLS_LENGTH_SEMANTICS": "BYTE",
    "NLS_NCHAR_CONV_EXCP": "FALSE",
}
