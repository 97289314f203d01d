"""The gatekeeper package: what it does for leases, and what it refuses although its schema could."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import oracledb
import pytest

from reconciler.model import names
from reconciler.model.identities import Profile, column_view
from reconciler.model.logon_networks import networks_of
from reconciler.model.names import GATE_SCHEMA, InvalidNameError
from reconciler.oracle import gate

REFUSED = 20010
UNKNOWN_USER = 20018
NO_ENQUOTED_NAME = 44003
INJECTIONS = (
    "JITU_\u212a",
    "JITU_\u017f",
    "JITU_\xc4",
    '"JITU_A"',
    '"HR"',
    "JITU_A\n",
    "JITU_A\r\n",
    "\nJITU_A",
    "RECONCILER",
    "X" * 128,
    'X" IDENTIFIED BY "secret',
    "X'; DROP USER HR CASCADE; --",
    "SYS",
    "JITU_A\nGRANT DBA TO RECONCILER",
    "JITU_a",
    "jitu_a",
    "JITU_",
    "JITU_A ",
    "JIT_A",
    "HR",
    "",
)


@pytest.fixture
def gatekeeper(
    database: Any, sys_run: Callable[..., None], password: str
) -> Iterator[oracledb.Connection]:
    """A session of the reconciler's account on a database with the package."""
    sys_run(*gate.script("RECONCILER", release=database.release, services=["APP_BOB"]))
    with database.as_user("RECONCILER", password) as connection:
        yield connection


def call(connection: oracledb.Connection, procedure: str, *arguments: object) -> int:
    """Number of the error that the call ends with, 0 for none. Arguments are bound: whatever they hold reaches the package as it is."""
    with connection.cursor() as cursor:
        try:
            cursor.callproc(f"{GATE_SCHEMA}.GATE.{procedure}", list(arguments))
        except oracledb.DatabaseError as error:
            return int(error.args[0].code)
    return 0


def run(connection: oracledb.Connection, text: str, **binds: object) -> int:
    with connection.cursor() as cursor:
        try:
            cursor.execute(text, binds)
        except oracledb.DatabaseError as error:
            return int(error.args[0].code)
    return 0


class TestUsers:
    def test_a_temporary_user_comes_locked_opens_and_goes(
        self, database: Any, gatekeeper: oracledb.Connection
    ) -> None:
        def status() -> list[tuple[object, ...]]:
            found: list[tuple[object, ...]] = database.rows(
                "SELECT account_status FROM dba_users WHERE username = 'JITU_FIX'"
            )
            return found

        assert run(gatekeeper, gate.create_user("JITU_FIX", ""), password="Abc_123_xyz") == 0
        assert status() == [("LOCKED",)]
        assert run(gatekeeper, gate.unlock_user("JITU_FIX")) == 0
        assert status() == [("OPEN",)]
        assert run(gatekeeper, gate.lock_user("JITU_FIX")) == 0
        assert run(gatekeeper, gate.drop_user("JITU_FIX")) == 0
        assert status() == []

    @pytest.mark.parametrize("user", INJECTIONS)
    @pytest.mark.parametrize(
        ("procedure", "more"),
        [
            ("CREATE_USER", ("Abc_123_xyz", None)),
            ("SET_PASSWORD", ("Abc_123_xyz",)),
            ("UNLOCK_USER", ()),
            ("LOCK_USER", ()),
            ("DROP_USER", ()),
        ],
    )
    def test_only_users_of_leases_are_touched(
        self, gatekeeper: oracledb.Connection, procedure: str, more: Any, user: str
    ) -> None:
        assert call(gatekeeper, procedure, user, *more) == REFUSED

    @pytest.mark.parametrize("secret", ['a"b', "a b", "a;b", "", "p\nq", "ä", "a'b", "a-b"])
    def test_a_password_is_never_more_than_a_password(
        self, gatekeeper: oracledb.Connection, secret: str
    ) -> None:
        assert call(gatekeeper, "CREATE_USER", "JITU_FIX", secret, None) == REFUSED
        assert call(gatekeeper, "SET_PASSWORD", "APP_BOB", secret) == REFUSED

    def test_of_other_accounts_only_listed_services_get_a_password(
        self, database: Any, gatekeeper: oracledb.Connection
    ) -> None:
        assert run(gatekeeper, gate.set_password("APP_BOB"), password="New_Secret_1") == 0
        assert run(gatekeeper, gate.set_password("APP_ALICE"), password="New_Secret_1") == REFUSED
        database.run("GRANT CREATE SESSION TO app_bob")
        with database.as_user("APP_BOB", "New_Secret_1") as connection:
            assert connection.username == "APP_BOB"

    @pytest.mark.parametrize("profile", ["DEFAULT", "JITP_", 'JITP_A" ACCOUNT UNLOCK --', "jitp_a"])
    def test_only_profiles_of_leases_are_used_made_and_dropped(
        self, gatekeeper: oracledb.Connection, profile: str
    ) -> None:
        assert call(gatekeeper, "CREATE_USER", "JITU_FIX", "Abc_123_xyz", profile) == REFUSED
        assert call(gatekeeper, "CREATE_PROFILE", profile, 10, None, None) == REFUSED
        assert call(gatekeeper, "DROP_PROFILE", profile) == REFUSED

    @pytest.mark.parametrize("bound", [0, -1, 1.5, 0.1])
    def test_a_bound_is_a_whole_number(self, gatekeeper: oracledb.Connection, bound: float) -> None:
        """The decimal character is a setting of the caller's session, so no fraction becomes text."""
        for bounds in ((bound, None, None), (None, bound, None), (None, None, bound)):
            assert call(gatekeeper, "CREATE_PROFILE", "JITP_X", *bounds) == REFUSED

    def test_a_profile_of_leases_is_made_used_and_dropped(
        self, database: Any, gatekeeper: oracledb.Connection
    ) -> None:
        profile = Profile("JITP_I15_S2", 15, None, 2)
        assert run(gatekeeper, gate.create_profile(profile)) == 0
        made = gate.create_user("JITU_FIX", profile.name)
        assert run(gatekeeper, made, password="Abc_123_xyz") == 0
        assert database.rows("SELECT profile FROM dba_users WHERE username = 'JITU_FIX'") == [
            ("JITP_I15_S2",)
        ]
        assert run(gatekeeper, gate.drop_user("JITU_FIX")) == 0
        assert run(gatekeeper, gate.drop_profile(profile.name)) == 0


