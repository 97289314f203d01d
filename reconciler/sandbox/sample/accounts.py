"""Application roles with what they may do, people who may only log on, and the account an application runs under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

PASSWORD = "sandbox"  # noqa: S105 - known to everybody: the data is made up and the sandbox listens on loopback
PEOPLE = ("ALICE", "BOB", "CAROL", "DAVE", "ERIN", "FRANK")
SERVICE_USER = "HR_APP"

_READABLE: Mapping[str, tuple[str, ...]] = {
    "HR_READER": (
        "HR.EMPLOYEES",
        "HR.DEPARTMENTS",
        "HR.JOBS",
        "HR.LOCATIONS",
        "HR.JOB_HISTORY",
        "HR.EMP_PUBLIC",
    ),
    "OE_READER": ("OE.CUSTOMERS", "OE.ORDERS", "OE.ORDER_ITEMS", "OE.PRODUCTS", "OE.ORDER_TOTALS"),
    "FIN_READER": ("FIN.ACCOUNTS", "FIN.TRANSACTIONS", "FIN.INVOICES"),
    "APP_SUPPORT": ("HR.EMP_PUBLIC", "OE.ORDERS", "OE.ORDER_ITEMS", "OE.ORDER_TOTALS"),
}


def steps() -> Iterator[str]:
    for role, tables in _READABLE.items():
        yield f"CREATE ROLE {role}"
        for table in tables:
            yield f"GRANT SELECT ON {table} TO {role}"
    yield "GRANT UPDATE (STATUS) ON OE.ORDERS TO APP_SUPPORT"
    yield "GRANT EXECUTE ON OE.CANCEL_ORDER TO APP_SUPPORT"
    for person in PEOPLE:
        yield f'CREATE USER {person} IDENTIFIED BY "{PASSWORD}"'
        yield f"GRANT CREATE SESSION TO {person}"
    yield f'CREATE USER {SERVICE_USER} IDENTIFIED BY "{PASSWORD}"'
    yield f"GRANT CREATE SESSION TO {SERVICE_USER}"
    yield f"GRANT HR_READER TO {SERVICE_USER}"
    yield f"GRANT SELECT, INSERT ON HR.PAYROLL TO {SERVICE_USER}"
    yield f"GRANT EXECUTE ON HR.RAISE_SALARY TO {SERVICE_USER}"
