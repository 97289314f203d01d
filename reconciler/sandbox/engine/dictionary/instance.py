"""Views of the instance, its containers, sessions and parameters."""

from __future__ import annotations

from reconciler.sandbox.engine.dictionary.definition import Definition, performance, public

_SESSION = """
    SADDR RAW(8)
    SID NUMBER = s.sid
    SERIAL# NUMBER = s.serial
    AUDSID NUMBER = s.audsid
    PADDR RAW(8)
    USER# NUMBER = (SELECT u.user_id FROM cat.users u WHERE u.name = s.user)
    USERNAME VARCHAR2(128) = s.user
    COMMAND NUMBER = 0
    OWNERID NUMBER = 2147483644
    TADDR VARCHAR2(16), LOCKWAIT VARCHAR2(16)
    STATUS VARCHAR2(8) = s.status
    SERVER VARCHAR2(9) = CASE s.status WHEN 'KILLED' THEN 'PSEUDO' ELSE 'DEDICATED' END
    SCHEMA# NUMBER = (SELECT u.user_id FROM cat.users u WHERE u.name = s.schema)
    SCHEMANAME VARCHAR2(128) = s.schema
    OSUSER VARCHAR2(128) = s.osuser
    PROCESS VARCHAR2(24) = s.process
    MACHINE VARCHAR2(64) = s.machine
    PORT NUMBER = s.port
    TERMINAL VARCHAR2(30) = s.terminal
    PROGRAM VARCHAR2(48) = substr(s.program, 1, 48)
    TYPE VARCHAR2(10) = 'USER'
    SQL_ADDRESS RAW(8), SQL_HASH_VALUE NUMBER, SQL_ID VARCHAR2(13), SQL_CHILD_NUMBER NUMBER, SQL_EXEC_START DATE, SQL_EXEC_ID NUMBER
    PREV_SQL_ADDR RAW(8), PREV_HASH_VALUE NUMBER, PREV_SQL_ID VARCHAR2(13), PREV_CHILD_NUMBER NUMBER, PREV_EXEC_START DATE
    PREV_EXEC_ID NUMBER, PLSQL_ENTRY_OBJECT_ID NUMBER, PLSQL_ENTRY_SUBPROGRAM_ID NUMBER, PLSQL_OBJECT_ID NUMBER
    PLSQL_SUBPROGRAM_ID NUMBER
    MODULE VARCHAR2(64) = substr(s.module, 1, 64)
    MODULE_HASH NUMBER
    ACTION VARCHAR2(64) = s.action
    ACTION_HASH NUMBER
    CLIENT_INFO VARCHAR2(64) = s.client_info
    FIXED_TABLE_SEQUENCE NUMBER, ROW_WAIT_OBJ# NUMBER, ROW_WAIT_FILE# NUMBER, ROW_WAIT_BLOCK# NUMBER, ROW_WAIT_ROW# NUMBER
    TOP_LEVEL_CALL# NUMBER
    LOGON_TIME DATE = as_date(s.logon_time)
    LAST_CALL_ET NUMBER = s.idle
    PDML_ENABLED VARCHAR2(3) = 'NO'
    FAILOVER_TYPE VARCHAR2(13) = 'NONE'
    FAILOVER_METHOD VARCHAR2(10) = 'NONE'
    FAILED_OVER VARCHAR2(3) = 'NO'
    RESOURCE_CONSUMER_GROUP VARCHAR2(32)
    PDML_STATUS VARCHAR2(8) = 'DISABLED'
    PDDL_STATUS VARCHAR2(8) = 'ENABLED'
    PQ_STATUS VARCHAR2(8) = 'ENABLED'
    CURRENT_QUEUE_DURATION NUMBER = 0
    CLIENT_IDENTIFIER VARCHAR2(64) = s.client_identifier
    BLOCKING_SESSION_STATUS VARCHAR2(11) = 'NO HOLDER'
    BLOCKING_INSTANCE NUMBER, BLOCKING_SESSION NUMBER
    FINAL_BLOCKING_SESSION_STATUS VARCHAR2(11) = 'NO HOLDER'
    FINAL_BLOCKING_INSTANCE NUMBER, FINAL_BLOCKING_SESSION NUMBER, SEQ# NUMBER, EVENT# NUMBER, EVENT VARCHAR2(64)
    P1TEXT VARCHAR2(64), P1 NUMBER, P1RAW RAW(8), P2TEXT VARCHAR2(64), P2 NUMBER, P2RAW RAW(8)
    P3TEXT VARCHAR2(64), P3 NUMBER, P3RAW RAW(8), WAIT_CLASS_ID NUMBER, WAIT_CLASS# NUMBER
    WAIT_CLASS VARCHAR2(64), WAIT_TIME NUMBER, SECONDS_IN_WAIT NUMBER, STATE VARCHAR2(19), WAIT_TIME_MICRO NUMBER
    TIME_REMAINING_MICRO NUMBER, TIME_SINCE_LAST_WAIT_MICRO NUMBER
    SERVICE_NAME VARCHAR2(64) = s.service
    SQL_TRACE VARCHAR2(8) = 'DISABLED'
    SQL_TRACE_WAITS VARCHAR2(5) = 'FALSE'
    SQL_TRACE_BINDS VARCHAR2(5) = 'FALSE'
    SQL_TRACE_PLAN_STATS VARCHAR2(10) = 'FIRST EXEC'
    SESSION_EDITION_ID NUMBER, CREATOR_ADDR RAW(8), CREATOR_SERIAL# NUMBER, ECID VARCHAR2(64)
    SQL_TRANSLATION_PROFILE_ID NUMBER, PGA_TUNABLE_MEM NUMBER, SHARD_DDL_STATUS VARCHAR2(8)
    CON_ID NUMBER = s.con_id
    EXTERNAL_NAME VARCHAR2(1024)
    PLSQL_DEBUGGER_CONNECTED VARCHAR2(5) = 'FALSE'
"""
# Columns and widths: 19c reference. A row per banner of the services of Oracle Net that a connection uses, as real databases show them.
_BANNERS = """FROM temp."feed$sessions" s, temp."feed$instance" i,
    (VALUES ('TCP/IP NT Protocol Adapter'), ('Encryption service'), ('Crypto-checksumming service')) b
    WHERE s.machine IS NOT NULL OR s.port > 0"""
