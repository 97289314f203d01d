-- What the unified audit trail says of the users of leases, each in the window of his lease, equal rows counted; then what enabled policies record of them.
-- `windows` is filled in: a SELECT a lease, of its id, its user and the two ends of its window. The client's address is in the text of AUTHENTICATION_TYPE.
WITH windows AS (:windows:),
seen AS (
  SELECT w.lease, t.dbusername, t.dbproxy_username, t.action_name, t.object_schema, t.object_name, t.return_code, t.system_privilege_used,
         t.userhost, REGEXP_SUBSTR(t.authentication_type, 'HOST=([^)]+)', 1, 1, NULL, 1) AS address, t.client_program_name, t.event_timestamp_utc
    FROM windows w
    JOIN unified_audit_trail t ON (t.dbusername = w.grantee OR t.dbproxy_username = w.grantee)
                              AND t.event_timestamp_utc BETWEEN w.since AND w.until
   WHERE t.event_timestamp_utc BETWEEN TO_TIMESTAMP(:first, 'YYYY-MM-DD HH24:MI:SS') AND TO_TIMESTAMP(:last, 'YYYY-MM-DD HH24:MI:SS')
)
SELECT * FROM (
  SELECT 'T' AS kind, lease, dbusername, dbproxy_username, action_name, object_schema, object_name, TO_CHAR(return_code) AS code,
         system_privilege_used, userhost, address, client_program_name, TO_CHAR(COUNT(*)) AS uses,
         TO_CHAR(MIN(event_timestamp_utc), 'YYYY-MM-DD HH24:MI:SS') AS first_use, TO_CHAR(MAX(event_timestamp_utc), 'YYYY-MM-DD HH24:MI:SS') AS last_use
    FROM seen
   GROUP BY lease, dbusername, dbproxy_username, action_name, object_schema, object_name, return_code, system_privilege_used, userhost, address,
            client_program_name
   ORDER BY lease, first_use
   FETCH FIRST :most: ROWS ONLY)
UNION ALL
SELECT 'P', e.policy_name, e.enabled_option, e.entity_name, p.audit_option_type, p.audit_option, p.object_schema, p.object_name,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM audit_unified_enabled_policies e
  JOIN audit_unified_policies p ON p.policy_name = e.policy_name
 WHERE e.success = 'YES' AND p.audit_condition = 'NONE'
   AND (e.enabled_option <> 'BY USER' OR e.entity_name = 'ALL USERS' OR e.entity_name IN (SELECT grantee FROM windows))
