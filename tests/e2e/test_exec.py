"""exec: CMD has what was asked for, and nothing of ours; or it is not started."""

import os
import re
import signal
import subprocess
import time

from tests.e2e import says
from tests.e2e.deliver import Delivery

PATH = "/usr/local/bin:/usr/bin:/bin"
AKV = "akv://dummy-keyvault"


class Exec(Delivery):
    def setUp(self):
        super().setUp()
        self.vault.put("user", "app")
        self.vault.put("host", "db.example")
        self.vault.put("odd", "a'b\"c$d `e` \\ \n\t\u20ac")

    def environment(self, *args, env=None, **more):
        """CMD's environment."""
        run = self.run_it("exec", *args, "--", "/usr/bin/env", "-0", env={"PATH": PATH} | (env or {}), **more)
        self.assertEqual((run.status, run.err), (0, ""))
        pairs = [entry.split("=", 1) for entry in run.out.decode().split("\0")[:-1]]
        self.assertEqual(len({name for name, _ in pairs}), len(pairs), "a name is there twice")
        return dict(pairs)


class Environment(Exec):
    def test_targets_and_references_are_resolved_and_all_else_is_as_it_was(self):
        given = {
            "A": f"{AKV}/user", "B": "@Microsoft.KeyVault(VaultName=dummy-keyvault;SecretName=user)",
            "C": "ref+azurekeyvault://dummy-keyvault/user", "D": "akvs://44444444-4444-4444-4444-444444444444/dummy-keyvault/user",
            "URL": f"postgres://${{{AKV}/user}}:${{{AKV}/ExamplePassword}}@${{{AKV}/host}}/db?x=${{HOME}}$$", "ODD": f"{AKV}/odd",
            "PLAIN": f"see {AKV}/user", "HOME": "/home/app", "EMPTY": "",
        }
        self.assertEqual(self.environment("NEW=ExamplePassword", "HOME=host", env=given), {
            "KEY_VAULT_NAME": "dummy-keyvault", "PATH": PATH, "A": "app", "B": "app", "C": "app", "D": "app",
            "URL": "postgres://app:abc@123@db.example/db?x=${HOME}$$", "ODD": "a'b\"c$d `e` \\ \n\t\u20ac", "PLAIN": given["PLAIN"],
            "HOME": "db.example", "EMPTY": "", "NEW": "abc@123"})
        self.assertEqual(sorted(self.asked_for()), ["/secrets/ExamplePassword", "/secrets/host", "/secrets/odd", "/secrets/user"])

    def test_a_target_hides_the_reference_of_the_same_name(self):
        self.assertEqual(self.environment("A=user", env={"A": f"{AKV}/nope"})["A"], "app")

    def test_only_the_targets_and_nothing_else(self):
        self.assertEqual(self.environment("--only", "A=user", env={"B": f"{AKV}/nope", "C": "c"}), {"A": "app"})

    def test_our_own_variables_are_gone_and_the_identity_s_when_told(self):
        given = {"AZFOB_TIMEOUT": "50s", "AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://169.254.169.254", "AZURE_X": "x"}
        seen = self.environment("A=user", env=given)
        self.assertEqual([name for name in seen if name.startswith("AZFOB_")], [])
        self.assertEqual(seen["AZURE_X"], "x")
        self.assertEqual([name for name in self.environment("--drop-identity", "A=user", env=given) if name.startswith(("AZFOB_", "AZURE_"))], [])

    def test_an_optional_secret_that_is_not_there_leaves_no_variable(self):
        given = {"A": "old", "B": f"{AKV}/nope?optional", "C": f"x${{{AKV}/nope?optional}}y${{{AKV}/user}}", "D": f"${{{AKV}/nope?optional}}"}
        seen = self.environment("A=nope?optional", "@E=nope?optional", env=given | {"E": "old"})
        self.assertEqual({name: seen.get(name) for name in "ABCDE"}, {"A": None, "B": None, "C": "xyapp", "D": None, "E": None})

    def test_a_manifest_has_variables_files_and_memory_files(self):
        manifest = self.put("m", f"A=user\n@B=host\n{self.path('f')}=ExamplePassword mode=0440\n".encode())
        run = self.run_it("exec", "-f", manifest, "--", "/bin/sh", "-c", 'echo $A; cat $B "$0"', self.path("f"), env={"PATH": PATH})
        self.assertEqual((run.status, run.out, run.err), (0, b"app\ndb.exampleabc@123", ""))
        self.assertEqual(self.looks("f")[0], 0o440)

    def test_without_any_reference_nobody_is_asked(self):
        self.gives(b"hello\n", "exec", "--", "/bin/echo", "hello", env={"AZURE_TENANT_ID": "t"})
        self.nobody_was_asked()


