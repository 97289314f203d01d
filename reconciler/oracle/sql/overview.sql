-- Which database this is, what time it has, and how many rows the other queries will bring, so that each of them is one round trip.
WITH customers AS (
  SELECT username FROM dba_users WHERE oracle_maintained = 'N' AND username <> :gate
),
described AS (
  SELECT u.username FROM customers u WHERE EXISTS (SELECT 1 FROM (:described:) p WHERE u.username LIKE p.owner ESCAPE '\')
)
SELECT 'at' AS item, TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD HH24:MI:SS.FF6') AS value FROM dual
UNION ALL
SELECT 'local', TO_CHAR(SYSDATE, 'YYYY-MM-DD HH24:MI:SS') FROM dual
UNION ALL
SELECT 'name', name FROM v$database
UNION ALL
SELECT 'dbid', TO_CHAR(dbid) FROM v$database
UNION ALL
SELECT 'job_processes', value FROM v$parameter WHERE name = 'job_queue_processes'
UNION ALL
SELECT 'container', SYS_CONTEXT('USERENV', 'CON_NAME') FROM dual
UNION ALL
SELECT 'accounts', TO_CHAR(COUNT(*)) FROM dba_users
UNION ALL
SELECT 'accounts', TO_CHAR(COUNT(*)) FROM dba_roles
UNION ALL
SELECT 'accounts', TO_CHAR(COUNT(*)) FROM dba_views WHERE owner = :gate
UNION ALL
SELECT 'accounts', TO_CHAR(COUNT(*)) FROM dba_profiles WHERE profile LIKE :profiles ESCAPE '\'
UNION ALL
SELECT 'resource_limit', value FROM v$parameter WHERE name = 'resource_limit'
UNION ALL
SELECT 'logon_check', t.status || ' ' || o.status
  FROM dba_triggers t JOIN dba_objects o ON o.owner = t.owner AND o.object_name = t.trigger_name AND o.object_type = 'TRIGGER'
 WHERE t.owner = :gate AND t.trigger_name = 'LOGON_CHECK'
UNION ALL
SELECT 'logon_networks', 'YES' FROM dba_tables WHERE owner = :gate AND table_name = 'LOGON_NETWORKS'
UNION ALL
SELECT 'deadlines', TO_CHAR(COUNT(*)) FROM dba_scheduler_jobs
 WHERE owner = :account AND job_name LIKE :pattern ESCAPE '\'
UNION ALL
SELECT 'runs', TO_CHAR(COUNT(DISTINCT job_name)) FROM dba_scheduler_job_run_details
 WHERE owner = :account AND job_name LIKE :pattern ESCAPE '\'
UNION ALL
SELECT 'sessions', TO_CHAR(COUNT(*)) FROM gv$session WHERE type = 'USER'
UNION ALL
SELECT 'objects', TO_CHAR(COUNT(*)) FROM dba_objects
 WHERE :schemas <> '-' AND (:schemas = '*' OR INSTR(:schemas, '"' || owner || '"') > 0)
   AND (owner <> 'SYS' OR object_type IN ('DIRECTORY', 'EDITION'))
UNION ALL
SELECT 'objects', TO_CHAR(COUNT(*)) FROM dba_tab_columns
 WHERE :tables <> '-' AND INSTR(:tables, '"' || owner || '"."' || table_name || '"') > 0
UNION ALL
SELECT 'objects', TO_CHAR(COUNT(*)) FROM dba_dependencies
 WHERE (owner IN (SELECT username FROM described) OR referenced_owner IN (SELECT username FROM described))
   AND type IN ('VIEW', 'MATERIALIZED VIEW') AND referenced_type IN ('TABLE', 'VIEW', 'MATERIALIZED VIEW')
UNION ALL
SELECT 'objects', TO_CHAR(COUNT(*)) FROM dba_tables
 WHERE owner IN (SELECT username FROM described) AND num_rows IS NOT NULL
UNION ALL
SELECT 'objects', TO_CHAR(COUNT(*)) FROM dba_tab_columns c
 WHERE c.owner IN (SELECT username FROM customers)
   AND EXISTS (SELECT 1 FROM (:classified:) p
                WHERE c.owner LIKE p.owner ESCAPE '\' AND c.table_name LIKE p.name ESCAPE '\' AND c.column_name LIKE p.part ESCAPE '\')
UNION ALL
SELECT 'system_privileges', TO_CHAR(COUNT(*)) FROM system_privilege_map
UNION ALL
SELECT 'grants', TO_CHAR(COUNT(*)) FROM dba_sys_privs
UNION ALL
SELECT 'grants', TO_CHAR(COUNT(*)) FROM dba_role_privs
UNION ALL
SELECT 'grants', TO_CHAR(COUNT(*)) FROM dba_tab_privs
 WHERE owner NOT IN (SELECT username FROM dba_users WHERE oracle_maintained = 'Y')
    OR grantee LIKE :pattern ESCAPE '\'
    OR (owner = 'SYS' AND type IN ('DIRECTORY', 'EDITION', 'USER')
        AND NOT (type = 'USER' AND grantee = 'PUBLIC' AND privilege = 'INHERIT PRIVILEGES'))
UNION ALL
SELECT 'grants', TO_CHAR(COUNT(*)) FROM dba_proxies
UNION ALL
SELECT 'grants', TO_CHAR(COUNT(*)) FROM dba_ts_quotas
UNION ALL
SELECT 'grants', TO_CHAR(COUNT(*)) FROM dba_col_privs
 WHERE owner NOT IN (SELECT username FROM dba_users WHERE oracle_maintained = 'Y')
    OR grantee LIKE :pattern ESCAPE '\'
-- since release 23:
UNION ALL
SELECT 'accounts', TO_CHAR(COUNT(*)) FROM dba_users WHERE read_only = 'YES'
UNION ALL
SELECT 'grants', TO_CHAR(COUNT(*)) FROM dba_schema_privs
