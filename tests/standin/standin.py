#!/usr/bin/env python3
"""The stand-in of Azure as a program: for use by hand, in namespaces, beside a virtual machine, and in shell scripts.

Prints one line when it is ready, and runs until it is told to stop (SIGTERM, SIGINT):

    ready imds=http://127.0.0.1:41601 vault=127.0.0.1:38771 control=http://127.0.0.1:37725 ca=/state/root.pem

    azfob get --ca /state/root.pem --resolve dummy-keyvault.vault.azure.net:443:127.0.0.1 ...
    curl -s http://127.0.0.1:37725/fail -d '{"place": "vault", "status": 503, "times": 2}'
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
from pathlib import Path

# Run as a file, Python puts this folder first; the package must be found by its name instead.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from standin import config, control  # noqa: E402
from standin.certs import Authority  # noqa: E402
from standin.dns import Dns  # noqa: E402
from standin.lab import Lab  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", default="127.0.0.1", help="where the vault listens, and all others that are not told otherwise")
    parser.add_argument("--imds-address", help="e.g. 169.254.169.254")
    parser.add_argument("--imds-port", type=int, default=0)
    parser.add_argument("--vault-port", type=int, default=0)
    parser.add_argument("--dns-port", type=int, help="play the name server of the configuration too")
    parser.add_argument("--control-port", type=int, default=0, help="always on 127.0.0.1")
    parser.add_argument("--state", type=Path, help="folder for certificates; kept, and used again")
    parser.add_argument("--config", type=Path, help="JSON, see config.py")
    options = parser.parse_args()

    given = json.loads(options.config.read_text()) if options.config else {}
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
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    return 0


if __name__ == "__main__":
    sys.exit(main())
