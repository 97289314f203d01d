"""DBMS_TRANSACTION: the id of the local transaction, commit and rollback."""

from __future__ import annotations

from reconciler.sandbox.engine.plsql.packages.supplied import (
    Arguments,
    by_name,
    function,
    optional,
    procedure,
)
from reconciler.sandbox.engine.plsql.runtime import Execution
from reconciler.sandbox.engine.plsql.types import BOOLEAN


def _local_transaction_id(run: Execution, given: Arguments) -> str | None:
    session = run.session
    if not session.in_transaction and given["CREATE_TRANSACTION"] is True:
        session.begin()
    return (
        f"{session.sid}.{session.serial}.{session.transactions}" if session.in_transaction else None
    )


def _commit(run: Execution, _given: Arguments) -> None:
    run.session.commit()


def _rollback(run: Execution, _given: Arguments) -> None:
    run.session.rollback()


ROUTINES = by_name(
    function(
        "DBMS_TRANSACTION.LOCAL_TRANSACTION_ID",
        _local_transaction_id,
        optional("CREATE_TRANSACTION", default=False, kind=BOOLEAN),
    ),
    procedure("DBMS_TRANSACTION.COMMIT", _commit),
    procedure("DBMS_TRANSACTION.ROLLBACK", _rollback),
)
