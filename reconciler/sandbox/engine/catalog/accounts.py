"""Users and roles that Oracle itself creates, and what the roles contain as far as others can notice."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.sandbox.engine.catalog.privileges import NOT_IN_DBA, system_privileges
from reconciler.sandbox.seam import Release


@dataclass(frozen=True, slots=True)
class MaintainedUser:
    user_id: int
    name: str
    default_tablespace: str = "SYSTEM"
    has_password: bool = False


@dataclass(frozen=True, slots=True)
class MaintainedRole:
    """`privileges` are system privileges, `roles` granted roles, `packages` SYS packages with EXECUTE."""

    role_id: int
    name: str
    privileges: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


MAINTAINED_USERS = (
    MaintainedUser(0, "SYS", has_password=True),
    MaintainedUser(8, "AUDSYS"),
    MaintainedUser(9, "SYSTEM", has_password=True),
    MaintainedUser(13, "OUTLN"),
    MaintainedUser(22, "GSMADMIN_INTERNAL", "SYSAUX"),
    MaintainedUser(23, "GSMUSER", "SYSAUX"),
    MaintainedUser(24, "DIP", "USERS"),
    MaintainedUser(36, "REMOTE_SCHEDULER_AGENT", "SYSAUX"),
    MaintainedUser(37, "DBSFWUSER", "SYSAUX"),
    MaintainedUser(45, "ORACLE_OCM", "USERS"),
    MaintainedUser(48, "SYS$UMF", "USERS"),
    MaintainedUser(49, "DBSNMP", "SYSAUX"),
    MaintainedUser(50, "APPQOSSYS", "SYSAUX"),
    MaintainedUser(53, "GSMCATUSER", "USERS"),
    MaintainedUser(54, "GGSYS", "SYSAUX"),
    MaintainedUser(58, "XDB", "SYSAUX"),
    MaintainedUser(59, "ANONYMOUS", "SYSAUX"),
    MaintainedUser(62, "WMSYS", "SYSAUX"),
    MaintainedUser(73, "OJVMSYS"),
    MaintainedUser(74, "CTXSYS", "SYSAUX"),
    MaintainedUser(75, "MDSYS", "SYSAUX"),
    MaintainedUser(76, "ORDSYS", "SYSAUX"),
    MaintainedUser(77, "OLAPSYS", "SYSAUX"),
    MaintainedUser(78, "MDDATA", "USERS"),
    MaintainedUser(93, "LBACSYS"),
    MaintainedUser(94, "DVSYS", "SYSAUX"),
    MaintainedUser(95, "DVF", "SYSAUX"),
    MaintainedUser(96, "SYSBACKUP", "USERS"),
    MaintainedUser(97, "SYSDG", "USERS"),
    MaintainedUser(98, "SYSKM", "USERS"),
    MaintainedUser(99, "SYSRAC", "USERS"),
    MaintainedUser(2147483638, "XS$NULL"),
)

SYSTEM_PRIVILEGES_OF_SYSTEM = (
    "CREATE MATERIALIZED VIEW",
    "CREATE TABLE",
    "DEQUEUE ANY QUEUE",
    "ENQUEUE ANY QUEUE",
    "GLOBAL QUERY REWRITE",
    "MANAGE ANY QUEUE",
    "SELECT ANY TABLE",
    "UNLIMITED TABLESPACE",
)

_RESOURCE = (
    "CREATE CLUSTER",
    "CREATE INDEXTYPE",
    "CREATE OPERATOR",
    "CREATE PROCEDURE",
    "CREATE SEQUENCE",
    "CREATE TABLE",
    "CREATE TRIGGER",
    "CREATE TYPE",
)
_RESOURCE_ADDED_IN_23 = (
    "CREATE ANALYTIC VIEW",
    "CREATE ATTRIBUTE DIMENSION",
    "CREATE DOMAIN",
    "CREATE HIERARCHY",
    "CREATE JOB",
    "CREATE MATERIALIZED VIEW",
    "CREATE MLE",
    "CREATE PROPERTY GRAPH",
    "CREATE SYNONYM",
    "CREATE VIEW",
)
_DEVELOPER = (
    "CREATE ANALYTIC VIEW",
    "CREATE CUBE",
    "CREATE CUBE BUILD PROCESS",
    "CREATE CUBE DIMENSION",
    "CREATE DIMENSION",
    "CREATE DOMAIN",
    "CREATE HIERARCHY",
    "CREATE JOB",
    "CREATE MATERIALIZED VIEW",
    "CREATE MINING MODEL",
    "CREATE MLE",
    "CREATE PROCEDURE",
    "CREATE SEQUENCE",
    "CREATE SESSION",
    "CREATE SYNONYM",
    "CREATE TABLE",
    "CREATE TRIGGER",
    "CREATE TYPE",
    "CREATE VIEW",
    "DEBUG CONNECT SESSION",
    "EXECUTE DYNAMIC MLE",
    "FORCE TRANSACTION",
    "ON COMMIT REFRESH",
)
_EXPORT = (
    "ADMINISTER RESOURCE MANAGER",
    "ADMINISTER SQL MANAGEMENT OBJECT",
    "ANALYZE ANY",
    "BACKUP ANY TABLE",
    "CREATE SESSION",
    "CREATE TABLE",
    "EXECUTE ANY PROCEDURE",
    "EXECUTE ANY TYPE",
    "EXEMPT REDACTION POLICY",
    "FLASHBACK ANY TABLE",
    "READ ANY FILE GROUP",
    "RESUMABLE",
    "SELECT ANY SEQUENCE",
    "SELECT ANY TABLE",
)
_IMPORT = (
    "ADMINISTER DATABASE TRIGGER",
    "ADMINISTER RESOURCE MANAGER",
    "ADMINISTER SQL MANAGEMENT OBJECT",
    "ALTER ANY PROCEDURE",
    "ALTER ANY TABLE",
    "ALTER ANY TRIGGER",
    "ALTER ANY TYPE",
    "ALTER PROFILE",
    "ALTER RESOURCE COST",
    "ALTER USER",
    "ANALYZE ANY",
    "AUDIT ANY",
    "BECOME USER",
    "COMMENT ANY TABLE",
    "CREATE ANY INDEX",
    "CREATE ANY PROCEDURE",
    "CREATE ANY SEQUENCE",
    "CREATE ANY SYNONYM",
    "CREATE ANY TABLE",
    "CREATE ANY TRIGGER",
    "CREATE ANY TYPE",
    "CREATE ANY VIEW",
    "CREATE DATABASE LINK",
    "CREATE PROFILE",
    "CREATE PUBLIC SYNONYM",
    "CREATE ROLE",
    "CREATE ROLLBACK SEGMENT",
    "CREATE SESSION",
    "CREATE TABLESPACE",
    "CREATE USER",
    "DELETE ANY TABLE",
    "DROP ANY TABLE",
    "DROP PROFILE",
    "DROP ROLLBACK SEGMENT",
    "DROP TABLESPACE",
    "DROP USER",
    "EXECUTE ANY PROCEDURE",
    "EXECUTE ANY TYPE",
    "GLOBAL QUERY REWRITE",
    "GRANT ANY OBJECT PRIVILEGE",
    "GRANT ANY PRIVILEGE",
    "GRANT ANY ROLE",
    "INSERT ANY TABLE",
    "MANAGE ANY QUEUE",
    "RESUMABLE",
    "SELECT ANY TABLE",
    "UPDATE ANY TABLE",
)
_SCHEDULER = (
    "CREATE ANY JOB",
    "CREATE EXTERNAL JOB",
    "CREATE JOB",
    "EXECUTE ANY CLASS",
    "EXECUTE ANY PROGRAM",
    "MANAGE SCHEDULER",
)

MAINTAINED_ROLES = (
    MaintainedRole(2, "CONNECT", ("CREATE SESSION", "SET CONTAINER")),
    MaintainedRole(3, "RESOURCE", _RESOURCE),
    MaintainedRole(
        4,
        "DBA",
        roles=(
            "CAPTURE_ADMIN",
            "DATAPUMP_EXP_FULL_DATABASE",
            "DATAPUMP_IMP_FULL_DATABASE",
            "EM_EXPRESS_ALL",
            "EXECUTE_CATALOG_ROLE",
            "EXP_FULL_DATABASE",
            "GATHER_SYSTEM_STATISTICS",
            "IMP_FULL_DATABASE",
            "OPTIMIZER_PROCESSING_RATE",
            "SCHEDULER_ADMIN",
            "SELECT_CATALOG_ROLE",
            "SQL_FIREWALL_ADMIN",
            "XDBADMIN",
        ),
        packages=("DBMS_CRYPTO", "DBMS_LOCK"),
    ),
    MaintainedRole(6, "SELECT_CATALOG_ROLE"),
    MaintainedRole(
        7,
        "EXECUTE_CATALOG_ROLE",
        packages=(
            "DBMS_AUDIT_MGMT",
            "DBMS_CRYPTO",
            "DBMS_FGA",
            "DBMS_LOCK",
            "DBMS_REDACT",
            "DBMS_RLS",
            "DBMS_SYSTEM",
        ),
    ),
    MaintainedRole(
        10,
        "CAPTURE_ADMIN",
        packages=("DBMS_PRIVILEGE_CAPTURE",),
    ),
    MaintainedRole(11, "EXP_FULL_DATABASE", _EXPORT, ("EXECUTE_CATALOG_ROLE", "SELECT_CATALOG_ROLE")),
    MaintainedRole(12, "IMP_FULL_DATABASE", _IMPORT, ("EXECUTE_CATALOG_ROLE", "SELECT_CATALOG_ROLE")),
    MaintainedRole(14, "AUDIT_ADMIN", ("ADMINISTER FINE GRAINED AUDIT POLICY", "AUDIT ANY", "AUDIT SYSTEM"),
                   packages=("DBMS_AUDIT_MGMT", "DBMS_FGA")),
    MaintainedRole(15, "AUDIT_VIEWER"),
    MaintainedRole(16, "SCHEDULER_ADMIN", _SCHEDULER),
    MaintainedRole(17, "GATHER_SYSTEM_STATISTICS"),
    MaintainedRole(18, "OPTIMIZER_PROCESSING_RATE"),
    MaintainedRole(19, "RECOVERY_CATALOG_OWNER", ("CREATE CLUSTER", "CREATE DATABASE LINK", "CREATE PROCEDURE",
                   "CREATE SEQUENCE", "CREATE SESSION", "CREATE SYNONYM", "CREATE TABLE", "CREATE TRIGGER",
                   "CREATE TYPE", "CREATE VIEW", "QUERY REWRITE")),
    MaintainedRole(20, "AQ_ADMINISTRATOR_ROLE", ("CREATE EVALUATION CONTEXT", "CREATE RULE", "CREATE RULE SET",
                   "DEQUEUE ANY QUEUE", "ENQUEUE ANY QUEUE", "MANAGE ANY QUEUE")),
    MaintainedRole(21, "AQ_USER_ROLE"),
    MaintainedRole(25, "DATAPUMP_EXP_FULL_DATABASE", ("CREATE SESSION", "CREATE TABLE", "EXPORT FULL DATABASE"),
                   ("EXP_FULL_DATABASE",)),
    MaintainedRole(26, "DATAPUMP_IMP_FULL_DATABASE", ("CREATE SESSION", "IMPORT FULL DATABASE"),
                   ("EXP_FULL_DATABASE", "IMP_FULL_DATABASE")),
    MaintainedRole(27, "GLOBAL_AQ_USER_ROLE"),
    MaintainedRole(28, "HS_ADMIN_ROLE"),
    MaintainedRole(29, "CDB_DBA"),
    MaintainedRole(30, "PDB_DBA", roles=("CONNECT",)),
    MaintainedRole(31, "XDBADMIN"),
    MaintainedRole(32, "PROVISIONER"),
    MaintainedRole(33, "DBFS_ROLE"),
    MaintainedRole(34, "LOGSTDBY_ADMINISTRATOR"),
)  # fmt: skip

_ONLY_19 = (
    MaintainedRole(40, "EM_EXPRESS_BASIC", ("CREATE SESSION", "EM EXPRESS CONNECT")),
    MaintainedRole(
        41,
        "EM_EXPRESS_ALL",
        (
            "ADMINISTER SQL MANAGEMENT OBJECT",
            "ADMINISTER SQL TUNING SET",
            "ADVISOR",
            "ALTER SYSTEM",
            "ALTER USER",
            "CREATE ROLE",
            "CREATE USER",
            "DROP ANY ROLE",
            "DROP USER",
            "GRANT ANY OBJECT PRIVILEGE",
            "GRANT ANY PRIVILEGE",
            "GRANT ANY ROLE",
        ),
        ("EM_EXPRESS_BASIC",),
    ),
)
_ONLY_23 = (
    MaintainedRole(42, "DB_DEVELOPER_ROLE", _DEVELOPER),
    MaintainedRole(43, "SQL_FIREWALL_ADMIN", ("ADMINISTER SQL FIREWALL",)),
    MaintainedRole(44, "SQL_FIREWALL_VIEWER"),
)


def maintained_roles(release: Release) -> tuple[MaintainedRole, ...]:
    """Predefined roles of the release; each names only privileges and roles that the release has."""
    known = system_privileges(release)
    roles = MAINTAINED_ROLES + (_ONLY_23 if release >= Release.R23 else _ONLY_19)
    names = {role.name for role in roles}
    return tuple(
        MaintainedRole(
            role.role_id,
            role.name,
            tuple(name for name in _privileges(role, release) if name in known),
            tuple(name for name in role.roles if name in names),
            role.packages,
        )
        for role in roles
    )


def _privileges(role: MaintainedRole, release: Release) -> tuple[str, ...]:
    if role.name == "DBA":
        return tuple(name for name in system_privileges(release) if name not in NOT_IN_DBA)
    if role.name == "RESOURCE" and release >= Release.R23:
        return role.privileges + _RESOURCE_ADDED_IN_23
    return role.privileges
