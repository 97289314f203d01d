"""Views of objects: tables, columns, views, sequences, code and what hangs on them."""

from __future__ import annotations

from reconciler.sandbox.engine.dictionary.definition import Definition, family, one_line, public

_OBJECT_ROWS = "FROM cat.objects o"

# The body of a package is kept with its specification, the table of a materialized view with that.
_WITH_BODIES = """FROM (
    SELECT object_id, owner, name, type, namespace, status, created, last_ddl_time, source, oracle_maintained FROM cat.objects
    UNION ALL
    SELECT object_id, owner, name, 'PACKAGE BODY', 2, iif(json_extract(details, '$.body_valid'), 'VALID', 'INVALID'), created, last_ddl_time,
        json_extract(details, '$.body'), oracle_maintained
    FROM cat.objects WHERE type = 'PACKAGE' AND json_extract(details, '$.body') IS NOT NULL
    UNION ALL
    SELECT object_id, owner, name, 'TABLE', 1, status, created, last_ddl_time, NULL, oracle_maintained
    FROM cat.objects WHERE type = 'MATERIALIZED VIEW'
    ) o"""

_OBJECTS = """
    OWNER VARCHAR2(128) = o.owner
    OBJECT_NAME VARCHAR2(128) = o.name
    SUBOBJECT_NAME VARCHAR2(128)
    OBJECT_ID NUMBER = o.object_id
    DATA_OBJECT_ID NUMBER = CASE WHEN o.type IN ('TABLE', 'INDEX') THEN o.object_id END
    OBJECT_TYPE VARCHAR2(23) = o.type
    CREATED DATE = as_date(o.created)
    LAST_DDL_TIME DATE = as_date(o.last_ddl_time)
    TIMESTAMP VARCHAR2(19) = replace(substr(o.last_ddl_time, 1, 19), ' ', ':')
    STATUS VARCHAR2(7) = o.status
    TEMPORARY VARCHAR2(1) = 'N'
    GENERATED VARCHAR2(1) = flag(o.name LIKE 'SYS\\_C%' ESCAPE '\\' OR o.name LIKE 'ISEQ$$%')
    SECONDARY VARCHAR2(1) = 'N'
    NAMESPACE NUMBER = o.namespace
    EDITION_NAME VARCHAR2(128)
    SHARING VARCHAR2(18) = CASE WHEN o.oracle_maintained THEN 'METADATA LINK' ELSE 'NONE' END
    EDITIONABLE VARCHAR2(1) = CASE WHEN o.type IN ('VIEW', 'PROCEDURE', 'FUNCTION', 'PACKAGE', 'SYNONYM', 'TRIGGER') THEN 'Y' END
    ORACLE_MAINTAINED VARCHAR2(1) = flag(o.oracle_maintained)
    APPLICATION VARCHAR2(1) = 'N'
    DEFAULT_COLLATION VARCHAR2(100)
    DUPLICATED VARCHAR2(1) = 'N'
    SHARDED VARCHAR2(1) = 'N'
    CREATED_APPID NUMBER, CREATED_VSNID NUMBER, MODIFIED_APPID NUMBER, MODIFIED_VSNID NUMBER
"""
# Users have rows among the objects so that ON USER grants have something to point to; Oracle keeps them elsewhere.
_NO_USERS = "o.type <> 'USER'"

