"""Client networks in plans: when they are set, changed and cleared, and when a lease with them is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.changes import Cause, ClearLogonNetworks, SetLogonNetworks
from reconciler.model.identities import NO_LIMITS, Ending, SessionLimits
from reconciler.model.logon_networks import networks_of
from reconciler.model.privileges import Entitlement, system
from reconciler.model.snapshot import HeldGrant, LogonCheck
from reconciler.planning import logon_networks
from reconciler.planning.holdings import index

USER = "JITU_FIX"
ADMINISTER = system("ADMINISTER DATABASE TRIGGER")


def lease(world: Any, *networks: str, **parts: Any) -> Any:
    limits = SessionLimits(networks=networks) if networks else NO_LIMITS
    return world.lease(grantee=USER, ending=Ending(temporary_user=USER), session=limits, **parts)


def snapshot(world: Any, *networks: str, user: str = USER, **parts: Any) -> Any:
    held = {user: networks_of(networks)} if networks else {}
    values = {"logon_check": LogonCheck.ACTIVE, "logon_networks": held, "has_gate": True} | parts
    return replace(world.snapshot(), **values)


def planned(world: Any, found: Any, asked: Any) -> list[tuple[tuple[str, ...], Cause]]:
    changes = logon_networks.changes(asked, found, Cause.REPAIR)
    return [(row.networks, row.cause) for row in changes if isinstance(row, SetLogonNetworks)]


class TestChanges:
    def test_nothing_is_to_do_when_they_are_the_same_however_they_are_written(
        self, world: Any
    ) -> None:
        asked = lease(world, "2001:DB8:0::/32", "10.1.0.0/16", "::ffff:10.1.0.0/112")
        found = snapshot(world, "10.1.0.0/16", "2001:db8::/32")
        assert planned(world, found, asked) == []

    def test_missing_ones_are_a_repair_and_other_ones_an_edit(self, world: Any) -> None:
        asked = lease(world, "192.168.0.0/24", "10.1.0.0/16")
        wanted = ("10.1.0.0/16", "192.168.0.0/24")
        assert planned(world, snapshot(world), asked) == [(wanted, Cause.REPAIR)]
        found = snapshot(world, "10.1.0.0/16")
        assert planned(world, found, asked) == [(wanted, Cause.LEASE_EDIT)]

    def test_a_row_with_the_right_name_and_the_wrong_range_is_made_again(self, world: Any) -> None:
        (row,) = networks_of(["10.1.0.0/16"])
        wide = row._replace(high="4" + "9" * 40)
        found = snapshot(world, logon_networks={USER: (wide,)})
        assert len(planned(world, found, lease(world, "10.1.0.0/16"))) == 1

    def test_a_document_that_says_nothing_lifts_nothing(self, world: Any) -> None:
        assert planned(world, snapshot(world, "10.1.0.0/16"), lease(world)) == []


class TestLeftovers:
    def test_networks_of_nobody_are_cleared(self, world: Any) -> None:
        found = snapshot(world, "10.1.0.0/16")
        assert list(logon_networks.leftovers([], found)) == [ClearLogonNetworks(USER)]

    def test_those_of_a_lease_that_makes_its_user_are_not(self, world: Any) -> None:
        found = snapshot(world, "10.1.0.0/16")
        assert list(logon_networks.leftovers([lease(world, "10.1.0.0/16")], found)) == []

    @pytest.mark.parametrize(
        "parts",
        [{"user": "ALICE"}, {"user": "GHOST"}, {"has_gate": False}],
        ids=["of a user who is there", "not ours", "no package"],
    )
    def test_what_the_package_would_refuse_is_left(self, world: Any, parts: Any) -> None:
        assert list(logon_networks.leftovers([], snapshot(world, "10.1.0.0/16", **parts))) == []


class TestProblems:
    @pytest.mark.parametrize("state", sorted(set(LogonCheck) - {LogonCheck.ACTIVE}))
    def test_a_lease_with_networks_is_refused_where_nobody_looks(
        self, world: Any, state: LogonCheck
    ) -> None:
        holdings = index(snapshot(world, logon_check=state))
        (found,) = logon_networks.problems(lease(world, "10.1.0.0/16"), holdings)
        assert found.rule == "logon-check.missing"
        assert found.hint
        assert list(logon_networks.problems(lease(world), holdings)) == []

    def test_where_somebody_looks_it_is_not(self, world: Any) -> None:
        holdings = index(snapshot(world))
        assert list(logon_networks.problems(lease(world, "10.1.0.0/16"), holdings)) == []

    def test_who_would_be_let_in_from_anywhere_gets_no_networks(self, world: Any) -> None:
        rows = frozenset({HeldGrant(Entitlement("HR_READER", ADMINISTER))})
        found = snapshot(world)
        inside = index(replace(found, grants=found.grants | rows))
        for asked, holdings in (
            (lease(world, "10.1.0.0/16", privileges=(ADMINISTER,)), index(found)),
            (lease(world, "10.1.0.0/16", privileges=(world.READER,)), inside),
        ):
            (problem,) = logon_networks.problems(asked, holdings)
            assert problem.rule == "logon-check.exempt"
