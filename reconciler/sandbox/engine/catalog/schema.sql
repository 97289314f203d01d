-- The catalog of one container (its own SQLite file). Names are exact dictionary spellings; flags are 0/1; instants are UTC ISO text
-- 'YYYY-MM-DD HH:MM:SS.ffffff'. `common` and `inherited` mirror the dictionary columns of the same name.

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;

CREATE TABLE users (
  user_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  verifier BLOB,                         -- NULL: NO AUTHENTICATION; packed by sandbox/verifier.py
  authentication TEXT NOT NULL DEFAULT 'PASSWORD',
  locked INTEGER NOT NULL DEFAULT 0, lock_kind TEXT, lock_date TEXT,   -- lock_kind: ADMIN | TIMED
  expired INTEGER NOT NULL DEFAULT 0, expiry_date TEXT, password_change_date TEXT,
  failed_logins INTEGER NOT NULL DEFAULT 0,
  default_tablespace TEXT NOT NULL DEFAULT 'USERS', temporary_tablespace TEXT NOT NULL DEFAULT 'TEMP',
  profile TEXT NOT NULL DEFAULT 'DEFAULT', created TEXT NOT NULL, last_login TEXT,
  default_roles TEXT NOT NULL DEFAULT 'ALL',  -- ALL | NONE | LIST | EXCEPT; LIST and EXCEPT use user_default_roles
  unlocked TEXT,                         -- last ACCOUNT UNLOCK: inactivity counts from there
  proxy_only INTEGER NOT NULL DEFAULT 0, read_only INTEGER NOT NULL DEFAULT 0, editions_enabled INTEGER NOT NULL DEFAULT 0,
  common INTEGER NOT NULL DEFAULT 0, oracle_maintained INTEGER NOT NULL DEFAULT 0);
CREATE TABLE user_default_roles (user_name TEXT NOT NULL, role TEXT NOT NULL, PRIMARY KEY (user_name, role)) WITHOUT ROWID;

CREATE TABLE roles (
  role_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, authentication TEXT NOT NULL DEFAULT 'NONE', verifier BLOB,
  package_schema TEXT, package_name TEXT,  -- IDENTIFIED USING
  common INTEGER NOT NULL DEFAULT 0, oracle_maintained INTEGER NOT NULL DEFAULT 0);

CREATE TABLE system_privilege_map (privilege INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, property INTEGER NOT NULL DEFAULT 0);

CREATE TABLE system_grants (
  grantee TEXT NOT NULL, privilege TEXT NOT NULL, admin INTEGER NOT NULL DEFAULT 0,
  common INTEGER NOT NULL DEFAULT 0, inherited INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (grantee, privilege, common)) WITHOUT ROWID;
CREATE TABLE role_grants (
  grantee TEXT NOT NULL, role TEXT NOT NULL, admin INTEGER NOT NULL DEFAULT 0, delegate INTEGER NOT NULL DEFAULT 0,
  common INTEGER NOT NULL DEFAULT 0, inherited INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (grantee, role, common)) WITHOUT ROWID;
CREATE INDEX role_grants_by_role ON role_grants (role);
CREATE TABLE object_grants (  -- object_id refers to objects; directories, users, editions have rows in objects too
  grantee TEXT NOT NULL, object_id INTEGER NOT NULL, privilege TEXT NOT NULL, grantor TEXT NOT NULL,
  grantable INTEGER NOT NULL DEFAULT 0, hierarchy INTEGER NOT NULL DEFAULT 0,
  common INTEGER NOT NULL DEFAULT 0, inherited INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (grantee, object_id, privilege, grantor, common)) WITHOUT ROWID;
CREATE INDEX object_grants_by_object ON object_grants (object_id);
CREATE TABLE column_grants (
  grantee TEXT NOT NULL, object_id INTEGER NOT NULL, column_name TEXT NOT NULL, privilege TEXT NOT NULL, grantor TEXT NOT NULL,
  grantable INTEGER NOT NULL DEFAULT 0, common INTEGER NOT NULL DEFAULT 0, inherited INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (grantee, object_id, column_name, privilege, grantor)) WITHOUT ROWID;
CREATE INDEX column_grants_by_object ON column_grants (object_id);
CREATE TABLE schema_grants (  -- release 23
  grantee TEXT NOT NULL, privilege TEXT NOT NULL, schema TEXT NOT NULL, admin INTEGER NOT NULL DEFAULT 0,
  common INTEGER NOT NULL DEFAULT 0, inherited INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (grantee, privilege, schema)) WITHOUT ROWID;
CREATE TABLE proxies (client TEXT NOT NULL, proxy TEXT NOT NULL, authentication INTEGER NOT NULL DEFAULT 0,
  roles_clause TEXT NOT NULL DEFAULT 'ALL', PRIMARY KEY (client, proxy)) WITHOUT ROWID;  -- ALL | NONE | LIST | EXCEPT
