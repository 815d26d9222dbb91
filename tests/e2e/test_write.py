"""write: files, all of them or none, whatever fails and wherever it is killed."""

import fcntl
import os
import re
import select
import threading

from tests.e2e import MESSAGES, says
from tests.e2e.deliver import Delivery

SPARE = re.compile(r"\.azfob-[0-9a-f]{16}\Z")


class Writing(Delivery):
    def test_each_value_is_in_its_file_byte_for_byte_and_only_we_can_read_it(self):
        value = "".join(map(chr, range(1, 0x180))) + "\n\u20ac\U0001f600"
        self.vault.put("odd", value)
        self.vault.put("empty", "")
        self.gives(b"", "write", f"{self.path('a')}=ExamplePassword", f"{self.path('b')}=odd", f"{self.path('c')}=empty")
        self.assertEqual([self.content(name) for name in "abc"], [b"abc@123", value.encode(), b""])
        self.assertEqual([self.looks(name) for name in "abc"], [(0o400, os.geteuid(), os.getegid())] * 3)
        self.assertEqual(self.names(), ["a", "b", "c"])

    def test_mode_and_owner_are_those_of_the_options_where_the_manifest_says_none(self):
        manifest = self.put("m", f"""
            # files for the server
            {self.path("a")}=ExamplePassword mode=0440 owner=1000:1001   # the group reads it
            "{self.path("with blank")}"=akv://dummy-keyvault/ExamplePassword owner=:7
            {self.path("b")}=ExamplePassword
        """.encode())
        self.gives(b"", "write", "-f", manifest, "--mode", "0644", "--owner", "12:13", f"{self.path('c')}=ExamplePassword")
        self.assertEqual({name: self.looks(name) for name in self.names() if name != "m"},
                         {"a": (0o440, 1000, 1001), "with blank": (0o644, 12, 7), "b": (0o644, 12, 13), "c": (0o644, 12, 13)})

    def test_a_manifest_may_be_standard_input_and_there_may_be_several(self):
        one = self.put("one", f"{self.path('a')}=ExamplePassword".encode())
        self.gives(b"", "write", "-f", one, "-f", "-", stdin=f"{self.path('b')}=ExamplePassword\r\n".encode())
        self.assertEqual((self.content("a"), self.content("b")), (b"abc@123", b"abc@123"))

    def test_a_secret_is_fetched_once_however_often_and_in_whatever_spelling_it_is_asked_for(self):
        self.vault.put("json", '{"a":{"b":"x"},"c":"eXo="}')
        self.gives(b"", "write", *(f"{self.path(name)}={ref}" for name, ref in {
            "a": "json#/a/b", "b": "akv://dummy-keyvault/JSON?decode=base64#/c", "c": "https://dummy-keyvault.vault.azure.net/secrets/json/#/a",
            "d": "@Microsoft.KeyVault(VaultName=dummy-keyvault;SecretName=json)#/c"}.items()))
        self.assertEqual([self.content(name) for name in "abcd"], [b"x", b"yz", b'{"b":"x"}', b"eXo="])
        self.assertEqual(self.asked_for(), ["/secrets/json"])

    def test_folders_are_made_only_with_mkdir(self):
        target = f"{self.path('x/y/a')}=ExamplePassword"
        self.fails(73, says("FILE_CREATE", self.path("x/y/a"), "no such file or folder"), "write", target)
        self.gives(b"", "write", "--mkdir", target)
        self.assertEqual(self.content("x/y/a"), b"abc@123")

    def test_what_is_right_is_not_touched_unless_always(self):
        target = f"{self.path('a')}=ExamplePassword"
        self.gives(b"", "write", target)
        os.utime(self.path("a"), ns=(1, 2))
        before = os.lstat(self.path("a"))
        self.gives(b"", "write", target)
        after = os.lstat(self.path("a"))
        self.assertEqual([(s.st_ino, s.st_mtime_ns, s.st_ctime_ns, s.st_atime_ns) for s in (before, after)][0],
                         (after.st_ino, after.st_mtime_ns, after.st_ctime_ns, after.st_atime_ns))
        self.gives(b"", "write", "--always", target)
        self.assertNotEqual(os.lstat(self.path("a")).st_ino, before.st_ino)
        self.gives(b"", "write", target, env={"AZFOB_ALWAYS": "0"})

    def test_a_fifo_gets_the_value_when_somebody_reads(self):
        os.mkfifo(self.path("fifo"))
        got = []
        reader = threading.Thread(target=lambda: got.append(self.content("fifo")))
        reader.start()
        self.gives(b"", "write", f"{self.path('fifo')}=ExamplePassword")
        reader.join()
        self.assertEqual((got, self.names()), ([b"abc@123"], ["fifo"]))

    def test_standard_output_can_be_a_target(self):
        self.gives(b"abc@123", "write", "/dev/stdout=ExamplePassword")

    def test_an_optional_secret_that_is_not_there_makes_no_file_and_is_no_error(self):
        self.put("old", b"old")
        self.gives(b"", "write", f"{self.path('a')}=nope?optional", f"{self.path('b')}=ExamplePassword", f"{self.path('old')}=nope?optional")
        self.assertEqual((self.names(), self.content("old")), (["b", "old"], b"old"))

    def test_one_use_that_is_not_optional_makes_the_secret_needed(self):
        self.fails(66, says("VAULT_MISSING", "nope"), "write", f"{self.path('a')}=nope?optional", f"{self.path('b')}=nope")
        self.assertEqual(self.names(), [])


