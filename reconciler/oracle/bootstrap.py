"""The account the reconciler works as: the statements a DBA reviews and runs once on each target."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model import names
from reconciler.model.errors import InvalidInputError
from reconciler.oracle import texts
from reconciler.oracle.statements import system_privilege

DEFAULT_ACCOUNT = "RECONCILER"
DEFAULT_SYSTEM_PRIVILEGES = ("CREATE SESSION",)
PASSWORD_PLACEHOLDER = "&password"  # noqa: S105 - what SQL*Plus asks the person who runs the script for


def script(
    account: str = DEFAULT_ACCOUNT,
    *,
    release: int,
    system_privileges: Sequence[str] = DEFAULT_SYSTEM_PRIVILEGES,
    roles: Sequence[str] = (),
) -> str:
    """The script with its comments, for SQL*Plus or SQLcl, which ask for the password. Raises InvalidNameError, UnrenderableError."""
    parts = [
        texts.load("bootstrap", release),
        *_handed_out(account, system_privileges, roles),
    ]
    text = "\n".join(parts).replace(":account:", names.quote(account))
    return text.replace(":password:", f'"{PASSWORD_PLACEHOLDER}"') + "\n"


def statements(
    account: str,
    password: str,
    *,
    release: int,
    system_privileges: Sequence[str] = DEFAULT_SYSTEM_PRIVILEGES,
    roles: Sequence[str] = (),
) -> tuple[str, ...]:
    """The same statements for a driver: without comments and semicolons. The first holds the password: never log it."""
    if not password or '"' in password or "\0" in password:
        raise InvalidInputError(
            "bootstrap.password", "a password must not be empty or contain a double quote or NUL"
        )
    text = texts.without_comments(
        script(account, release=release, system_privileges=system_privileges, roles=roles)
    )
    plain = [statement.strip().removesuffix(";") for statement in text.split(";\n")]
    return tuple(
        statement.replace(f'"{PASSWORD_PLACEHOLDER}"', f'"{password}"')
        for statement in plain
        if statement
    )


def _handed_out(account: str, system_privileges: Sequence[str], roles: Sequence[str]) -> list[str]:
    """What the account may pass on. It holds the roles, too, and so must not enable them."""
    grantee = names.quote(account)
    lines = [
        "",
        "-- System privileges and roles that requests may ask for: the account can pass on these and no others.",
    ]
    lines += [
        f"GRANT {system_privilege(name)} TO {grantee} WITH ADMIN OPTION;"
        for name in system_privileges
    ]
    lines += [f"GRANT {names.quote(role)} TO {grantee} WITH ADMIN OPTION;" for role in roles]
    lines += [
        "-- The account holds every role it makes. Enabled, the 149th would lock it out, and it needs none of them.",
        f"ALTER USER {grantee} DEFAULT ROLE NONE;",
    ]
    return lines
