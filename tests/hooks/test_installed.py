"""What `make install` puts where, and that manuals and completions say what the program says."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.build import AZFOB
from tests.hooks import MANUALS, run

PROGRAM = {"bin/azfob", "lib/azfob/key", "lib/azfob/resolver", "sbin/azfob-enrol"}
TEXTS = {"share/man/man1/azfob.1", "share/man/man5/azfob-references.5", "share/man/man7/azfob-boot.7", "share/man/man8/azfob-enrol.8",
         "share/bash-completion/completions/azfob", "share/zsh/site-functions/_azfob",
         *(f"lib/systemd/system/{unit}" for unit in os.listdir("src/boot/systemd"))}
HOOKS = {"usr/share/initramfs-tools/hooks/azfob", "usr/share/initramfs-tools/scripts/local-top/azfob",
         "usr/share/initramfs-tools/scripts/init-bottom/azfob", "usr/lib/cryptsetup/scripts/azfob",
         *(f"usr/lib/dracut/modules.d/91azfob/{name}" for name in os.listdir("src/boot/dracut"))}


class Installed(unittest.TestCase):
    def install(self, prefix):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        done = run("make", "install", f"DESTDIR={folder}", f"PREFIX={prefix}", env=environment, umask=0o077)
        self.assertEqual(done.returncode, 0, done.stderr)
        return Path(folder)

    def files(self, folder):
        return {str(path.relative_to(folder)): path for path in folder.rglob("*") if not path.is_dir()}

    def test_all_of_it_is_in_its_place_whatever_the_umask(self):
        for prefix, hooks in (("/usr", HOOKS), ("/usr/local", HOOKS), ("/opt/azfob", set())):
            with self.subTest(prefix):
                files = self.files(self.install(prefix))
                own = {prefix[1:] + "/" + name for name in PROGRAM | TEXTS}
                self.assertEqual(set(files), own | hooks)
                for name, path in files.items():
                    plain = name.removeprefix(prefix[1:] + "/") in TEXTS or name.endswith((".service", ".network"))
                    self.assertEqual(oct(path.stat().st_mode & 0o777), oct(0o644 if plain else 0o755), name)

    def test_units_run_what_was_installed(self):
        for prefix in "/usr", "/opt/azfob":
            folder = self.install(prefix)
            for unit in (folder / prefix[1:] / "lib/systemd/system").iterdir():
                for program in re.findall(r"(?m)^Exec\w+=(\S+)", unit.read_text()):
                    self.assertTrue(os.access(folder / program[1:], os.X_OK), f"{unit.name}: {program}")

    def test_systemd_understands_the_units(self):
        folder = self.install("/usr")
        units = [f"/usr/lib/systemd/system/{name}" for name in ("azfob-key.socket", "azfob-key@1.service", "azfob-secrets@web.service")]
        said = run("systemd-analyze", f"--root={folder}", "--man=no", "--recursive-errors=no", "verify", *units)
        self.assertEqual([line for line in (said.stdout + said.stderr).splitlines() if "azfob" in line], [])


class Packages(unittest.TestCase):
    def make(self, target):
        environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        done = run("make", target, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_debian_package_is_what_lintian_wants_and_the_same_bytes_each_time(self):
        package = Path("build/azfob.deb")
        self.make("deb")
        first = package.read_bytes()
        said = run("lintian", "--allow-root", "--fail-on", "warning,error", package)
        self.assertEqual((said.returncode, said.stdout), (0, ""), said.stderr)
        self.make("deb")
        self.assertEqual(package.read_bytes(), first)
        names = {line.split()[5][2:] for line in run("dpkg-deb", "--contents", package, check=True).stdout.splitlines()}
        self.assertTrue({"usr/bin/azfob", *HOOKS} <= names)

    def test_the_archive_is_the_last_commit_and_the_same_bytes_each_time(self):
        version = re.search(r"(?m)^VERSION = (.*)", Path("Makefile").read_text())[1]
        archive = Path(f"build/azfob-{version}.tar.gz")
        self.make("dist")
        first = archive.read_bytes()
        self.make("dist")
        self.assertEqual(archive.read_bytes(), first)
        names = run("tar", "-tzf", archive, check=True).stdout.split()
        self.assertTrue({f"azfob-{version}/{name}" for name in ("Makefile", "src/main.c", "vendor/lock", "tests/run")} <= set(names))
        # It has no repository to ask, and says itself what its date is.
        date = run("tar", "-xzOf", archive, f"azfob-{version}/vendor/date", check=True).stdout
        self.assertIn(run("git", "-c", "safe.directory=*", "log", "-1", "--format=%ct", check=True).stdout.strip(), date)


class Manuals(unittest.TestCase):
    def test_mandoc_finds_nothing(self):
        said = run("mandoc", "-T", "lint", *MANUALS).stdout.splitlines()
        # What other manuals this machine has is not theirs to say.
        self.assertEqual([line for line in said if "referenced manual not found" not in line and "outdated mandoc.db" not in line], [])

    def page(self, name):
        return run("mandoc", "-T", "ascii", "-O", "width=200", f"src/man/{name}", check=True).stdout.replace("_\b", "").replace("\b", "\0")

    def plain(self, name):
        return re.sub(".\0", "", self.page(name))

    def test_azfob_1_has_each_command_and_option_of_the_program_and_no_other(self):
        text = self.plain("azfob.1")
        usage = run(AZFOB, "--help", check=True).stdout
        options = set(re.findall(r"(?m)^ +(?:-\w, )?(--[a-z-]+)", usage))
        self.assertGreater(len(options), 20)
        self.assertEqual(set(re.findall(r"--[a-z][a-z-]+", text)), options)
        commands = set(re.findall(r"(?m)^  azfob ([a-z]+) ", usage))
        self.assertEqual(set(re.findall(r"(?m)^ +azfob ([a-z]+) \[option", text)), commands)

    def test_its_exit_statuses_are_those_of_the_program(self):
        with open("src/base/err.h", encoding="utf-8") as file:
            statuses = set(re.findall(r"EXIT_IS_\w+ = (\d+)", file.read()))
        section = self.plain("azfob.1").split("EXIT STATUS")[1].split("EXAMPLES")[0]
        self.assertEqual({number for row in re.findall(r"(?m)^     (\d+(?:, \d+)*) ", section) for number in row.split(", ")}, statuses)

    def test_azfob_boot_7_has_each_setting_that_the_hooks_read(self):
        with open("src/boot/key", encoding="utf-8") as file:
            script = file.read()
        settings = set(re.findall(r'setting(?:_or_tag)? "?([a-z_.]+?)[".]? ?[;&|$]', script)) | set(re.findall(r"\b([a-z_]+):[A-Z_]+\b", script))
        self.assertTrue({"vault", "secret", "client_id", "wait", "tags", "resolve", "ca"} <= settings, settings)
        text = self.plain("azfob-boot.7")
        self.assertEqual([name for name in settings if not re.search(rf"(?m)^ +(?:\w+, )*{name}\b", text)], [])


class Completions(unittest.TestCase):
    def complete(self, *words):
        script = 'source src/completions/azfob.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _azfob; printf "%s\\n" "${COMPREPLY[@]}"'
        path = f"{os.path.abspath(os.path.dirname(AZFOB))}:{os.environ['PATH']}"
        return subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True, check=True, env={"PATH": path}).stdout.split()

    def test_bash_offers_commands_and_their_own_options(self):
        self.assertTrue({"get", "exec", "unwrap", "--help"} <= set(self.complete("azfob", "")))
        self.assertEqual(self.complete("azfob", "unw"), ["unwrap"])
        self.assertEqual(self.complete("azfob", "exec", "--ini"), ["--init"])
        self.assertEqual(self.complete("azfob", "get", "--ini"), [])
        self.assertEqual(self.complete("azfob", "get", "--format", "d"), ["dotenv"])


if __name__ == "__main__":
    unittest.main()
