"""Loads the sample into an instance, with binds: parsing its rows as literals takes longer than writing them."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from reconciler.sandbox import sample
from reconciler.sandbox.engine.client import ClientSession
from reconciler.sandbox.engine.instance import Instance
from reconciler.sandbox.sample.made_up import Rows, Value
from reconciler.sandbox.seam import Bind, Logon, OracleType


def load_sample(instance: Instance) -> None:
    """Runs the sample's steps in every PDB."""
    for pdb in instance.pdbs:
        session = instance.logon(Logon(pdb, "SYSTEM", password_ok=True, program="sandbox"))
        try:
            for step in sample.steps(instance.release):
                if isinstance(step, Rows):
                    _insert(session, step)
                else:
                    session.execute(session.prepare(step), ())
            session.commit()
        finally:
            session.close()


def _insert(session: ClientSession, rows: Rows) -> None:
    prepared = session.prepare(rows.statement)
    for row in rows.values:
        binds = [_bind(name, value) for name, value in zip(prepared.bind_names, row, strict=True)]
        session.execute(prepared, binds)


def _bind(name: str, value: Value) -> Bind:
    if isinstance(value, int | Decimal):
        return Bind(name, OracleType.NUMBER, value)
    if isinstance(value, date):
        return Bind(name, OracleType.DATE, datetime.combine(value, time()))
    return Bind(name, OracleType.VARCHAR2, value)
