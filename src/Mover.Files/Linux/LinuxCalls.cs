using System.Runtime.InteropServices;

namespace Mover.Files.Linux;

/// <summary>The system calls of Linux that Mover uses, with their C names and conventions: -1 and errno on failure.</summary>
internal static unsafe partial class LinuxCalls
{
    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;

    public const int AT_FDCWD = -100;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const int AT_REMOVEDIR = 0x200;
    public const int AT_EMPTY_PATH = 0x1000;
    public const int AT_STATX_FORCE_SYNC = 0x2000;

    public const ulong RESOLVE_NO_MAGICLINKS = 2;
    public const ulong RESOLVE_NO_SYMLINKS = 4;
    public const ulong RESOLVE_BENEATH = 8;

    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;

    public const int F_GETFD = 1;
    public const int FD_CLOEXEC = 1;
    public const int RLIMIT_NOFILE = 7;

    public const int PATH_MAX = 4096;
    public const int NAME_MAX = 255;

    /// <summary>These two differ between processor families (asm/fcntl.h).</summary>
    public static readonly int O_DIRECTORY = IsArm ? 0x4000 : 0x10000;
    public static readonly int O_NOFOLLOW = IsArm ? 0x8000 : 0x20000;

    private const nint SysOpenat2 = 437;
    private static readonly nint SysGetdents64 = IsArm ? 61 : 217;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64;

    public static int Openat2(int folder, byte* path, OpenHow* how) => (int)Syscall(SysOpenat2, folder, path, how, sizeof(OpenHow));

    public static int Getdents64(int folder, byte* buffer, int length) => (int)Syscall(SysGetdents64, folder, buffer, (void*)length, 0);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint first, void* second, void* third, nint fourth);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    public static partial int Openat(int folder, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int file, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int file, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int Getrlimit(int resource, ResourceLimit* limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int Setrlimit(int resource, ResourceLimit* limit);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    public static partial int Statx(int folder, byte* path, int flags, uint mask, Statx* result);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint Readlinkat(int folder, byte* path, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint Pread(int file, byte* buffer, nint length, long offset);

    [LibraryImport("libc", EntryPoint = "preadv", SetLastError = true)]
    public static partial nint Preadv(int file, IoVector* parts, int count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint Pwrite(int file, byte* buffer, nint length, long offset);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Ftruncate(int file, long length);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(int file);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(int file, int operation);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    public static partial int Renameat(int fromFolder, byte* from, int toFolder, byte* to);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int Unlinkat(int folder, byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int Mkdirat(int folder, byte* path, uint mode);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    public static partial int Symlinkat(byte* target, int folder, byte* path);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true)]
    public static partial int Fchownat(int folder, byte* path, uint user, uint group, int flags);

    [LibraryImport("libc", EntryPoint = "fchmodat", SetLastError = true)]
    public static partial int Fchmodat(int folder, byte* path, uint mode, int flags);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    public static partial int Utimensat(int folder, byte* path, Timespec* times, int flags);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint Geteuid();

    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint Getegid();

    /// <summary>With a count of 0 the number of groups; else the groups themselves.</summary>
    [LibraryImport("libc", EntryPoint = "getgroups", SetLastError = true)]
    public static partial int Getgroups(int count, uint* groups);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    public static partial int Fchmod(int file, uint mode);

    /// <summary>A buffer of the C library with the path without links, or null.</summary>
    [LibraryImport("libc", EntryPoint = "realpath", SetLastError = true)]
    public static partial byte* Realpath(byte* path, byte* buffer);
}

/// <summary>struct open_how of linux/openat2.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OpenHow
{
    public ulong Flags;
    public ulong Mode;
    public ulong Resolve;
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    public byte* Start;
    public nint Length;
}

/// <summary>struct timespec; <see cref="Omit"/> in Nanoseconds leaves that time as it is.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Timespec
{
    public const long Omit = (1L << 30) - 2;

    public long Seconds;
    public long Nanoseconds;
}

/// <summary>struct statx of linux/stat.h; 256 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct Statx
{
    /// <summary>Everything that stat gives, and the birth time.</summary>
    public const uint Wanted = 0x7FF | BirthTime;
    public const uint BirthTime = 0x800;

    /// <summary>In <see cref="Attributes"/>: a file system is mounted here (Linux 5.8).</summary>
    public const ulong MountRoot = 0x2000;

    [FieldOffset(0)]
    public uint Mask;
    [FieldOffset(8)]
    public ulong Attributes;
    [FieldOffset(16)]
    public uint LinkCount;
    [FieldOffset(20)]
    public uint UserId;
    [FieldOffset(24)]
    public uint GroupId;
    [FieldOffset(28)]
    public ushort Mode;
    [FieldOffset(32)]
    public ulong Inode;
    [FieldOffset(40)]
    public long SizeBytes;
    [FieldOffset(64)]
    public StatxTime Accessed;
    [FieldOffset(80)]
    public StatxTime Created;
    [FieldOffset(96)]
    public StatxTime Changed;
    [FieldOffset(112)]
    public StatxTime Modified;
}

/// <summary>struct statx_timestamp.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct StatxTime
{
    public long Seconds;
    public uint Nanoseconds;
}

/// <summary>struct rlimit of a 64-bit system.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceLimit
{
    public ulong Current;
    public ulong Highest;
}
