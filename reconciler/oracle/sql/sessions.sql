-- LOGON_TIME is a DATE of the server's own zone; it becomes UTC with the offset the overview gives. V$SESSION does not say that a session came through a
-- proxy; V$SESSION_CONNECT_INFO does, with a row for each line of the network banner.
SELECT s.inst_id, s.sid, s.serial#, s.username, s.status, s.machine, s.program,
       TO_CHAR(s.logon_time, 'YYYY-MM-DD HH24:MI:SS') AS logged_on, i.authentication
  FROM gv$session s
  LEFT JOIN (SELECT inst_id, sid, serial#, MAX(authentication_type) AS authentication
               FROM gv$session_connect_info
              GROUP BY inst_id, sid, serial#) i
    ON i.inst_id = s.inst_id AND i.sid = s.sid AND i.serial# = s.serial#
 WHERE s.type = 'USER' AND s.username IS NOT NULL
