-- LOGON_TIME is a DATE of the server's own zone; it becomes UTC with the offset the overview gives.
SELECT inst_id, sid, serial#, username, status, machine, program, TO_CHAR(logon_time, 'YYYY-MM-DD HH24:MI:SS') AS logged_on
  FROM gv$session
 WHERE type = 'USER' AND username IS NOT NULL
