"""Views of stored code (what does not compile, triggers, types, libraries) and of materialized views, models, profiles and editions."""

from __future__ import annotations

from reconciler.sandbox.engine.dictionary.definition import Definition, family, public

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

_TYPES = """
    OWNER VARCHAR2(128) = o.owner
    TYPE_NAME VARCHAR2(128) = o.name
    TYPE_OID RAW(16)
    TYPECODE VARCHAR2(128) = json_extract(o.details, '$.typecode')
    ATTRIBUTES NUMBER = json_extract(o.details, '$.attributes')
    METHODS NUMBER = json_extract(o.details, '$.methods')
    PREDEFINED VARCHAR2(3) = 'NO'
    INCOMPLETE VARCHAR2(3) = yes(json_extract(o.details, '$.incomplete'))
    FINAL VARCHAR2(3) = 'YES'
    INSTANTIABLE VARCHAR2(3) = 'YES'
"""
_LIBRARIES = """
    OWNER VARCHAR2(128) = o.owner
    LIBRARY_NAME VARCHAR2(128) = o.name
    FILE_SPEC VARCHAR2(2000) = json_extract(o.details, '$.file')
    DYNAMIC VARCHAR2(1) = 'Y'
    STATUS VARCHAR2(7) = o.status
"""
_MVIEWS = """
    OWNER VARCHAR2(128) NOT NULL = o.owner
    MVIEW_NAME VARCHAR2(128) NOT NULL = o.name
    CONTAINER_NAME VARCHAR2(128) NOT NULL = o.name
    QUERY LONG = o.source
    QUERY_LEN NUMBER(38) = length(o.source)
    UPDATABLE VARCHAR2(1) = 'N'
    REWRITE_ENABLED VARCHAR2(1) = 'N'
    REFRESH_MODE VARCHAR2(9) = 'DEMAND'
    REFRESH_METHOD VARCHAR2(8) = 'FORCE'
    LAST_REFRESH_DATE DATE = as_date(o.created)
    STALENESS VARCHAR2(19) = 'UNKNOWN'
    COMPILE_STATE VARCHAR2(19) = 'VALID'
"""
_MVIEW_COMMENTS = """
    OWNER VARCHAR2(128) NOT NULL = o.owner
    MVIEW_NAME VARCHAR2(128) NOT NULL = o.name
    COMMENTS VARCHAR2(4000) = json_extract(o.details, '$.comment')
"""
_MODELS = """
    OWNER VARCHAR2(128) NOT NULL = o.owner
    MODEL_NAME VARCHAR2(128) NOT NULL = o.name
    CREATION_DATE DATE NOT NULL = as_date(o.created)
    COMMENTS VARCHAR2(4000)
"""
_PROFILES = """
    OWNER VARCHAR2(128) = o.owner
    PROFILE_NAME VARCHAR2(128) = o.name
"""
_EDITIONS = """
    EDITION_NAME VARCHAR2(128) NOT NULL = o.name
    PARENT_EDITION_NAME VARCHAR2(128) = o.source
    USABLE VARCHAR2(3) = 'YES'
"""
_ROWS = "FROM cat.objects o"

VIEWS: tuple[Definition, ...] = (
    *family("ERRORS", _ERRORS, _ERROR_ROWS),
    *family("TYPES", _TYPES, _ROWS, "o.type = 'TYPE'"),
    *family("LIBRARIES", _LIBRARIES, _ROWS, "o.type = 'LIBRARY'"),
    *family("MVIEWS", _MVIEWS, _ROWS, "o.type = 'MATERIALIZED VIEW'"),
    *family("MVIEW_COMMENTS", _MVIEW_COMMENTS, _ROWS, "o.type = 'MATERIALIZED VIEW'"),
    *family("MINING_MODELS", _MODELS, _ROWS, "o.type = 'MINING MODEL'"),
    *family("SQL_TRANSLATION_PROFILES", _PROFILES, _ROWS, "o.type = 'SQL TRANSLATION PROFILE'"),
    Definition("DBA_EDITIONS", _EDITIONS, f"{_ROWS} WHERE o.type = 'EDITION'"),
    public("ALL_EDITIONS", _EDITIONS, f"{_ROWS} WHERE o.type = 'EDITION'"),
    *family("TRIGGERS", _TRIGGERS, _ROWS, "o.type = 'TRIGGER'"),
)
