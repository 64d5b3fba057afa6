"""Disks that lose their power.

`LoopDisk` is a real ext4 on a loop device. `cut()` tells the kernel to stop writing to it at once, without the journal
(the way xfstests' "godown" does it): what was not synced never reaches the disk. Mounting it again reads what a machine
would find after the power came back.
"""

import fcntl
import os
import shutil
import struct
import subprocess
import tempfile
import time
from pathlib import Path

EXT4_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2


class LoopDisk:
    """An ext4 in a file, mounted at `place`."""

    def __init__(self, megabytes: int) -> None:
        # Not in pytest's own folder: PostgreSQL runs as somebody else and has to come here.
        folder = Path(tempfile.mkdtemp(prefix="academy-disk-"))
        folder.chmod(0o755)
        self.folder, self.image, self.place = folder, folder / "disk.img", folder / "disk"
        self.place.mkdir()
        with self.image.open("wb") as file:
            file.truncate(megabytes * 1_000_000)
        _run("mkfs.ext4", "-q", "-F", str(self.image))
        self.plug_in()

    def plug_in(self) -> None:
        _run("mount", "-o", "loop", str(self.image), str(self.place))

    def cut(self) -> None:
        """From this instant on nothing reaches the disk, and everybody who writes or reads is told of an error."""
        handle = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, EXT4_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(handle)

    def unplug(self) -> None:
        """Whoever used it must have been killed; the kernel may need a moment to see that."""
        ends_at = time.monotonic() + 10
        while True:
            try:
                return _run("umount", str(self.place))
            except subprocess.CalledProcessError:
                if time.monotonic() > ends_at:
                    raise
                time.sleep(0.1)

    def remove(self) -> None:
        self.unplug()
        shutil.rmtree(self.folder)

    def power_returns(self) -> None:
        """Mount what is really there; the filesystem puts its own journal in order."""
        self.unplug()
        self.plug_in()


def loop_disks_work() -> str | None:
    """Why there can be no such disk here; None: there can."""
    if os.geteuid() != 0:
        return "root, to mount a disk"
    lacking = [name for name in ("mkfs.ext4", "mount", "umount") if shutil.which(name) is None]
    if lacking:
        return ", ".join(lacking)
    try:
        disk = LoopDisk(8)
        disk.cut()
        disk.remove()
    except (OSError, subprocess.CalledProcessError) as error:
        return f"a kernel that mounts a disk for us ({error})"
    return None


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
