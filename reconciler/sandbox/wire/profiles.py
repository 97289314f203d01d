"""What tells releases apart on the wire."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.sandbox.seam import Release

NATIONAL_CHARSET = 2000  # AL16UTF16
CHARSET = 873  # AL32UTF8

# Capability bytes of a TTC server as far as drivers look at them or real servers set them. 7 is the field version, 40 and 44
# are overwritten per release. Offsets 45 and 54 (transaction priority, HA readiness) stay 0, so that drivers never use them.
_COMPILE_CAPABILITIES = bytes.fromhex(
    "06010101ef0f0100010101010101017fff031003030101ff01ffff010d0101ff01060cd6097f050f0d0d"
)


@dataclass(frozen=True, slots=True)
class Profile:
    """One release as a driver sees it.

    `longest_string` is the longest VARCHAR2 in bytes; longer binds of SQL travel after the others of their row.
    """

    release: Release
    protocol_version: int
    field_version: int
    version: tuple[int, int, int, int, int]
    accept_flags: int
    compile_capabilities: bytes
    runtime_capabilities: bytes
    longest_string: int

    @property
    def version_number(self) -> int:
        """The version packed as releases from 18 on do."""
        major, minor, update, update_revision, increment = self.version
        return major << 24 | minor << 16 | update << 12 | update_revision << 4 | increment


_FAST_AUTH = 0x10000000
END_OF_RESPONSE = 0x02000000


def _compile_capabilities(length: int, field_version: int, ttc4: int, ttc5: int = 0) -> bytes:
    capabilities = bytearray(_COMPILE_CAPABILITIES[:length].ljust(length, b"\0"))
    capabilities[7] = field_version
    capabilities[40] = ttc4
    if length > 44:
        capabilities[42], capabilities[44] = 0x0B, ttc5
    return bytes(capabilities)


def profile_of(release: Release) -> Profile:
    if release is Release.R23:
        return Profile(
            release=release,
            protocol_version=319,
            field_version=24,
            version=(23, 26, 1, 0, 0),
            accept_flags=_FAST_AUTH | END_OF_RESPONSE,
            # Token numbers, pipelining and breaks within a pipeline, but no explicit request boundaries.
            compile_capabilities=_compile_capabilities(54, 24, 0xBF, 0x16),
            runtime_capabilities=bytes.fromhex("0201000118000700000000"),
            longest_string=32767,
        )
    return Profile(
        release=release,
        protocol_version=318,
        field_version=12,
        version=(19, 3, 0, 0, 0),
        accept_flags=0,
        compile_capabilities=_compile_capabilities(42, 12, 0x0D),
        runtime_capabilities=bytes.fromhex("0201000118000300000000"),
        longest_string=4000,
    )
