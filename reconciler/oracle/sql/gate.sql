-- The gatekeeper: a locked schema that holds the powers which the reconciler's account must not hold itself, and one package that
-- uses them for few purposes. Run it as SYS in the target, after the script that makes the account; statements end with a line "/".
-- What the account can do through it: make, lock, unlock and drop users named JITU_*, and profiles named JITP_*; kill sessions of users
-- that Oracle does not maintain; let one such user, unless he administers the database, connect through another; set quotas of such users; make
-- column views in this schema.
-- Where the logon check is installed as well (a script of its own): say from which client networks users named JITU_* may log on.
-- What it cannot do: touch any other account, set any other password, run text of its own.

CREATE USER :gate: NO AUTHENTICATION ACCOUNT LOCK
/
-- Column views: the account grants this schema SELECT WITH GRANT OPTION on the objects below the views.
GRANT CREATE VIEW TO :gate:
/
-- Temporary users, their profiles, proxies and quotas. Used by the package only, within the limits it checks.
GRANT CREATE USER, ALTER USER, DROP USER, CREATE PROFILE, ALTER PROFILE, DROP PROFILE TO :gate:
/
-- To end sessions: the privilege, or the procedure that a managed service gives instead of it.
GRANT :kill_right: TO :gate:
/
GRANT SELECT ON SYS.GV_$SESSION TO :gate:
/
GRANT SELECT ON SYS.GV_$SESSION_CONNECT_INFO TO :gate:
/
GRANT SELECT ON SYS.DBA_USERS TO :gate:
/
GRANT SELECT ON SYS.DBA_PROXIES TO :gate:
/
-- To refuse logons as a user who administers the database.
GRANT SELECT ON SYS.DBA_SYS_PRIVS TO :gate:
/
GRANT SELECT ON SYS.DBA_ROLE_PRIVS TO :gate:
/
CREATE OR REPLACE PACKAGE :gate:.GATE AUTHID DEFINER IS
  PROCEDURE CREATE_USER(username VARCHAR2, password VARCHAR2, profile VARCHAR2);
  PROCEDURE SET_PASSWORD(username VARCHAR2, password VARCHAR2);
  PROCEDURE SET_READ_ONLY(username VARCHAR2);
  PROCEDURE UNLOCK_USER(username VARCHAR2);
  PROCEDURE LOCK_USER(username VARCHAR2);
  PROCEDURE DROP_USER(username VARCHAR2);
  PROCEDURE KILL_SESSIONS(username VARCHAR2);
  PROCEDURE KILL_PROXY_SESSIONS(client VARCHAR2, proxy VARCHAR2);
  PROCEDURE GRANT_PROXY(client VARCHAR2, proxy VARCHAR2);
  PROCEDURE REVOKE_PROXY(client VARCHAR2, proxy VARCHAR2);
  PROCEDURE SET_QUOTA(username VARCHAR2, tablespace VARCHAR2, bytes VARCHAR2);
  PROCEDURE CREATE_PROFILE(profile VARCHAR2, idle NUMBER, longest NUMBER, sessions NUMBER);
  PROCEDURE SET_PROFILE(username VARCHAR2, profile VARCHAR2);
  PROCEDURE DROP_PROFILE(profile VARCHAR2);
  PROCEDURE CREATE_COLUMN_VIEW(view_name VARCHAR2, owner VARCHAR2, object_name VARCHAR2, columns VARCHAR2);
  PROCEDURE DROP_COLUMN_VIEW(view_name VARCHAR2);
  PROCEDURE SET_NETWORKS(username VARCHAR2, networks VARCHAR2);
  PROCEDURE CLEAR_NETWORKS(username VARCHAR2);