class MemoryFiles(Exec):
    def test_it_is_sealed_and_nobody_else_s_and_has_the_bytes(self):
        script = 'cat "$A"; stat -Lc " %a %u" "$A"; echo x 2>&1 >>"$A" || echo refused; exec 9<>"$A" || echo refused'
        run = self.run_it("exec", "@A=odd", "--", "/bin/sh", "-c", script, env={"PATH": PATH})
        self.assertTrue(run.out.startswith("a'b\"c$d `e` \\ \n\t\u20ac 400 0\n".encode()), run.out)
        self.assertIn(b"refused", run.out)

    def test_it_needs_no_folder_that_can_be_written_to(self):
        before = ["unshare", "--mount", "sh", "-c", 'mount -o remount,bind,ro / && ! touch /.azfob-test 2>&1 && exec "$@"', "-"]
        run = self.run_it("exec", "@A=user", "--", "/bin/sh", "-c", 'cat "$A"', before=before, env={"PATH": PATH})
        self.assertEqual((run.status, run.out.splitlines()[-1], run.err), (0, b"app", ""))


class Refusing(Exec):
    def not_started(self, status, *args, env=None, lines=1):
        run = self.run_it("exec", *args, "--", "/usr/bin/touch", self.path("started"), env=env)
        self.assertEqual((run.status, run.out, run.err.count("\n"), self.names()), (status, b"", lines, []), run.err)
        return run.err

    def test_what_is_missing_refused_or_no_such_value_keeps_cmd_from_starting(self):
        self.assertIn("nope", self.not_started(66, "A=user", env={"B": f"{AKV}/nope"}))
        self.assertIn("user#/x", self.not_started(65, "A=user#/x", "B=host"))
        self.vault.put("nul", "secret\0secret")
        self.assertNotIn("secret\0", self.not_started(65, "A=nul"))
        self.vault.assign(self.lab.identity, "Reader")
        self.assertIn("Key Vault Secrets User", self.not_started(77, "A=user"))

    def test_every_value_that_cannot_be_what_is_wanted_is_named(self):
        err = self.not_started(65, "A=user#/x", "B=host?decode=base64", "C=odd?part=key", "D=user", lines=3)
        for reference in "user#/x", "host?decode=base64", "odd?part=key":
            self.assertIn(reference, err)

    def test_every_reference_that_the_vault_refused_meanwhile_is_named(self):
        # Eight are asked for at once. On a busy machine the last answers may be later than a run waits for them: then again.
        names = [f"nope-{number}" for number in range(30)]
        self.lab.fail("vault", delay=0.2, times=0)
        for _ in range(20):
            self.journal.clear()
            run = self.run_it("exec", *(f"V{number}={name}" for number, name in enumerate(names)), "--", "/bin/true")
            named = [name for name in names if f"{name} in " in run.err]
            self.assertEqual((run.status, run.err.count("\n")), (66, len(named)))
            self.assertLessEqual({f"/secrets/{name}" for name in named}, set(self.asked_for()))
            if len(named) > 1:
                return
        self.fail("only one was ever named")

    def test_mistakes_in_the_environment_are_named_with_their_variable_and_nobody_is_asked(self):
        secret = "Pa55word"
        err = self.not_started(64, "A=my_secret", env={"URL": f"x${{{AKV}/user}}:${{{AKV}/{secret}", "B": f"{AKV}/a_{secret}"}, lines=3)
        for part in '"my_secret"', "URL: ", "B: ":
            self.assertIn(part, err)
        self.assertNotIn(secret, err)
        self.nobody_was_asked()

    def test_cmd_that_is_not_there_is_127_and_one_that_cannot_be_run_126(self):
        self.fails(127, says("LAUNCH_MISSING", "no-such-program"), "exec", "A=user", "--", "no-such-program", env={"PATH": PATH})
        self.put("plain", b"text", 0o644)
        self.fails(126, says("LAUNCH_FAILED", self.path("plain"), "permission denied"), "exec", "A=user", "--", self.path("plain"))
        self.fails(127, says("LAUNCH_MISSING", "no-such-program"), "exec", "--init", "A=user", "--", "no-such-program", env={"PATH": PATH})
        self.fails(64, says("OPTION_NO_CHILD"), "exec", "A=user")


