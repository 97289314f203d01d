-- What the deadline job of a lease runs: takes everything from the role, takes the role from everybody but its owner, drops it. A step that fails does not
-- stop the others; while the role is there the job fails, and runs again a minute later. :role: becomes a literal with the role's name, :user: one with the
-- temporary user's or NULL; :proxies: looks for the lease's proxy rights; :first: and :last: become what the lease needs besides.
DECLARE
  lease_role CONSTANT VARCHAR2(128) := :role:;
  quoted VARCHAR2(140) := DBMS_ASSERT.ENQUOTE_NAME(lease_role, FALSE);
  why VARCHAR2(400);
  still_there NUMBER;
  FUNCTION name_of(s VARCHAR2) RETURN VARCHAR2 IS
  BEGIN
    RETURN DBMS_ASSERT.ENQUOTE_NAME(s, FALSE);
  END;
  PROCEDURE try(s VARCHAR2) IS
  BEGIN
    EXECUTE IMMEDIATE s;
  EXCEPTION WHEN OTHERS THEN
    why := SUBSTR(SQLERRM, 1, 300);
  END;
BEGIN
  :first:
  BEGIN
    FOR x IN (SELECT DISTINCT privilege, owner, table_name, type AS object_type
                FROM dba_tab_privs WHERE grantee = lease_role) LOOP
      IF x.object_type = 'DIRECTORY' THEN
        try('REVOKE ' || x.privilege || ' ON DIRECTORY ' || name_of(x.table_name) || ' FROM ' || quoted);
      ELSE
        try('REVOKE ' || x.privilege || ' ON ' || name_of(x.owner) || '.' || name_of(x.table_name) || ' FROM ' || quoted);
      END IF;
    END LOOP;
  EXCEPTION WHEN OTHERS THEN why := SUBSTR(SQLERRM, 1, 300);
  END;
  BEGIN
    FOR x IN (SELECT DISTINCT privilege, owner, table_name FROM dba_col_privs WHERE grantee = lease_role) LOOP
      try('REVOKE ' || x.privilege || ' ON ' || name_of(x.owner) || '.' || name_of(x.table_name) || ' FROM ' || quoted);
    END LOOP;
  EXCEPTION WHEN OTHERS THEN why := SUBSTR(SQLERRM, 1, 300);
  END;
  BEGIN
    FOR x IN (SELECT DISTINCT privilege FROM dba_sys_privs WHERE grantee = lease_role) LOOP
      try('REVOKE ' || x.privilege || ' FROM ' || quoted);
    END LOOP;
  EXCEPTION WHEN OTHERS THEN why := SUBSTR(SQLERRM, 1, 300);
  END;
  BEGIN
    FOR x IN (SELECT DISTINCT granted_role FROM dba_role_privs WHERE grantee = lease_role) LOOP
      try('REVOKE ' || name_of(x.granted_role) || ' FROM ' || quoted);
    END LOOP;
  EXCEPTION WHEN OTHERS THEN why := SUBSTR(SQLERRM, 1, 300);
  END;
  -- dynamic, because releases before 23 have no such view and would not compile it
  BEGIN
    EXECUTE IMMEDIATE 'BEGIN FOR x IN (SELECT DISTINCT privilege, schema FROM dba_schema_privs WHERE grantee = :1) LOOP'
      || ' EXECUTE IMMEDIATE ''REVOKE '' || x.privilege || '' ON SCHEMA '' || DBMS_ASSERT.ENQUOTE_NAME(x.schema, FALSE)'
      || ' || '' FROM '' || :2; END LOOP; END;' USING lease_role, quoted;
  EXCEPTION WHEN OTHERS THEN why := SUBSTR(SQLERRM, 1, 300);
  END;
  BEGIN
    FOR x IN (SELECT DISTINCT grantee FROM dba_role_privs WHERE granted_role = lease_role AND grantee <> USER) LOOP
      try('REVOKE ' || quoted || ' FROM ' || name_of(x.grantee));
    END LOOP;
  EXCEPTION WHEN OTHERS THEN why := SUBSTR(SQLERRM, 1, 300);
  END;
  :last:
  try('DROP ROLE ' || quoted);
  SELECT COUNT(*) INTO still_there FROM (SELECT role FROM dba_roles WHERE role = lease_role
    UNION ALL SELECT username FROM dba_users WHERE username = :user::proxies:);
  IF still_there > 0 THEN
    RAISE_APPLICATION_ERROR(-20001, lease_role || ' is still there: ' || why);
  END IF;
  DBMS_SCHEDULER.DROP_JOB(job_name => quoted, defer => TRUE);
END;
