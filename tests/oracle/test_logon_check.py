"""The logon check: who gets in from where, whatever happens to its parts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import oracledb
import pytest

from reconciler.model.logon_networks import comparable, networks_of
from reconciler.model.names import GATE_SCHEMA
from reconciler.model.snapshot import LogonCheck, Snapshot
from reconciler.oracle import gate, texts
from reconciler.oracle.observe import observe

SECRET = "Abc_123_xyz"


@pytest.fixture
def gatekeeper(
    database: Any, sys_run: Callable[..., None], password: str
) -> Iterator[oracledb.Connection]:
    """A session of the reconciler's account on a database with the check, and a temporary user who may log on."""
    sys_run(*gate.script("RECONCILER", release=database.release, logon_check=True))
    with database.as_user("RECONCILER", password) as connection:
        run(connection, gate.create_user("JITU_FIX", ""), password=SECRET)
        run(connection, gate.unlock_user("JITU_FIX"))
        sys_run("GRANT CREATE SESSION TO JITU_FIX")
        yield connection


def run(connection: oracledb.Connection, text: str, **binds: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, binds)


def allow(connection: oracledb.Connection, *networks: str) -> None:
    run(connection, gate.set_networks("JITU_FIX", networks_of(networks)))


def logon(database: Any, user: str = "JITU_FIX", password: str = SECRET) -> str:
    """The message that refuses the logon, empty when there is none."""
    try:
        with database.as_user(user, password):
            return ""
    except oracledb.DatabaseError as error:
        return str(error)


class TestLogons:
    def test_a_user_without_networks_comes_from_anywhere(
        self, database: Any, gatekeeper: oracledb.Connection
    ) -> None:
        assert gatekeeper.username == "RECONCILER"
        assert logon(database) == ""

    @pytest.mark.parametrize(
        "networks",
        [["127.0.0.0/8"], ["127.0.0.1/32"], ["10.1.0.0/16", "127.0.0.0/8"], ["0.0.0.0/0"]],
    )
    def test_a_user_with_networks_comes_from_any_of_them(
        self, database: Any, gatekeeper: oracledb.Connection, networks: list[str]
    ) -> None:
        allow(gatekeeper, *networks)
        assert logon(database) == ""

    @pytest.mark.parametrize("networks", [["10.1.0.0/16"], ["127.0.0.2/31"], ["::/0"]])
    def test_and_from_nowhere_else(
        self, database: Any, gatekeeper: oracledb.Connection, networks: list[str]
    ) -> None:
        allow(gatekeeper, *networks)
        assert "ORA-20012" in logon(database)
        allow(gatekeeper, "127.0.0.0/8")
        assert logon(database) == ""
        allow(gatekeeper, *networks)
        run(gatekeeper, gate.clear_networks("JITU_FIX"))
        assert logon(database) == ""


class TestAddresses:
    """The trigger and the plan write addresses alike."""

    @pytest.fixture
    def in_database(self, database: Any) -> Callable[[list[str]], list[str | None]]:
        source = texts.load("gate_logon_check", database.release)
        begin, end = source.index("  FUNCTION comparable"), source.index("BEGIN\n  who :=")
        block = f"DECLARE\n{source[begin:end]}BEGIN\n  :out := comparable(:address);\nEND;"

        def ask(addresses: list[str]) -> list[str | None]:
            found: list[str | None] = []
            with database.as_user("SYSTEM", "Correct-Horse-9") as connection:
                cursor = connection.cursor()
                out = cursor.var(str)
                for address in addresses:
                    cursor.execute(block, out=out, address=address)
                    found.append(out.getvalue())
            return found

        return ask

    def test_addresses_of_all_kinds(
        self, in_database: Callable[[list[str]], list[str | None]]
    ) -> None:
        chosen = random.Random(20260120)
        addresses = [str(IPv4Address(chosen.getrandbits(32))) for _ in range(20)]
        addresses += [str(IPv6Address(chosen.getrandbits(128))) for _ in range(20)]
        addresses += [IPv6Address(chosen.getrandbits(128)).exploded for _ in range(5)]
        addresses += [
            "0.0.0.0",
            "255.255.255.255",
            "::",
            "::1",
            "1::",
            "2001:db8::1",
            "fe80::1:0:0:2",
        ]
        addresses += [
            "::ffff:10.1.2.3",
            "::ffff:a01:203",
            "::10.1.2.3",
            "1:0:0:2::3",
            "2001:DB8::A",
        ]
        assert in_database(addresses) == [comparable(ip_address(text)) for text in addresses]

    def test_the_zone_of_an_address_does_not_matter(
        self, in_database: Callable[[list[str]], list[str | None]]
    ) -> None:
        assert in_database(["fe80::1%eth0"]) == [comparable(ip_address("fe80::1"))]

    def test_what_is_no_address_is_in_no_network(
        self, in_database: Callable[[list[str]], list[str | None]]
    ) -> None:
        wrong = [
            "",
            "localhost",
            "10.1.2",
            "10.1.2.256",
            "10.1.2.3.4",
            "1:2:3",
            "1:2:3:4:5:6:7:8:9",
        ]
        wrong += ["12345::", "g::1", "%", "1.2.3.4:5::6", "10.1.2.-3", "1:::2.3.4.x"]
        for address, found in zip(wrong, in_database(wrong), strict=True):
            assert found is None, address