class Becoming(Exec):
    def test_cmd_has_our_pid_and_only_the_descriptors_that_were_asked_for(self):
        running = self.start("exec", "A=user", "@M=host", "--", "/bin/sh", "-c", "echo $$; ls -l /proc/self/fd | sed 's/.* -> //'", env={"PATH": PATH})
        run = running.end()
        pid, *links = run.out.decode().split()
        self.assertEqual(int(pid), running.pid)
        # 0 to 2, the memory file, and the folder that ls itself has open.
        self.assertEqual([link for link in links if "socket" in link], [])
        self.assertEqual(sum("memfd" in link for link in links), 1)

    def test_signals_are_as_they_were_given_to_us(self):
        show = ["/bin/grep", "^Sig[BIC]", "/proc/self/status"]
        alone = subprocess.run(show, capture_output=True, check=True).stdout
        self.gives(alone, "exec", "A=user", "--", *show)

    def test_user_is_who_cmd_is_and_whose_the_files_are(self):
        os.chmod(self.folder, 0o777)
        run = self.run_it("exec", "--user", "1234:5678", "A=user", "@M=host", f"{self.path('f')}=ExamplePassword", f"{self.path('g')}=user", "--",
                          "/bin/sh", "-c", 'id -u; id -g; id -G; cat "$M" "$0" "$1"', self.path("f"), self.path("g"), env={"PATH": PATH})
        self.assertEqual((run.status, run.out, run.err), (0, b"1234\n5678\n5678\ndb.exampleabc@123app", ""))
        self.assertEqual((self.looks("f"), self.looks("g")), ((0o400, 1234, 5678),) * 2)
        self.gives(b"", "exec", "--user", "1234", "--owner", "7", f"{self.path('f')}=ExamplePassword", "--", "/bin/true")
        self.assertEqual(self.looks("f")[1], 7)


class Init(Exec):
    def test_cmd_s_status_is_ours_and_a_signal_128_and_its_number(self):
        for way in [], ["--init"]:
            self.assertEqual(self.run_it("exec", *way, "A=user", "--", "/bin/sh", "-c", 'test "$A" = app && exit 42').status, 42)
        self.assertEqual(self.run_it("exec", "--init", "A=user", "--", "/bin/sh", "-c", "kill -KILL $$").status, 137)

    def stopped(self, *options, script):
        """CMD has said that it is ready."""
        read, write = os.pipe()
        running = self.start("exec", "--init", *options, "SECRET=ExamplePassword", "@M=odd", "--", "/bin/sh", "-c", script,
                             env={"PATH": PATH}, stdout=write)
        os.close(write)
        self.addCleanup(os.close, read)
        self.addCleanup(self.end_children, running.pid)
        self.assertEqual(os.read(read, 100), b"ready\n")
        return running

    def status_of(self, pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return status.read()

    def end_children(self, pid):
        """What init started would outlive it, when the test has failed."""
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
                for child in children.read().split():
                    os.kill(int(child), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            pass

    def test_a_signal_is_sent_on(self):
        running = self.stopped(script='trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done')
        os.kill(running.pid, signal.SIGTERM)
        self.assertEqual(running.end().status, 7)

    def test_kill_after_ends_cmd_that_does_not(self):
        running = self.stopped("--kill-after", "100ms", script='trap "" TERM; echo ready; while :; do sleep 0.05; done')
        os.kill(running.pid, signal.SIGTERM)
        self.assertEqual(running.end().status, 137)

    def memory_of(self, pid):
        """All that can be read of it, mapping by mapping."""
        with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in maps:
                start, end, rights = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
                if rights[0] != "r":
                    continue
                memory.seek(int(start, 16))
                try:
                    yield memory.read(int(end, 16) - int(start, 16))
                except OSError:
                    pass  # [vvar]

    def test_who_stays_keeps_neither_secret_nor_token(self):
        running = self.stopped(script="echo ready; while :; do sleep 0.05; done")
        # CMD runs from its execve on, which may be before its parent has wiped. Its next sleep is for signals, behind that.
        while not re.search(r"(?m)^State:\tS", self.status_of(running.pid)):
            self.assertIsNone(running.process.poll())
            time.sleep(0.01)
        memory = b"".join(self.memory_of(running.pid))
        # The first shows that the search finds what is there: argv. Every token starts as the second.
        found = [text for text in (b"--init", b"eyJ0eXAi", b"Bearer ey", b"abc@123") if text in memory]
        self.assertEqual(found, [b"--init"])
        os.kill(running.pid, signal.SIGTERM)
        running.end()

    def test_the_search_would_find_it_in_one_that_has_not_wiped(self):
        self.lab.fail("vault", path="/secrets/user", ending="stall", after=0, times=0)
        running = self.start("get", "--format", "null", "ExamplePassword", "user")
        self.journal.wait_for("request", "vault", 2)
        while b"abc@123" not in b"".join(self.memory_of(running.pid)):
            self.assertIsNone(running.process.poll())
            time.sleep(0.01)