class TestSessionsProxiesAndQuotas:
    @pytest.mark.parametrize("user", ["SYS", "SYSTEM", "XDB", "RECONCILER", GATE_SCHEMA])
    def test_protected_accounts_are_left_alone(
        self, gatekeeper: oracledb.Connection, user: str
    ) -> None:
        for procedure, arguments in (
            ("KILL_SESSIONS", (user,)),
            ("KILL_PROXY_SESSIONS", (user, "APP_ALICE")),
            ("GRANT_PROXY", (user, "APP_ALICE")),
            ("GRANT_PROXY", ("APP_ALICE", user)),
            ("REVOKE_PROXY", (user, "APP_ALICE")),
            ("SET_QUOTA", (user, "USERS", "10")),
            ("CREATE_COLUMN_VIEW", ("V$0123456789ABCDEF", user, "T", '"A"')),
        ):
            assert call(gatekeeper, procedure, *arguments) == REFUSED, procedure

    @pytest.mark.parametrize("user", ["NOBODY", 'HR" QUOTA 1 ON "SYSTEM', "", "hr"])
    def test_who_does_not_exist_is_named_as_such(
        self, gatekeeper: oracledb.Connection, user: str
    ) -> None:
        assert call(gatekeeper, "KILL_SESSIONS", user) == UNKNOWN_USER
        assert call(gatekeeper, "SET_QUOTA", user, "USERS", "10") == UNKNOWN_USER
        assert call(gatekeeper, "GRANT_PROXY", "HR", user) == UNKNOWN_USER

    @pytest.mark.parametrize(
        "power",
        [
            "DBA",
            "ALTER USER",
            "ALTER SYSTEM",
            "GRANT ANY OBJECT PRIVILEGE",
            "CREATE ANY PROCEDURE",
            "EXEMPT ACCESS POLICY",
        ],
    )
    def test_nobody_works_as_a_user_who_administers_the_database(
        self, gatekeeper: oracledb.Connection, sys_run: Callable[..., None], power: str
    ) -> None:
        """A temporary user whose password the account knows would have the database by logging on as him."""
        assert run(gatekeeper, gate.create_user("JITU_EVE", ""), password="Abc_123_xyz") == 0
        assert call(gatekeeper, "GRANT_PROXY", "HR", "JITU_EVE") == 0
        sys_run(
            "CREATE ROLE outer_role", "CREATE ROLE inner_role", "GRANT inner_role TO outer_role"
        )
        sys_run(f"GRANT {power} TO inner_role", "GRANT outer_role TO app_bob")
        assert call(gatekeeper, "GRANT_PROXY", "APP_BOB", "JITU_EVE") == REFUSED
        sys_run("REVOKE outer_role FROM app_bob")
        assert call(gatekeeper, "GRANT_PROXY", "APP_BOB", "JITU_EVE") == 0
        sys_run(f"GRANT {power} TO app_bob")
        assert call(gatekeeper, "GRANT_PROXY", "APP_BOB", "APP_ALICE") == REFUSED
        assert call(gatekeeper, "REVOKE_PROXY", "APP_BOB", "JITU_EVE") == 0, (
            "taking is never refused"
        )

    @pytest.mark.parametrize(
        "size", ["10M", "-1", "1 ON SYSTEM QUOTA 1", "unlimited", "", "1\n", "9" * 16]
    )
    def test_a_quota_is_a_number_of_bytes_or_unlimited(
        self, gatekeeper: oracledb.Connection, size: str
    ) -> None:
        assert call(gatekeeper, "SET_QUOTA", "APP_ALICE", "USERS", size) == REFUSED

    def test_a_tablespace_is_one_name(self, gatekeeper: oracledb.Connection) -> None:
        wrong = 'USERS" QUOTA UNLIMITED ON "SYSTEM'
        assert call(gatekeeper, "SET_QUOTA", "APP_ALICE", wrong, "10") != 0


