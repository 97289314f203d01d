"""Views of who was granted what."""

from __future__ import annotations

from reconciler.sandbox.engine.dictionary.definition import Definition, family, one_line, public
from reconciler.sandbox.seam import Release

_GRANTEES = 'SELECT name FROM temp."feed$grantees"'
_ROLES = 'SELECT name FROM temp."feed$roles"'

_SCOPE = """
    COMMON VARCHAR2(3) = yes(g.common)
    INHERITED VARCHAR2(3) = yes(g.inherited)
"""
_DEFAULT_ROLE = one_line("""CASE u.default_roles WHEN 'NONE' THEN 'NO'
    WHEN 'LIST' THEN yes(EXISTS (SELECT 1 FROM cat.user_default_roles d WHERE d.user_name = g.grantee AND d.role = g.role))
    WHEN 'EXCEPT' THEN yes(NOT EXISTS (SELECT 1 FROM cat.user_default_roles d WHERE d.user_name = g.grantee AND d.role = g.role))
    ELSE 'YES' END""")
_ROLE_ROWS = "FROM cat.role_grants g LEFT JOIN cat.users u ON u.name = g.grantee"
_ROLE_OPTIONS = f"""
    GRANTED_ROLE VARCHAR2(128) = g.role
    ADMIN_OPTION VARCHAR2(3) = yes(g.admin)
    DELEGATE_OPTION VARCHAR2(3) = yes(g.delegate)
    DEFAULT_ROLE VARCHAR2(3) = {_DEFAULT_ROLE}
"""
_SYSTEM_OPTIONS = f"""
    PRIVILEGE VARCHAR2(40) = g.privilege
    ADMIN_OPTION VARCHAR2(3) = yes(g.admin)
    {_SCOPE}
"""
_TAB_ROWS = "FROM cat.object_grants g JOIN cat.objects o ON o.object_id = g.object_id"
_TAB_TAIL = """
    PRIVILEGE VARCHAR2(40) = g.privilege
    GRANTABLE VARCHAR2(3) = yes(g.grantable)
    HIERARCHY VARCHAR2(3) = yes(g.hierarchy)
    COMMON VARCHAR2(3) = yes(g.common)
    TYPE VARCHAR2(24) = CASE o.type WHEN 'MATERIALIZED VIEW' THEN 'TABLE' ELSE o.type END
    INHERITED VARCHAR2(3) = yes(g.inherited)
"""
_TAB_COLUMNS = f"""
    GRANTEE VARCHAR2(128) = g.grantee
    OWNER VARCHAR2(128) = o.owner
    TABLE_NAME VARCHAR2(128) = o.name
    GRANTOR VARCHAR2(128) = g.grantor
    {_TAB_TAIL}
"""
_TAB_ALL_COLUMNS = f"""
    GRANTOR VARCHAR2(128) = g.grantor
    GRANTEE VARCHAR2(128) = g.grantee
    TABLE_SCHEMA VARCHAR2(128) = o.owner
    TABLE_NAME VARCHAR2(128) = o.name
    {_TAB_TAIL}
"""
_COL_ROWS = "FROM cat.column_grants g JOIN cat.objects o ON o.object_id = g.object_id"
_COL_TAIL = f"""
    PRIVILEGE VARCHAR2(40) = g.privilege
    GRANTABLE VARCHAR2(3) = yes(g.grantable)
    {_SCOPE}
"""
_COL_COLUMNS = f"""
    GRANTEE VARCHAR2(128) = g.grantee
    OWNER VARCHAR2(128) = o.owner
    TABLE_NAME VARCHAR2(128) = o.name
    COLUMN_NAME VARCHAR2(128) = g.column_name
    GRANTOR VARCHAR2(128) = g.grantor
    {_COL_TAIL}
"""
_COL_ALL_COLUMNS = f"""
    GRANTOR VARCHAR2(128) = g.grantor
    GRANTEE VARCHAR2(128) = g.grantee
    TABLE_SCHEMA VARCHAR2(128) = o.owner
    TABLE_NAME VARCHAR2(128) = o.name
    COLUMN_NAME VARCHAR2(128) = g.column_name
    {_COL_TAIL}
"""
_CONCERNS_ME = f"(g.grantee IN ({_GRANTEES}) OR g.grantor = me() OR o.owner = me())"
_MADE_BY_ME = "(g.grantor = me() OR o.owner = me())"
_RECEIVED = f"g.grantee IN ({_GRANTEES})"
_MINE = "(g.grantee IN (me(), 'PUBLIC'))"
_MINE_OR_OURS = (
    "(g.grantee = me() OR g.grantor = me() OR o.owner = me() OR o.type = 'USER' AND o.name = me())"
)

