"""A run of the program under ptrace(2): its memory at the moment of its end, and another clock than the machine's.

    running = self.start(.., preexec_fn=trace_me)      # stands still behind its execve
    tracee = Tracee(running.process)
    tracee.set_clock(0)                                # CLOCK_REALTIME begins at 1970-01-01
    tracee.run_to_exit()                               # all of it is still there
    tracee.find(b"secret"); tracee.peak_kib()
    tracee.finish()                                    # and only then assert: who stands still cannot even be killed
    run = running.end()

All calls come from the thread that started it: that one is the tracer.
"""

import ctypes
import itertools
import os
import platform
import re
import signal
import struct

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long

_TRACEME, _CONT, _SYSCALL, _SETOPTIONS, _SEIZE, _GET_SYSCALL_INFO = 0, 7, 24, 0x4200, 0x4206, 0x420E
_O_TRACESYSGOOD, _O_TRACEEXIT, _O_EXITKILL = 0x01, 0x40, 0x100000
_EVENT_EXIT, _WALL = 6, 0x40000000
_AT_NULL, _AT_IGNORE, _AT_SYSINFO_EHDR = 0, 1, 33
_CLOCK_GETTIME = {"x86_64": 228, "aarch64": 113}[platform.machine()]
_CLOCK_REALTIME = 0
_PAGE = os.sysconf("SC_PAGE_SIZE")


def trace_me():
    """In the child, before its execve."""
    _libc.ptrace(_TRACEME, 0, None, None)


def _ptrace(request, pid, address=None, data=None):
    answer = _libc.ptrace(request, pid, address, data)
    if answer < 0:
        raise OSError(ctypes.get_errno(), f"ptrace({request:#x})")
    return answer


class Tracee:
    def __init__(self, process, seize=False):
        """`seize`: it runs already, and goes on."""
        self.process, self.pid = process, process.pid
        self._clock = None
        options = _O_TRACEEXIT | _O_TRACESYSGOOD | _O_EXITKILL
        if seize:
            _ptrace(_SEIZE, self.pid, None, options)
            self._stopped = False
        else:
            os.waitpid(self.pid, _WALL)
            _ptrace(_SETOPTIONS, self.pid, None, options)
            self._stopped = True

    # --- its course ---

    def run_to_exit(self):
        """Goes on until it is about to end, by exit or by a signal. Signals reach it as ever."""
        deliver, entering = 0, True
        while True:
            if self._stopped:
                _ptrace(_CONT if self._clock is None else _SYSCALL, self.pid, None, deliver)
            status = os.waitpid(self.pid, _WALL)[1]
            self._stopped, deliver = True, 0
            if not os.WIFSTOPPED(status):
                raise RuntimeError(f"it ended unseen: {status:#x}")
            if status >> 16 == _EVENT_EXIT:
                return
            if os.WSTOPSIG(status) == signal.SIGTRAP | 0x80:
                if not entering:
                    self._answer_call()
                else:
                    self._note_call()
                entering = not entering
            elif status >> 16 == 0:
                deliver = os.WSTOPSIG(status)

    def finish(self):
        """Lets it end. Popen did not see that, so it is told."""
        _ptrace(_CONT, self.pid)
        self.process.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, _WALL)[1])

    # --- its memory ---

    def find(self, *needles):
        return find_in_memory(self.pid, *needles)

    def peak_kib(self):
        """The most that was resident, and what is now (VmHWM counts in batches, the second exactly)."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            peak = int(re.search(r"VmHWM:\s*(\d+) kB", file.read())[1])
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as file:
            now = int(re.search(r"Rss:\s*(\d+) kB", file.read())[1])
        return peak, now

    # --- its clock ---

    def set_clock(self, seconds):
        """Its civil clock says this, from before its first instruction. The vDSO is hidden from it, so that it has to ask the kernel."""
        self._clock = seconds
        with open(f"/proc/{self.pid}/mem", "r+b", buffering=0) as memory:
            at = self._stack_pointer() + 8  # behind argc
            for _ in range(2):  # argv, then the environment
                while _word(memory, at):
                    at += 8
                at += 8
            while (kind := _word(memory, at)) != _AT_NULL:
                if kind == _AT_SYSINFO_EHDR:
                    memory.seek(at)
                    memory.write(struct.pack("Q", _AT_IGNORE))
                at += 16

    def _call(self):
        """struct ptrace_syscall_info: op, arch, ip, sp, then of an entry the number and arguments."""
        room = ctypes.create_string_buffer(88)
        _ptrace(_GET_SYSCALL_INFO, self.pid, len(room), ctypes.cast(room, ctypes.c_void_p))
        return struct.unpack_from("BxxxIQQ7Q", room.raw)

    def _stack_pointer(self):
        return self._call()[3]

    def _note_call(self):
        _, _, _, _, number, *arguments = self._call()
        self._asked_at = arguments[1] if (number, arguments[0]) == (_CLOCK_GETTIME, _CLOCK_REALTIME) else None

    def _answer_call(self):
        if self._asked_at:
            with open(f"/proc/{self.pid}/mem", "r+b", buffering=0) as memory:
                memory.seek(self._asked_at)
                memory.write(struct.pack("qq", self._clock, 0))


def _word(memory, at):
    memory.seek(at)
    return struct.unpack("Q", memory.read(8))[0]


def find_in_memory(pid, *needles):
    """{needle: [the mappings' lines of /proc/PID/maps where it is]}. Pages that were never used are not looked at, and stay so."""
    found = {needle: [] for needle in needles}
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory, \
            open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pagemap:
        for line in maps:
            start, end = (int(part, 16) for part in line.split()[0].split("-"))
            if "r" not in line.split()[1] or "[v" in line:  # vvar, vdso, vsyscall
                continue
            for at, size in _used(pagemap, start, end):
                memory.seek(at)
                content = memory.read(size)
                for needle in needles:
                    if needle in content and line.strip() not in found[needle]:
                        found[needle].append(line.strip())
    return found


def _used(pagemap, start, end):
    """(address, bytes) of each run of pages that are in memory or swapped out."""
    pagemap.seek(start // _PAGE * 8)
    entries = struct.unpack(f"{(end - start) // _PAGE}Q", pagemap.read((end - start) // _PAGE * 8))
    for used, run in itertools.groupby(enumerate(entries), lambda entry: entry[1] >> 62 != 0):
        pages = [number for number, _ in run]
        if used:
            yield start + pages[0] * _PAGE, len(pages) * _PAGE