class TestColumnViews:
    @pytest.fixture(autouse=True)
    def below(self, gatekeeper: oracledb.Connection, database: Any) -> None:
        """What the account grants before it asks for a view."""
        statement = f"GRANT SELECT ON HR.EMPLOYEES TO {GATE_SCHEMA} WITH GRANT OPTION"
        assert run(gatekeeper, statement) == 0

    def test_a_view_is_made_replaced_and_dropped(
        self, database: Any, gatekeeper: oracledb.Connection
    ) -> None:
        view = column_view("HR", "EMPLOYEES", ["ID", "SALARY"])
        texts = f"SELECT text_vc FROM dba_views WHERE owner = '{GATE_SCHEMA}'"
        for _ in range(2):
            assert run(gatekeeper, gate.create_view(view)) == 0
            (found,) = database.rows(texts)
            assert 'SELECT "ID","SALARY" FROM "HR"."EMPLOYEES"' in str(found[0])
        assert run(gatekeeper, f"GRANT SELECT ON {GATE_SCHEMA}.{view.name} TO app_alice") == 0
        with database.as_user("APP_ALICE", "alice") as alice:
            assert run(alice, f"SELECT id, salary FROM {GATE_SCHEMA}.{view.name}") == 0
            assert run(alice, f"SELECT name FROM {GATE_SCHEMA}.{view.name}") == 904
        assert run(gatekeeper, gate.drop_view(view.name)) == 0
        assert database.rows(texts) == []

    @pytest.mark.parametrize(
        "columns",
        [
            "ID",
            "*",
            '"ID", "SALARY"',
            '"ID","SALARY" FROM HR.JOBS --',
            '"ID",(SELECT 1 FROM dual)',
            '"ID"||"SALARY"',
            '"ID" "X"',
            '""',
            '"ID",',
            '"ID"\n',
            "",
        ],
    )
    def test_columns_are_quoted_names_and_nothing_else(
        self, gatekeeper: oracledb.Connection, columns: str
    ) -> None:
        assert (
            call(gatekeeper, "CREATE_COLUMN_VIEW", "V$0123456789ABCDEF", "HR", "EMPLOYEES", columns)
            == REFUSED
        )

    @pytest.mark.parametrize("name", ['V" AS SELECT * FROM HR.JOBS --', 'A"."B'])
    def test_names_stay_names(
        self, database: Any, gatekeeper: oracledb.Connection, name: str
    ) -> None:
        assert call(gatekeeper, "CREATE_COLUMN_VIEW", name, "HR", "EMPLOYEES", '"ID"') != 0
        assert call(gatekeeper, "CREATE_COLUMN_VIEW", "V$0123456789ABCDEF", "HR", name, '"ID"') != 0
        assert call(gatekeeper, "DROP_COLUMN_VIEW", name) != 0
        assert database.rows(f"SELECT view_name FROM dba_views WHERE owner = '{GATE_SCHEMA}'") == []

    def test_a_name_in_another_schema_is_a_name_in_its_own(
        self, database: Any, gatekeeper: oracledb.Connection
    ) -> None:
        database.run("CREATE VIEW HR.TITLES AS SELECT TITLE FROM HR.JOBS")
        assert call(gatekeeper, "DROP_COLUMN_VIEW", "HR.TITLES") == REFUSED
        assert call(gatekeeper, "DROP_COLUMN_VIEW", "TITLES") == REFUSED
        assert database.rows("SELECT view_name FROM dba_views WHERE owner = 'HR'") == [("TITLES",)]

    def test_the_package_itself_is_no_view_to_replace(
        self, gatekeeper: oracledb.Connection
    ) -> None:
        for name in ("GATE", "LOGON_NETWORKS", "V$0123456789abcdef", "V$0123456789ABCDEF\n", ""):
            arguments = (name, "HR", "EMPLOYEES", '"ID"')
            assert call(gatekeeper, "CREATE_COLUMN_VIEW", *arguments) == REFUSED
            assert call(gatekeeper, "DROP_COLUMN_VIEW", name) == REFUSED

    def test_a_table_that_was_not_granted_shows_nothing(
        self, gatekeeper: oracledb.Connection
    ) -> None:
        view = column_view("HR", "JOBS", ["TITLE"])
        assert run(gatekeeper, gate.create_view(view)) in (942, 1031)


