"""A network of the test's own, in this very process, as root or as anybody.

`enter()` moves the process into fresh user, network and mount namespaces, where loopback is the whole world: the stand-in
takes the real 169.254.169.254:80 and 127.0.0.1:443 there, names are what `names()` says, and nothing reaches the outside. A
module of tests calls it once when it is imported, before it starts a thread (a process with threads cannot change its user
namespace). Children inherit everything.
"""

from __future__ import annotations

import ctypes
import fcntl
import ipaddress
import os
import socket
import struct
import tempfile
import threading
from pathlib import Path

_NEWNS, _NEWUSER, _NEWNET = 0x00020000, 0x10000000, 0x40000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_libc = ctypes.CDLL(None, use_errno=True)
_entered = False
_replaced: set[str] = set()


class Refused(Exception):
    """The kernel or its administrator does not let us have namespaces; the text says what was refused."""


def enter() -> None:
    """Idempotent. Raises Refused; the process is then as it was."""
    global _entered
    if _entered:
        return
    user, group = os.getuid(), os.getgid()
    # Root keeps its user namespace where it may: files of root stay root's. In a container root may lack CAP_SYS_ADMIN.
    if user != 0 or _libc.unshare(_NEWNET | _NEWNS) != 0:
        if threading.active_count() > 1:
            raise Refused("this process has threads already: call namespace.enter() before anything starts one")
        if _libc.unshare(_NEWUSER | _NEWNET | _NEWNS) != 0:
            raise Refused(f"unshare(2) of user, network and mount namespaces: {os.strerror(ctypes.get_errno())}")
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    _mount(b"none", b"/", _MS_REC | _MS_PRIVATE)
    _loopback_up()
    add_address("169.254.169.254")
    _entered = True


def entered() -> bool:
    return _entered


def names(hosts: dict[str, str] | None = None, nameserver: str | None = None) -> None:
    """What /etc/hosts and /etc/resolv.conf say from now on; without arguments, no name is known and no server asked."""
    lines = ["127.0.0.1 localhost", "::1 localhost"] + [f"{address} {name}" for name, address in (hosts or {}).items()]
    replace("/etc/hosts", "\n".join(lines) + "\n")
    replace("/etc/resolv.conf", f"nameserver {nameserver or '127.0.0.1'}\noptions timeout:1 attempts:2\n")


def add_address(address: str) -> None:
    """One more address on loopback, IPv4 or IPv6."""
    _change_address(address, kind=20, flags=0x0400)  # RTM_NEWADDR, NLM_F_CREATE


def remove_address(address: str) -> None:
    _change_address(address, kind=21, flags=0)


def _change_address(address: str, kind: int, flags: int) -> None:
    ip = ipaddress.ip_address(address)
    family = socket.AF_INET if ip.version == 4 else socket.AF_INET6
    index = socket.if_nametoindex("lo")
    # ifaddrmsg: family, prefix, flags (IFA_F_NODAD for IPv6), scope, index; then IFA_LOCAL and IFA_ADDRESS
    body = struct.pack("BBBBI", family, ip.max_prefixlen, 2 if ip.version == 6 else 0, 0, index)
    for attribute in (2, 1):
        body += struct.pack("HH", 4 + len(ip.packed), attribute) + ip.packed
    message = struct.pack("IHHII", 16 + len(body), kind, 0x0001 | 0x0004 | flags, 1, 0) + body  # NLM_F_REQUEST, NLM_F_ACK
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as netlink:
        netlink.send(message)
        error = -struct.unpack_from("i", netlink.recv(4096), 16)[0]
    if error not in (0, 17):  # EEXIST
        raise OSError(error, f"{address} on lo: {os.strerror(error)}")


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(sock, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def replace(path: str, text: str) -> None:
    """The file has this content, for this process and its children only."""
    if not _entered:
        raise RuntimeError("only inside a namespace: call enter() first")
    if path in _replaced:  # the file there is ours already, and nothing can be mounted on one whose name is gone
        Path(path).write_text(text)
        return
    with tempfile.NamedTemporaryFile("w", prefix="azfob-names-") as file:
        file.write(text)
        file.flush()
        os.chmod(file.name, 0o644)
        # The bind mount keeps the file's content alive after its name is gone.
        _mount(file.name.encode(), os.path.realpath(path).encode(), _MS_BIND)
    _replaced.add(path)


def _mount(source: bytes, target: bytes, flags: int) -> None:
    if _libc.mount(source, target, None, ctypes.c_ulong(flags), None) != 0:
        raise OSError(ctypes.get_errno(), f"mount on {target.decode()}: {os.strerror(ctypes.get_errno())}")
