"""What sort of power something that is asked for is, as the name of a factor of risk."""

from __future__ import annotations

from reconciler.model.policies import PatternKind
from reconciler.policy.asked import QUOTA, Asked

READS = "reads"
WRITES = "writes"
EXECUTES = "executes"
DEFINES = "defines"
ANY = "any-privilege"
ON_SCHEMA = "schema-privilege"
ADMINISTERS = "administers"
ROLE = "role"
PROXY = "proxy"
SPACE = "quota"
NOTHING = ""

_OF_OBJECTS = {
    "SELECT": READS,
    "READ": READS,
    "INSERT": WRITES,
    "UPDATE": WRITES,
    "DELETE": WRITES,
    "WRITE": WRITES,
    "EXECUTE": EXECUTES,
    "USE": EXECUTES,
    "INHERIT PRIVILEGES": EXECUTES,
    "TRANSLATE SQL": EXECUTES,
}
_HARMLESS = frozenset({"CREATE SESSION", "ALTER SESSION"})
_IN_OWN_SCHEMA = frozenset(
    f"CREATE {name}"
    for name in (
        "ANALYTIC VIEW", "ATTRIBUTE DIMENSION", "CLUSTER", "CUBE", "CUBE DIMENSION", "DIMENSION", "DOMAIN", "HIERARCHY", "INDEXTYPE", "JOB",
        "MATERIALIZED VIEW", "MINING MODEL", "MLE", "OPERATOR", "PROCEDURE", "PROPERTY GRAPH", "SEQUENCE", "SYNONYM", "TABLE", "TRIGGER", "TYPE", "VIEW",
    )
)  # fmt: skip
"""What these make belongs to their holder (SQL Language Reference, GRANT: system privileges)."""


def class_of(asked: Asked) -> str:
    """The factor; NOTHING for what only lets somebody log on. A system privilege that is not known is taken for one that administers the database, and so is a
    bundle whose content is not known."""
    match asked.kind:
        case PatternKind.ROLE:
            return ROLE
        case PatternKind.PROXY:
            return PROXY
        case PatternKind.PRIVILEGE:
            return _of_privilege(asked)
        case _:
            return ADMINISTERS


def _of_privilege(asked: Asked) -> str:
    name = asked.name.text
    if asked.is_schema:
        return ON_SCHEMA
    if asked.place is not None:
        return _OF_OBJECTS.get(name, DEFINES)
    if name == QUOTA:
        return SPACE
    if " ANY " in f" {name} ":
        return ANY
    if name in _HARMLESS:
        return NOTHING
    return DEFINES if name in _IN_OWN_SCHEMA else ADMINISTERS
