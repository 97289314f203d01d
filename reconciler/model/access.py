"""Who has access to what, and by which ways: the answers of `who can` and `why`."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from reconciler.model import names
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.privileges import OWNED_BY_SYS, Privilege
from reconciler.model.snapshot import DatabaseIdentity, HeldGrant

EVERYBODY = "PUBLIC"


class WantedBy(enum.StrEnum):
    """What sort of document wants a grant."""

    LEASE = "lease"
    STANDING = "standing"


class Explanation(NamedTuple):
    """The document that wants a grant. `end` is that of a lease (UTC), None for a standing grant and for a lease that is not activated yet."""

    kind: WantedBy
    name: str
    end: datetime | None = None


class Enabling(enum.StrEnum):
    """What a new session of the grantee must do before a way is open."""

    AT_LOGON = "at-logon"
    SET_ROLE = "set-role"
    PASSWORD = "password"  # noqa: S105 - says that the role has one
    APPLICATION = "application"  # a secure application role: only its package enables it
    OUTSIDE = "outside"  # the operating system or a directory service enables it


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a grantee has a privilege. Names are the dictionary's.

    `through` are PUBLIC and the roles that are passed, outermost first. `held` is the grant at its end, None for the owner of the object.
    `columns`: only these of what was asked for, empty for all of it. `view`: the grant is on a view that shows the data. `role` is the one to enable
    when `enabling` is not AT_LOGON. `client`: it is that user's way, whom the grantee may log on as with a password of its own (a proxy).
    """

    grantee: str
    privilege: Privilege
    through: tuple[str, ...] = ()
    held: HeldGrant | None = None
    columns: tuple[str, ...] = ()
    view: bool = False
    enabling: Enabling = Enabling.AT_LOGON
    role: str = ""
    explained_by: Explanation | None = None
    client: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it gives all that was asked for."""
        return not self.columns

    @property
    def end(self) -> str:
        """Its last step, as people write it."""
        if self.held is None:
            return f"owner of schema {names.display(self.privilege.owner)}"
        privilege, grantor = self.held.entitlement.privilege, self.held.grantor
        if self.view:
            return f"through view {privilege.place}"
        by_other = grantor not in ("", privilege.owner) and privilege.on not in OWNED_BY_SYS
        return f"{privilege}, granted by {names.display(grantor)}" if by_other else str(privilege)


class Has(enum.StrEnum):
    """In how far a grantee has what was asked for."""

    YES = "yes"  # a new session has it
    AFTER_ENABLING = "after-enabling"  # only once a role is enabled that a logon leaves out
    AS_ANOTHER = "as-another"  # only logged on as somebody else, whose proxy it is
    IN_PART = "in-part"  # some columns only
    NO = "no"
    UNKNOWN = "unknown"  # none was found, but not all grants of the kind were read


@dataclass(frozen=True, slots=True)
class Holder:
    """A user, a role or PUBLIC with its ways. `status` is the account's, empty for roles and PUBLIC. `can_log_on` is False for a user that is locked or
    lacks CREATE SESSION. `enabling` is how users get a role that it is, whether or not it was granted to them: an application role needs no grant."""

    name: str
    ways: tuple[Way, ...]
    is_role: bool = False
    status: str = ""
    oracle_maintained: bool = False
    can_log_on: bool = True
    enabling: Enabling = Enabling.AT_LOGON
    complete: bool = True

    @property
    def has(self) -> Has:
        whole = [way for way in self.ways if way.is_whole]
        own = [way for way in whole if not way.client]
        if any(way.enabling is Enabling.AT_LOGON for way in own):
            return Has.YES
        if whole:
            return Has.AFTER_ENABLING if own else Has.AS_ANOTHER
        if self.ways:
            return Has.IN_PART
        return Has.NO if self.complete else Has.UNKNOWN


@dataclass(frozen=True, slots=True)
class Answer:
    """What one target answers. `holders` are in order: PUBLIC, users, roles; for `why` it is the one asked about. `findings` say what is unknown or was
    not read. Not `answered`: the database does not know what the question names."""

    target: str
    at: datetime
    database: DatabaseIdentity
    privilege: Privilege
    holders: tuple[Holder, ...]
    findings: tuple[Diagnostic, ...] = ()
    complete: bool = True
    answered: bool = True