_CONNECT_INFO = """
    SID NUMBER = s.sid
    SERIAL# NUMBER = s.serial
    AUTHENTICATION_TYPE VARCHAR2(26) = iif(s.proxy IS NULL, 'DATABASE', 'PROXY')
    OSUSER VARCHAR2(128) = s.osuser
    NETWORK_SERVICE_BANNER VARCHAR2(4000) = b.column1 || ' for Linux: Version ' || i.version || ' - Production'
    CLIENT_CHARSET VARCHAR2(40) = 'Unknown'
    CLIENT_CONNECTION VARCHAR2(13) = 'Heterogeneous'
    CLIENT_OCI_LIBRARY VARCHAR2(27) = 'Unknown'
    CLIENT_VERSION VARCHAR2(40) = s.driver_version
    CLIENT_DRIVER VARCHAR2(30) = substr(s.driver, 1, 30)
    CLIENT_LOBATTR VARCHAR2(23) = 'Client Temp Lob Rfc Off'
    CLIENT_REGID NUMBER = 0
    CON_ID NUMBER = s.con_id
"""
_INSTANCE = """
    INSTANCE_NUMBER NUMBER = 1
    INSTANCE_NAME VARCHAR2(16) = i.name
    HOST_NAME VARCHAR2(64) = i.host
    VERSION VARCHAR2(17) = i.version
    VERSION_LEGACY VARCHAR2(17) = i.version
    VERSION_FULL VARCHAR2(17) = i.version_full
    STARTUP_TIME DATE = as_date(i.startup_time)
    STATUS VARCHAR2(12) = 'OPEN'
    PARALLEL VARCHAR2(3) = 'NO'
    THREAD# NUMBER = 1
    ARCHIVER VARCHAR2(7) = 'STOPPED'
    LOG_SWITCH_WAIT VARCHAR2(15)
    LOGINS VARCHAR2(10) = CASE WHEN i.restricted THEN 'RESTRICTED' ELSE 'ALLOWED' END
    SHUTDOWN_PENDING VARCHAR2(3) = 'NO'
    DATABASE_STATUS VARCHAR2(17) = 'ACTIVE'
    INSTANCE_ROLE VARCHAR2(18) = 'PRIMARY_INSTANCE'
    ACTIVE_STATE VARCHAR2(9) = 'NORMAL'
    BLOCKED VARCHAR2(3) = 'NO'
    CON_ID NUMBER = 0
    INSTANCE_MODE VARCHAR2(11) = 'REGULAR'
    EDITION VARCHAR2(7) = i.edition
    FAMILY VARCHAR2(80)
    DATABASE_TYPE VARCHAR2(15) = 'SINGLE'
"""
_VERSION = """
    BANNER VARCHAR2(80) = i.banner
    BANNER_FULL VARCHAR2(160) = i.banner_full
    BANNER_LEGACY VARCHAR2(80) = i.banner
    CON_ID NUMBER = 0
"""
_DATABASE = """
    DBID NUMBER = i.dbid
    NAME VARCHAR2(9) = i.database
    LOG_MODE VARCHAR2(12) = 'NOARCHIVELOG'
    OPEN_MODE VARCHAR2(20) = 'READ WRITE'
    PROTECTION_MODE VARCHAR2(20) = 'MAXIMUM PERFORMANCE'
    DATABASE_ROLE VARCHAR2(16) = 'PRIMARY'
    PLATFORM_NAME VARCHAR2(101) = 'Linux x86 64-bit'
    FLASHBACK_ON VARCHAR2(18) = 'NO'
    DB_UNIQUE_NAME VARCHAR2(30) = i.database
    CDB VARCHAR2(3) = 'YES'
    CON_ID NUMBER = 0
    CON_DBID NUMBER = (SELECT c.dbid FROM temp."feed$containers" c WHERE c.con_id = here(con_id))
"""
_PDBS = """
    CON_ID NUMBER = c.con_id
    DBID NUMBER = c.dbid
    CON_UID NUMBER = c.dbid
    GUID RAW(16)
    NAME VARCHAR2(128) = c.name
    OPEN_MODE VARCHAR2(10) = 'READ WRITE'
    RESTRICTED VARCHAR2(3) = 'NO'
    OPEN_TIME TIMESTAMP_TZ(3) = as_timestamp_tz(i.startup_time)
    CREATE_SCN NUMBER, TOTAL_SIZE NUMBER
    BLOCK_SIZE NUMBER = 8192
    RECOVERY_STATUS VARCHAR2(8) = 'ENABLED'
    SNAPSHOT_PARENT_CON_ID NUMBER
    APPLICATION_ROOT VARCHAR2(3) = 'NO'
    APPLICATION_PDB VARCHAR2(3) = 'NO'
    APPLICATION_SEED VARCHAR2(3) = 'NO'
    APPLICATION_ROOT_CON_ID NUMBER
    APPLICATION_ROOT_CLONE VARCHAR2(3) = 'NO'
    PROXY_PDB VARCHAR2(3) = 'NO'
    LOCAL_UNDO NUMBER = 1
    UNDO_SCN NUMBER, UNDO_TIMESTAMP DATE, CREATION_TIME DATE, DIAGNOSTICS_SIZE NUMBER
    PDB_COUNT NUMBER = 0
    AUDIT_FILES_SIZE NUMBER, MAX_SIZE NUMBER, MAX_DIAGNOSTICS_SIZE NUMBER, MAX_AUDIT_SIZE NUMBER
    LAST_CHANGED_BY VARCHAR2(11)
    TEMPLATE VARCHAR2(3) = 'NO'
    TENANT_ID VARCHAR2(256)
    UPGRADE_LEVEL NUMBER = 1
    GUID_BASE64 VARCHAR2(30)
"""
_CONTAINERS = """
    CON_ID NUMBER = c.con_id
    DBID NUMBER = c.dbid
    CON_UID NUMBER = CASE WHEN c.is_root THEN 1 ELSE c.dbid END
    GUID RAW(16)
    NAME VARCHAR2(128) = c.name
    OPEN_MODE VARCHAR2(10) = 'READ WRITE'
    RESTRICTED VARCHAR2(3) = 'NO'
    OPEN_TIME TIMESTAMP_TZ(3)
"""
_SERVICES = """
    SERVICE_ID NUMBER = c.con_id
    NAME VARCHAR2(64) = lower(CASE WHEN c.is_root THEN 'FREE' ELSE c.name END)
    NETWORK_NAME VARCHAR2(512) = lower(CASE WHEN c.is_root THEN 'FREE' ELSE c.name END)
    PDB VARCHAR2(30) = c.name
    CON_ID NUMBER = c.con_id
"""
_OPTION = """
    PARAMETER VARCHAR2(64) = o.column1
    VALUE VARCHAR2(64) = o.column2
    CON_ID NUMBER = 0
"""
_OPTION_ROWS = """FROM (VALUES ('Partitioning', 'TRUE'), ('Unified Auditing', 'TRUE'), ('Fine-grained access control', 'TRUE'),
    ('Oracle Database Vault', 'FALSE'), ('Oracle Label Security', 'FALSE'), ('Real Application Clusters', 'FALSE'),
    ('Proxy authentication/authorization', 'TRUE'), ('Enterprise User Security', 'FALSE')) o"""