_TABLES = """
    OWNER VARCHAR2(128) NOT NULL = o.owner
    TABLE_NAME VARCHAR2(128) NOT NULL = o.name
    TABLESPACE_NAME VARCHAR2(30) = coalesce(json_extract(o.details, '$.tablespace'), u.default_tablespace)
    CLUSTER_NAME VARCHAR2(128), IOT_NAME VARCHAR2(128)
    STATUS VARCHAR2(8) = 'VALID'
    PCT_FREE NUMBER = 10
    PCT_USED NUMBER
    INI_TRANS NUMBER = 1
    MAX_TRANS NUMBER = 255
    LOGGING VARCHAR2(3) = 'YES'
    BACKED_UP VARCHAR2(1) = 'N'
    NUM_ROWS NUMBER = json_extract(o.details, '$.num_rows')
    BLOCKS NUMBER, EMPTY_BLOCKS NUMBER, AVG_SPACE NUMBER, CHAIN_CNT NUMBER, AVG_ROW_LEN NUMBER
    DEGREE VARCHAR2(10) = '         1'
    INSTANCES VARCHAR2(10) = '         1'
    CACHE VARCHAR2(5) = '    N'
    TABLE_LOCK VARCHAR2(8) = 'ENABLED'
    SAMPLE_SIZE NUMBER = json_extract(o.details, '$.num_rows')
    LAST_ANALYZED DATE = as_date(json_extract(o.details, '$.analyzed'))
    PARTITIONED VARCHAR2(3) = 'NO'
    IOT_TYPE VARCHAR2(12)
    TEMPORARY VARCHAR2(1) = 'N'
    SECONDARY VARCHAR2(1) = 'N'
    NESTED VARCHAR2(3) = 'NO'
    BUFFER_POOL VARCHAR2(7) = 'DEFAULT'
    ROW_MOVEMENT VARCHAR2(8) = 'DISABLED'
    GLOBAL_STATS VARCHAR2(3) = yes(json_extract(o.details, '$.num_rows') IS NOT NULL)
    USER_STATS VARCHAR2(3) = 'NO'
    DURATION VARCHAR2(15)
    SKIP_CORRUPT VARCHAR2(8) = 'DISABLED'
    MONITORING VARCHAR2(3) = 'YES'
    CLUSTER_OWNER VARCHAR2(128)
    DEPENDENCIES VARCHAR2(8) = 'DISABLED'
    COMPRESSION VARCHAR2(8) = 'DISABLED'
    COMPRESS_FOR VARCHAR2(30)
    DROPPED VARCHAR2(3) = 'NO'
    READ_ONLY VARCHAR2(3) = yes(coalesce(json_extract(o.details, '$.read_only'), 0))
    SEGMENT_CREATED VARCHAR2(3) = 'YES'
    HAS_IDENTITY VARCHAR2(3) = yes(json_extract(o.details, '$.identity_sequence') IS NOT NULL)
    DEFAULT_COLLATION VARCHAR2(100) = 'USING_NLS_COMP'
    EXTERNAL VARCHAR2(3) = 'NO'
"""
_IDENTITY_OPTIONS = (
    "'START WITH: 1, INCREMENT BY: 1, MAX_VALUE: 9999999999999999999999999999, MIN_VALUE: 1,"
    " CYCLE_FLAG: N, CACHE_SIZE: 20, ORDER_FLAG: N'"
)
_IDENTITIES = f"""
    OWNER VARCHAR2(128) NOT NULL = o.owner
    TABLE_NAME VARCHAR2(128) NOT NULL = o.name
    COLUMN_NAME VARCHAR2(128) NOT NULL = json_extract(o.details, '$.identity_column')
    GENERATION_TYPE VARCHAR2(10) = CASE json_extract(o.details, '$.identity_kind') WHEN 'ALWAYS' THEN 'ALWAYS' ELSE 'BY DEFAULT' END
    SEQUENCE_NAME VARCHAR2(128) NOT NULL = json_extract(o.details, '$.identity_sequence')
    IDENTITY_OPTIONS VARCHAR2(298) = {_IDENTITY_OPTIONS}
"""
_TABLE_ROWS = f"{_OBJECT_ROWS} LEFT JOIN cat.users u ON u.name = o.owner"

_DATA_TYPE = one_line("""CASE c.type WHEN 1 THEN 'VARCHAR2' WHEN 2 THEN iif(c.precision = 126 AND c.scale = -127, 'FLOAT', 'NUMBER') WHEN 8 THEN 'LONG'
    WHEN 11 THEN 'ROWID' WHEN 12 THEN 'DATE' WHEN 23 THEN 'RAW' WHEN 24 THEN 'LONG RAW' WHEN 96 THEN 'CHAR' WHEN 100 THEN 'BINARY_FLOAT'
    WHEN 101 THEN 'BINARY_DOUBLE' WHEN 112 THEN 'CLOB' WHEN 113 THEN 'BLOB' WHEN 119 THEN 'JSON'
    WHEN 180 THEN 'TIMESTAMP(' || c.scale || ')' WHEN 181 THEN 'TIMESTAMP(' || c.scale || ') WITH TIME ZONE'
    WHEN 231 THEN 'TIMESTAMP(' || c.scale || ') WITH LOCAL TIME ZONE' WHEN 182 THEN 'INTERVAL YEAR(2) TO MONTH'
    WHEN 183 THEN 'INTERVAL DAY(2) TO SECOND(6)' WHEN 252 THEN 'BOOLEAN' END""")
_DATA_LENGTH = one_line("""CASE c.type WHEN 2 THEN 22 WHEN 12 THEN 7 WHEN 180 THEN 11 WHEN 181 THEN 13 WHEN 231 THEN 11 WHEN 112 THEN 4000 WHEN 113 THEN 4000
    WHEN 8 THEN 0 WHEN 252 THEN 1 WHEN 182 THEN 5 WHEN 183 THEN 11 WHEN 100 THEN 4 WHEN 101 THEN 8 ELSE c.size END""")
