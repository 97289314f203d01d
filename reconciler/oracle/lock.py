"""One run at a time on a target, whatever machine it comes from: a lock inside the target itself, so that no other service is needed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from reconciler.model.errors import DatabaseError, RefusedError
from reconciler.oracle import texts
from reconciler.oracle.driver_errors import MISSING_PRIVILEGE
from reconciler.oracle.session import MODULE, Session

_HELD, _TIMED_OUT, _OURS_ALREADY = 0, 1, 4
_ACTION = "holds the lock"


class NotAllowedError(DatabaseError):
    """The account may not use DBMS_LOCK."""


@contextlib.contextmanager
def hold(session: Session, target: str, *, run_id: str, timeout: int = 60) -> Iterator[None]:
    """Holds the one lock of the database, whatever its target documents are called, waiting up to `timeout` seconds for it.

    Raises RefusedError `target.busy` that names who holds it, NotAllowedError. A session that ends lets go, however
    it ends.
    """
    handle = _request(session, target, timeout)
    session.describe_work(_ACTION, _info(target, run_id))
    try:
        yield
    finally:
        # a connection that is gone has let go already, and must not hide why it is gone
        with contextlib.suppress(DatabaseError):
            session.describe_work("releases the lock", _info(target, run_id))
            _release(session, handle)


def _info(target: str, run_id: str) -> str:
    return f"{run_id} {target}"


def _request(session: Session, target: str, timeout: int) -> str:
    try:
        out = session.call_returning(
            texts.without_comments(texts.load("lock_request", session.release)),
            {"seconds": timeout},
            {"handle": str, "status": int},
            seconds=session.statement_seconds + timeout,
        )
    except DatabaseError as error:
        raise _missing_right(session, error) if error.ora == 6550 else error from None
    if out["status"] in (_HELD, _OURS_ALREADY):
        return str(out["handle"])
    if out["status"] == _TIMED_OUT:
        raise RefusedError(
            "target.busy",
            f"{target}: another run is at work{_holder(session)}",
            hint=f"waited {timeout} seconds; wait for it to finish, or end its session if it hangs",
        )
    raise DatabaseError("target.lock", f"{target}: DBMS_LOCK.REQUEST returned {out['status']}")


def _missing_right(session: Session, error: DatabaseError) -> NotAllowedError:
    """A package that may not be used looks to PL/SQL like one that does not exist: the block does not compile."""
    return NotAllowedError(
        MISSING_PRIVILEGE,
        f"{session.target}: {session.account} cannot use DBMS_LOCK (ORA-06550)",
        ora=error.ora,
        hint=f"GRANT EXECUTE ON SYS.DBMS_LOCK TO {session.account}",
    )


def _holder(session: Session) -> str:
    """Who has it, as far as V$SESSION tells."""
    rows = session.query(
        texts.without_comments(texts.load("lock_holders", session.release)),
        {"module": MODULE, "action": _ACTION},
        expect=100,
    )
    for instance, sid, machine, info, logon in rows:
        run_id, _, name = texts.printable(str(info or "")).partition(" ")
        if name:
            return f": run {run_id} for {name} on {texts.printable(str(machine))}, session {sid}@{instance} since {logon} (server time)"
    return ""


def _release(session: Session, handle: str) -> None:
    session.call_returning(
        texts.without_comments(texts.load("lock_release", session.release)),
        {"handle": handle},
        {"status": int},
        seconds=session.statement_seconds,
    )