_PARAMETER = """
    NUM NUMBER = p.num
    NAME VARCHAR2(80) = p.name
    TYPE NUMBER = p.type
    VALUE VARCHAR2(4000) = p.value
    DISPLAY_VALUE VARCHAR2(4000) = p.value
    DEFAULT_VALUE VARCHAR2(255) = p.initial
    ISDEFAULT VARCHAR2(9) = truth(p.value IS p.initial)
    ISSES_MODIFIABLE VARCHAR2(5) = truth(p.name LIKE 'nls%' OR p.name IN ('ddl_lock_timeout', 'deferred_segment_creation'))
    ISSYS_MODIFIABLE VARCHAR2(9) = p.modifiable
    ISPDB_MODIFIABLE VARCHAR2(5) = truth(p.modifiable <> 'FALSE')
    ISINSTANCE_MODIFIABLE VARCHAR2(5) = truth(p.modifiable <> 'FALSE')
    ISMODIFIED VARCHAR2(10) = p.modified
    ISADJUSTED VARCHAR2(5) = 'FALSE'
    ISDEPRECATED VARCHAR2(5) = 'FALSE'
    ISBASIC VARCHAR2(5) = 'FALSE'
    DESCRIPTION VARCHAR2(255) = p.description
    UPDATE_COMMENT VARCHAR2(255), HASH NUMBER
    CON_ID NUMBER = here(con_id)
"""
_ADMINISTRATIVE = (
    "EXISTS (SELECT 1 FROM cat.administrative_grants g WHERE g.grantee = u.name AND g.privilege"
)
_PWFILE = f"""
    USERNAME VARCHAR2(128) = u.name
    SYSDBA VARCHAR2(5) = truth({_ADMINISTRATIVE} = 'SYSDBA'))
    SYSOPER VARCHAR2(5) = truth({_ADMINISTRATIVE} = 'SYSOPER'))
    SYSASM VARCHAR2(5) = 'FALSE'
    SYSBACKUP VARCHAR2(5) = truth({_ADMINISTRATIVE} = 'SYSBACKUP'))
    SYSDG VARCHAR2(5) = truth({_ADMINISTRATIVE} = 'SYSDG'))
    SYSKM VARCHAR2(5) = truth({_ADMINISTRATIVE} = 'SYSKM'))
    ACCOUNT_STATUS VARCHAR2(30) = 'OPEN'
    PASSWORD_PROFILE VARCHAR2(128) = u.profile
    LAST_LOGIN TIMESTAMP_TZ(9) = as_timestamp_tz(u.last_login)
    LOCK_DATE DATE = as_date(u.lock_date)
    EXPIRY_DATE DATE = as_date(u.expiry_date)
    EXTERNAL_NAME VARCHAR2(1024)
    AUTHENTICATION_TYPE VARCHAR2(8) = 'PASSWORD'
    COMMON VARCHAR2(3) = yes(u.common)
    CON_ID NUMBER = 0
"""
_PWFILE_ROWS = "FROM cat.users u WHERE u.name IN (SELECT grantee FROM cat.administrative_grants)"

