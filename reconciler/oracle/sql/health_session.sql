-- What everybody may ask: the clock, where the session is, how it got there, and how the account itself stands. EXPIRY_DATE has the server's own zone, as SYSDATE.
SELECT TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD HH24:MI:SS.FF6') AS clock, SYS_CONTEXT('USERENV', 'CON_NAME') AS container,
       SYS_CONTEXT('USERENV', 'NETWORK_PROTOCOL') AS protocol, account_status, FLOOR(expiry_date - SYSDATE) AS password_days,
       (SELECT COUNT(*) FROM user_role_privs WHERE username = USER AND default_role = 'YES') AS default_roles,
       (SELECT MAX(value) FROM all_scheduler_global_attribute WHERE attribute_name = 'SCHEDULER_DISABLED') AS scheduler_disabled
  FROM user_users
