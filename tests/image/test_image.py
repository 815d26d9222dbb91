"""The image that the Dockerfile makes, alone and beside an application, run by a real container engine in the test's own network."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.standin import Identity, Lab, Vault, namespace

from . import engine
from .engine import BUILD

ALONE = True
HANG_SECONDS = 3600
VALUE = "abc@123"
APPLICATION = """FROM azfob
COPY app /app
COPY ca.pem /ca.pem
ENTRYPOINT ["/azfob", "exec", "--", "/app"]
"""


def setUpModule() -> None:
    """The images need the network of the machine; only then are we cut off from it."""
    if "localhost/azfob:latest" not in engine.buildah("images", "--format", "{{.Name}}:{{.Tag}}").split():
        raise RuntimeError("build it first: make check-image")
    namespace.enter()
    namespace.names()


class Image(unittest.TestCase):
    lab: Lab

    @classmethod
    def setUpClass(cls) -> None:
        identity = Identity()
        vault = Vault("dummy-keyvault")
        vault.put("ExamplePassword", VALUE)
        vault.put("tls-key", "line one\nline two\n")
        vault.assign(identity, "Key Vault Secrets User")
        cls.lab = cls.enterClassContext(Lab([vault], [identity], imds=("169.254.169.254", 80), vault=("127.0.0.1", 443)))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "Containerfile").write_text(APPLICATION)
            shutil.copy(cls.lab.ca_file, folder / "ca.pem")
            (folder / "ca.pem").chmod(0o444)
            engine.run("gcc", "-O1", "-static", "-o", str(folder / "app"), "tests/image/app.c")
            engine.build(folder, "application")
        cls.network = f"ns:/proc/{os.getpid()}/ns/net"

    def setUp(self) -> None:
        self.lab.reset()

    def options(self, *more: str) -> list[str]:
        return ["--add-host", f"{self.lab.vault.host}:127.0.0.1", "-e", "AZFOB_CA=/ca.pem", "-e", "AZFOB_VAULT=dummy-keyvault", *more]

    def run_image(self, *arguments: str, options: tuple[str, ...] = (), network: str = "") -> subprocess.CompletedProcess:
        command = engine.command("application", arguments, network or self.network, self.options(*options))
        return subprocess.run(command, capture_output=True, text=True)

    def started(self, *arguments: str, options: tuple[str, ...] = ()) -> subprocess.Popen:
        command = engine.command("application", arguments, self.network, self.options("--name", self._testMethodName, *options))
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def stop(self, number: str) -> None:
        engine.run(*engine.PODMAN, "kill", "--signal", number, self._testMethodName)

    def test_the_image_is_one_file(self) -> None:
        container = engine.buildah("from", "--pull-never", "localhost/azfob:latest")
        self.addCleanup(engine.buildah, "rm", container)
        mounted = Path(engine.buildah("mount", container))
        files = [path for path in mounted.rglob("*")]
        self.assertEqual([str(path.relative_to(mounted)) for path in files], ["azfob"])
        self.assertEqual((files[0].stat().st_mode & 0o7777, files[0].stat().st_uid), (0o755, 0))
        config = json.loads(engine.buildah("inspect", "--type", "image", "localhost/azfob:latest"))["OCIv1"]["config"]
        self.assertEqual((config["User"], config["Entrypoint"]), ("65532:65532", ["/azfob"]))

    def test_exec_gives_the_application_its_secret_and_its_place(self) -> None:
        done = self.run_image("show", "PASSWORD", "PLAIN", options=("-e", "PASSWORD=akv://dummy-keyvault/ExamplePassword", "-e", "PLAIN=as it was"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.splitlines(), ["pid=1 uid=65532 gid=65532 no_new_privs=1 seccomp=2", f"PASSWORD={VALUE}", "PLAIN=as it was"])

    def test_a_secret_that_is_not_there_stops_the_start(self) -> None:
        done = self.run_image("show", "PASSWORD", options=("-e", "PASSWORD=akv://dummy-keyvault/no-such"))
        self.assertEqual((done.returncode, done.stdout), (66, ""))
        self.assertIn("no-such", done.stderr)

    def test_without_a_network_it_says_so(self) -> None:
        done = self.run_image("show", options=("-e", "PASSWORD=akv://dummy-keyvault/ExamplePassword", "-e", "AZFOB_TIMEOUT=3s"), network="none")
        self.assertIn(done.returncode, (69, 75))
        self.assertTrue(done.stderr.startswith("azfob: "), done.stderr)
        self.assertEqual(done.stdout, "")

    def test_the_application_s_status_is_the_container_s(self) -> None:
        for status in (0, 1, 42, 255):
            self.assertEqual(self.run_image("exit", str(status)).returncode, status)

    def test_a_program_that_is_not_there_is_127(self) -> None:
        done = self.run_image(options=("--entrypoint", '["/azfob", "exec", "--", "/no-such"]'))
        self.assertEqual((done.returncode, done.stdout), (127, ""))

    def signals(self, *options: str) -> None:
        process = self.started("wait", options=options)
        assert process.stdout
        self.assertEqual(process.stdout.readline(), "ready\n")
        self.stop("USR1")
        self.assertEqual(process.stdout.readline(), f"signal {signal.SIGUSR1.value}\n")
        self.stop("TERM")
        self.assertEqual(process.stdout.readline(), "SIGTERM\n")
        self.assertEqual(process.wait(), 7)

    def test_signals_of_the_engine_reach_the_application(self) -> None:
        self.signals()

    def test_signals_of_the_engine_reach_the_application_below_init(self) -> None:
        self.signals("--entrypoint", '["/azfob", "exec", "--init", "--", "/app"]')

    def test_init_reaps_what_the_application_leaves_behind(self) -> None:
        process = self.started("orphan", options=("--entrypoint", '["/azfob", "exec", "--init", "--", "/app"]'))
        assert process.stdout
        self.assertEqual(process.stdout.readline(), "ready\n")
        first = int(engine.run(*engine.PODMAN, "inspect", "--format", "{{.State.Pid}}", self._testMethodName))
        while len(children := Path(f"/proc/{first}/task/{first}/children").read_text().split()) > 1:
            pass  # an orphan that is not reaped stays for ever
        self.assertEqual(len(children), 1)
        self.stop("TERM")
        self.assertEqual(process.wait(), 7)

    def test_write_fills_a_volume_for_another_container(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,uid=65532,gid=65532,mode=0700", "tmpfs", name], check=True)
            self.addCleanup(subprocess.run, ["umount", name])
            first = ("-v", f"{name}:/secrets", "--entrypoint", '["/azfob", "write"]')
            done = self.run_image("/secrets/password=ExamplePassword", "/secrets/tls.key=tls-key", options=first)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
            modes = {path.name: (path.stat().st_mode & 0o7777, path.stat().st_uid) for path in Path(name).iterdir()}
            self.assertEqual(modes, {"password": (0o400, 65532), "tls.key": (0o400, 65532)})
            second = ("-v", f"{name}:/secrets:ro", "--entrypoint", '["/app"]')
            done = self.run_image("show", "/secrets/password", "/secrets/tls.key", options=second)
            self.assertIn(f"/secrets/password={VALUE}\n", done.stdout)
            self.assertIn("/secrets/tls.key=line one\nline two\n\n", done.stdout)
            subprocess.run(["umount", name], check=True)

    def test_nothing_can_be_written_to_a_root_that_is_read_only(self) -> None:
        done = self.run_image("/password=ExamplePassword", options=("--entrypoint", '["/azfob", "write"]'))
        self.assertEqual((done.returncode, done.stdout), (73, ""))


del BUILD
