-- Every system and role grant, the grants on objects of customer schemas and to lease roles, on directories, editions and users, proxy rights and quotas.
-- Every user gets INHERIT PRIVILEGES on him granted to PUBLIC when he is created; that is left out. The column grants come first because they use
-- most columns: the first part of a UNION gives the description of the rows.
SELECT 'C' AS kind, grantee, privilege, owner, table_name AS object_name, column_name, grantor, grantable AS with_option,
       inherited, 'YES' AS default_role, 'NO' AS second_option, 'TABLE' AS type
  FROM dba_col_privs
 WHERE owner NOT IN (SELECT username FROM dba_users WHERE oracle_maintained = 'Y')
    OR grantee LIKE :pattern ESCAPE '\'
UNION ALL
SELECT 'O', grantee, privilege, owner, table_name, NULL, grantor, grantable, inherited, 'YES', hierarchy, type
  FROM dba_tab_privs
 WHERE owner NOT IN (SELECT username FROM dba_users WHERE oracle_maintained = 'Y')
    OR grantee LIKE :pattern ESCAPE '\'
    OR (owner = 'SYS' AND type IN ('DIRECTORY', 'EDITION', 'USER')
        AND NOT (type = 'USER' AND grantee = 'PUBLIC' AND privilege = 'INHERIT PRIVILEGES'))
UNION ALL
SELECT 'S', grantee, privilege, NULL, NULL, NULL, NULL, admin_option, inherited, 'YES', 'NO', NULL
  FROM dba_sys_privs
UNION ALL
SELECT 'R', grantee, granted_role, NULL, NULL, NULL, NULL, admin_option, inherited, default_role, delegate_option, NULL
  FROM dba_role_privs
UNION ALL
SELECT DISTINCT 'P', proxy, 'CONNECT THROUGH', client, NULL, NULL, NULL, 'NO', 'NO', 'YES', 'NO', NULL
  FROM dba_proxies
 WHERE proxy IS NOT NULL
UNION ALL
SELECT 'Q', username, DECODE(max_bytes, -1, 'UNLIMITED', TO_CHAR(max_bytes)), NULL, tablespace_name, NULL, NULL, 'NO', 'NO', 'YES', 'NO', NULL
  FROM dba_ts_quotas
 WHERE max_bytes <> 0 AND dropped = 'NO'
-- since release 23:
UNION ALL
SELECT 'X', grantee, privilege, schema, NULL, NULL, NULL, admin_option, inherited, 'YES', 'NO', NULL
  FROM dba_schema_privs
