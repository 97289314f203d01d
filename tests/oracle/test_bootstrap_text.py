"""The account's script: what it grants is what the queries need."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from reconciler.model.errors import DatabaseError, InvalidInputError
from reconciler.oracle import bootstrap, columns, health, observe, usage

_VIEW = re.compile(
    r"\b(?:dba_\w+|g?v_?\$\w+|system_privilege_map|unified_audit_trail|audit_unified_\w+)",
    re.IGNORECASE,
)


def views_in_use() -> set[str]:
    """Every dictionary view that a text of ours names, as it is granted."""
    found = set()
    for file in resources.files("reconciler.oracle").joinpath("sql").iterdir():
        if file.name != "bootstrap.sql":
            text = re.sub(r"^\s*--.*$", "", file.read_text("utf-8"), flags=re.MULTILINE)
            found |= {name.upper() for name in _VIEW.findall(text)}
    return {re.sub(r"^(G?V)\$", r"\1_$", name) for name in found}


def granted_views(release: int) -> set[str]:
    statements = bootstrap.statements("RECONCILER", "secret", release=release)
    return {
        text.split()[3].removeprefix("SYS.") for text in statements if text.startswith("GRANT READ")
    }


def test_the_account_may_read_exactly_the_views_that_are_used() -> None:
    examined = {*health.VIEWS, *usage.VIEWS, *columns.VIEWS}
    assert granted_views(23) == views_in_use() == set(observe.views(23)) | examined
    older = views_in_use() - {"DBA_SCHEMA_PRIVS"}
    assert granted_views(19) == older == set(observe.views(19)) | examined


def test_the_account_does_not_enable_the_roles_it_holds() -> None:
    statements = bootstrap.statements("RECONCILER", "secret", release=19, roles=["HR_READER"])
    assert statements[-1] == 'ALTER USER "RECONCILER" DEFAULT ROLE NONE'
    assert 'GRANT "HR_READER" TO "RECONCILER" WITH ADMIN OPTION' in statements


def test_the_account_gets_no_power_over_users_or_all_roles() -> None:
    text = bootstrap.script(release=23)
    for power in (
        "ALTER USER,",
        "GRANT ANY ROLE",
        "GRANT ANY PRIVILEGE",
        "ANY JOB",
        "ALTER SYSTEM",
        "DBA ",
    ):
        assert f"GRANT {power}" not in text


def test_a_password_stays_one_identifier_and_is_never_quoted_in_an_error() -> None:
    first = bootstrap.statements("RECONCILER", "a;\n&b", release=19)[0]
    assert first == 'CREATE USER "RECONCILER" IDENTIFIED BY "a;\n&b"'
    with pytest.raises(InvalidInputError) as refused:
        bootstrap.statements("RECONCILER", 'hunter2" DEFAULT ROLE ALL', release=19)
    assert "hunter2" not in str(refused.value)


def test_the_script_asks_for_the_password() -> None:
    text = bootstrap.script(release=23)
    assert 'IDENTIFIED BY "&reconciler_password" &reconciler_account_state;' in text
    assert "ACCEPT reconciler_password CHAR" in text


@pytest.mark.parametrize("name", ["A&B", "A\nB", "A\u202eB", "A\x1b[2J"])
def test_a_script_holds_no_name_that_a_person_or_sqlplus_would_read_otherwise(name: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        bootstrap.script(release=23, roles=[name])
    assert refused.value.rule == "bootstrap.name"


def test_words_that_are_no_privilege_are_refused() -> None:
    with pytest.raises(InvalidInputError) as refused:
        bootstrap.script(release=23, system_privileges=["CREATE SESSION TO PUBLIC; --"])
    assert refused.value.rule == "bootstrap.privilege"


def test_a_release_that_is_too_old_gets_no_script() -> None:
    with pytest.raises(DatabaseError, match="12 is not supported"):
        bootstrap.script(release=12)