class TestPackage:
    @pytest.mark.parametrize(
        "listed",
        [
            "",
            "10.1.0.0/16",
            "10.1.0.0/16=1-2",
            f"10.1.0.0/16={'4' * 41}-{'4' * 40}x",
            f"x'); DROP TABLE t; --={'4' * 41}-{'4' * 41}",
            f"10.1.0.0/16={'4' * 41}-{'4' * 41},",
            f"10.1.0.0/16={'4' * 41}-{'4' * 41}\n",
        ],
    )
    def test_a_list_of_networks_is_nothing_else(
        self, gatekeeper: oracledb.Connection, listed: str
    ) -> None:
        allow(gatekeeper, "10.1.0.0/16")
        with (
            pytest.raises(oracledb.DatabaseError, match="ORA-20010"),
            gatekeeper.cursor() as cursor,
        ):
            cursor.callproc(f"{GATE_SCHEMA}.GATE.SET_NETWORKS", ["JITU_FIX", listed])
        assert kept(gatekeeper) == ["10.1.0.0/16"]

    def test_networks_take_the_place_of_those_before(self, gatekeeper: oracledb.Connection) -> None:
        allow(gatekeeper, "10.1.0.0/16", "10.2.0.0/16")
        allow(gatekeeper, *(f"10.{number}.0.0/16" for number in range(3, 23)))
        assert len(kept(gatekeeper)) == 20
        allow(gatekeeper, "2001:db8::/32")
        assert kept(gatekeeper) == ["2001:db8::/32"]

    def test_all_or_nothing_is_replaced(self, gatekeeper: oracledb.Connection) -> None:
        (row,) = networks_of(["10.1.0.0/16"])
        allow(gatekeeper, "10.9.0.0/16")
        with pytest.raises(oracledb.DatabaseError, match="ORA-00001"):
            run(gatekeeper, gate.set_networks("JITU_FIX", [row, row]))
        assert kept(gatekeeper) == ["10.9.0.0/16"]

    def test_they_go_with_the_user(self, gatekeeper: oracledb.Connection) -> None:
        allow(gatekeeper, "10.1.0.0/16")
        run(gatekeeper, gate.drop_user("JITU_FIX"))
        assert kept(gatekeeper) == []

    def test_the_account_writes_the_table_through_the_package_alone(
        self, gatekeeper: oracledb.Connection
    ) -> None:
        with pytest.raises(oracledb.DatabaseError, match=r"ORA-(01031|41900|00942)"):
            run(gatekeeper, f"DELETE FROM {GATE_SCHEMA}.LOGON_NETWORKS")
        with pytest.raises(oracledb.DatabaseError, match=r"ORA-(01031|41900|00942|04043|04080)"):
            run(gatekeeper, f"ALTER TRIGGER {GATE_SCHEMA}.LOGON_CHECK DISABLE")


class TestReading:
    def test_networks_are_read_in_one_round_trip_however_many_there_are(
        self, database: Any, gatekeeper: oracledb.Connection
    ) -> None:
        def snapshot() -> Snapshot:
            with database.session() as session:
                return observe(session, database.target)

        before = snapshot()
        assert (before.logon_check, before.logon_networks) == (LogonCheck.ACTIVE, {})
        networks = networks_of(f"10.{number}.0.0/16" for number in range(20))
        for number in range(10):
            run(gatekeeper, gate.create_user(f"JITU_{number}", ""), password=SECRET)
            run(gatekeeper, gate.set_networks(f"JITU_{number}", networks))
        after = snapshot()
        assert after.logon_networks == {f"JITU_{number}": networks for number in range(10)}
        assert after.round_trips == before.round_trips

    @pytest.mark.parametrize(
        ("statement", "state"),
        [
            (f"ALTER TRIGGER {GATE_SCHEMA}.LOGON_CHECK DISABLE", LogonCheck.DISABLED),
            (f"DROP TRIGGER {GATE_SCHEMA}.LOGON_CHECK", LogonCheck.MISSING),
            (f"DROP TABLE {GATE_SCHEMA}.LOGON_NETWORKS", LogonCheck.NO_TABLE),
        ],
    )
    def test_its_state_is_read(
        self,
        database: Any,
        gatekeeper: oracledb.Connection,
        sys_run: Callable[..., None],
        statement: str,
        state: LogonCheck,
    ) -> None:
        allow(gatekeeper, "10.1.0.0/16")
        sys_run(statement)
        with database.session() as session:
            found = observe(session, database.target)
        assert found.logon_check is state
        assert bool(found.logon_networks) is (state is not LogonCheck.NO_TABLE)


def kept(connection: oracledb.Connection) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT network FROM {GATE_SCHEMA}.LOGON_NETWORKS ORDER BY network")
        return [str(row[0]) for row in cursor]
