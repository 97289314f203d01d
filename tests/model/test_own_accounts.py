"""Which users of a target are the reconciler's own."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.diagnostics import Origin
from reconciler.model.documents import Mode, ReadAccount, RemovalLimits, Scope, Target

TARGET = Target(
    name="hr-prod",
    origin=Origin("grants/targets/hr-prod.yaml", 1, 1),
    labels={},
    dsn="db/HR",
    user="RECONCILER",
    password_env="PW",
    wallet_env="",
    mode=Mode.OBSERVE,
    scope=Scope((), (), (), ()),
    removals=RemovalLimits(),
)


def test_a_target_has_one_account_and_may_have_another_that_only_reads() -> None:
    assert TARGET.own_accounts == ("RECONCILER",)
    both = replace(TARGET, reader=ReadAccount("RECONCILER_READ", "READ_PW"))
    assert both.own_accounts == ("RECONCILER", "RECONCILER_READ")