END;
/
CREATE OR REPLACE PACKAGE BODY :gate:.GATE IS
  FUNCTION quoted(name VARCHAR2) RETURN VARCHAR2 IS
  BEGIN
    RETURN DBMS_ASSERT.ENQUOTE_NAME(name, FALSE);
  END;

  PROCEDURE refuse(why VARCHAR2) IS
  BEGIN
    RAISE_APPLICATION_ERROR(-20010, 'the gatekeeper refuses: ' || why);
  END;

  -- Here and below each letter is listed, and 'c' said: what a range holds, and whether case counts, is a setting of the caller's session (NLS_SORT).
  PROCEDURE must_be_temporary(username VARCHAR2) IS
  BEGIN
    IF username IS NULL OR NOT REGEXP_LIKE(username, '^JITU_[ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_]+$', 'c') THEN
      refuse('not a user of a lease');
    END IF;
  END;

  PROCEDURE must_be_customer(username VARCHAR2) IS
    maintained VARCHAR2(1);
  BEGIN
    SELECT MAX(oracle_maintained) INTO maintained FROM sys.dba_users u WHERE u.username = must_be_customer.username;
    IF maintained IS NULL THEN
      RAISE_APPLICATION_ERROR(-20018, 'the gatekeeper knows no such user');
    END IF;
    IF maintained = 'Y' OR username IN (:account_name:, :gate_name:) THEN
      refuse('a protected account');
    END IF;
  END;

  -- Whoever may log on as such a user has the database, whatever the request says.
  PROCEDURE must_not_administer(grantee VARCHAR2) IS
  BEGIN
    IF grantee IN ('DBA', 'PDB_DBA', 'CDB_DBA', 'IMP_FULL_DATABASE', 'DATAPUMP_IMP_FULL_DATABASE') THEN
      refuse('who works as this user administers the database');
    END IF;
    FOR p IN (SELECT privilege FROM sys.dba_sys_privs s WHERE s.grantee = must_not_administer.grantee) LOOP
      IF p.privilege IN ('CREATE USER', 'ALTER USER', 'DROP USER', 'BECOME USER', 'ALTER SYSTEM', 'ALTER DATABASE', 'ALTER ANY ROLE', 'DROP ANY ROLE',
          'GRANT ANY ROLE', 'GRANT ANY PRIVILEGE', 'GRANT ANY OBJECT PRIVILEGE', 'GRANT ANY SCHEMA PRIVILEGE', 'CREATE ANY PROCEDURE', 'ALTER ANY PROCEDURE',
          'EXECUTE ANY PROCEDURE', 'CREATE ANY TRIGGER', 'ALTER ANY TRIGGER', 'CREATE ANY JOB', 'CREATE EXTERNAL JOB', 'MANAGE SCHEDULER',
          'CREATE ANY LIBRARY', 'CREATE ANY DIRECTORY', 'CREATE ANY INDEX', 'CREATE ANY VIEW', 'ADMINISTER DATABASE TRIGGER', 'ADMINISTER KEY MANAGEMENT',
          'IMPORT FULL DATABASE', 'AUDIT SYSTEM', 'EXEMPT ACCESS POLICY', 'EXEMPT REDACTION POLICY') THEN
        refuse('who works as this user administers the database, with ' || p.privilege);
      END IF;
    END LOOP;
    FOR r IN (SELECT granted_role FROM sys.dba_role_privs g WHERE g.grantee = must_not_administer.grantee) LOOP
      must_not_administer(r.granted_role);
    END LOOP;
  END;

  -- The service as it is written here, not as the caller spells it: what is equal is a setting of the caller's session (NLS_COMP). NULL for none.
  FUNCTION service_of(username VARCHAR2) RETURN VARCHAR2 IS
  BEGIN
    RETURN :services:;
  END;

  PROCEDURE must_be_view(view_name VARCHAR2) IS
  BEGIN
    IF view_name IS NULL OR NOT REGEXP_LIKE(view_name,
        '^[ABCDEFGHIJKLMNOPQRSTUVWXYZ][ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$#]*\$[0123456789ABCDEF]{16}$', 'c') THEN
      refuse('not a column view');
    END IF;
  END;

  FUNCTION limit_of(bound NUMBER) RETURN VARCHAR2 IS
  BEGIN
    IF bound < 1 OR bound <> TRUNC(bound) THEN
      refuse('not a limit');
    END IF;
    RETURN NVL(TO_CHAR(bound), 'DEFAULT');
  END;

  FUNCTION password_of(password VARCHAR2) RETURN VARCHAR2 IS
  BEGIN
    IF password IS NULL OR NOT REGEXP_LIKE(password, '^[A-Za-z0-9_#$]+$') THEN
      refuse('not a password that was generated');
    END IF;
    RETURN '"' || password || '"';
  END;

  PROCEDURE must_be_profile(profile VARCHAR2) IS
  BEGIN
    IF profile IS NULL OR NOT REGEXP_LIKE(profile, '^JITP_[ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_]+$', 'c') THEN
      refuse('not a profile of leases');
    END IF;
  END;

  PROCEDURE kill(sid NUMBER, serial NUMBER, instance NUMBER) IS
  BEGIN
    :kill:
  EXCEPTION WHEN OTHERS THEN
    -- gone already, or marked for kill
    IF SQLCODE NOT IN (-30, -31) THEN
      RAISE;
    END IF;
  END;

  -- dynamic here and below: the table is there only with the logon check
  PROCEDURE forget_networks(username VARCHAR2) IS
    no_table EXCEPTION;
    PRAGMA EXCEPTION_INIT(no_table, -942);
  BEGIN
    EXECUTE IMMEDIATE 'DELETE FROM :gate:.LOGON_NETWORKS WHERE username = :1' USING username;
    COMMIT;
  EXCEPTION WHEN no_table THEN
    NULL;
  END;

  PROCEDURE CREATE_USER(username VARCHAR2, password VARCHAR2, profile VARCHAR2) IS
    limits VARCHAR2(300);
  BEGIN
    must_be_temporary(username);
    IF profile IS NOT NULL THEN
      must_be_profile(profile);
      limits := ' PROFILE ' || quoted(profile);
    END IF;
    EXECUTE IMMEDIATE 'CREATE USER ' || quoted(username) || ' IDENTIFIED BY ' || password_of(password) || limits || ' ACCOUNT LOCK';
  END;

  PROCEDURE SET_PASSWORD(username VARCHAR2, password VARCHAR2) IS
    whose VARCHAR2(128) := service_of(username);
  BEGIN
    IF whose IS NOT NULL THEN
      must_be_customer(whose);
    ELSE
      must_be_temporary(username);
      whose := username;
    END IF;
    EXECUTE IMMEDIATE 'ALTER USER ' || quoted(whose) || ' IDENTIFIED BY ' || password_of(password);
  END;

  -- from release 23 on
  PROCEDURE SET_READ_ONLY(username VARCHAR2) IS
  BEGIN
    must_be_temporary(username);
    EXECUTE IMMEDIATE 'ALTER USER ' || quoted(username) || ' READ ONLY';
  END;

  PROCEDURE UNLOCK_USER(username VARCHAR2) IS
  BEGIN
    must_be_temporary(username);
    EXECUTE IMMEDIATE 'ALTER USER ' || quoted(username) || ' ACCOUNT UNLOCK';
  END;

  PROCEDURE LOCK_USER(username VARCHAR2) IS
  BEGIN
    must_be_temporary(username);
    EXECUTE IMMEDIATE 'ALTER USER ' || quoted(username) || ' ACCOUNT LOCK';
  END;

  PROCEDURE DROP_USER(username VARCHAR2) IS
  BEGIN
    must_be_temporary(username);
    EXECUTE IMMEDIATE 'DROP USER ' || quoted(username);
    forget_networks(username);
  END;

  PROCEDURE KILL_SESSIONS(username VARCHAR2) IS
  BEGIN
    must_be_customer(username);
    FOR s IN (SELECT inst_id, sid, serial# AS serial FROM sys.gv_$session g
               WHERE g.username = KILL_SESSIONS.username AND g.status <> 'KILLED') LOOP
      kill(s.sid, s.serial, s.inst_id);
    END LOOP;
  END;

  PROCEDURE KILL_PROXY_SESSIONS(client VARCHAR2, proxy VARCHAR2) IS
    others NUMBER;
  BEGIN
    must_be_customer(client);
    -- V$SESSION does not say through whom a session came, so while others may still connect through themselves nobody is thrown out here
    SELECT COUNT(*) INTO others FROM sys.dba_proxies p WHERE p.client = KILL_PROXY_SESSIONS.client AND p.proxy <> KILL_PROXY_SESSIONS.proxy;
    IF others > 0 THEN
      RAISE_APPLICATION_ERROR(-20011, 'the gatekeeper cannot tell these sessions from those of ' || others || ' other proxies');
    END IF;
    FOR s IN (SELECT DISTINCT g.inst_id, g.sid, g.serial# AS serial
                FROM sys.gv_$session g JOIN sys.gv_$session_connect_info i
                  ON i.inst_id = g.inst_id AND i.sid = g.sid AND i.serial# = g.serial#
               WHERE g.username = KILL_PROXY_SESSIONS.client AND i.authentication_type = 'PROXY' AND g.status <> 'KILLED') LOOP
      kill(s.sid, s.serial, s.inst_id);
    END LOOP;
  END;

  PROCEDURE GRANT_PROXY(client VARCHAR2, proxy VARCHAR2) IS
  BEGIN
    must_be_customer(client);
    must_be_customer(proxy);
    must_not_administer(client);
    EXECUTE IMMEDIATE 'ALTER USER ' || quoted(client) || ' GRANT CONNECT THROUGH ' || quoted(proxy);
  END;

  PROCEDURE REVOKE_PROXY(client VARCHAR2, proxy VARCHAR2) IS
  BEGIN
    must_be_customer(client);
    EXECUTE IMMEDIATE 'ALTER USER ' || quoted(client) || ' REVOKE CONNECT THROUGH ' || quoted(proxy);
  END;

  PROCEDURE SET_QUOTA(username VARCHAR2, tablespace VARCHAR2, bytes VARCHAR2) IS
  BEGIN
    must_be_customer(username);
    IF bytes IS NULL OR NOT REGEXP_LIKE(bytes, '^(UNLIMITED|[0-9]{1,15})$') THEN
      refuse('not a size');
    END IF;
    EXECUTE IMMEDIATE 'ALTER USER ' || quoted(username) || ' QUOTA ' || bytes || ' ON ' || quoted(tablespace);
  END;

  -- makes the profile, or makes it again what it was
  PROCEDURE CREATE_PROFILE(profile VARCHAR2, idle NUMBER, longest NUMBER, sessions NUMBER) IS
    limits VARCHAR2(400);
    there EXCEPTION;
    PRAGMA EXCEPTION_INIT(there, -2379);
  BEGIN
    must_be_profile(profile);
    limits := quoted(profile) || ' LIMIT IDLE_TIME ' || limit_of(idle) || ' CONNECT_TIME ' || limit_of(longest)
      || ' SESSIONS_PER_USER ' || limit_of(sessions);
    EXECUTE IMMEDIATE 'CREATE PROFILE ' || limits;
  EXCEPTION WHEN there THEN
    EXECUTE IMMEDIATE 'ALTER PROFILE ' || limits;
  END;

  PROCEDURE SET_PROFILE(username VARCHAR2, profile VARCHAR2) IS
  BEGIN
    must_be_temporary(username);
    IF profile <> 'DEFAULT' THEN
      must_be_profile(profile);
    END IF;
    EXECUTE IMMEDIATE 'ALTER USER ' || quoted(username) || ' PROFILE ' || quoted(profile);
  END;

  PROCEDURE DROP_PROFILE(profile VARCHAR2) IS
  BEGIN
    must_be_profile(profile);
    EXECUTE IMMEDIATE 'DROP PROFILE ' || quoted(profile);
  END;

  PROCEDURE CREATE_COLUMN_VIEW(view_name VARCHAR2, owner VARCHAR2, object_name VARCHAR2, columns VARCHAR2) IS
  BEGIN
    must_be_view(view_name);
    must_be_customer(owner);
    IF columns IS NULL OR NOT REGEXP_LIKE(columns, '^"[^"]+"(,"[^"]+")*$') THEN
      refuse('not a list of columns');
    END IF;
    EXECUTE IMMEDIATE 'CREATE OR REPLACE VIEW :gate:.' || quoted(view_name) || ' AS SELECT ' || columns
      || ' FROM ' || quoted(owner) || '.' || quoted(object_name) || ' WITH READ ONLY';
  END;

  PROCEDURE DROP_COLUMN_VIEW(view_name VARCHAR2) IS
  BEGIN
    must_be_view(view_name);
    EXECUTE IMMEDIATE 'DROP VIEW :gate:.' || quoted(view_name);
  END;

  -- Each network is written NETWORK=FIRST-LAST, the addresses in 41 digits, separated by commas. They take the place of those that are there.
  PROCEDURE SET_NETWORKS(username VARCHAR2, networks VARCHAR2) IS
    one VARCHAR2(200);
  BEGIN
    must_be_temporary(username);
    IF networks IS NULL OR NOT REGEXP_LIKE(networks, '^[0-9a-f.:/]+=[0-9]{41}-[0-9]{41}(,[0-9a-f.:/]+=[0-9]{41}-[0-9]{41})*$') THEN
      refuse('not a list of networks');
    END IF;
    EXECUTE IMMEDIATE 'DELETE FROM :gate:.LOGON_NETWORKS WHERE username = :1' USING username;
    FOR i IN 1 .. REGEXP_COUNT(networks, '=') LOOP
      one := REGEXP_SUBSTR(networks, '[^,]+', 1, i);
      EXECUTE IMMEDIATE 'INSERT INTO :gate:.LOGON_NETWORKS (username, network, low, high) VALUES (:1, :2, :3, :4)'
        USING username, SUBSTR(one, 1, LENGTH(one) - 84), SUBSTR(one, -83, 41), SUBSTR(one, -41);
    END LOOP;
    COMMIT;
  EXCEPTION WHEN OTHERS THEN
    ROLLBACK;
    RAISE;
  END;

  PROCEDURE CLEAR_NETWORKS(username VARCHAR2) IS
  BEGIN
    must_be_temporary(username);
    forget_networks(username);
  END;
END;
/
GRANT EXECUTE ON :gate:.GATE TO :account:
/