CREATE TABLE proxy_roles (client TEXT NOT NULL, proxy TEXT NOT NULL, role TEXT NOT NULL, PRIMARY KEY (client, proxy, role)) WITHOUT ROWID;

CREATE TABLE profiles (name TEXT NOT NULL, resource TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,
  common INTEGER NOT NULL DEFAULT 0,
  exact REAL,                            -- the number behind a value that the dictionary shows cut, such as 1/24 (.0416)
  PRIMARY KEY (name, resource)) WITHOUT ROWID;
CREATE TABLE tablespaces (name TEXT PRIMARY KEY, contents TEXT NOT NULL DEFAULT 'PERMANENT') WITHOUT ROWID;
CREATE TABLE quotas (user_name TEXT NOT NULL, tablespace TEXT NOT NULL, max_bytes INTEGER NOT NULL, PRIMARY KEY (user_name, tablespace)) WITHOUT ROWID;
CREATE TABLE parameters (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;  -- initialisation parameters, lower case

CREATE TABLE objects (
  object_id INTEGER PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL,
  type TEXT NOT NULL,         -- TABLE, VIEW, SEQUENCE, PROCEDURE, FUNCTION, PACKAGE, SYNONYM, DIRECTORY, USER, INDEX, TRIGGER, JOB ...
  namespace INTEGER NOT NULL DEFAULT 1,   -- 1 tables, views, sequences, code, synonyms; 4 indexes; 9 directories; 50 users; 60 jobs
  status TEXT NOT NULL DEFAULT 'VALID', created TEXT NOT NULL, last_ddl_time TEXT NOT NULL,
  source TEXT,                -- text of a view's query, a procedure, a directory's path, a synonym's target
  details TEXT,               -- JSON, owned by whoever implements the type (sequence state, parsed signature, ...)
  oracle_maintained INTEGER NOT NULL DEFAULT 0,
  UNIQUE (owner, name, namespace));
CREATE TABLE columns (
  object_id INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL,
  type INTEGER NOT NULL,      -- OracleType
  size INTEGER NOT NULL DEFAULT 0, precision INTEGER NOT NULL DEFAULT 0, scale INTEGER NOT NULL DEFAULT 0,
  nullable INTEGER NOT NULL DEFAULT 1, default_text TEXT, comment TEXT, virtual INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (object_id, position)) WITHOUT ROWID;
CREATE TABLE dependencies (object_id INTEGER NOT NULL, referenced_id INTEGER NOT NULL, PRIMARY KEY (object_id, referenced_id)) WITHOUT ROWID;

CREATE TABLE jobs (
  owner TEXT NOT NULL, name TEXT NOT NULL, creator TEXT NOT NULL, type TEXT NOT NULL, action TEXT NOT NULL,
  start_date TEXT, repeat_interval TEXT, end_date TEXT, next_run TEXT, last_start TEXT,
  enabled INTEGER NOT NULL DEFAULT 0, auto_drop INTEGER NOT NULL DEFAULT 1, drop_deferred INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'DISABLED', run_count INTEGER NOT NULL DEFAULT 0, failure_count INTEGER NOT NULL DEFAULT 0,
  max_runs INTEGER, max_failures INTEGER, comments TEXT, time_zone TEXT NOT NULL DEFAULT '+00:00',
  PRIMARY KEY (owner, name)) WITHOUT ROWID;
CREATE TABLE job_runs (
  log_id INTEGER PRIMARY KEY AUTOINCREMENT, log_date TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
  error INTEGER NOT NULL DEFAULT 0, requested_start TEXT, actual_start TEXT, seconds REAL NOT NULL DEFAULT 0, info TEXT);

CREATE TABLE audit_policies (name TEXT PRIMARY KEY, definition TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE audit_enabled (policy TEXT NOT NULL, option TEXT NOT NULL, entity TEXT NOT NULL,
  success INTEGER NOT NULL DEFAULT 1, failure INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (policy, option, entity)) WITHOUT ROWID;
CREATE TABLE audit_trail (entry_id INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT NOT NULL);

-- Administrative privileges (SYSDBA, SYSOPER, ...): kept outside the grant tables, as in a password file.
CREATE TABLE administrative_grants (grantee TEXT NOT NULL, privilege TEXT NOT NULL, common INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (grantee, privilege)) WITHOUT ROWID;
-- Roles granted to program units (code based access control).
CREATE TABLE code_role_grants (object_id INTEGER NOT NULL, role TEXT NOT NULL, PRIMARY KEY (object_id, role)) WITHOUT ROWID;
-- Passwords a user had, newest last, for PASSWORD_REUSE_TIME and PASSWORD_REUSE_MAX.
CREATE TABLE password_history (user_name TEXT NOT NULL, changed TEXT NOT NULL, verifier BLOB NOT NULL);
CREATE INDEX password_history_by_user ON password_history (user_name);
