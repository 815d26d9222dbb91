"""The scripts, manuals and units that `make install` puts beside the program. That they boot a machine is shown in tests/boot."""

import glob
import os
import subprocess

# Each shell script of ours, also those that are sourced.
SCRIPTS = sorted(path for path in glob.glob("src/boot/**", recursive=True) + glob.glob("tests/**", recursive=True) + [".ci/run"]
                 if os.path.isfile(path) and open(path, "rb").read(10).startswith(b"#!/bin/sh"))
MANUALS = sorted(glob.glob("src/man/*"))


def run(*argv, **more):
    return subprocess.run(argv, **{"capture_output": True, "text": True, "check": False, **more})
