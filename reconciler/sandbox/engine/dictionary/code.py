"""Views of stored code: what does not compile, and triggers."""

from __future__ import annotations

from reconciler.sandbox.engine.dictionary.definition import Definition, family

_ERRORS = """
    OWNER VARCHAR2(128) NOT NULL = o.owner
    NAME VARCHAR2(128) NOT NULL = o.name
    TYPE VARCHAR2(12) = o.kind
    SEQUENCE NUMBER NOT NULL = e.key + 1
    LINE NUMBER NOT NULL = json_extract(e.value, '$[0]')
    POSITION NUMBER NOT NULL = json_extract(e.value, '$[1]')
    TEXT VARCHAR2(4000) NOT NULL = json_extract(e.value, '$[2]')
    ATTRIBUTE VARCHAR2(9) = 'ERROR'
    MESSAGE_NUMBER NUMBER = CASE WHEN json_extract(e.value, '$[2]') LIKE 'PLS-%' THEN CAST(substr(json_extract(e.value, '$[2]'), 5, 5) AS INTEGER) ELSE 0 END
"""
_ERROR_ROWS = """FROM (
    SELECT object_id, owner, name, type AS kind, type, json_extract(details, '$.errors') AS errors FROM cat.objects
    WHERE type IN ('PROCEDURE', 'FUNCTION', 'PACKAGE', 'TRIGGER', 'TYPE') AND details IS NOT NULL
    UNION ALL
    SELECT object_id, owner, name, 'PACKAGE BODY', type, json_extract(details, '$.body_errors') FROM cat.objects
    WHERE type = 'PACKAGE' AND details IS NOT NULL
    ) o, json_each(coalesce(o.errors, '[]')) e"""

_ON = "json_extract(o.details, '$.schema')"
_TRIGGERS = f"""
    OWNER VARCHAR2(128) = o.owner
    TRIGGER_NAME VARCHAR2(128) = o.name
    TRIGGER_TYPE VARCHAR2(16) = 'AFTER EVENT'
    TRIGGERING_EVENT VARCHAR2(246) = json_extract(o.details, '$.event') || ' '
    TABLE_OWNER VARCHAR2(128) = coalesce({_ON}, 'SYS')
    BASE_OBJECT_TYPE VARCHAR2(18) = CASE WHEN {_ON} IS NULL THEN 'DATABASE' ELSE 'SCHEMA' END
    TABLE_NAME VARCHAR2(128), COLUMN_NAME VARCHAR2(4000)
    REFERENCING_NAMES VARCHAR2(422) = 'REFERENCING NEW AS NEW OLD AS OLD'
    WHEN_CLAUSE VARCHAR2(4000)
    STATUS VARCHAR2(8) = CASE WHEN json_extract(o.details, '$.enabled') THEN 'ENABLED' ELSE 'DISABLED' END
    DESCRIPTION VARCHAR2(4000) = substr(o.source, 9, 4000)
    ACTION_TYPE VARCHAR2(11) = 'PL/SQL'
    TRIGGER_BODY LONG = o.source
    CROSSEDITION VARCHAR2(7) = 'NO'
    BEFORE_STATEMENT VARCHAR2(3) = 'NO'
    BEFORE_ROW VARCHAR2(3) = 'NO'
    AFTER_ROW VARCHAR2(3) = 'NO'
    AFTER_STATEMENT VARCHAR2(3) = 'NO'
    INSTEAD_OF_ROW VARCHAR2(3) = 'NO'
    FIRE_ONCE VARCHAR2(3) = 'YES'
    APPLY_SERVER_ONLY VARCHAR2(3) = 'NO'
"""

VIEWS: tuple[Definition, ...] = (
    *family("ERRORS", _ERRORS, _ERROR_ROWS),
    *family("TRIGGERS", _TRIGGERS, "FROM cat.objects o", "o.type = 'TRIGGER'"),
)
