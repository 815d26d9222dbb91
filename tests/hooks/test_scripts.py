"""key and resolver, in the shells that an initramfs has: which setting counts, what is asked, and what becomes of the answer."""

import os
import tempfile
import unittest
from pathlib import Path

from tests.hooks import SCRIPTS, run

# Tells how it was called; "first" says what becomes of the first call alone.
AZFOB = """#!/bin/sh
{ env | grep ^AZFOB_ | sort; echo "$*"; } >>"$0.calls"
status=0
[ ! -e "$0.status" ] || { read -r status <"$0.status"; rm "$0.status"; }
[ "$status" = 0 ] || exit "$status"
printf 'the key'
"""
WGET = """#!/bin/sh
echo "$*" >>"$0.calls"
cat "$0.answer"
"""
SLEEP = """#!/bin/sh
echo "$*" >>"$0.calls"
"""


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name, text in (("azfob", AZFOB), ("sleep", SLEEP), ("wget", WGET), ("curl", "#!/bin/sh\nexit 7\n")):
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o755)
        (self.folder / "wget.answer").write_text("")

    def calls(self, name="azfob"):
        path = self.folder / (name + ".calls")
        return path.read_text().splitlines() if path.exists() else []


class Key:
    shell: list

    def key(self, *arguments, line="", conf=None, tags=None, environment=None):
        for name in "azfob.calls", "wget.calls", "sleep.calls":
            (self.folder / name).unlink(missing_ok=True)
        (self.folder / "cmdline").write_text(line + "\n")
        if conf is not None:
            (self.folder / "boot.conf").write_text(conf)
        else:
            (self.folder / "boot.conf").unlink(missing_ok=True)
        (self.folder / "wget.answer").write_text(tags or "")
        variables = {"PATH": f"{self.folder}:{os.environ['PATH']}", "AZFOB_COMMAND_LINE": str(self.folder / "cmdline"),
                     "AZFOB_BOOT_CONF": str(self.folder / "boot.conf"), **(environment or {})}
        return run(*self.shell, "src/boot/key", *arguments, env=variables)

    def test_what_crypttab_says_is_asked_for(self):
        said = self.key("root", "akv://v/disk?decode=base64")
        self.assertEqual((said.returncode, said.stdout, said.stderr), (0, "the key", ""))
        self.assertEqual(self.calls(), ["AZFOB_WAIT=24h", "get -- akv://v/disk?decode=base64"])

    def test_a_file_below_etc_azfob_is_unwrapped(self):
        self.key("root", "/etc/azfob/root.wrapped")
        self.assertEqual(self.calls()[-1], "unwrap -i /etc/azfob/root.wrapped")

    def test_the_kernel_command_line_beats_the_file_and_its_last_word_counts(self):
        self.key("root", "none", line="quiet azfob.vault=a azfob.secret=one azfob.vault=b  ro", conf="# x\nvault=c\nsecret=two\nclient_id=id")
        self.assertEqual(self.calls(), ["AZFOB_CLIENT_ID=id", "AZFOB_VAULT=b", "AZFOB_WAIT=24h", "get -- one"])

    def test_a_volume_can_have_a_secret_of_its_own(self):
        for volume in "data", "@0123/cryptsetup/data":
            self.key(volume, "none", conf="secret=all\nsecret.data=own\nsecret.database=other\n")
            self.assertEqual(self.calls()[-1], "get -- own")
        self.key("", conf="secret=all\nsecret.data=own\n")
        self.assertEqual(self.calls()[-1], "get -- all")

    def test_no_word_of_the_command_line_is_a_pattern(self):
        self.key("root", "-", line="azfob.secret=v/* x=*")
        self.assertEqual(self.calls()[-1], "get -- v/*")

    def test_without_a_secret_s_name_nothing_is_asked(self):
        said = self.key("root", "none", line="azfob.vault=v")
        self.assertEqual((said.returncode, said.stdout, self.calls()), (64, "", []))
        self.assertIn("azfob.secret=", said.stderr)

    def test_an_option_in_a_reference_s_place_is_no_option(self):
        self.key("root", "none", line="azfob.secret=--allow-host=example.net")
        self.assertEqual(self.calls()[-1], "get -- --allow-host=example.net")

    def test_what_is_for_ever_is_asked_once(self):
        for status in 64, 66, 70, 76, 77, 78:
            (self.folder / "azfob.status").write_text(f"{status}\n")
            said = self.key("root", "v/disk")
            self.assertEqual((said.returncode, said.stdout, len(self.calls())), (status, "", 2))

    def test_with_a_limit_it_ends(self):
        for more in {"line": "azfob.wait=2m"}, {"conf": "wait=2m\n"}, {"environment": {"AZFOB_WAIT": "2m"}}:
            (self.folder / "azfob.status").write_text("75\n")
            said = self.key("root", "v/disk", **more)
            self.assertEqual((said.returncode, self.calls()), (75, ["AZFOB_WAIT=2m", "get -- v/disk"]))

    def test_its_own_variables_do_not_reach_azfob(self):
        self.key("root", "v/disk", environment={"AZFOB": str(self.folder / "azfob")})
        self.assertEqual(self.calls(), ["AZFOB_WAIT=24h", "get -- v/disk"])