_NLS = "PARAMETER VARCHAR2(128) = n.name\nVALUE VARCHAR2(64) = n.value"
_NLS_OF_SESSION = (
    "PARAMETER VARCHAR2(64) = n.name\nVALUE VARCHAR2(64) = n.value\nCON_ID NUMBER = here(con_id)"
)
_NLS_OF_SESSION_ROWS = "FROM temp.\"feed$nls\" n WHERE n.scope = 'SESSION'"

VIEWS: tuple[Definition, ...] = (
    *performance("SESSION", _SESSION, 'FROM temp."feed$sessions" s'),
    *performance("SESSION_CONNECT_INFO", _CONNECT_INFO, _BANNERS),
    *performance("INSTANCE", _INSTANCE, 'FROM temp."feed$instance" i'),
    *performance("VERSION", _VERSION, 'FROM temp."feed$instance" i', public=True),
    *performance("DATABASE", _DATABASE, 'FROM temp."feed$instance" i'),
    *performance(
        "PDBS", _PDBS, 'FROM temp."feed$containers" c, temp."feed$instance" i WHERE NOT c.is_root'
    ),
    *performance("CONTAINERS", _CONTAINERS, 'FROM temp."feed$containers" c'),
    *performance("SERVICES", _SERVICES, 'FROM temp."feed$containers" c'),
    *performance("OPTION", _OPTION, _OPTION_ROWS, public=True),
    *performance("PARAMETER", _PARAMETER, 'FROM temp."feed$parameters" p'),
    *performance("SYSTEM_PARAMETER", _PARAMETER, 'FROM temp."feed$parameters" p'),
    *performance("NLS_PARAMETERS", _NLS_OF_SESSION, _NLS_OF_SESSION_ROWS, public=True),
    *performance("PWFILE_USERS", _PWFILE, _PWFILE_ROWS),
    public(
        "PRODUCT_COMPONENT_VERSION",
        """
        PRODUCT VARCHAR2(80) = substr(i.banner, 1, instr(i.banner, ' Release') - 1)
        VERSION VARCHAR2(80) = i.version
        VERSION_FULL VARCHAR2(80) = i.version_full
        STATUS VARCHAR2(80) = substr(i.banner, instr(i.banner, ' - ') + 3)
        """,
        'FROM temp."feed$instance" i',
    ),
    public("NLS_SESSION_PARAMETERS", _NLS, "FROM temp.\"feed$nls\" n WHERE n.scope = 'SESSION'"),
    public("NLS_INSTANCE_PARAMETERS", _NLS, "FROM temp.\"feed$nls\" n WHERE n.scope = 'INSTANCE'"),
    public("NLS_DATABASE_PARAMETERS", _NLS, "FROM temp.\"feed$nls\" n WHERE n.scope = 'DATABASE'"),
    public(
        "GLOBAL_NAME",
        'GLOBAL_NAME VARCHAR2(4000) = here(iif(is_root, (SELECT i.database FROM temp."feed$instance" i), container))',
        "FROM (SELECT 1)",
    ),
    public(
        "DATABASE_PROPERTIES",
        """
        PROPERTY_NAME VARCHAR2(128) = p.column1
        PROPERTY_VALUE VARCHAR2(4000) = p.column2
        DESCRIPTION VARCHAR2(4000) = p.column3
        """,
        """FROM (VALUES ('DEFAULT_PERMANENT_TABLESPACE', 'USERS', 'Name of default permanent tablespace'),
        ('DEFAULT_TEMP_TABLESPACE', 'TEMP', 'Name of default temporary tablespace'),
        ('DBTIMEZONE', '+00:00', 'DB time zone'), ('DICT.BASE', '2', 'dictionary base tables version #'),
        ('GLOBAL_DB_NAME', (SELECT i.database FROM temp."feed$instance" i), 'Global database name'),
        ('DEFAULT_EDITION', 'ORA$BASE', 'Name of the database default edition')) p""",
    ),
)