_COLUMN_START = f"""
    OWNER VARCHAR2(128) NOT NULL = o.owner
    TABLE_NAME VARCHAR2(128) NOT NULL = o.name
    COLUMN_NAME VARCHAR2(128) NOT NULL = c.name
    DATA_TYPE VARCHAR2(128) = {_DATA_TYPE}
    DATA_TYPE_MOD VARCHAR2(3), DATA_TYPE_OWNER VARCHAR2(128)
    DATA_LENGTH NUMBER NOT NULL = {_DATA_LENGTH}
    DATA_PRECISION NUMBER = CASE WHEN c.type = 2 THEN nullif(c.precision, 0) END
    DATA_SCALE NUMBER = CASE WHEN c.type = 2 THEN iif(c.precision = 0 OR c.scale = -127, NULL, c.scale) WHEN c.type IN (180, 181, 231) THEN c.scale END
    NULLABLE VARCHAR2(1) = flag(c.nullable)
    COLUMN_ID NUMBER = (SELECT count(*) FROM cat.columns b WHERE b.object_id = c.object_id AND b.position <= c.position)
    DEFAULT_LENGTH NUMBER = length(c.default_text)
    DATA_DEFAULT LONG = c.default_text
    NUM_DISTINCT NUMBER, LOW_VALUE RAW(1000), HIGH_VALUE RAW(1000), DENSITY NUMBER
    NUM_NULLS NUMBER, NUM_BUCKETS NUMBER, LAST_ANALYZED DATE, SAMPLE_SIZE NUMBER
    CHARACTER_SET_NAME VARCHAR2(44) = CASE WHEN c.type IN (1, 96, 112) THEN 'CHAR_CS' END
    CHAR_COL_DECL_LENGTH NUMBER = CASE WHEN c.type IN (1, 96) THEN c.size END
    GLOBAL_STATS VARCHAR2(3) = 'NO'
    USER_STATS VARCHAR2(3) = 'NO'
    AVG_COL_LEN NUMBER
    CHAR_LENGTH NUMBER = CASE WHEN c.type IN (1, 96) THEN c.size ELSE 0 END
    CHAR_USED VARCHAR2(1) = CASE WHEN c.type IN (1, 96) THEN 'B' END
    V80_FMT_IMAGE VARCHAR2(3) = 'NO'
    DATA_UPGRADED VARCHAR2(3) = 'YES'
"""
_COLUMN_END = """
    HISTOGRAM VARCHAR2(15) = 'NONE'
    DEFAULT_ON_NULL VARCHAR2(3) = 'NO'
    IDENTITY_COLUMN VARCHAR2(3) = yes(c.default_text LIKE '%ISEQ$$%')
    SENSITIVE_COLUMN VARCHAR2(3) = 'NO'
    EVALUATION_EDITION VARCHAR2(128), UNUSABLE_BEFORE VARCHAR2(128), UNUSABLE_BEGINNING VARCHAR2(128)
    COLLATION VARCHAR2(100) = CASE WHEN c.type IN (1, 96, 112) THEN 'USING_NLS_COMP' END
"""
_TAB_COLS_ONLY = """
    HIDDEN_COLUMN VARCHAR2(3) = 'NO'
    VIRTUAL_COLUMN VARCHAR2(3) = yes(c.virtual)
    SEGMENT_COLUMN_ID NUMBER = c.position
    INTERNAL_COLUMN_ID NUMBER NOT NULL = c.position
    QUALIFIED_COL_NAME VARCHAR2(4000) = c.name
    USER_GENERATED VARCHAR2(3) = 'YES'
"""
_COLUMN_ROWS = "FROM cat.objects o JOIN cat.columns c ON c.object_id = o.object_id"
_COLUMN_WHERE = "o.type IN ('TABLE', 'VIEW', 'MATERIALIZED VIEW')"

