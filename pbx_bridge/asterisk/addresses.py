"""The addresses of this machine, as its telephone would offer them to browsers."""

import contextlib
import fcntl
import socket
import struct
from typing import Final

_SIOCGIFADDR: Final = 0x8915  # netdevice(7); the answer is a struct ifreq with a sockaddr_in


def host_addresses() -> tuple[str, ...]:
    """IPv4 addresses of the network interfaces, without loopback; sorted."""
    found: set[str] = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode()[:15])
            with contextlib.suppress(OSError):  # an interface without an address
                answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)
                found.add(socket.inet_ntoa(answer[20:24]))
    return tuple(sorted(one for one in found if not one.startswith("127.")))
