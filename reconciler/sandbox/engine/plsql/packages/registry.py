"""All supplied packages."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.sandbox.engine.plsql.packages import (
    dbms_application_info,
    dbms_assert,
    dbms_lock,
    dbms_output,
    dbms_random,
    dbms_scheduler,
    dbms_session,
    dbms_stats,
    dbms_transaction,
    dbms_utility,
    named_models,
)
from reconciler.sandbox.engine.plsql.packages.supplied import SuppliedRoutine

PACKAGES: Mapping[str, Mapping[str, SuppliedRoutine]] = {
    "DBMS_APPLICATION_INFO": dbms_application_info.ROUTINES,
    "DBMS_ASSERT": dbms_assert.ROUTINES,
    "DBMS_DATA_MINING": named_models.MODELS,
    "DBMS_LOCK": dbms_lock.ROUTINES,
    "DBMS_OUTPUT": dbms_output.ROUTINES,
    "DBMS_RANDOM": dbms_random.ROUTINES,
    "DBMS_SCHEDULER": dbms_scheduler.ROUTINES,
    "DBMS_SESSION": dbms_session.ROUTINES,
    "DBMS_SQL_TRANSLATOR": named_models.PROFILES,
    "DBMS_STATS": dbms_stats.ROUTINES,
    "DBMS_TRANSACTION": dbms_transaction.ROUTINES,
    "DBMS_UTILITY": dbms_utility.ROUTINES,
}


def routine(package: str, name: str) -> SuppliedRoutine | None:
    return PACKAGES.get(package, {}).get(name)
