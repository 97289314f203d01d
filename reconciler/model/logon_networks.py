"""The client networks that a temporary user may log on from, as the logon check of a database compares them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import NamedTuple, Self

_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_PARTS = range(112, -1, -16)


class LogonNetwork(NamedTuple):
    """One network. `low` and `high` are its first and last address as `comparable` writes them, both within."""

    network: str
    low: str
    high: str

    @classmethod
    def of(cls, text: str) -> Self:
        """The network that a CIDR text names; IPv4 networks in IPv6 form become IPv4 ones. Raises ValueError for host bits that are set, a zone, and
        anything else that is no network."""
        network = ipaddress.ip_network(text)
        if "%" in text:
            raise ValueError(f"{text!r} has a zone, which is a name of the client's machine")
        if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
            inner = int(network.network_address) & 0xFFFF_FFFF
            network = ipaddress.IPv4Network((inner, network.prefixlen - _MAPPED.prefixlen))
        low, high = (
            _text(network.version, int(end))
            for end in (network.network_address, network.broadcast_address)
        )
        return cls(str(network), low, high)


Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def comparable(address: Address) -> str:
    """The address as text whose order is that of addresses: its version, then the eight parts of its IPv6 form, five digits each.

    Digits only, because text of letters and digits has another order in some languages that a client can set (NLS_SORT). An IPv4 address and the same one
    in IPv6 form are equal; no IPv6 network but those of that form has IPv4 addresses in it.
    """
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return _text(address.version, int(address))


def _text(version: int, number: int) -> str:
    """An IPv6 network may end in the middle of the addresses of IPv4 in IPv6 form, so its ends are written as what they are."""
    if version == 4:
        number |= int(_MAPPED.network_address)
    return str(version) + "".join(f"{number >> shift & 0xFFFF:05}" for shift in _PARTS)


def networks_of(texts: Iterable[str]) -> tuple[LogonNetwork, ...]:
    """The networks, each once, in the order of their text. Raises ValueError."""
    return tuple(sorted({LogonNetwork.of(text) for text in texts}))