_COL_COMMENTS = """
    OWNER VARCHAR2(128) NOT NULL = o.owner
    TABLE_NAME VARCHAR2(128) NOT NULL = o.name
    COLUMN_NAME VARCHAR2(128) NOT NULL = c.name
    COMMENTS VARCHAR2(4000) = c.comment
    ORIGIN_CON_ID NUMBER = here(con_id)
"""
_TAB_COMMENTS = """
    OWNER VARCHAR2(128) NOT NULL = o.owner
    TABLE_NAME VARCHAR2(128) NOT NULL = o.name
    TABLE_TYPE VARCHAR2(11) = o.type
    COMMENTS VARCHAR2(4000) = json_extract(o.details, '$.comment')
    ORIGIN_CON_ID NUMBER = here(con_id)
"""
_VIEWS = """
    OWNER VARCHAR2(128) NOT NULL = o.owner
    VIEW_NAME VARCHAR2(128) NOT NULL = o.name
    TEXT_LENGTH NUMBER = length(o.source)
    TEXT LONG = o.source
    TEXT_VC VARCHAR2(4000) = substr(o.source, 1, 4000)
    TYPE_TEXT_LENGTH NUMBER, TYPE_TEXT VARCHAR2(4000), OID_TEXT_LENGTH NUMBER, OID_TEXT VARCHAR2(4000)
    VIEW_TYPE_OWNER VARCHAR2(128), VIEW_TYPE VARCHAR2(128), SUPERVIEW_NAME VARCHAR2(128)
    EDITIONING_VIEW VARCHAR2(1) = 'N'
    READ_ONLY VARCHAR2(1) = flag(coalesce(json_extract(o.details, '$.read_only'), 0))
    CONTAINER_DATA VARCHAR2(1) = 'N'
    BEQUEATH VARCHAR2(12) = 'DEFINER'
    ORIGIN_CON_ID NUMBER = here(con_id)
"""
_SEQUENCES = """
    SEQUENCE_OWNER VARCHAR2(128) NOT NULL = o.owner
    SEQUENCE_NAME VARCHAR2(128) NOT NULL = o.name
    MIN_VALUE NUMBER = json_extract(o.details, '$.minimum')
    MAX_VALUE NUMBER = iif(typeof(json_extract(o.details, '$.maximum')) = 'real', o.details -> '$.maximum', json_extract(o.details, '$.maximum'))
    INCREMENT_BY NUMBER NOT NULL = coalesce(json_extract(o.details, '$.increment'), 1)
    CYCLE_FLAG VARCHAR2(1) = flag(coalesce(json_extract(o.details, '$.cycle'), 0))
    ORDER_FLAG VARCHAR2(1) = flag(coalesce(json_extract(o.details, '$."order"'), 0))
    CACHE_SIZE NUMBER NOT NULL = coalesce(json_extract(o.details, '$.cache'), 20)
    LAST_NUMBER NUMBER NOT NULL = coalesce(json_extract(o.details, '$.next'), 1)
"""
_SYNONYMS = """
    OWNER VARCHAR2(128) = o.owner
    SYNONYM_NAME VARCHAR2(128) = o.name
    TABLE_OWNER VARCHAR2(128) = CASE WHEN instr(o.source, '.') THEN substr(o.source, 1, instr(o.source, '.') - 1) END
    TABLE_NAME VARCHAR2(128) = substr(o.source, instr(o.source, '.') + 1)
    DB_LINK VARCHAR2(128)
    ORIGIN_CON_ID NUMBER = here(con_id)
"""
_PROCEDURES = """
    OWNER VARCHAR2(128) = o.owner
    OBJECT_NAME VARCHAR2(128) = o.name
    PROCEDURE_NAME VARCHAR2(128)
    OBJECT_ID NUMBER = o.object_id
    SUBPROGRAM_ID NUMBER = 1
    OVERLOAD VARCHAR2(40)
    OBJECT_TYPE VARCHAR2(13) = o.type
    AGGREGATE VARCHAR2(3) = 'NO'
    PIPELINED VARCHAR2(3) = 'NO'
    IMPLTYPEOWNER VARCHAR2(128), IMPLTYPENAME VARCHAR2(128)
    PARALLEL VARCHAR2(3) = 'NO'
    INTERFACE VARCHAR2(3) = 'NO'
    DETERMINISTIC VARCHAR2(3) = 'NO'
    AUTHID VARCHAR2(12) = CASE WHEN upper(o.source) LIKE '%AUTHID%CURRENT_USER%' THEN 'CURRENT_USER' ELSE 'DEFINER' END
    RESULT_CACHE VARCHAR2(3) = 'NO'
    ORIGIN_CON_ID NUMBER = here(con_id)
"""
# Lines without a row function: the text as a JSON string, its line breaks turned into commas between strings.
_LINES = r"""json_each('[' || replace(replace(json_quote(coalesce(o.source, '')), '\\', '\u005c'), '\n', '\n","') || ']') l"""
_SOURCE = """
    OWNER VARCHAR2(128) = o.owner
    NAME VARCHAR2(128) = o.name
    TYPE VARCHAR2(12) = o.type
    LINE NUMBER = l.key + 1
    TEXT VARCHAR2(4000) = l.value
    ORIGIN_CON_ID NUMBER = here(con_id)
"""
_CODE = (
    "o.type IN ('PROCEDURE', 'FUNCTION', 'PACKAGE', 'PACKAGE BODY', 'TRIGGER', 'TYPE', 'TYPE BODY')"
)
_DIRECTORIES = """
    OWNER VARCHAR2(128) NOT NULL = o.owner
    DIRECTORY_NAME VARCHAR2(128) NOT NULL = o.name
    DIRECTORY_PATH VARCHAR2(4000) = o.source
    ORIGIN_CON_ID NUMBER = here(con_id)
"""
_DEPENDENCIES = """
    OWNER VARCHAR2(128) NOT NULL = o.owner
    NAME VARCHAR2(128) NOT NULL = o.name
    TYPE VARCHAR2(19) = o.type
    REFERENCED_OWNER VARCHAR2(128) = r.owner
    REFERENCED_NAME VARCHAR2(128) = r.name
    REFERENCED_TYPE VARCHAR2(19) = r.type
    REFERENCED_LINK_NAME VARCHAR2(128)
    DEPENDENCY_TYPE VARCHAR2(4) = 'HARD'
"""
_DEPENDENCY_ROWS = """FROM cat.objects o JOIN cat.dependencies d ON d.object_id = o.object_id
    JOIN cat.objects r ON r.object_id = d.referenced_id"""


