"""runner.py FD: the client's side of the field. Runs programs in a network that has nothing but the cable, and measures them.

One JSON object a line comes through the socket FD, and one goes back. `how` is "time" (wall and CPU, nothing else looks
on), "memory" (under ptrace: the largest peak of all its processes) or "files" (under strace: those that it opens).
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parent.parent.parent)

from tests.bench.field import CLIENT, SERVER, open_tun  # noqa: E402

_NEWNET = 0x40000000
_TRACEME, _CONT, _SETOPTIONS = 0, 7, 0x4200
_FORK, _VFORK, _CLONE, _EXEC, _EXIT, _KILL_ALL = 2, 4, 8, 16, 64, 1 << 20
_WALL, _EVENT_EXIT = 0x40000000, 6
_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)


def run(argv: list[str], environment: dict[str, str]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, err.fileno(), 2)]
        began = time.perf_counter()
        process = os.posix_spawn(argv[0], argv, environment, file_actions=actions)
        _, status, used = os.wait4(process, 0)
        wall = time.perf_counter() - began
        return {"status": os.waitstatus_to_exitcode(status), "wall": wall, "cpu": used.ru_utime + used.ru_stime, **_said(out, err)}


def _said(out: Any, err: Any) -> dict[str, str]:
    for file in (out, err):
        file.seek(0)
    return {"out": out.read().decode("latin-1"), "err": err.read().decode("latin-1")}


def run_for_memory(argv: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """ru_maxrss would be that of the process that forked, when that is larger: each process is looked at as it dies."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        first = os.fork()
        if first == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            _libc.ptrace(_TRACEME, 0, None, None)
            os.kill(os.getpid(), signal.SIGSTOP)
            os.execve(argv[0], argv, environment)
        os.waitpid(first, 0)
        _libc.ptrace(_SETOPTIONS, first, None, _FORK | _VFORK | _CLONE | _EXEC | _EXIT | _KILL_ALL)
        _libc.ptrace(_CONT, first, None, None)
        peak, status = _watch(first)
        return {"status": status, "peak": peak, "wall": 0.0, "cpu": 0.0, **_said(out, err)}


def _watch(first: int) -> tuple[int, int]:
    """The largest peak in KiB of the first process and of those that come from it, and the status of the first."""
    peak = result = 0
    while True:
        try:
            process, status = os.waitpid(-1, _WALL)
        except ChildProcessError:
            return peak, result
        if not os.WIFSTOPPED(status):
            result = os.waitstatus_to_exitcode(status) if process == first else result
            continue
        number = 0 if status >> 16 else os.WSTOPSIG(status)
        if status >> 16 == _EVENT_EXIT:
            peak = max(peak, _peak_of(process))
        # A new process stops once by SIGSTOP, which is not for it to see.
        _libc.ptrace(_CONT, process, None, 0 if number == signal.SIGSTOP else number)


def _peak_of(process: int) -> int:
    with open(f"/proc/{process}/status", encoding="ascii", errors="replace") as file:
        found = re.search(r"VmHWM:\s+(\d+) kB", file.read())
    return int(found[1]) if found else 0


def run_for_files(argv: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """The files that are opened or executed, each once, with their sizes."""
    with tempfile.NamedTemporaryFile("r") as log:
        done = run(["/usr/bin/strace", "-f", "-qq", "-e", "trace=open,openat,execve", "-o", log.name, *argv], environment)
        # A line may end in "<unfinished ...>", when another process was faster.
        paths = re.findall(r'(?m)(?:execve\(|open\(|openat\(AT_FDCWD, )"([^"]+)"(?!.* = -1 )', log.read())
    files = {os.path.realpath(path) for path in paths if not path.startswith(("/proc/", "/dev/", "/sys/"))}
    return done | {"files": {path: os.path.getsize(path) for path in sorted(files) if os.path.isfile(path)}}


def main() -> None:
    sock = socket.socket(fileno=int(sys.argv[1]))
    if _libc.unshare(_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare(2) of the network")
    tun = open_tun(CLIENT, SERVER, "default")
    socket.send_fds(sock, [b"r"], [tun])
    os.close(tun)
    hows = {"time": run, "memory": run_for_memory, "files": run_for_files}
    for line in sock.makefile("r"):
        given = json.loads(line)
        environment, (name, *rest) = given["environment"], given["argv"]
        argv = [shutil.which(name, path=environment.get("PATH")) or name, *rest]
        sock.sendall(json.dumps(hows[given["how"]](argv, environment)).encode() + b"\n")


if __name__ == "__main__":
    main()
