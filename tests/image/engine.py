"""buildah and podman, with their store below build/image, so that nothing of the machine's own is seen or changed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Sequence

BUILD = Path("build/image").resolve()
STORE = ["--root", str(BUILD / "store"), "--runroot", str(BUILD / "run"), "--storage-driver", "vfs"]
BASE = "docker.io/library/debian:bookworm-slim"  # as the Dockerfile names it; made here of packages instead

# crun refuses a machine with both generations of cgroups: it gets a view with the second alone.
ONE_CGROUP = 'umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup && exec "$@"'
PODMAN = ["unshare", "--mount", "sh", "-c", ONE_CGROUP, "sh", "podman", *STORE, "--cgroup-manager", "cgroupfs", "--runtime", "crun"]
# The limits: without CAP_SYS_RESOURCE the engine's own wishes are refused.
CONFINED = ["--rm", "--pull", "never", "--cgroups=disabled", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000", "--read-only",
            "--read-only-tmpfs=false", "--cap-drop", "all", "--security-opt", "no-new-privileges"]


def run(*command: str, **more: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, **more)  # type: ignore[call-overload]
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: status {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return str(done.stdout)


def buildah(*arguments: str) -> str:
    return run("buildah", *STORE, *arguments).strip()


def import_base(archive: Path) -> None:
    container = buildah("from", "scratch")
    buildah("add", container, str(archive), "/")
    buildah("commit", "-q", container, BASE)
    buildah("rm", container)


def build(folder: Path, tag: str, *arguments: str) -> None:
    buildah("bud", "--pull-never", "--isolation", "chroot", "--layers", "-t", tag, *arguments, str(folder))


def command(image: str, arguments: Sequence[str], network: str, options: Sequence[str] = ()) -> list[str]:
    return [*PODMAN, "run", *CONFINED, "--network", network, *options, image, *arguments]
