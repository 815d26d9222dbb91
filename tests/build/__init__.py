"""What is true of the product as a file, of the tree that it is made from, and of the way in which it is made."""

import os
import subprocess

BUILD = os.environ.get("AZFOB_BUILD", "build")
AZFOB = os.path.join(BUILD, "azfob")
DEBUG = os.path.join(BUILD, "azfob.debug")


def output(*argv, **more):
    return subprocess.run(argv, **{"capture_output": True, "text": True, "check": True, **more}).stdout


def tracked():
    """The files that git knows and that are there; in an exported tree all that is there."""
    if os.path.exists(".git"):
        names = output("git", "-c", "safe.directory=*", "ls-files", "-z").split("\0")
    else:
        names = [os.path.relpath(os.path.join(top, name)) for top, _, files in os.walk(".") for name in files]
    outside = BUILD.split("/", maxsplit=1)[0] + "/"
    return sorted(name for name in names if os.path.isfile(name) and not name.startswith(outside) and "__pycache__" not in name)
