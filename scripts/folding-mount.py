#!/usr/bin/python3
"""Shows a folder at a mount point as a file system that takes different spellings for one name, or tells sizes wrongly, until its
standard input ends.

    scripts/folding-mount.py FOLDER MOUNT_POINT case|norm|nfc|nfd|sizeless|ghost

case   "Report" and "report" are one name; the first spelling is kept (SMB, NTFS, APFS)
norm   composed and decomposed accents are one name; the first spelling is kept (ZFS with normalization, APFS)
nfc    as norm, but names are stored composed, whatever was written
nfd    as norm, but names are stored decomposed (HFS+)
ghost  names that begin with "ghost" are listed, but looking one up says that it does not exist (names that a share cannot map)
sizeless  names are bytes, and every file's size is told as 0 (procfs, sysfs)

norm, nfc and nfd refuse names that are not UTF-8, as those file systems do. A rename onto a name that is there keeps the spelling that is there,
unless both are one file: then the spelling changes. Prints "ready" when it is mounted. Needs root, fuse3 and python3-fusepy (Debian).
fusermount unmounts when this process is gone, however it ended.
"""
import errno
import os
import signal
import stat
import sys
import threading
import time
import unicodedata

import fusepy


def normalised(form):
    def apply(name):
        try:
            return unicodedata.normalize(form, name.decode()).encode()
        except UnicodeDecodeError:
            raise OSError(errno.EILSEQ, "not UTF-8") from None
    return apply


def case_folded(name):
    return name.decode(errors="surrogateescape").casefold().encode(errors="surrogateescape")


def unchanged(name):
    return name


# How names are compared, and how they are stored.
MODES = {
    "case": (case_folded, unchanged),
    "norm": (normalised("NFC"), unchanged),
    "nfc": (normalised("NFC"), normalised("NFC")),
    "nfd": (normalised("NFC"), normalised("NFD")),
    "sizeless": (unchanged, unchanged),
    "ghost": (unchanged, unchanged),
}


# Passed in place of nanoseconds: see utimensat(2).
UTIME_NOW, UTIME_OMIT = (1 << 30) - 1, (1 << 30) - 2


class Folding(fusepy.Operations):
    use_ns = True
    flag_utime_omit_ok = 1

    def __init__(self, root, mode):
        self.root = os.fsencode(root)
        self.key, self.stored = MODES[mode]
        self.tells_size = mode != "sizeless"
        self.denies = "ghost" if mode == "ghost" else None

    def init(self, path):
        print("ready", flush=True)

    def real(self, path):
        """The path below the root with the spelling that is stored; names that are not there as they would be stored."""
        at = self.root
        for name in path.encode("latin-1").split(b"/"):
            if name:
                at = os.path.join(at, self.spelling(at, name))
        return at

    def spelling(self, folder, name):
        wanted = self.stored(name)
        if os.path.lexists(os.path.join(folder, wanted)):
            return wanted
        key = self.key(name)
        try:
            return next((n for n in os.listdir(folder) if self.key(n) == key), wanted)
        except (FileNotFoundError, NotADirectoryError):
            return wanted

    def getattr(self, path, fh=None):
        if self.denies and path.rsplit("/", 1)[-1].startswith(self.denies):
            raise fusepy.FuseOSError(errno.ENOENT)
        found = os.fstat(fh) if fh else os.lstat(self.real(path))
        return {
            "st_mode": found.st_mode, "st_nlink": found.st_nlink, "st_uid": found.st_uid, "st_gid": found.st_gid, "st_ino": found.st_ino,
            "st_size": found.st_size if self.tells_size or not stat.S_ISREG(found.st_mode) else 0, "st_blocks": found.st_blocks, "st_rdev": found.st_rdev,
            "st_atime": found.st_atime_ns, "st_mtime": found.st_mtime_ns, "st_ctime": found.st_ctime_ns,
        }

    def readdir(self, path, fh):
        return [".", ".."] + [name.decode("latin-1") for name in os.listdir(self.real(path))]

    def readlink(self, path):
        return os.readlink(self.real(path)).decode("latin-1")

    def mknod(self, path, mode, dev):
        os.mknod(self.real(path), mode, dev)

    def mkdir(self, path, mode):
        os.mkdir(self.real(path), mode)

    def unlink(self, path):
        os.unlink(self.real(path))

    def rmdir(self, path):
        os.rmdir(self.real(path))

    def symlink(self, target, source):
        os.symlink(source.encode("latin-1"), self.real(target))

    def link(self, target, source):
        os.link(self.real(source), self.real(target))

    def rename(self, old, new):
        source, target = self.real(old), self.real(new)
        if source == target:
            target = os.path.join(os.path.dirname(target), self.stored(os.path.basename(new.encode("latin-1"))))
        os.rename(source, target)

    def chmod(self, path, mode):
        os.chmod(self.real(path), mode)

    def chown(self, path, uid, gid):
        os.lchown(self.real(path), uid, gid)

    def utimens(self, path, times=None):
        real = self.real(path)
        kept, now = os.lstat(real), time.time_ns()
        wanted = [
            {UTIME_NOW: now, UTIME_OMIT: was}.get(asked, asked)
            for asked, was in zip(times or (UTIME_NOW, UTIME_NOW), (kept.st_atime_ns, kept.st_mtime_ns))]
        os.utime(real, ns=tuple(wanted), follow_symlinks=False)

    def statfs(self, path):
        stats = os.statvfs(self.root)
        return {name: getattr(stats, name) for name in (
            "f_bsize", "f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree", "f_favail", "f_namemax")}

    def create(self, path, mode):
        return os.open(self.real(path), os.O_RDWR | os.O_CREAT, mode)

    def open(self, path, flags):
        return os.open(self.real(path), flags & ~os.O_NOFOLLOW)

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        os.truncate(fh or self.real(path), length)

    def fsync(self, path, datasync, fh):
        os.fsync(fh)

    def release(self, path, fh):
        os.close(fh)


def main():
    if len(sys.argv) != 4 or sys.argv[3] not in MODES:
        sys.exit(__doc__.splitlines()[3].strip())
    folder, mount_point, mode = sys.argv[1:]
    os.umask(0)

    # The parent holds the other end; when it is gone, so is the mount.
    def end_with_input():
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end_with_input, daemon=True).start()
    # The kernel must cache nothing: it sees two spellings as two names, but they are one file.
    fusepy.FUSE(
        Folding(folder, mode), mount_point, encoding="latin-1", foreground=True, nothreads=True, fsname="mover-" + mode, auto_unmount=True,
        default_permissions=True, use_ino=True, direct_io=True, entry_timeout=0, negative_timeout=0, attr_timeout=0)


main()
