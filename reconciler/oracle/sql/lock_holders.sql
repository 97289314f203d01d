-- Sessions of ours that say they hold the lock of this target.
SELECT inst_id, sid, machine, client_info, TO_CHAR(logon_time, 'YYYY-MM-DD HH24:MI:SS') AS logged_on
  FROM gv$session
 WHERE module = :module AND action = :action
