"""Views of auditing, and of policies that have no rows in the stand-in."""

from __future__ import annotations

from reconciler.sandbox.engine.dictionary.definition import Definition

_POLICIES = """
    POLICY_NAME VARCHAR2(128) = p.name
    AUDIT_CONDITION VARCHAR2(4000) = coalesce(json_extract(p.definition, '$.condition'), 'NONE')
    CONDITION_EVAL_OPT VARCHAR2(9) = coalesce(json_extract(p.definition, '$.evaluate'), 'NONE')
    AUDIT_OPTION VARCHAR2(128) = json_extract(a.value, '$.option')
    AUDIT_OPTION_TYPE VARCHAR2(18) = json_extract(a.value, '$.type')
    OBJECT_SCHEMA VARCHAR2(128) = coalesce(json_extract(a.value, '$.schema'), 'NONE')
    OBJECT_NAME VARCHAR2(128) = coalesce(json_extract(a.value, '$.object'), 'NONE')
    OBJECT_TYPE VARCHAR2(23) = coalesce(json_extract(a.value, '$.object_type'), 'NONE')
    COMMON VARCHAR2(3) = 'NO'
    INHERITED VARCHAR2(3) = 'NO'
    AUDIT_ONLY_TOPLEVEL VARCHAR2(3) @21 = yes(coalesce(json_extract(p.definition, '$.only_toplevel'), 0))
    ORACLE_SUPPLIED VARCHAR2(3) @21 = 'NO'
"""
_ENABLED = """
    POLICY_NAME VARCHAR2(128) = e.policy
    ENABLED_OPTION VARCHAR2(15) = e.option
    ENTITY_NAME VARCHAR2(128) = e.entity
    ENTITY_TYPE VARCHAR2(7) = CASE e.option WHEN 'BY GRANTED ROLE' THEN 'ROLE' ELSE 'USER' END
    SUCCESS VARCHAR2(3) = yes(e.success)
    FAILURE VARCHAR2(3) = yes(e.failure)
"""


def _field(name: str) -> str:
    return f"json_extract(t.record, '$.{name}')"


