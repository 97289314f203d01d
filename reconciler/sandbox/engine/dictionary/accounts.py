"""Views of users, roles, profiles, quotas and tablespaces."""

from __future__ import annotations

from reconciler.sandbox.engine.dictionary.definition import Definition, public

_STATUS = (
    "CASE u.expired WHEN 1 THEN 'EXPIRED' WHEN 2 THEN 'EXPIRED(GRACE)' ELSE iif(u.locked, '', 'OPEN') END"
    " || iif(u.expired AND u.locked, ' & ', '')"
    " || iif(u.locked, iif(u.lock_kind = 'TIMED', 'LOCKED(TIMED)', 'LOCKED'), '')"
)
_INHERITED = "yes(u.common AND NOT here(is_root))"
_VERSIONS = "CASE WHEN u.verifier IS NOT NULL THEN '11G 12C ' END"

_DBA_USERS = f"""
    USERNAME VARCHAR2(128) NOT NULL = u.name
    USER_ID NUMBER NOT NULL = u.user_id
    PASSWORD VARCHAR2(4000)
    ACCOUNT_STATUS VARCHAR2(32) NOT NULL = {_STATUS}
    LOCK_DATE DATE = as_date(u.lock_date)
    EXPIRY_DATE DATE = as_date(u.expiry_date)
    DEFAULT_TABLESPACE VARCHAR2(30) NOT NULL = u.default_tablespace
    TEMPORARY_TABLESPACE VARCHAR2(30) NOT NULL = u.temporary_tablespace
    LOCAL_TEMP_TABLESPACE VARCHAR2(30) = u.temporary_tablespace
    CREATED DATE NOT NULL = as_date(u.created)
    PROFILE VARCHAR2(128) NOT NULL = u.profile
    INITIAL_RSRC_CONSUMER_GROUP VARCHAR2(128) = 'DEFAULT_CONSUMER_GROUP'
    EXTERNAL_NAME VARCHAR2(4000)
    PASSWORD_VERSIONS VARCHAR2(17) = {_VERSIONS}
    EDITIONS_ENABLED VARCHAR2(1) = flag(u.editions_enabled)
    AUTHENTICATION_TYPE VARCHAR2(8) = u.authentication
    PROXY_ONLY_CONNECT VARCHAR2(1) = flag(u.proxy_only)
    COMMON VARCHAR2(3) = yes(u.common)
    LAST_LOGIN TIMESTAMP_TZ(9) = as_timestamp_tz(u.last_login)
    ORACLE_MAINTAINED VARCHAR2(1) = flag(u.oracle_maintained)
    INHERITED VARCHAR2(3) = {_INHERITED}
    DEFAULT_COLLATION VARCHAR2(100) = 'USING_NLS_COMP'
    IMPLICIT VARCHAR2(3) = 'NO'
    ALL_SHARD VARCHAR2(3) = 'NO'
    EXTERNAL_SHARD VARCHAR2(3) @21 = 'NO'
    PASSWORD_CHANGE_DATE DATE = as_date(u.password_change_date)
    MANDATORY_PROFILE_VIOLATION VARCHAR2(3) @21 = 'NO'
    READ_ONLY VARCHAR2(3) @23 = yes(u.read_only)
    DICTIONARY_PROTECTED VARCHAR2(3) @23 = yes(u.name IN ('SYS', 'AUDSYS'))
"""
_USER_USERS = f"""
    USERNAME VARCHAR2(128) NOT NULL = u.name
    USER_ID NUMBER NOT NULL = u.user_id
    ACCOUNT_STATUS VARCHAR2(32) NOT NULL = {_STATUS}
    LOCK_DATE DATE = as_date(u.lock_date)
    EXPIRY_DATE DATE = as_date(u.expiry_date)
    DEFAULT_TABLESPACE VARCHAR2(30) NOT NULL = u.default_tablespace
    TEMPORARY_TABLESPACE VARCHAR2(30) NOT NULL = u.temporary_tablespace
    LOCAL_TEMP_TABLESPACE VARCHAR2(30) = u.temporary_tablespace
    CREATED DATE NOT NULL = as_date(u.created)
    INITIAL_RSRC_CONSUMER_GROUP VARCHAR2(128) = 'DEFAULT_CONSUMER_GROUP'
    EXTERNAL_NAME VARCHAR2(4000)
    PROXY_ONLY_CONNECT VARCHAR2(1) = flag(u.proxy_only)
    COMMON VARCHAR2(3) = yes(u.common)
    ORACLE_MAINTAINED VARCHAR2(1) = flag(u.oracle_maintained)
    INHERITED VARCHAR2(3) = {_INHERITED}
    DEFAULT_COLLATION VARCHAR2(100) = 'USING_NLS_COMP'
    IMPLICIT VARCHAR2(3) = 'NO'
    ALL_SHARD VARCHAR2(3) = 'NO'
    READ_ONLY VARCHAR2(3) @23 = yes(u.read_only)
"""
_ALL_USERS = f"""
    USERNAME VARCHAR2(128) NOT NULL = u.name
    USER_ID NUMBER NOT NULL = u.user_id
    CREATED DATE NOT NULL = as_date(u.created)
    COMMON VARCHAR2(3) = yes(u.common)
    ORACLE_MAINTAINED VARCHAR2(1) = flag(u.oracle_maintained)
    INHERITED VARCHAR2(3) = {_INHERITED}
    DEFAULT_COLLATION VARCHAR2(100) = 'USING_NLS_COMP'
    IMPLICIT VARCHAR2(3) = 'NO'
    ALL_SHARD VARCHAR2(3) = 'NO'
"""

