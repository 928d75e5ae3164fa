"""From which device and which network somebody comes. Pure."""

from __future__ import annotations

import ipaddress
import re

# The first that fits. Web views name the browser they are built on too, so they stand before it.
_BROWSERS = (
    ("WeChat", r"MicroMessenger/"),
    ("Alipay", r"AlipayClient/"),
    ("QQ", r"\bQQ/|MQQBrowser/"),
    ("UC", r"UCBrowser/"),
    ("Huawei", r"HuaweiBrowser/"),
    ("Samsung", r"SamsungBrowser/"),
    ("MIUI", r"MiuiBrowser/"),
    ("Edge", r"\bEdgA?/|\bEdgiOS/"),
    ("Opera", r"\bOPR/|\bOpera"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS = (
    ("HarmonyOS", r"HarmonyOS|OpenHarmony"),
    ("Android", r"Android"),
    ("iPhone", r"iPhone|iPod"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux|X11"),
)
UNKNOWN = "?"


def read_device(user_agent: str) -> str:
    """
    Give browser and system without their versions, which change by themselves; `?` for what is not known.

    >>> read_device("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36")
    'Chrome · Android'
    >>> read_device("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) AppleWebKit MicroMessenger/8.0.49 NetType/WIFI")
    'WeChat · iPhone'
    >>> read_device(""), read_device("curl/8.1")
    ('? · ?', '? · ?')
    """
    browser = next((name for name, sign in _BROWSERS if re.search(sign, user_agent)), UNKNOWN)
    system = next((name for name, sign in _SYSTEMS if re.search(sign, user_agent)), UNKNOWN)
    return f"{browser} · {system}"


def clean_address(text: str | None) -> str | None:
    """
    Give an IP address in its usual form, or None; an IPv4 address written as IPv6 becomes IPv4.

    >>> clean_address("::ffff:192.0.2.7"), clean_address(" 2001:DB8::1 "), clean_address("unix:"), clean_address(None)
    ('192.0.2.7', '2001:db8::1', None, None)
    """
    try:
        address = ipaddress.ip_address((text or "").strip())
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address).partition("%")[0]


def find_address(*, remote: str | None, forwarded: str, proxies: int) -> str | None:
    """
    Give the address of the one who asks.

    :param remote: the other end of the connection.
    :param forwarded: the header X-Forwarded-For, in which each proxy writes whom it heard at the end.
    :param proxies: how many proxies of the company stand before the server; none means that the header is not believed.

    >>> find_address(remote="10.0.0.1", forwarded="6.6.6.6, 203.0.113.9", proxies=1)
    '203.0.113.9'
    >>> find_address(remote="203.0.113.9", forwarded="6.6.6.6", proxies=0)
    '203.0.113.9'
    """
    hops = [hop for hop in forwarded.split(",") if hop.strip()]
    if proxies and len(hops) >= proxies:
        return clean_address(hops[-proxies])
    return clean_address(remote)


def get_network(address: str | None, *, bits_v4: int = 24, bits_v6: int = 48) -> str:
    """
    Give the network in which an address stands; empty when there is none.

    >>> get_network("203.0.113.9"), get_network("2001:db8:1:2::9"), get_network(None)
    ('203.0.113.0/24', '2001:db8:1::/48', '')
    """
    if not address:
        return ""
    found = ipaddress.ip_address(address)
    return str(ipaddress.ip_network((found, bits_v4 if found.version == 4 else bits_v6), strict=False))


def mask_address(address: str | None) -> str:
    """
    Give an address as it is shown: enough to tell places apart, not enough to find somebody.

    >>> mask_address("203.0.113.9"), mask_address("2001:db8:1:2::9"), mask_address(None)
    ('203.0.*.*', '2001:db8:*', '')
    """
    if not address:
        return ""
    found = ipaddress.ip_address(address)
    if found.version == 4:
        return ".".join([*str(found).split(".")[:2], "*", "*"])
    first, second = (format(int(part, 16), "x") for part in found.exploded.split(":")[:2])
    return f"{first}:{second}:*"
