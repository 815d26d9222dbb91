"""Initramfs images, made in a Debian root (see `root`) from what `make install` puts there."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Mapping

# The kernel of the root is one for clouds; what this machine needs of it is said, since no hook can see it from here.
MODULES = "virtio_pci virtio_blk virtio_net ext4 dm_crypt xts aes_generic aesni_intel sha256_generic"


def install(root: Path) -> None:
    """What an administrator does. No answer of make is lost: it is shown where it fails."""
    done = subprocess.run(["make", "install", f"DESTDIR={root.resolve()}", "PREFIX=/usr"], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def inside(root: Path, *command: str) -> str:
    """Runs it in the root, with /proc and /sys, which vanish with it."""
    script = 'mount --bind /proc "$0/proc" && mount --bind /sys "$0/sys" && mount --bind /dev "$0/dev" && exec chroot "$0" "$@"'
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script, str(root), *command], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def kernel(root: Path) -> Path:
    return next((root / "boot").glob("vmlinuz-*"))


def initramfs_tools(root: Path, modules: str = "most") -> Path:
    config = root / "etc/initramfs-tools/initramfs.conf"
    lines = [line for line in config.read_text().splitlines() if not line.startswith(("MODULES=", "COMPRESS="))]
    config.write_text("\n".join([*lines, f"MODULES={modules}", "COMPRESS=zstd"]) + "\n")
    (root / "etc/initramfs-tools/modules").write_text("\n".join(MODULES.split()) + "\n")
    inside(root, "update-initramfs", "-u", "-k", "all")
    return next((root / "boot").glob("initrd.img-*"))


def dracut(root: Path) -> Path:
    """One for any machine, as a distribution makes it: what the kernel command line does not say, it does not know."""
    version = kernel(root).name.removeprefix("vmlinuz-")
    inside(root, "dracut", "--force", "--no-hostonly", "--filesystems", "ext4", "--omit", "lvm multipath iscsi nfs nbd mdraid dmraid btrfs i18n plymouth",
           # Not for the root on the disk: for the test of the key file that is a socket.
           "--install", " ".join(str(unit)[len(str(root)):] for unit in (root / "usr/lib/systemd/system").glob("azfob-key*")),
           f"/boot/initrd.img-{version}", version)
    return root / "boot" / f"initrd.img-{version}"


def content(root: Path, initrd: Path, folder: Path) -> None:
    """Unpacks an image, to look for what must not be in it."""
    inside(root, "unmkinitramfs", f"/boot/{initrd.name}", "/tmp/image")
    (root / "tmp/image").rename(folder)
