"""Client networks as comparable text: the arithmetic is that of Python's ipaddress."""

from __future__ import annotations

import ipaddress
import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.model.logon_networks import LogonNetwork, comparable, networks_of

ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))


@st.composite
def networks(draw: st.DrawFn) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    address = draw(ADDRESSES)
    length = draw(st.integers(0, address.max_prefixlen))
    return ipaddress.ip_network(f"{address}/{length}", strict=False)


def is_inside(address: str, network: str) -> bool:
    """What the trigger asks."""
    found = LogonNetwork.of(network)
    return found.low <= comparable(ipaddress.ip_address(address)) <= found.high


@given(ADDRESSES, networks())
@example(ipaddress.IPv6Address("::"), ipaddress.IPv6Network("::/80"))
def test_an_address_is_in_a_network_when_ipaddress_says_so(
    address: ipaddress.IPv4Address, network: ipaddress.IPv4Network
) -> None:
    plain = getattr(address, "ipv4_mapped", None) or address
    found = LogonNetwork.of(str(network))
    expected = plain in ipaddress.ip_network(found.network)
    assert is_inside(str(address), str(network)) is expected


@given(networks(), st.integers(min_value=0))
def test_what_a_network_has_in_it_is_in_it(network: ipaddress.IPv4Network, index: int) -> None:
    address = network[index % network.num_addresses]
    mapped = getattr(address, "ipv4_mapped", None)
    wide = network.version == 6 and LogonNetwork.of(str(network)).network == str(network)
    assert is_inside(str(address), str(network)) or (mapped is not None and wide)


@given(ADDRESSES, ADDRESSES)
@example(ipaddress.IPv4Address("10.1.2.3"), ipaddress.IPv6Address("::ffff:10.1.2.3"))
def test_text_has_the_order_of_addresses_and_one_length(
    one: ipaddress.IPv4Address, other: ipaddress.IPv4Address
) -> None:
    texts = [comparable(one), comparable(other)]
    assert {len(text) for text in texts} == {41}
    assert all(text.isdecimal() for text in texts)
    if one.version == other.version:
        assert (texts[0] < texts[1]) == (one < other) or texts[0][0] != texts[1][0]


def test_an_ipv4_network_in_ipv6_form_is_an_ipv4_network() -> None:
    assert LogonNetwork.of("::ffff:10.1.0.0/112") == LogonNetwork.of("10.1.0.0/16")
    assert LogonNetwork.of("::ffff:0:0/96") == LogonNetwork.of("0.0.0.0/0")
    assert not is_inside("10.1.2.3", "::/0")


def test_networks_come_once_and_in_order() -> None:
    texts = ["10.2.0.0/16", "2001:db8::/32", "10.1.0.0/16", "2001:0DB8::/32"]
    expected = ["10.1.0.0/16", "10.2.0.0/16", "2001:db8::/32"]
    for order in itertools.permutations(texts):
        assert [row.network for row in networks_of(order)] == expected


@pytest.mark.parametrize(
    "text",
    ["", "10.1.0.7/16", "10.1.0.0/33", "010.1.0.0/16", "::g/64", "fe80::%eth0/64", "host/24"],
)
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        LogonNetwork.of(text)
