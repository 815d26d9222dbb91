"""A disk whose LUKS2 volume holds a root that says what it finds, and powers off. No device-mapper is needed to make it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

# What the root prints. `left` is what the initramfs left behind: processes that are not the kernel's, files in /run, devices that are up.
INIT = r"""#!/bin/busybox sh
b=/bin/busybox
for name in sh ps cat ls date sleep poweroff; do $b ln -s busybox /bin/$name; done 2>/dev/null
$b mount -t proc proc /proc 2>/dev/null
$b mount -t sysfs sysfs /sys 2>/dev/null
exec >/dev/console 2>&1
echo "ROOT-MOUNTED uptime=$($b cut -d' ' -f1 /proc/uptime) year=$($b date -u +%Y)"
for process in /proc/[0-9]*; do
    line=$($b tr '\0' ' ' <$process/cmdline 2>/dev/null)
    [ -n "$line" ] && [ $process != /proc/1 ] && [ $process != /proc/$$ ] && echo "LEFT process $line"
done
for file in /run/azfob /run/cryptsetup-keys.d/*; do [ -e "$file" ] && echo "LEFT file $file"; done
for device in /sys/class/net/*; do
    [ $(($($b cat $device/flags) & 1)) = 1 ] && [ ${device##*/} != lo ] && echo "LEFT device ${device##*/}"
done
echo ROOT-DONE
$b sync
$b poweroff -f
"""


def run(*command: object, data: bytes | None = None) -> None:
    subprocess.run([str(part) for part in command], input=data, capture_output=True, check=True)


class Disk:
    """`keys` are the passphrases of its slots, in order."""

    def __init__(self, image: Path, *keys: bytes) -> None:
        self.image = image
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder, "root")
            for name in ("bin", "sbin", "proc", "sys", "dev", "run", "tmp", "etc", "root"):
                (root / name).mkdir(parents=True)
            busybox = shutil.which("busybox")
            assert busybox
            shutil.copy(busybox, root / "bin/busybox")
            (root / "bin/sh").symlink_to("busybox")
            # Without it systemd takes it for no system.
            (root / "etc/os-release").write_text("ID=test\n")
            (root / "sbin/init").write_text(INIT)
            (root / "sbin/init").chmod(0o755)
            image.unlink(missing_ok=True)
            with image.open("wb") as file:
                file.truncate(40 << 20)
            run("mke2fs", "-q", "-t", "ext4", "-d", root, image, "24M")
            # Rounds as few as may be: what a real slot costs under emulation is not ours to measure.
            cheap = ("--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000")
            run("cryptsetup", "reencrypt", "--encrypt", "--batch-mode", "--type", "luks2", "--reduce-device-size", "16M", *cheap,
                "--key-file", "-", image, data=keys[0])
            first = Path(folder, "first")
            first.write_bytes(keys[0])
            for key in keys[1:]:
                run("cryptsetup", "luksAddKey", "--batch-mode", *cheap, "--key-file", first, image, "-", data=key)
        said = subprocess.run(["cryptsetup", "luksUUID", image], capture_output=True, text=True, check=True)
        self.uuid = said.stdout.strip()
