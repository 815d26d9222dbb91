#!/usr/bin/env python3
"""The stand-in of Azure as a program: for use by hand, in namespaces, beside a virtual machine, and in shell scripts.

    /usr/bin/python3 tests/standin/standin.py                          vault dummy-keyvault, secret ExamplePassword
    /usr/bin/python3 tests/standin/standin.py --role Reader            the same, and reading is refused
    /usr/bin/python3 tests/standin/standin.py --secret a=1 --secret b=2 --state /tmp/lab
    /usr/bin/python3 tests/standin/standin.py --config lab.json        anything else

Prints one line when it is ready, and runs until it is told to stop (SIGTERM, SIGINT):

    ready imds=http://127.0.0.1:41601 vault=127.0.0.1:38771 control=http://127.0.0.1:37725 ca=/state/root.pem

and, for people, on standard error how azfob finds it. While it runs, its control port makes things go wrong and tells
what was asked:

    curl -s http://127.0.0.1:37725/fail -d '{"place": "vault", "status": 503, "times": 2}'
    curl -s http://127.0.0.1:37725/fail -d '{"place": "imds", "fixture": "imds-410-gone-empty"}'
    curl -s http://127.0.0.1:37725/assign -d '{"vault": "dummy-keyvault", "rights": ["Reader"]}'
    curl -s http://127.0.0.1:37725/flow
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
from pathlib import Path
from typing import Any

# Run as a file, Python puts this folder first; the package must be found by its name instead.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from standin import config, control  # noqa: E402
from standin.certs import Authority  # noqa: E402
from standin.dns import Dns  # noqa: E402
from standin.lab import Lab  # noqa: E402


def hand_made(secrets: list[str], role: str) -> dict[str, Any]:
    return {"vaults": [{"name": "dummy-keyvault", "secrets": dict(secret.split("=", 1) for secret in secrets), "rights": {"vm": [role]}}]}


def tell_people(lab: Lab) -> None:
    port = lab.port("vault")
    if lab.environment:
        print(f"# export AZURE_POD_IDENTITY_AUTHORITY_HOST={lab.imds_url}", file=sys.stderr)
    for vault in lab.vaults:
        authority = f"{vault.host}:{port}" if port != 443 else vault.host
        name = next(iter(vault.secrets), "NAME")
        print(f"# azfob get --ca {lab.ca_file} --resolve {lab.resolve(vault, port)} https://{authority}/secrets/{name}", file=sys.stderr)


def main() -> int:
    more = f"--config FILE is\n{(config.__doc__ or '').partition(chr(10))[2]}\nThe control port is\n{(control.__doc__ or '').partition(chr(10))[2]}"
    parser = argparse.ArgumentParser(description=__doc__, epilog=more, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", default="127.0.0.1", help="where the vault listens, and all others that are not told otherwise")
    parser.add_argument("--imds-address", help="e.g. 169.254.169.254")
    parser.add_argument("--imds-port", type=int, default=0, help="0, as for the others: one that is free")
    parser.add_argument("--vault-port", type=int, default=0)
    parser.add_argument("--dns-port", type=int, help="play the name server of the configuration too")
    parser.add_argument("--control-port", type=int, default=0, help="always on 127.0.0.1")
    parser.add_argument("--state", type=Path, help="folder for certificates; kept, and used again")
    parser.add_argument("--secret", action="append", metavar="NAME=VALUE", help="in dummy-keyvault; may be said several times")
    parser.add_argument("--role", default="Key Vault Secrets User", help="of the machine's identity on dummy-keyvault")
    parser.add_argument("--config", type=Path, help="JSON, see below; takes the place of --secret and --role")
    options = parser.parse_args()

    given = json.loads(options.config.read_text()) if options.config else hand_made(options.secret or ["ExamplePassword=abc@123"], options.role)
    identities = config.identities(given)
    # Blocked before any thread starts, so that sigwait below is the one place that sees them.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    pki = Authority(options.state)
    lab = Lab(config.vaults(given, identities), identities, imds=(options.imds_address or options.address, options.imds_port),
              vault=(options.address, options.vault_port), profile=config.profile(given), imds_limits=given.get("imds_limits", False), pki=pki)
    with contextlib.ExitStack() as stack:
        stack.callback(pki.remove)
        stack.enter_context(lab)
        for fault in given.get("faults", []):
            lab.fail(fault.pop("place"), **fault)
        if options.dns_port is not None:
            stack.enter_context(Dns(lab.journal, config.names(given), (options.address, options.dns_port)))
        port = control.serve(lab, ("127.0.0.1", options.control_port)).server_port
        host, vault_port = lab.listeners["vault"].address
        print(f"ready imds={lab.imds_url} vault={host}:{vault_port} control=http://127.0.0.1:{port} ca={lab.ca_file}", flush=True)
        tell_people(lab)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    return 0


if __name__ == "__main__":
    sys.exit(main())