class Refusing(Delivery):
    """Whatever fails, all old files stay, and nothing new is there."""

    def setUp(self):
        super().setUp()
        self.put("old", b"old")
        self.old = f"{self.path('old')}=ExamplePassword"

    def unchanged(self, status, message, *args, **more):
        self.fails(status, message, "write", self.old, *args, **more)
        self.assertEqual((self.names(), self.content("old")), (["old"], b"old"))

    def test_a_secret_that_is_missing(self):
        self.unchanged(66, says("VAULT_MISSING", "nope", self.host), f"{self.path('a')}=nope")

    def test_a_value_that_cannot_be_what_is_wanted(self):
        self.unchanged(65, says("SELECT_NOT_ENCODED", "ExamplePassword?decode=hex", "hex"), f"{self.path('a')}=ExamplePassword?decode=hex")
        self.unchanged(65, says("SELECT_NO_MEMBER"), f"{self.path('a')}=json#/b", env=self.with_json())

    def with_json(self):
        self.vault.put("json", '{"a":1}')
        return {}

    def test_a_target_that_is_a_folder(self):
        os.mkdir(self.path("folder"))
        self.fails(73, says("FILE_FOLDER", self.path("folder")), "write", self.old, f"{self.path('folder')}=ExamplePassword")
        self.assertEqual((self.names(), self.content("old")), (["folder", "old"], b"old"))

    def test_mistakes_are_all_named_before_anybody_is_asked(self):
        manifest = self.put("m", b"X=ExamplePassword\n/run/x=my_secret\n/run/y=ok mode=9\n")
        run = self.run_it("write", "-f", manifest, self.old, "/x=a/b/c/d", "nothing")
        self.assertEqual((run.status, run.out, run.err.count("\n")), (64, b"", 5))
        for place in f"{manifest} line 1: ", f"{manifest} line 2: ", f"{manifest} line 3: ", '"a/b/c/d"', '"nothing"':
            self.assertIn(place, run.err)
        self.nobody_was_asked()

    def test_nothing_to_write_and_a_manifest_that_is_not_there(self):
        self.fails(64, says("NO_ASSIGNMENT"), "write")
        self.fails(65, says("FILE_READ", self.path("none"), "no such file or folder"), "write", "-f", self.path("none"))
        self.nobody_was_asked()

    def test_two_values_for_one_file(self):
        self.unchanged(64, says("TARGET_TWICE", self.folder + "//./old"), f"{self.folder}//./old=ExamplePassword")
        self.nobody_was_asked()

    def test_a_full_disk(self):
        os.mkdir(self.path("full"))
        self.vault.put("big", "x" * 20000)
        mount = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=16k none "$0" && exec "$@"', self.path("full")]
        self.fails(74, says("FILE_WRITE", self.path("full/a"), "no space left"), "write", self.old, f"{self.path('full/a')}=big", before=mount)
        self.assertEqual((self.names(), self.content("old"), self.names("full")), (["full", "old"], b"old", []))


