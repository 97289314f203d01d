"""Builders of documents, for tests of what they come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from reconciler.desired.leases import resolve
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import (
    AccessRequest,
    Bundle,
    BundleAccess,
    Documents,
    Mode,
    ObjectAccess,
    RemovalLimits,
    RoleAccess,
    Scope,
    StandingGrant,
    SystemAccess,
    Target,
    TargetSelector,
    Window,
)
from reconciler.model.leases import LeaseRecord, RecordStatus
from reconciler.model.ledger import LedgerState
from reconciler.model.names import lease_role
from reconciler.model.privileges import Entitlement, on_object

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOWHERE = TargetSelector(("other-db",), {}, Origin("x.yaml", 1, 1))


class Papers:
    NOW, HOUR, NOWHERE = NOW, HOUR, NOWHERE
    SELECT = on_object("SELECT", "HR", "EMPLOYEES")

    @staticmethod
    def at(line: Any) -> Any:
        return Origin("grants/requests/fix.yaml", line, 1)

    @classmethod
    def window(cls, start: Any = None, until: Any = None, duration: Any = None) -> Any:
        return Window(start, until, duration, cls.at(20))

    @classmethod
    def select(
        cls, *privileges: Any, columns: Any = (), with_option: Any = False, line: Any = 10
    ) -> Any:
        return ObjectAccess(
            privileges or ("SELECT",), "HR", "EMPLOYEES", columns, with_option, cls.at(line)
        )

    @classmethod
    def role(cls, name: Any = "HR_READER", with_option: Any = False) -> Any:
        return RoleAccess(name, with_option, cls.at(11))

    @classmethod
    def system(cls, name: Any = "CREATE SESSION", with_option: Any = False) -> Any:
        return SystemAccess(name, with_option, cls.at(12))

    @classmethod
    def bundle_access(cls, name: Any) -> Any:
        return BundleAccess(name, cls.at(13))

    @classmethod
    def bundle(cls, name: Any, *access: Any) -> Any:
        return Bundle(name, cls.at(1), "", access)

    @classmethod
    def request(
        cls,
        name: Any = "fix",
        *,
        window: Any = None,
        user: Any = "ALICE",
        access: Any = None,
        ended: Any = False,
        targets: Any = None,
    ) -> Any:
        return AccessRequest(
            name=name,
            origin=cls.at(1),
            requester="alice",
            reason="Totals are wrong",
            ticket="OPS-1",
            targets=targets or TargetSelector(("hr-prod",), {}, cls.at(5)),
            user=user,
            user_origin=cls.at(6),
            access=access or (cls.select(),),
            window=window or cls.window(start=NOW - HOUR, duration=2 * HOUR),
            ended=ended,
        )

    @classmethod
    def standing(
        cls,
        name: Any = "base",
        *,
        grantees: Any = ("ALICE",),
        access: Any = None,
        review_by: Any = date(2027, 1, 1),
        targets: Any = None,
    ) -> Any:
        selector = targets or TargetSelector((), {"env": "prod"}, cls.at(5))
        return StandingGrant(
            name,
            cls.at(1),
            "hr-team",
            "their job",
            selector,
            grantees,
            access or (cls.select(),),
            review_by,
        )

    @classmethod
    def target(cls, mode: Any = Mode.AUTHORITATIVE) -> Any:
        scope = Scope(("*",), ("*",), ("*",), ("*",))
        return Target(
            "hr-prod",
            cls.at(1),
            {"env": "prod"},
            "h/s",
            "RECONCILER",
            "PW",
            "",
            mode,
            scope,
            RemovalLimits(),
        )

    @staticmethod
    def record(name: Any = "fix", **changes: Any) -> Any:
        base = LeaseRecord(
            id=name,
            target="hr-prod",
            status=RecordStatus.GRANTED,
            grantee="ALICE",
            requester="alice",
            first_start=NOW - HOUR,
            end=NOW + HOUR,
            entitlements=frozenset({Entitlement(lease_role(name), Papers.SELECT)}),
            path="grants/requests/fix.yaml",
        )
        return replace(base, **changes)

    @classmethod
    def resolve(
        cls,
        *requests: Any,
        record: Any = None,
        records: Any = (),
        standing: Any = (),
        bundles: Any = (),
        mode: Any = Mode.AUTHORITATIVE,
        at: Any = NOW,
        cap: Any = timedelta(days=365),
        elsewhere: Any = (),
        target: Any = None,
        objects: Any = (),
    ) -> Any:
        documents = Documents(
            "c0ffee",
            requests={found.name: found for found in requests},
            standing={found.name: found for found in standing},
            bundles={found.name: found for found in bundles},
        )
        known = [*records, *([record] if record else [])]
        ledger = LedgerState("hr-prod", {found.id: found for found in known})
        target = target or cls.target(mode)
        return resolve(
            documents, target, at, ledger, lambda _request, _target: cap, elsewhere, objects
        )


@pytest.fixture(scope="session")
def papers() -> Any:
    return Papers


@pytest.fixture(scope="session")
def rules() -> Any:
    """The rule ids of the findings, in order."""
    return lambda desired: [found.rule for found in desired.findings]
