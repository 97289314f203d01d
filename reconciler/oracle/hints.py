"""What to do next, by Oracle's number, for a statement that failed."""

from __future__ import annotations

_HINTS = {
    54: "the object is locked by an open transaction: the next run tries again",
    942: "the object does not exist, or the account sees nothing of it: check its name and GRANT ANY OBJECT PRIVILEGE",
    990: "this privilege does not exist for this kind of object",
    1031: "the account lacks the right to do this: compare its grants with the script that makes it",
    1720: "the view's owner holds a table below it without GRANT OPTION: the owner of that table must grant it so",
    1749: "nobody can change his own privileges: the reconciler's account must not be a grantee",
    1917: "the user or role does not exist on this target: create it, or correct the document",
    1918: "the user does not exist on this target",
    1919: "the role does not exist on this target: create it, or correct the document",
    1920: "a user or role of that name exists",
    1921: "a user or role of that name exists",
    1924: "the role does not exist, or the account may not pass it on: GRANT the role TO the account WITH ADMIN OPTION",
    1926: "Oracle gives no grant option to a role: leave withOption out",
    1927: "the grant was made by somebody else: that grantor, or the object's owner, must revoke it",
    1928: "the account may pass on only some of these privileges",
    1931: "Oracle does not give this privilege to a role: ask for it as a standing grant to the user",
    1932: "the account holds the role without ADMIN OPTION: GRANT the role TO the account WITH ADMIN OPTION",
    1934: "the role would contain itself",
    1952: "the account may not pass this privilege on, or it is not granted",
    1981: "a foreign key uses the REFERENCES privilege: drop it first",
    2204: "this privilege does not exist for views",
    2205: "only SELECT and ALTER exist for sequences",
    2224: "EXECUTE does not exist for tables",
    2225: "only EXECUTE and DEBUG exist for procedures",
    2305: "only EXECUTE, DEBUG and UNDER exist for types",
    4020: "another session changes the same objects: the next run tries again",
    4021: "the object is in use: the next run tries again; look for who executes it",
    4042: "the procedure, function or package does not exist, or the account sees nothing of it",
    6550: "a package the statement calls is missing or not granted: compare the account's grants with the script that makes it",
    22930: "the directory does not exist",
    25709: "the schema privilege is not granted",
    27366: "the job is not running",
    27475: "the deadline job is gone: run again, and it is made anew",
    27476: "the deadline job is gone: run again, and it is made anew",
    27477: "a deadline job of that name exists, perhaps with another end: run again, and it is compared",
    27478: "the deadline job runs at this moment: run again",
    27486: "the account lacks CREATE JOB",
    28021: "a global role cannot be granted: the directory service gives it",
    28031: "the grantee would enable more roles than Oracle allows: end some of his leases",
    28034: "this privilege cannot be given to an account of Oracle's own",
    31703: "this privilege cannot be granted here",
    31705: "this grant was made by somebody else, who must revoke it",
    41900: "the account lacks a privilege on the object: check GRANT ANY OBJECT PRIVILEGE",
    41905: "Oracle gives no schema privilege on SYS",
    42294: "a user, role or schema synonym of that name exists",
    65040: "this can only be done in the root container",
    65092: "the privilege was granted commonly: revoke it in the root container",
}


def for_ora(number: int) -> str:
    """One sentence on what to do next; general where Oracle's number says nothing special."""
    found = _HINTS.get(number)
    return found or f"look up https://docs.oracle.com/error-help/db/ora-{number:05d}/"