_SYSTEM = (
    Definition(
        "DBA_SYS_PRIVS",
        f"GRANTEE VARCHAR2(128) = g.grantee\n{_SYSTEM_OPTIONS}",
        "FROM cat.system_grants g",
    ),
    public(
        "USER_SYS_PRIVS",
        f"USERNAME VARCHAR2(128) = g.grantee\n{_SYSTEM_OPTIONS}",
        f"FROM cat.system_grants g WHERE {_MINE}",
    ),
    public(
        "ROLE_SYS_PRIVS",
        f"ROLE VARCHAR2(128) = g.grantee\n{_SYSTEM_OPTIONS}",
        'FROM cat.system_grants g WHERE g.grantee IN (SELECT name FROM temp."feed$held_roles")',
    ),
    public(
        "SESSION_PRIVS",
        "PRIVILEGE VARCHAR2(40) NOT NULL = p.name",
        'FROM temp."feed$session_privs" p',
    ),
    public(
        "SYSTEM_PRIVILEGE_MAP",
        """
        PRIVILEGE NUMBER NOT NULL = m.privilege
        NAME VARCHAR2(40) NOT NULL = m.name
        PROPERTY NUMBER NOT NULL = m.property
        """,
        "FROM cat.system_privilege_map m",
    ),
)

_ROLE = (
    Definition(
        "DBA_ROLE_PRIVS",
        f"GRANTEE VARCHAR2(128) = g.grantee\n{_ROLE_OPTIONS}{_SCOPE}",
        _ROLE_ROWS,
    ),
    public(
        "USER_ROLE_PRIVS",
        f"USERNAME VARCHAR2(128) = g.grantee\n{_ROLE_OPTIONS}OS_GRANTED VARCHAR2(3) = 'NO'{_SCOPE}",
        f"{_ROLE_ROWS} WHERE {_MINE}",
    ),
    public(
        "ROLE_ROLE_PRIVS",
        f"""
        ROLE VARCHAR2(128) = g.grantee
        GRANTED_ROLE VARCHAR2(128) = g.role
        ADMIN_OPTION VARCHAR2(3) = yes(g.admin)
        {_SCOPE}
        """,
        'FROM cat.role_grants g WHERE g.grantee IN (SELECT name FROM temp."feed$held_roles")',
    ),
    public("SESSION_ROLES", "ROLE VARCHAR2(128) NOT NULL = r.name", 'FROM temp."feed$roles" r'),
)

_ROLE_TAB_ROWS = """FROM (
    SELECT grantee, object_id, NULL AS column_name, privilege, grantable, common, inherited FROM cat.object_grants
    UNION ALL
    SELECT grantee, object_id, column_name, privilege, grantable, common, inherited FROM cat.column_grants
    ) g JOIN cat.objects o ON o.object_id = g.object_id WHERE g.grantee IN (SELECT name FROM temp."feed$held_roles")"""