_TRAIL = f"""
    AUDIT_TYPE VARCHAR2(64) = 'Standard'
    SESSIONID NUMBER = {_field("sessionid")}
    PROXY_SESSIONID NUMBER
    OS_USERNAME VARCHAR2(128) = {_field("os_username")}
    USERHOST VARCHAR2(128) = {_field("userhost")}
    TERMINAL VARCHAR2(30) = {_field("terminal")}
    INSTANCE_ID NUMBER = 1
    DBID NUMBER
    AUTHENTICATION_TYPE VARCHAR2(1024) = {_field("authentication_type")}
    DBUSERNAME VARCHAR2(128) = {_field("dbusername")}
    DBPROXY_USERNAME VARCHAR2(128) = {_field("dbproxy_username")}
    EXTERNAL_USERID VARCHAR2(1024), GLOBAL_USERID VARCHAR2(32)
    CLIENT_PROGRAM_NAME VARCHAR2(48) = {_field("client_program_name")}
    DBLINK_INFO VARCHAR2(4000), XS_USER_NAME VARCHAR2(128), XS_SESSIONID RAW(33)
    ENTRY_ID NUMBER = t.entry_id
    STATEMENT_ID NUMBER = {_field("statement_id")}
    EVENT_TIMESTAMP TIMESTAMP_LTZ(6) = as_timestamp_tz({_field("event_timestamp")})
    EVENT_TIMESTAMP_UTC TIMESTAMP(6) = as_timestamp({_field("event_timestamp")})
    ACTION_NAME VARCHAR2(64) = {_field("action_name")}
    RETURN_CODE NUMBER = {_field("return_code")}
    OS_PROCESS VARCHAR2(16), TRANSACTION_ID RAW(8), SCN NUMBER, EXECUTION_ID VARCHAR2(64)
    OBJECT_SCHEMA VARCHAR2(128) = {_field("object_schema")}
    OBJECT_NAME VARCHAR2(128) = {_field("object_name")}
    SQL_TEXT CLOB = {_field("sql_text")}
    SQL_BINDS CLOB, APPLICATION_CONTEXTS VARCHAR2(4000)
    CLIENT_IDENTIFIER VARCHAR2(64) = {_field("client_identifier")}
    NEW_SCHEMA VARCHAR2(128), NEW_NAME VARCHAR2(128), OBJECT_EDITION VARCHAR2(128)
    SYSTEM_PRIVILEGE_USED VARCHAR2(1024) = {_field("system_privilege_used")}
    SYSTEM_PRIVILEGE VARCHAR2(40) = {_field("system_privilege")}
    AUDIT_OPTION VARCHAR2(40)
    OBJECT_PRIVILEGES VARCHAR2(35) = {_field("object_privileges")}
    ROLE VARCHAR2(128) = {_field("role")}
    TARGET_USER VARCHAR2(128) = {_field("target_user")}
    EXCLUDED_USER VARCHAR2(128), EXCLUDED_SCHEMA VARCHAR2(128), EXCLUDED_OBJECT VARCHAR2(128)
    CURRENT_USER VARCHAR2(128) = {_field("current_user")}
    ADDITIONAL_INFO VARCHAR2(4000) = {_field("additional_info")}
    UNIFIED_AUDIT_POLICIES VARCHAR2(4000) = {_field("unified_audit_policies")}
    FGA_POLICY_NAME VARCHAR2(128)
"""
_HOST_ACES = """
    HOST VARCHAR2(1000), LOWER_PORT NUMBER(5), UPPER_PORT NUMBER(5), ACE_ORDER NUMBER, START_DATE TIMESTAMP(6), END_DATE TIMESTAMP(6)
    GRANT_TYPE VARCHAR2(5), INVERTED_PRINCIPAL VARCHAR2(3), PRINCIPAL VARCHAR2(128), PRINCIPAL_TYPE VARCHAR2(16), PRIVILEGE VARCHAR2(128)
"""
_ROW_POLICIES = """
    OBJECT_OWNER VARCHAR2(128), OBJECT_NAME VARCHAR2(128), POLICY_GROUP VARCHAR2(128), POLICY_NAME VARCHAR2(128), PF_OWNER VARCHAR2(128)
    PACKAGE VARCHAR2(128), FUNCTION VARCHAR2(128), SEL VARCHAR2(3), INS VARCHAR2(3), UPD VARCHAR2(3), DEL VARCHAR2(3), IDX VARCHAR2(3)
    CHK_OPTION VARCHAR2(3), ENABLE VARCHAR2(3), STATIC_POLICY VARCHAR2(3), POLICY_TYPE VARCHAR2(24), LONG_PREDICATE VARCHAR2(3)
    COMMON VARCHAR2(3), INHERITED VARCHAR2(3)
"""
_REDACTION = """
    OBJECT_OWNER VARCHAR2(128), OBJECT_NAME VARCHAR2(128), POLICY_NAME VARCHAR2(128), EXPRESSION VARCHAR2(4000), ENABLE VARCHAR2(7)
    POLICY_DESCRIPTION VARCHAR2(4000)
"""

VIEWS: tuple[Definition, ...] = (
    Definition(
        "AUDIT_UNIFIED_POLICIES",
        _POLICIES,
        "FROM cat.audit_policies p, json_each(p.definition, '$.options') a",
    ),
    Definition("AUDIT_UNIFIED_ENABLED_POLICIES", _ENABLED, "FROM cat.audit_enabled e"),
    Definition("UNIFIED_AUDIT_TRAIL", _TRAIL, "FROM cat.audit_trail t"),
    Definition("DBA_HOST_ACES", _HOST_ACES),
    Definition("DBA_POLICIES", _ROW_POLICIES),
    Definition("REDACTION_POLICIES", _REDACTION),
)
