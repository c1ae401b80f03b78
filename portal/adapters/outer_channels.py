"""Send a text by an outer channel, such as a group of WeCom or DingTalk, or mail: the boundary of the library apprise.

Addresses come from the operator's file alone. No answer is followed to another address, and nothing in a private
network is called unless the operator says so: an address of the machine's own network may lead where none should.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

from portal.core.errors import PortalError, msg
from portal.core.hints import NAMED

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
SECONDS = 10.0


def send(address: str, title: str, body: str, *, private: bool = False) -> None:
    """Send a text; PortalError, without the address, where it cannot be used or the other side did not take it."""
    # Imported here: only the worker sends, and the library takes as long to load as the rest of it.
    import apprise

    if address.partition(":")[0] in NAMED:
        require_reachable(urlsplit(address).hostname or "", private)
    asset = apprise.AppriseAsset(app_id="One Door", app_desc="One Door", app_url="")
    plugin: Any = apprise.Apprise.instantiate(address, asset=asset)
    if plugin is None:
        raise PortalError("hints.address", msg("An address of the channels for hints can't be used"))
    if address.partition(":")[0] in NAMED:
        # Of mail the host may be another one than that of the address.
        host = getattr(plugin, "smtp_host", None) or plugin.host
        require_reachable(str(host).strip("[]"), private)
    plugin.redirects = False
    plugin.socket_connect_timeout = plugin.socket_read_timeout = SECONDS
    if not plugin.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT):
        raise PortalError("hints.failed", msg("The channel did not take the hint"))


def require_reachable(host: str, private: bool) -> None:
    """Raise PortalError for a host that has no address, or one where nothing is to be called."""
    try:
        found = {one[4][0] for one in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise PortalError("hints.host", msg("The host of a channel for hints has no address")) from None
    for one in found:
        if not _allowed(ipaddress.ip_address(str(one).partition("%")[0]), private):
            raise PortalError(
                "hints.private",
                msg(
                    "A channel for hints leads into a private network: "
                    "PORTAL_HINTS_PRIVATE=allowed permits that, but never addresses of one link"
                ),
            )


def _allowed(address: IPAddress, private: bool) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    return address.is_global or (private and (address.is_private or address.is_loopback))
