-- Users and roles; the views of the gatekeeper's schema and the profiles it made, which are few and share the round trip. The views come first because
-- their text is longest: the first part of a UNION gives the description of the rows.
SELECT 'V' AS kind, view_name AS name, text_vc AS state, NULL AS oracle_maintained, NULL AS common, NULL AS last_login,
       NULL AS profile, NULL AS locked_later
  FROM dba_views
 WHERE owner = :gate
UNION ALL
SELECT 'P', profile, resource_name || '=' || limit, NULL, NULL, NULL, NULL, NULL
  FROM dba_profiles
 WHERE profile LIKE :profiles ESCAPE '\' AND resource_name IN ('IDLE_TIME', 'CONNECT_TIME', 'SESSIONS_PER_USER')
UNION ALL
SELECT 'U', username, account_status, oracle_maintained, common, TO_CHAR(SYS_EXTRACT_UTC(last_login), 'YYYY-MM-DD HH24:MI:SS'),
       profile, CASE WHEN lock_date > created + 2 / 86400 THEN 'YES' ELSE 'NO' END
  FROM dba_users
UNION ALL
SELECT 'R', role, authentication_type, oracle_maintained, common, NULL, NULL, NULL
  FROM dba_roles
-- since release 23:
UNION ALL
SELECT 'O', username, NULL, NULL, NULL, NULL, NULL, NULL
  FROM dba_users
 WHERE read_only = 'YES'