def _visible_directories() -> tuple[Definition, ...]:
    where = "WHERE o.type = 'DIRECTORY'"
    seen = 'o.object_id IN (SELECT object_id FROM temp."feed$visible")'
    return (
        Definition("DBA_DIRECTORIES", _DIRECTORIES, f"{_OBJECT_ROWS} {where}"),
        public("ALL_DIRECTORIES", _DIRECTORIES, f"{_OBJECT_ROWS} {where} AND {seen}"),
    )


VIEWS: tuple[Definition, ...] = (
    *family("OBJECTS", _OBJECTS, _WITH_BODIES, _NO_USERS),
    *family("TABLES", _TABLES, _TABLE_ROWS, "o.type IN ('TABLE', 'MATERIALIZED VIEW')"),
    *family("TAB_COLUMNS", f"{_COLUMN_START}{_COLUMN_END}", _COLUMN_ROWS, _COLUMN_WHERE),
    *family(
        "TAB_COLS", f"{_COLUMN_START}{_TAB_COLS_ONLY}{_COLUMN_END}", _COLUMN_ROWS, _COLUMN_WHERE
    ),
    *family(
        "TAB_IDENTITY_COLS",
        _IDENTITIES,
        _OBJECT_ROWS,
        "json_extract(o.details, '$.identity_column') IS NOT NULL",
    ),
    *family("COL_COMMENTS", _COL_COMMENTS, _COLUMN_ROWS, _COLUMN_WHERE),
    *family("TAB_COMMENTS", _TAB_COMMENTS, _OBJECT_ROWS, _COLUMN_WHERE),
    *family("VIEWS", _VIEWS, _OBJECT_ROWS, "o.type = 'VIEW'"),
    *family("SEQUENCES", _SEQUENCES, _OBJECT_ROWS, "o.type = 'SEQUENCE'"),
    *family("SYNONYMS", _SYNONYMS, _OBJECT_ROWS, "o.type = 'SYNONYM'"),
    *family(
        "PROCEDURES", _PROCEDURES, _OBJECT_ROWS, "o.type IN ('PROCEDURE', 'FUNCTION', 'PACKAGE')"
    ),
    *family("SOURCE", _SOURCE, f"{_WITH_BODIES}, {_LINES}", _CODE),
    *family("DEPENDENCIES", _DEPENDENCIES, _DEPENDENCY_ROWS),
    *_visible_directories(),
    public(
        "DICTIONARY",
        "TABLE_NAME VARCHAR2(128) = o.name\nCOMMENTS VARCHAR2(4000)",
        "FROM cat.objects o WHERE o.owner = 'PUBLIC' AND o.type = 'SYNONYM' AND o.source IN"
        " ('SYS.' || o.name, 'SYS.' || replace(o.name, 'V$', 'V_$')) AND o.name NOT LIKE 'DBMS%' AND o.name NOT LIKE 'UTL%'",
    ),
    public("DUAL", "DUMMY VARCHAR2(1) = 'X'", "FROM (SELECT 1)"),
)
