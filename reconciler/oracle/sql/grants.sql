-- Every system and role grant, and the grants on objects of customer schemas and to lease roles. The column grants come first because they use every
-- column: the first part of a UNION gives the description of the rows.
SELECT 'C' AS kind, grantee, privilege, owner, table_name AS object_name, column_name, grantor, grantable AS with_option,
       inherited, 'YES' AS default_role
  FROM dba_col_privs
 WHERE owner NOT IN (SELECT username FROM dba_users WHERE oracle_maintained = 'Y')
    OR grantee LIKE :pattern ESCAPE '\'
UNION ALL
SELECT 'O', grantee, privilege, owner, table_name, NULL, grantor, grantable, inherited, 'YES'
  FROM dba_tab_privs
 WHERE owner NOT IN (SELECT username FROM dba_users WHERE oracle_maintained = 'Y')
    OR grantee LIKE :pattern ESCAPE '\'
UNION ALL
SELECT 'S', grantee, privilege, NULL, NULL, NULL, NULL, admin_option, inherited, 'YES'
  FROM dba_sys_privs
UNION ALL
SELECT 'R', grantee, granted_role, NULL, NULL, NULL, NULL, admin_option, inherited, default_role
  FROM dba_role_privs
-- since release 23:
UNION ALL
SELECT 'X', grantee, privilege, schema, NULL, NULL, NULL, admin_option, inherited, 'YES'
  FROM dba_schema_privs
