"""Views of constraints and indexes. Constraints are JSON in the details of their table, indexes are objects of their own."""

from __future__ import annotations

from reconciler.sandbox.engine.dictionary.definition import Definition, family, one_line

_REFERENCED = one_line("""(SELECT json_extract(k.value, '$.name') FROM cat.objects p, json_each(p.details, '$.constraints') k
    WHERE p.owner = json_extract(c.value, '$.references[0]') AND p.name = json_extract(c.value, '$.references[1]') AND p.namespace = 1
    AND json_extract(k.value, '$.type') IN ('P', 'U')
    AND json_extract(k.value, '$.columns') = json_extract(c.value, '$.referenced_columns'))""")
_CONSTRAINTS = f"""
    OWNER VARCHAR2(128) = o.owner
    CONSTRAINT_NAME VARCHAR2(128) NOT NULL = json_extract(c.value, '$.name')
    CONSTRAINT_TYPE VARCHAR2(1) = json_extract(c.value, '$.type')
    TABLE_NAME VARCHAR2(128) NOT NULL = o.name
    SEARCH_CONDITION LONG = json_extract(c.value, '$.condition')
    SEARCH_CONDITION_VC VARCHAR2(4000) = json_extract(c.value, '$.condition')
    R_OWNER VARCHAR2(128) = json_extract(c.value, '$.references[0]')
    R_CONSTRAINT_NAME VARCHAR2(128) = {_REFERENCED}
    DELETE_RULE VARCHAR2(9) = CASE json_extract(c.value, '$.type') WHEN 'R' THEN coalesce(json_extract(c.value, '$.on_delete'), 'NO ACTION') END
    STATUS VARCHAR2(8) = 'ENABLED'
    DEFERRABLE VARCHAR2(14) = 'NOT DEFERRABLE'
    DEFERRED VARCHAR2(9) = 'IMMEDIATE'
    VALIDATED VARCHAR2(13) = 'VALIDATED'
    GENERATED VARCHAR2(14) = CASE WHEN json_extract(c.value, '$.name') GLOB 'SYS_C[0-9]*' THEN 'GENERATED NAME' ELSE 'USER NAME' END
    BAD VARCHAR2(3), RELY VARCHAR2(4)
    LAST_CHANGE DATE = as_date(o.last_ddl_time)
    INDEX_OWNER VARCHAR2(128) = CASE WHEN json_extract(c.value, '$.type') IN ('P', 'U') THEN o.owner END
    INDEX_NAME VARCHAR2(128) = CASE WHEN json_extract(c.value, '$.type') IN ('P', 'U') THEN json_extract(c.value, '$.name') END
    INVALID VARCHAR2(7), VIEW_RELATED VARCHAR2(14)
    ORIGIN_CON_ID NUMBER = here(con_id)
"""
_CONSTRAINT_ROWS = "FROM cat.objects o, json_each(o.details, '$.constraints') c"
_OF_TABLES = "o.type = 'TABLE'"

_CONS_COLUMNS = """
    OWNER VARCHAR2(128) NOT NULL = o.owner
    CONSTRAINT_NAME VARCHAR2(128) NOT NULL = json_extract(c.value, '$.name')
    TABLE_NAME VARCHAR2(128) NOT NULL = o.name
    COLUMN_NAME VARCHAR2(4000) = n.value
    POSITION NUMBER = n.key + 1
"""
_CONS_COLUMN_ROWS = f"{_CONSTRAINT_ROWS}, json_each(c.value, '$.columns') n"

_INDEXES = """
    OWNER VARCHAR2(128) NOT NULL = x.owner
    INDEX_NAME VARCHAR2(128) NOT NULL = x.name
    INDEX_TYPE VARCHAR2(27) = 'NORMAL'
    TABLE_OWNER VARCHAR2(128) NOT NULL = o.owner
    TABLE_NAME VARCHAR2(128) NOT NULL = o.name
    TABLE_TYPE VARCHAR2(11) = o.type
    UNIQUENESS VARCHAR2(9) = CASE WHEN json_extract(x.details, '$.unique') THEN 'UNIQUE' ELSE 'NONUNIQUE' END
    COMPRESSION VARCHAR2(13) = 'DISABLED'
    PREFIX_LENGTH NUMBER
    TABLESPACE_NAME VARCHAR2(30) = u.default_tablespace
    STATUS VARCHAR2(8) = 'VALID'
    NUM_ROWS NUMBER, LAST_ANALYZED DATE
    PARTITIONED VARCHAR2(3) = 'NO'
    GENERATED VARCHAR2(1) = flag(x.name GLOB 'SYS_C[0-9]*')
    VISIBILITY VARCHAR2(9) = 'VISIBLE'
"""
_IND_COLUMNS = """
    INDEX_OWNER VARCHAR2(128) NOT NULL = x.owner
    INDEX_NAME VARCHAR2(128) NOT NULL = x.name
    TABLE_OWNER VARCHAR2(128) NOT NULL = o.owner
    TABLE_NAME VARCHAR2(128) NOT NULL = o.name
    COLUMN_NAME VARCHAR2(4000) = n.value
    COLUMN_POSITION NUMBER NOT NULL = n.key + 1
    COLUMN_LENGTH NUMBER, CHAR_LENGTH NUMBER
    DESCEND VARCHAR2(4) = 'ASC'
"""
# Indexes on expressions are not known here.
_IND_EXPRESSIONS = """
    INDEX_OWNER VARCHAR2(128) NOT NULL = x.owner
    INDEX_NAME VARCHAR2(128) NOT NULL = x.name
    TABLE_OWNER VARCHAR2(128) NOT NULL = o.owner
    TABLE_NAME VARCHAR2(128) NOT NULL = o.name
    COLUMN_EXPRESSION LONG
    COLUMN_POSITION NUMBER NOT NULL = 0
"""
_INDEX_ROWS = """FROM cat.objects x JOIN cat.objects o ON o.object_id = json_extract(x.details, '$.table_id')
    LEFT JOIN cat.users u ON u.name = x.owner"""
_IND_COLUMN_ROWS = f"{_INDEX_ROWS}, json_each(x.details, '$.columns') n"
_IS_INDEX = "x.type = 'INDEX'"

VIEWS: tuple[Definition, ...] = (
    *family("CONSTRAINTS", _CONSTRAINTS, _CONSTRAINT_ROWS, _OF_TABLES, keep_owner=True),
    *family("CONS_COLUMNS", _CONS_COLUMNS, _CONS_COLUMN_ROWS, _OF_TABLES, keep_owner=True),
    *family("INDEXES", _INDEXES, _INDEX_ROWS, _IS_INDEX, owner="x.owner"),
    *family("IND_COLUMNS", _IND_COLUMNS, _IND_COLUMN_ROWS, _IS_INDEX, owner="x.owner"),
    *family("IND_EXPRESSIONS", _IND_EXPRESSIONS, _INDEX_ROWS, "0", owner="x.owner"),
)
