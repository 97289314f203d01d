"""The accounts the reconciler works as: the statements a DBA reviews and runs once on each target. Nothing here runs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from reconciler.model import names, releases
from reconciler.model.errors import InvalidInputError
from reconciler.oracle import texts
from reconciler.oracle.statements import UnrenderableError, system_privilege

DEFAULT_ACCOUNT = "RECONCILER"
DEFAULT_SYSTEM_PRIVILEGES = ("CREATE SESSION",)
PASSWORD_VARIABLE = "reconciler_password"  # noqa: S105 - what SQL*Plus asks the person who runs the script for
STATE_VARIABLE = "reconciler_account_state"

_PASSWORD = "\0password"  # noqa: S105 - no name and no password can hold NUL
_READS = ("GRANT CREATE SESSION ", "GRANT READ ON ")
_PROLOGUE = f"""\
SET DEFINE ON
SET VERIFY OFF
SET ECHO OFF
ACCEPT {PASSWORD_VARIABLE} CHAR PROMPT 'Password of the account: ' HIDE
-- Only SQL*Plus and SQLcl know the second variable below: another program stops here and makes no account with a wrong password.
DEFINE {STATE_VARIABLE} = 'ACCOUNT UNLOCK'
-- An account that is there already is kept as it is (ORA-01920).
WHENEVER SQLERROR CONTINUE
"""
_AFTER_ACCOUNT = f"""\
UNDEFINE {PASSWORD_VARIABLE}
SET DEFINE OFF
WHENEVER SQLERROR EXIT FAILURE
"""
COMMON_PREFIX = "C##"
"""Of common users, as COMMON_USER_PREFIX has it unless somebody changed it (SQL Language Reference, CREATE USER)."""


class Step(NamedTuple):
    """One statement without its semicolon, and why it is there."""

    reason: str
    text: str


def script(
    account: str = DEFAULT_ACCOUNT,
    *,
    release: int,
    system_privileges: Sequence[str] = DEFAULT_SYSTEM_PRIVILEGES,
    roles: Sequence[str] = (),
    patterns: Sequence[str] = (),
    read_only: bool = False,
    gate: Sequence[str] = (),
) -> str:
    """The script for SQL*Plus or SQLcl, which ask for the password: it is in no text of ours.

    `patterns` are names with wildcards that the scope has besides `system_privileges` and `roles`; what they cover is for the DBA to decide. `read_only`:
    the account may read what plans are made from, and nothing else. `gate` are the statements that make the gatekeeper package, appended.

    Raises InvalidInputError for names that no script should hold, DatabaseError for a release that is too old.
    """
    _check_names((account, *roles, *patterns))
    if account.upper().startswith(COMMON_PREFIX):
        raise InvalidInputError(
            "bootstrap.common-user",
            f"{account} would be a common user, which only the root can make (ORA-65094)",
            hint="give the target a local account in connect.user",
        )
    steps = _steps(account, release, system_privileges, roles, read_only=read_only)
    head = texts.load("bootstrap_head_read" if read_only else "bootstrap_head", release)
    create, *rest = steps
    identified = create.text.replace(_PASSWORD, f"&{PASSWORD_VARIABLE}")
    parts = [
        head,
        f"-- For release {releases.of(release).release}: --release writes it for another one.",
        "",
        _PROLOGUE + f"{identified} &{STATE_VARIABLE};",
        _AFTER_ACCOUNT,
        *(f"{step.reason}\n{step.text};" if step.reason else f"{step.text};" for step in rest),
    ]
    if not read_only:
        parts += _by_hand(account, patterns)
    parts += _gatekeeper(gate)
    return "\n".join(parts).replace(":account:", names.quote(account)) + "\n"


def statements(
    account: str,
    password: str,
    *,
    release: int,
    system_privileges: Sequence[str] = DEFAULT_SYSTEM_PRIVILEGES,
    roles: Sequence[str] = (),
    read_only: bool = False,
) -> tuple[str, ...]:
    """The same statements for a driver: without comments and semicolons. The first holds the password: never log it."""
    if not password or '"' in password or "\0" in password:
        raise InvalidInputError(
            "bootstrap.password", "a password must not be empty or contain a double quote or NUL"
        )
    steps = _steps(account, release, system_privileges, roles, read_only=read_only)
    return tuple(step.text.replace(_PASSWORD, password) for step in steps)


def _steps(
    account: str,
    release: int,
    system_privileges: Sequence[str],
    roles: Sequence[str],
    *,
    read_only: bool,
) -> list[Step]:
    """All statements in their order; the first makes the account and has a placeholder for its password."""
    releases.of(release)
    grantee = names.quote(account)
    create = Step("", f'CREATE USER {grantee} IDENTIFIED BY "{_PASSWORD}"')
    fixed = [
        Step(step.reason, step.text.replace(":account:", grantee))
        for step in _parsed(texts.load("bootstrap", release))
    ]
    if read_only:
        return [create, *(step for step in fixed if step.text.startswith(_READS))]
    return [create, *fixed, *_handed_out(grantee, system_privileges, roles)]


def _parsed(text: str) -> Iterator[Step]:
    """Each statement of a script is on one line, and the comment lines before it are its reason."""
    reason: list[str] = []
    for line in text.splitlines():
        if line.startswith("--"):
            reason.append(line)
        elif line.strip():
            yield Step("\n".join(reason), line.removesuffix(";"))
            reason = []


def _handed_out(
    grantee: str, system_privileges: Sequence[str], roles: Sequence[str]
) -> Iterator[Step]:
    """What the account may pass on. It holds the roles, too, and so must not enable them."""
    reason = "-- System privileges that documents may ask for: the account can pass on these and no others."
    for name in system_privileges:
        yield Step(reason, f"GRANT {_word(name)} TO {grantee} WITH ADMIN OPTION")
        reason = ""
    reason = "-- Roles that documents may ask for, instead of GRANT ANY ROLE. The account cannot use them: it does not enable them."
    for role in roles:
        yield Step(reason, f"GRANT {names.quote(role)} TO {grantee} WITH ADMIN OPTION")
        reason = ""
    yield Step(
        "-- The account holds every role it makes. Enabled, the 149th would lock it out, and it needs none of them.",
        f"ALTER USER {grantee} DEFAULT ROLE NONE",
    )


def _by_hand(account: str, patterns: Sequence[str]) -> Iterator[str]:
    if patterns:
        yield "-- The scope has patterns, too. Grant what they should cover one by one, WITH ADMIN OPTION:"
    for pattern in patterns:
        yield f"--   {pattern} TO {names.quote(account)}"


def _gatekeeper(statements_of_gate: Sequence[str]) -> Iterator[str]:
    """Each statement ends with a line of its own, as PL/SQL wants it. A schema or a table that is there already is kept."""
    for text in statements_of_gate:
        kept = any(f"\n{word} " in f"\n{text}" for word in ("CREATE USER", "CREATE TABLE"))
        yield "\nWHENEVER SQLERROR CONTINUE\n" * kept + text + "\n/"
        if kept:
            yield "WHENEVER SQLERROR EXIT FAILURE"


def _word(name: str) -> str:
    try:
        return system_privilege(name)
    except UnrenderableError as error:
        raise InvalidInputError("bootstrap.privilege", str(error)) from None


def _check_names(found: Iterable[str]) -> None:
    """What SQL*Plus would read as its own is refused: it substitutes after an ampersand even in quoted names and comments."""
    for name in found:
        if "&" in name or not name.isprintable():
            raise InvalidInputError(
                "bootstrap.name",
                f"{name!r} cannot stand in a script for SQL*Plus",
                hint="grant what it needs by hand, or leave it out of the target's scope",
            )