_OBJECT = (
    Definition("DBA_TAB_PRIVS", _TAB_COLUMNS, _TAB_ROWS),
    public("ALL_TAB_PRIVS", _TAB_ALL_COLUMNS, f"{_TAB_ROWS} WHERE {_CONCERNS_ME}"),
    public(
        "ALL_TAB_PRIVS_MADE",
        f"""
        GRANTEE VARCHAR2(128) = g.grantee
        OWNER VARCHAR2(128) = o.owner
        TABLE_NAME VARCHAR2(128) = o.name
        GRANTOR VARCHAR2(128) = g.grantor
        {_TAB_TAIL}
        """,
        f"{_TAB_ROWS} WHERE {_MADE_BY_ME}",
    ),
    public(
        "ALL_TAB_PRIVS_RECD",
        f"""
        GRANTEE VARCHAR2(128) = g.grantee
        OWNER VARCHAR2(128) = o.owner
        TABLE_NAME VARCHAR2(128) = o.name
        GRANTOR VARCHAR2(128) = g.grantor
        {_TAB_TAIL}
        """,
        f"{_TAB_ROWS} WHERE {_RECEIVED}",
    ),
    public("USER_TAB_PRIVS", _TAB_COLUMNS, f"{_TAB_ROWS} WHERE {_MINE_OR_OURS}"),
    public(
        "USER_TAB_PRIVS_MADE",
        f"""
        GRANTEE VARCHAR2(128) = g.grantee
        TABLE_NAME VARCHAR2(128) = o.name
        GRANTOR VARCHAR2(128) = g.grantor
        {_TAB_TAIL}
        """,
        f"{_TAB_ROWS} WHERE o.owner = me()",
    ),
    public(
        "USER_TAB_PRIVS_RECD",
        f"""
        OWNER VARCHAR2(128) = o.owner
        TABLE_NAME VARCHAR2(128) = o.name
        GRANTOR VARCHAR2(128) = g.grantor
        {_TAB_TAIL}
        """,
        f"{_TAB_ROWS} WHERE g.grantee = me()",
    ),
    public(
        "ROLE_TAB_PRIVS",
        f"""
        ROLE VARCHAR2(128) = g.grantee
        OWNER VARCHAR2(128) = o.owner
        TABLE_NAME VARCHAR2(128) = o.name
        COLUMN_NAME VARCHAR2(128) = g.column_name
        PRIVILEGE VARCHAR2(40) = g.privilege
        GRANTABLE VARCHAR2(3) = yes(g.grantable)
        {_SCOPE}
        """,
        _ROLE_TAB_ROWS,
    ),
    public(
        "TABLE_PRIVILEGE_MAP",
        "PRIVILEGE NUMBER NOT NULL = m.column1\nNAME VARCHAR2(40) NOT NULL = m.column2",
        """FROM (VALUES (0, 'ALTER'), (1, 'AUDIT'), (2, 'COMMENT'), (3, 'DELETE'), (4, 'GRANT'), (5, 'INDEX'), (6, 'INSERT'),
        (7, 'LOCK'), (8, 'RENAME'), (9, 'SELECT'), (10, 'UPDATE'), (11, 'REFERENCES'), (12, 'EXECUTE'), (13, 'VIEW'),
        (16, 'CREATE'), (17, 'READ'), (18, 'WRITE'), (20, 'ENQUEUE'), (21, 'DEQUEUE'), (22, 'UNDER'), (23, 'ON COMMIT REFRESH'),
        (24, 'QUERY REWRITE'), (26, 'DEBUG'), (27, 'FLASHBACK'), (28, 'MERGE VIEW'), (29, 'USE'), (30, 'FLASHBACK ARCHIVE'),
        (31, 'TRANSLATE SQL'), (32, 'INHERIT PRIVILEGES'), (33, 'INHERIT REMOTE PRIVILEGES')) m""",
    ),
)

_COLUMN = (
    Definition("DBA_COL_PRIVS", _COL_COLUMNS, _COL_ROWS),
    public("ALL_COL_PRIVS", _COL_ALL_COLUMNS, f"{_COL_ROWS} WHERE {_CONCERNS_ME}"),
    public("USER_COL_PRIVS", _COL_COLUMNS, f"{_COL_ROWS} WHERE {_MINE_OR_OURS}"),
    public("ALL_COL_PRIVS_MADE", _COL_COLUMNS, f"{_COL_ROWS} WHERE {_MADE_BY_ME}"),
    public("ALL_COL_PRIVS_RECD", _COL_COLUMNS, f"{_COL_ROWS} WHERE {_RECEIVED}"),
    public(
        "USER_COL_PRIVS_MADE",
        f"""
        GRANTEE VARCHAR2(128) = g.grantee
        TABLE_NAME VARCHAR2(128) = o.name
        COLUMN_NAME VARCHAR2(128) = g.column_name
        GRANTOR VARCHAR2(128) = g.grantor
        {_COL_TAIL}
        """,
        f"{_COL_ROWS} WHERE o.owner = me()",
    ),
    public(
        "USER_COL_PRIVS_RECD",
        f"""
        OWNER VARCHAR2(128) = o.owner
        TABLE_NAME VARCHAR2(128) = o.name
        COLUMN_NAME VARCHAR2(128) = g.column_name
        GRANTOR VARCHAR2(128) = g.grantor
        {_COL_TAIL}
        """,
        f"{_COL_ROWS} WHERE g.grantee = me()",
    ),
)

