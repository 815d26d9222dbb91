#!/usr/bin/env python3
"""The lab of the text that started the project: a virtual machine, its identity, a vault, and the wrong role first.

Inside a network of its own, where 169.254.169.254 and the vault's name are the stand-in's; where the kernel gives us none
(or with --no-namespace) through AZURE_POD_IDENTITY_AUTHORITY_HOST and --resolve. Prints what a user would type and see.
Status 1 when anything is not as it should be.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

# Run as a file, Python puts this folder first; the package must be found by its name instead.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from standin import Lab, namespace  # noqa: E402
from standin.lab import IMDS_ADDRESS, dummy_vault  # noqa: E402
from standin.model import SUBSCRIPTION, Identity  # noqa: E402

BUILD = Path(os.environ.get("AZFOB_BUILD", "build")).resolve()
NAME, VALUE = "ExamplePassword", "abc@123"
EXCHANGES = ["vault GET /secrets/ExamplePassword", "vault 401", "imds GET /metadata/identity/oauth2/token", "imds 200",
             "vault GET /secrets/ExamplePassword", "vault 200"]


class Wrong(Exception):
    """Something is not as it should be; the text says what."""


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise Wrong(what)


def tell(text: str) -> None:
    print(f"# {text}".replace("\n", "\n# "), flush=True)


class Shell:
    """The user on the virtual machine, whose shell shows what is typed."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.environment = {"PATH": f"{BUILD}:{os.environ.get('PATH', os.defpath)}"}

    def export(self, name: str, value: str) -> None:
        print(f"$ export {name}={shlex.quote(value)}", flush=True)
        self.environment[name] = value

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        print(f"$ {shlex.join(argv)}", flush=True)
        done = subprocess.run(argv, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        print(done.stderr, end="")
        print(f"{done.stdout}\n" if done.stdout else "", end="")
        print(f"# exit status {done.returncode}\n", flush=True)
        return done


def play(lab: Lab, shell: Shell, reference: str, options: list[str]) -> None:
    vm, scope = lab.identity, f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg/providers/Microsoft.KeyVault/vaults/{lab.vault.name}"
    tell(f"A stand-in plays Azure: the metadata service at {lab.imds_url}, and Key Vault at https://{lab.vault.host}, below the root in ca.pem.\n"
         f"The vault {lab.vault.name} holds the secret {NAME}. This machine has a system-assigned identity, which has the role Reader.")
    shell.export("KEY_VAULT_NAME", lab.vault.name)
    for name, value in lab.environment.items():
        shell.export(name, value)
    check_refusal(lab, shell.run("azfob", "get", *options, reference))

    tell(f"Reader is not enough. Somebody who may, does:\naz role assignment create --role 'Key Vault Secrets User' --assignee {vm.object_id} --scope {scope}")
    lab.vault.assign(vm, "Key Vault Secrets User")
    lab.reset()
    check_exchanges(lab, shell.run("azfob", "get", "-v", "--challenge", *options, reference))


def check_refusal(lab: Lab, done: subprocess.CompletedProcess[str]) -> None:
    expect(done.returncode == 77, f"the refusal's exit status is {done.returncode}, not 77")
    expect(done.stdout == "", "something was written to standard output")
    expect(re.fullmatch("azfob: [^\n]+\n", done.stderr) is not None, "the refusal is not one line")
    for part in ("403", "ForbiddenByRbac", "Key Vault Secrets User", "Reader", lab.identity.client_id, lab.identity.object_id):
        expect(part in done.stderr, f"the refusal does not say {part!r}")


def check_exchanges(lab: Lab, done: subprocess.CompletedProcess[str]) -> None:
    expect(done.returncode == 0, f"the exit status is {done.returncode}")
    expect(done.stdout == VALUE, "the value did not come out as it is")
    expect(lab.journal.flow() == EXCHANGES, f"the three exchanges are {lab.journal.flow()}")
    vault = f"https://{lab.vault.host}" + ("" if lab.port("vault") == 443 else f":{lab.port('vault')}")
    shown = re.findall(r"(?m)^> GET (https?://[^/\s]+)/", done.stderr)
    expect(shown == [vault, lab.imds_url, vault], f"-v shows requests to {shown}")
    expect(re.findall(r"(?m)^< HTTP/1\.1 (\d+)", done.stderr) == ["401", "200", "200"], "-v does not show the three answers")
    expect("WWW-Authenticate: Bearer authorization=" in done.stderr, "-v does not show the challenge")
    expect(re.search(r"(?m)^> Authorization: Bearer \(\d+ bytes, not shown\)$", done.stderr) is not None, "-v does not show that a token was sent")
    token = lab.journal.requests("vault")[-1].header("Authorization").removeprefix("Bearer ")
    expect(not any(part in done.stderr for part in (*token.split("."), VALUE)), "-v shows the token or the value")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-namespace", action="store_true", help="as where the kernel gives us no network of our own")
    own_network = not parser.parse_args().no_namespace
    if not (BUILD / "azfob").exists():
        sys.exit(f"demo: there is no {BUILD}/azfob: run make first")
    vm = Identity("vm")
    vault = dummy_vault(vm, "Reader")
    if own_network:
        try:
            namespace.enter()
            namespace.names({vault.host: "127.0.0.1"})
        except (namespace.Refused, OSError) as error:
            own_network = False
            tell(f"No network of our own ({error}): the endpoints are said in a variable and an option.")
    places = {"imds": IMDS_ADDRESS, "vault": ("127.0.0.1", 443)} if own_network else {}
    with Lab([vault], [vm], **places) as lab, tempfile.TemporaryDirectory(prefix="azfob-demo-") as folder:
        port = lab.port("vault")
        reference, options = NAME, ["--ca", lab.trust(Path(folder)).name]
        if not own_network:
            reference, options = f"https://{vault.host}:{port}/secrets/{NAME}", [*options, "--resolve", lab.resolve(port=port)]
        try:
            play(lab, Shell(folder), reference, options)
        except Wrong as wrong:
            print(f"demo: {wrong}", file=sys.stderr)
            return 1
    tell("As it should be: the refusal said why, the three exchanges were shown without the token, and the value came out.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