class Waits:
    def test_what_may_work_later_is_asked_again_without_end(self):
        for status in 69, 75:
            (self.folder / "azfob.status").write_text(f"{status}\n")
            said = self.key("root", "v/disk")
            self.assertEqual((said.returncode, said.stdout, self.calls()[1::2]), (0, "the key", ["get -- v/disk"] * 2))
            self.assertEqual(self.calls("sleep"), ["30"])

    def test_tags_are_asked_only_where_told_and_count_last(self):
        tags = "a:b;azfob.secret:t;azfob.vault:tv;azfob.client_id:c;azfob.allow_host:evil.example;azfob.ca:/x;azfob.resolve:a:1:b"
        said = self.key("root", "none", tags=tags)
        self.assertEqual((said.returncode, self.calls("wget")), (64, []))
        self.key("root", "none", conf="tags=yes\nvault=mine\n", tags=tags)
        self.assertEqual(self.calls(), ["AZFOB_CLIENT_ID=c", "AZFOB_VAULT=mine", "AZFOB_WAIT=24h", "get -- t"])
        self.assertIn("Metadata: true http://169.254.169.254/metadata/instance/compute/tags?api-version=2021-02-01&format=text", self.calls("wget")[0])


class Resolver:
    shell: list

    def resolver(self, files):
        root = Path(tempfile.mkdtemp(dir=self.folder))
        for name, text in {"etc/hostname": "x", **files}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        said = run(*self.shell, "src/boot/resolver", root, env={"PATH": f"{self.folder}:{os.environ['PATH']}"})
        self.assertEqual((said.returncode, said.stdout, said.stderr), (0, "", ""))
        return (root / "etc/resolv.conf").read_text()

    def test_the_lease_of_each_who_writes_one_is_read(self):
        leases = {
            "run/net-eth0.conf": "DEVICE='eth0'\nIPV4DNS0='10.0.0.1'\nIPV4DNS1='0.0.0.0'\nHOSTNAME='dns'\n",
            "run/systemd/netif/leases/2": "# private\nADDRESS=10.0.0.9\nDNS=10.0.0.1\nNTP=10.0.0.2\n",
            "tmp/net.eth0.resolv.conf": "search internal.example\nnameserver 10.0.0.1\n",
        }
        for name, text in leases.items():
            self.assertEqual(self.resolver({name: text}), "nameserver 10.0.0.1\n", name)
        both = self.resolver({"run/systemd/netif/leases/2": "DNS=10.0.0.1 10.0.0.2\n"})
        self.assertEqual(both, "nameserver 10.0.0.1\nnameserver 10.0.0.2\n")

    def test_without_any_it_is_azure_s_own(self):
        for files in {}, {"run/net-eth0.conf": "IPV4DNS0='0.0.0.0'\nIPV4DNS1='0.0.0.0'\n"}, {"etc/resolv.conf": "# empty\nsearch x\n"}:
            self.assertEqual(self.resolver(files), "nameserver 168.63.129.16\n")

    def test_what_somebody_has_written_stays(self):
        text = "search x\nnameserver 10.1.1.1\n"
        self.assertEqual(self.resolver({"etc/resolv.conf": text, "run/net-eth0.conf": "IPV4DNS0='10.0.0.1'\n"}), text)


class KeyInDash(Key, Waits, Folder):
    shell = ["dash"]


# Its own sleep and wget come before those of PATH.
class KeyInBusybox(Key, Folder):
    shell = ["busybox", "ash"]


class ResolverInDash(Resolver, Folder):
    shell = ["dash"]


class ResolverInBusybox(Resolver, Folder):
    shell = ["busybox", "ash"]


class Style(unittest.TestCase):
    def test_shellcheck_has_nothing_to_say(self):
        self.assertGreater(len(SCRIPTS), 12)
        said = run("shellcheck", "--shell=sh", *SCRIPTS)
        self.assertEqual(said.stdout, "")
        self.assertEqual(run("shellcheck", "--shell=bash", "src/completions/azfob.bash").stdout, "")


if __name__ == "__main__":
    unittest.main()
