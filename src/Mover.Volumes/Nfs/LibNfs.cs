using System.Runtime.InteropServices;

namespace Mover.Volumes.Nfs;

/// <summary>The calls of libnfs 4.0 (libnfs.so.13) that are used. A context is one connection and must stay on one thread.</summary>
internal static unsafe partial class LibNfs
{
    private const string Library = "libnfs.so.13";

    [LibraryImport(Library, EntryPoint = "nfs_init_context")]
    public static partial nint InitContext();

    [LibraryImport(Library, EntryPoint = "nfs_destroy_context")]
    public static partial void DestroyContext(nint context);

    [LibraryImport(Library, EntryPoint = "nfs_get_error")]
    public static partial nint GetError(nint context);

    [LibraryImport(Library, EntryPoint = "nfs_parse_url_dir", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint ParseUrlDir(nint context, string url);

    [LibraryImport(Library, EntryPoint = "nfs_destroy_url")]
    public static partial void DestroyUrl(nint url);

    [LibraryImport(Library, EntryPoint = "nfs_set_version")]
    public static partial int SetVersion(nint context, int version);

    [LibraryImport(Library, EntryPoint = "nfs4_set_client_name", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void SetClientName(nint context, string name);

    [LibraryImport(Library, EntryPoint = "nfs4_set_verifier")]
    public static partial void SetVerifier(nint context, byte* verifier);

    [LibraryImport(Library, EntryPoint = "nfs_set_uid")]
    public static partial void SetUserId(nint context, int user);

    [LibraryImport(Library, EntryPoint = "nfs_set_gid")]
    public static partial void SetGroupId(nint context, int group);

    [LibraryImport(Library, EntryPoint = "nfs_set_timeout")]
    public static partial void SetTimeout(nint context, int milliseconds);

    [LibraryImport(Library, EntryPoint = "nfs_set_autoreconnect")]
    public static partial void SetAutoReconnect(nint context, int retries);

    [LibraryImport(Library, EntryPoint = "nfs_set_dircache")]
    public static partial void SetFolderCache(nint context, int isOn);

    [LibraryImport(Library, EntryPoint = "nfs_mount", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Mount(nint context, string server, string export);

    [LibraryImport(Library, EntryPoint = "nfs_opendir")]
    public static partial int OpenFolder(nint context, byte* path, nint* folder);

    [LibraryImport(Library, EntryPoint = "nfs_readdir")]
    public static partial NfsFolderEntry* ReadFolder(nint context, nint folder);

    [LibraryImport(Library, EntryPoint = "nfs_closedir")]
    public static partial void CloseFolder(nint context, nint folder);

    [LibraryImport(Library, EntryPoint = "nfs_lstat64")]
    public static partial int Lstat(nint context, byte* path, NfsStat* stat);

    [LibraryImport(Library, EntryPoint = "nfs_fstat64")]
    public static partial int Fstat(nint context, nint file, NfsStat* stat);

    [LibraryImport(Library, EntryPoint = "nfs_readlink")]
    public static partial int ReadLink(nint context, byte* path, byte* buffer, int length);

    [LibraryImport(Library, EntryPoint = "nfs_open")]
    public static partial int Open(nint context, byte* path, int flags, nint* file);

    [LibraryImport(Library, EntryPoint = "nfs_pread")]
    public static partial int Pread(nint context, nint file, ulong offset, ulong count, byte* buffer);

    [LibraryImport(Library, EntryPoint = "nfs_close")]
    public static partial int Close(nint context, nint file);
}

/// <summary>struct nfs_stat_64.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NfsStat
{
    public ulong Device;
    public ulong Inode;
    public ulong Mode;
    public ulong LinkCount;
    public ulong UserId;
    public ulong GroupId;
    public ulong DeviceType;
    public ulong SizeBytes;
    public ulong BlockBytes;
    public ulong Blocks;
    public long Accessed;
    public long Modified;
    public long Changed;
    public ulong AccessedNanoseconds;
    public ulong ModifiedNanoseconds;
    public ulong ChangedNanoseconds;
    public ulong UsedBytes;
}

/// <summary>struct timeval.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NfsTime
{
    public long Seconds;
    public long Microseconds;
}

/// <summary>struct nfsdirent.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NfsFolderEntry
{
    public nint Next;
    public byte* Name;
    public ulong Inode;
    public uint Type;
    public uint Mode;
    public ulong SizeBytes;
    public NfsTime Accessed;
    public NfsTime Modified;
    public NfsTime Changed;
    public uint UserId;
    public uint GroupId;
    public uint LinkCount;
    public ulong Device;
    public ulong DeviceType;
    public ulong BlockBytes;
    public ulong Blocks;
    public ulong UsedBytes;
    public uint AccessedNanoseconds;
    public uint ModifiedNanoseconds;
    public uint ChangedNanoseconds;
}