_REQUIRED = "CASE r.authentication WHEN 'PASSWORD' THEN 'YES' WHEN 'NONE' THEN 'NO' ELSE r.authentication END"
_DBA_ROLES = f"""
    ROLE VARCHAR2(128) NOT NULL = r.name
    ROLE_ID NUMBER NOT NULL = r.role_id
    PASSWORD_REQUIRED VARCHAR2(8) = {_REQUIRED}
    AUTHENTICATION_TYPE VARCHAR2(11) = r.authentication
    COMMON VARCHAR2(3) = yes(r.common)
    ORACLE_MAINTAINED VARCHAR2(1) = flag(r.oracle_maintained)
    INHERITED VARCHAR2(3) = yes(r.common AND NOT here(is_root))
    IMPLICIT VARCHAR2(3) = 'NO'
    EXTERNAL_NAME VARCHAR2(4000)
"""

_PROFILES = """
    PROFILE VARCHAR2(128) NOT NULL = p.name
    RESOURCE_NAME VARCHAR2(32) NOT NULL = p.resource
    RESOURCE_TYPE VARCHAR2(8) = p.kind
    LIMIT VARCHAR2(128) = p.value
    COMMON VARCHAR2(3) = yes(p.common)
    INHERITED VARCHAR2(3) = yes(p.common AND NOT here(is_root))
    IMPLICIT VARCHAR2(3) = 'NO'
"""

# The stand-in does not measure segments: BYTES is 0, and blocks are those of the limit.
_BLOCKS = "CASE WHEN q.max_bytes < 0 THEN -1 ELSE q.max_bytes / 8192 END"
_QUOTAS = f"""
    BYTES NUMBER = 0
    MAX_BYTES NUMBER = q.max_bytes
    BLOCKS NUMBER = 0
    MAX_BLOCKS NUMBER = {_BLOCKS}
    DROPPED VARCHAR2(3) = yes(NOT EXISTS (SELECT 1 FROM cat.tablespaces t WHERE t.name = q.tablespace))
"""

_TABLESPACES = """
    TABLESPACE_NAME VARCHAR2(30) NOT NULL = t.name
    BLOCK_SIZE NUMBER NOT NULL = 8192
    INITIAL_EXTENT NUMBER = 65536
    NEXT_EXTENT NUMBER
    MIN_EXTENTS NUMBER NOT NULL = 1
    MAX_EXTENTS NUMBER = 2147483645
    STATUS VARCHAR2(9) = 'ONLINE'
    CONTENTS VARCHAR2(21) = t.contents
    LOGGING VARCHAR2(9) = CASE t.contents WHEN 'TEMPORARY' THEN 'NOLOGGING' ELSE 'LOGGING' END
    EXTENT_MANAGEMENT VARCHAR2(10) = 'LOCAL'
    BIGFILE VARCHAR2(3) = 'NO'
    ENCRYPTED VARCHAR2(3) = 'NO'
"""

_LIMITS = "RESOURCE_NAME VARCHAR2(32) NOT NULL = p.resource\nLIMIT VARCHAR2(128) = iif(p.value = 'DEFAULT', d.value, p.value)"
_LIMIT_ROWS = """FROM cat.users u JOIN cat.profiles p ON p.name = u.profile
    JOIN cat.profiles d ON d.name = 'DEFAULT' AND d.resource = p.resource WHERE u.name = me()"""

VIEWS = (
    Definition("DBA_USERS", _DBA_USERS, "FROM cat.users u"),
    public("ALL_USERS", _ALL_USERS, "FROM cat.users u"),
    public("USER_USERS", _USER_USERS, "FROM cat.users u WHERE u.name = me()"),
    Definition("DBA_ROLES", _DBA_ROLES, "FROM cat.roles r"),
    Definition("DBA_PROFILES", _PROFILES, "FROM cat.profiles p"),
    public("USER_RESOURCE_LIMITS", _LIMITS, f"{_LIMIT_ROWS} AND p.kind = 'KERNEL'"),
    public("USER_PASSWORD_LIMITS", _LIMITS, f"{_LIMIT_ROWS} AND p.kind = 'PASSWORD'"),
    Definition(
        "DBA_APPLICATION_ROLES",
        """
        ROLE VARCHAR2(128) NOT NULL = r.name
        SCHEMA VARCHAR2(128) NOT NULL = r.package_schema
        PACKAGE VARCHAR2(128) NOT NULL = r.package_name
        """,
        "FROM cat.roles r WHERE r.package_name IS NOT NULL",
    ),
    Definition(
        "DBA_TS_QUOTAS",
        f"TABLESPACE_NAME VARCHAR2(30) NOT NULL = q.tablespace\nUSERNAME VARCHAR2(128) NOT NULL = q.user_name\n{_QUOTAS}",
        "FROM cat.quotas q",
    ),
    public(
        "USER_TS_QUOTAS",
        f"TABLESPACE_NAME VARCHAR2(30) NOT NULL = q.tablespace\n{_QUOTAS}",
        "FROM cat.quotas q WHERE q.user_name = me()",
    ),
    Definition("DBA_TABLESPACES", _TABLESPACES, "FROM cat.tablespaces t"),
    public("USER_TABLESPACES", _TABLESPACES, "FROM cat.tablespaces t"),
)
