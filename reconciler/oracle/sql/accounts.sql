SELECT 'U' AS kind, username AS name, account_status AS state, oracle_maintained, common
  FROM dba_users
UNION ALL
SELECT 'R', role, authentication_type, oracle_maintained, common
  FROM dba_roles
