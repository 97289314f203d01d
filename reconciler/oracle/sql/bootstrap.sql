-- To log on.
GRANT CREATE SESSION TO :account:;
-- Each lease is a role of its own. Who creates a role holds it with ADMIN OPTION, so this account can grant and drop its own roles and no others.
GRANT CREATE ROLE TO :account:;
-- Each lease has a deadline: a job in this account's schema that takes the access back inside the database.
GRANT CREATE JOB TO :account:;
-- Grants and revokes on objects in the owner's name. It does not reach objects of SYS.
GRANT GRANT ANY OBJECT PRIVILEGE TO :account:;

-- One run at a time on this database.
GRANT EXECUTE ON SYS.DBMS_LOCK TO :account:;

-- What is read to compare documents and database. Direct grants, because the deadline jobs read the dictionary with direct grants only.
GRANT READ ON SYS.DBA_SYS_PRIVS TO :account:;
GRANT READ ON SYS.DBA_ROLE_PRIVS TO :account:;
GRANT READ ON SYS.DBA_TAB_PRIVS TO :account:;
GRANT READ ON SYS.DBA_COL_PRIVS TO :account:;
GRANT READ ON SYS.DBA_PROXIES TO :account:;
GRANT READ ON SYS.DBA_TS_QUOTAS TO :account:;
-- Which objects there are: documents name some, and have patterns for others.
GRANT READ ON SYS.DBA_OBJECTS TO :account:;
GRANT READ ON SYS.DBA_TABLES TO :account:;
GRANT READ ON SYS.DBA_TAB_COLUMNS TO :account:;
-- What views read, so that a review can say which sensitive columns an access reaches; what columns are for, of which classify makes proposals.
GRANT READ ON SYS.DBA_DEPENDENCIES TO :account:;
GRANT READ ON SYS.DBA_COL_COMMENTS TO :account:;
-- Who is there.
GRANT READ ON SYS.DBA_USERS TO :account:;
GRANT READ ON SYS.DBA_ROLES TO :account:;
GRANT READ ON SYS.SYSTEM_PRIVILEGE_MAP TO :account:;
-- Column views and profiles that the gatekeeper made.
GRANT READ ON SYS.DBA_VIEWS TO :account:;
GRANT READ ON SYS.DBA_PROFILES TO :account:;
-- Whether the logon check is installed and on.
GRANT READ ON SYS.DBA_TRIGGERS TO :account:;
-- Which database this is, and its clock.
GRANT READ ON SYS.V_$DATABASE TO :account:;
-- Whether scheduler jobs can run at all (JOB_QUEUE_PROCESSES): nothing is granted without a deadline that can.
GRANT READ ON SYS.V_$PARAMETER TO :account:;
-- Whether the database is open for all that is done here, restricted, and audited: what reconciler doctor looks at.
GRANT READ ON SYS.V_$INSTANCE TO :account:;
GRANT READ ON SYS.V_$PDBS TO :account:;
GRANT READ ON SYS.V_$OPTION TO :account:;
-- Deadlines, and proof that they ran.
GRANT READ ON SYS.DBA_SCHEDULER_JOBS TO :account:;
GRANT READ ON SYS.DBA_SCHEDULER_JOB_RUN_DETAILS TO :account:;
-- Live sessions of people whose access ended, and who holds the lock.
GRANT READ ON SYS.GV_$SESSION TO :account:;
GRANT READ ON SYS.GV_$SESSION_CONNECT_INFO TO :account:;
-- Whether access was used: what the audit trail says of the users of leases. Leave these three out if it shall not know.
GRANT READ ON UNIFIED_AUDIT_TRAIL TO :account:;
GRANT READ ON AUDIT_UNIFIED_ENABLED_POLICIES TO :account:;
GRANT READ ON AUDIT_UNIFIED_POLICIES TO :account:;

-- since release 23:
-- Privileges on whole schemas.
GRANT READ ON SYS.DBA_SCHEMA_PRIVS TO :account:;