class Memory(Delivery):
    def test_a_hundred_secrets_take_at_most_1_mib(self):
        names = [f"s-{number:03}" for number in range(100)]
        for name in names:
            self.vault.put(name, name * 10)
        self.vault.put("big", "x" * 20000)
        os.mkfifo(self.path("fifo"))
        # All files are complete when the FIFO is written to, and it takes less than the value: there azfob waits for us.
        fifo = os.open(self.path("fifo"), os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, fifo)
        fcntl.fcntl(fifo, fcntl.F_SETPIPE_SZ, 4096)
        running = self.start("write", *(f"{self.path(name)}={name}" for name in names), f"{self.path('fifo')}=big")
        select.select([fifo], [], [])
        with open(f"/proc/{running.pid}/status", encoding="ascii") as status:
            peak_kb = int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1])
        os.set_blocking(fifo, True)
        with open(fifo, "rb", closefd=False) as reader:
            self.assertEqual(reader.read(), b"x" * 20000)
        self.assertEqual(running.end().status, 0)
        self.assertEqual([self.content(name) for name in names], [name.encode() * 10 for name in names])
        self.assertLessEqual(peak_kb, 1024)


class EveryCall(Delivery):
    """The 1st system call of a whole run fails, then the 2nd, ... and the same with a kill. Of what output/files does alone,
    tests/output/test_files.py proves more; here it stands behind the network and the arena."""

    OLD = {"a": b"old a" * 2000, "b": b"old b"}
    NEW = {"a": b"new a" * 2000, "b": b"new b", "c": b"new c"}

    def setUp(self):
        super().setUp()
        for name, value in self.NEW.items():
            self.vault.put(name, value.decode())
        self.log = self.folder + ".strace"
        self.addCleanup(lambda: os.path.exists(self.log) and os.unlink(self.log))
        # By its address: no child is needed, so that every call is made by the run itself.
        self.args = ["write", "--resolve", self.lab.resolve(), *(f"{self.path(name)}={name}" for name in self.NEW)]

    def traced(self, *options):
        for name in self.names():
            os.unlink(self.path(name))
        for name, content in self.OLD.items():
            self.put(name, content)
        return self.run_it(*self.args, before=["strace", "-f", "-o", self.log, *options])

    def each_call(self, kind, check):
        """How often the network is read is not the same in each run, so that not every number is struck."""
        run = self.traced()
        self.assertEqual((run.status, self.files()), (0, self.NEW), run.err)
        with open(self.log, encoding="utf-8", errors="replace") as log:
            made = re.findall(r"^\d+ +(\w+)\(", log.read(), re.M)
        self.assertGreater(len(made), 80)
        for call in sorted(set(made) - {"execve", "arch_prctl", "rt_sigaction"}):  # the C library's start; and more than 100 of one kind
            for when in range(1, made.count(call) + 1):
                with self.subTest(call=call, when=when):
                    check(self.traced("-e", f"inject={call}:{kind}:when={when}"))

    def files(self):
        return {name: self.content(name) for name in self.names() if not SPARE.match(name)}

    def test_whatever_call_fails_the_set_is_old_or_new_and_the_status_is_one_of_the_contract(self):
        statuses = {0} | {status for status, _ in MESSAGES.values()}
        seen = set()

        def check(run):
            self.assertIn(run.status, statuses, run.err)
            self.assertNotIn(" within ", run.err, "it waited for its deadline")
            self.assertEqual(self.files(), self.OLD if run.status else self.NEW, run.err)
            self.assertLessEqual(len(self.names()), len(self.files()) + 1)  # one that could not be unlinked, when just this failed
            seen.add(run.status)

        self.each_call("error=EIO", check)
        self.assertGreaterEqual(seen, {0, 69, 71, 73, 74})

    def test_wherever_it_is_killed_each_file_is_old_or_new_and_the_next_run_mends_all(self):
        states = set()

        def check(run):
            self.assertIn(run.status, (-9, 0), run.err)
            files = self.files()
            for name, content in self.NEW.items():
                self.assertIn(files.get(name), (self.OLD.get(name), content))
            states.add(tuple(files.get(name) == content for name, content in self.NEW.items()))
            self.gives(b"", *self.args)
            self.assertEqual({name: self.content(name) for name in self.names()}, self.NEW)

        self.each_call("signal=SIGKILL", check)
        self.assertGreaterEqual(states, {(False,) * 3, (True,) * 3})