_SCHEMA_OPTIONS = f"""
    PRIVILEGE VARCHAR2(40) = g.privilege
    SCHEMA VARCHAR2(128) = g.schema
    ADMIN_OPTION VARCHAR2(3) = yes(g.admin)
    {_SCOPE}
"""
_SCHEMA = (
    Definition(
        "DBA_SCHEMA_PRIVS",
        f"GRANTEE VARCHAR2(128) = g.grantee\n{_SCHEMA_OPTIONS}",
        "FROM cat.schema_grants g",
        since=Release.R23,
    ),
    public(
        "USER_SCHEMA_PRIVS",
        f"USERNAME VARCHAR2(128) = g.grantee\n{_SCHEMA_OPTIONS}",
        f"FROM cat.schema_grants g WHERE {_MINE}",
        since=Release.R23,
    ),
    public(
        "ROLE_SCHEMA_PRIVS",
        f"ROLE VARCHAR2(128) = g.grantee\n{_SCHEMA_OPTIONS}",
        'FROM cat.schema_grants g WHERE g.grantee IN (SELECT name FROM temp."feed$held_roles")',
        since=Release.R23,
    ),
    public(
        "SESSION_SCHEMA_PRIVS",
        "PRIVILEGE VARCHAR2(40) NOT NULL = g.privilege\nSCHEMA VARCHAR2(128) NOT NULL = g.schema",
        f"FROM (SELECT DISTINCT privilege, schema FROM cat.schema_grants WHERE grantee IN ({_GRANTEES})) g",
        since=Release.R23,
    ),
)

_PROXY_ROWS = "FROM cat.proxies p"
_PROXY_FLAGS = (
    "CASE p.roles_clause WHEN 'ALL' THEN 'PROXY MAY ACTIVATE ALL CLIENT ROLES'"
    " WHEN 'NONE' THEN 'NO CLIENT ROLES MAY BE ACTIVATED'"
    " WHEN 'LIST' THEN 'PROXY MAY ACTIVATE ROLE' ELSE 'PROXY MAY NOT ACTIVATE ROLE' END"
)
_PROXY = (
    public(
        "USER_PROXIES",
        f"""
        CLIENT VARCHAR2(128) = p.client
        AUTHENTICATION VARCHAR2(3) = yes(p.authentication)
        AUTHORIZATION_CONSTRAINT VARCHAR2(35) = {_PROXY_FLAGS}
        ROLE VARCHAR2(128) = r.role
        PROXY_AUTHORITY VARCHAR2(9) = 'DATABASE'
        """,
        f"{_PROXY_ROWS} LEFT JOIN cat.proxy_roles r ON r.client = p.client AND r.proxy = p.proxy WHERE p.proxy = me()",
    ),
    Definition(
        "DBA_PROXIES",
        f"""
        PROXY VARCHAR2(128) = p.proxy
        CLIENT VARCHAR2(128) NOT NULL = p.client
        AUTHENTICATION VARCHAR2(3) = yes(p.authentication)
        AUTHORIZATION_CONSTRAINT VARCHAR2(35) = {_PROXY_FLAGS}
        ROLE VARCHAR2(128) = r.role
        PROXY_AUTHORITY VARCHAR2(9) = 'DATABASE'
        """,
        f"{_PROXY_ROWS} LEFT JOIN cat.proxy_roles r ON r.client = p.client AND r.proxy = p.proxy",
    ),
    Definition(
        "PROXY_USERS",
        f"""
        PROXY VARCHAR2(128) NOT NULL = p.proxy
        CLIENT VARCHAR2(128) NOT NULL = p.client
        AUTHENTICATION VARCHAR2(3) = yes(p.authentication)
        FLAGS VARCHAR2(35) = {_PROXY_FLAGS}
        """,
        _PROXY_ROWS,
    ),
)

_CODE_ROLES = """
    OWNER VARCHAR2(128) = o.owner
    OBJECT_NAME VARCHAR2(128) = o.name
    OBJECT_TYPE VARCHAR2(9) = o.type
    ROLE VARCHAR2(128) = g.role
"""
_CODE = family(
    "CODE_ROLE_PRIVS",
    _CODE_ROLES,
    "FROM cat.code_role_grants g JOIN cat.objects o ON o.object_id = g.object_id",
)

VIEWS = (*_SYSTEM, *_ROLE, *_OBJECT, *_COLUMN, *_SCHEMA, *_PROXY, *_CODE)