class TestScript:
    def test_only_the_account_may_call_it(
        self, database: Any, gatekeeper: oracledb.Connection
    ) -> None:
        with database.as_user("APP_ALICE", "alice") as alice:
            assert run(alice, gate.lock_user("JITU_FIX")) == 6550

    def test_nobody_logs_on_as_its_schema(
        self, database: Any, gatekeeper: oracledb.Connection
    ) -> None:
        rows = database.rows(
            f"SELECT account_status, authentication_type FROM dba_users WHERE username = '{GATE_SCHEMA}'"
        )
        assert rows == [("LOCKED", "NONE")]

    def test_the_account_has_none_of_its_powers(
        self, database: Any, gatekeeper: oracledb.Connection
    ) -> None:
        held = {
            str(row[0])
            for row in database.rows(
                "SELECT privilege FROM dba_sys_privs WHERE grantee = 'RECONCILER'"
            )
        }
        assert held.isdisjoint({"ALTER USER", "CREATE USER", "DROP USER", "ALTER SYSTEM"})
        assert run(gatekeeper, "ALTER USER app_alice ACCOUNT LOCK") == 1031

    @pytest.mark.parametrize("name", ['A"B', "", "X" * 129, "A\0"])
    def test_names_that_cannot_be_are_refused_before_any_sql(self, name: str) -> None:
        with pytest.raises(InvalidNameError):
            gate.script(name, release=19)
        if name:
            with pytest.raises(InvalidNameError):
                gate.lock_user(name)
        with pytest.raises(InvalidNameError):
            gate.script("RECONCILER", release=19, services=[name])

    @pytest.mark.parametrize("name", ["A\n/\nGRANT DBA TO EVE\n/\n", "A&B", "A\rB"])
    def test_a_service_of_a_document_writes_no_statement_into_what_a_dba_runs(
        self, name: str
    ) -> None:
        with pytest.raises(InvalidNameError):
            gate.script("RECONCILER", release=19, services=[name])
        with pytest.raises(InvalidNameError):
            gate.script(name, release=19)

    @pytest.mark.parametrize("name", [":kill:", ":gate:", ":account:", ":services:"])
    def test_a_name_that_looks_like_a_placeholder_stays_a_name(self, name: str) -> None:
        text = "\n".join(gate.script("RECONCILER", release=19, services=[name]))
        assert f"CASE username WHEN {names.literal(name)} THEN {names.literal(name)} END" in text

    def test_a_quote_in_a_name_stays_inside_its_literal(self) -> None:
        assert gate.drop_view("IT'S") == (
            f"BEGIN \"{GATE_SCHEMA}\".\"GATE\".DROP_COLUMN_VIEW('IT''S'); END;"
        )

    def test_an_unknown_way_to_kill_is_refused(self) -> None:
        with pytest.raises(KeyError):
            gate.script("RECONCILER", release=19, killer="hope")


LISTED = ",".join(f"{row.network}={row.low}-{row.high}" for row in networks_of(["10.1.0.0/16"]))


class TestNetworks:
    @pytest.mark.parametrize("user", INJECTIONS)
    def test_only_users_of_leases_are_limited(
        self, gatekeeper: oracledb.Connection, user: str
    ) -> None:
        assert call(gatekeeper, "SET_NETWORKS", user, LISTED) == REFUSED
        assert call(gatekeeper, "CLEAR_NETWORKS", user) == REFUSED

    def test_without_the_logon_check_none_are_kept(self, gatekeeper: oracledb.Connection) -> None:
        assert run(gatekeeper, gate.set_networks("JITU_FIX", networks_of(["10.1.0.0/16"]))) == 942
        assert run(gatekeeper, gate.clear_networks("JITU_FIX")) == 0
