namespace Mover.Transfer.Contract;

/// <summary>What an entry is.</summary>
public enum EntryType : byte
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A symbolic link.</summary>
    Symlink,

    /// <summary>A block or character device.</summary>
    Device,

    /// <summary>A named pipe.</summary>
    Fifo,

    /// <summary>A Unix socket.</summary>
    Socket,

    /// <summary>Something else that cannot be copied.</summary>
    Other,
}

/// <summary>A moment with nanoseconds, as file systems keep it. Source: struct timespec.</summary>
/// <param name="Seconds">Seconds since 1970-01-01T00:00:00Z; negative before.</param>
/// <param name="Nanoseconds">0 to 999,999,999, always added.</param>
public readonly record struct UnixTime(long Seconds, int Nanoseconds);

/// <summary>POSIX owner and permissions.</summary>
/// <param name="Mode">Permission bits with set-id and sticky, 0 to 4095 (07777); the type is <see cref="Entry.Type"/>.</param>
/// <param name="UserId">Numeric owner, or <see cref="UnknownId"/>.</param>
/// <param name="GroupId">Numeric group, or <see cref="UnknownId"/>.</param>
public readonly record struct PosixAttributes(int Mode, uint UserId, uint GroupId)
{
    /// <summary>An owner or group that the volume cannot tell: targets set none. No file can have this id (POSIX chown).</summary>
    public const uint UnknownId = uint.MaxValue;

    /// <summary>True when both owner and group are known.</summary>
    public bool HasOwners => UserId is not UnknownId && GroupId is not UnknownId;

    /// <summary>True when <paramref name="kept"/> has the owner and group that are known here.</summary>
    public bool IsOwnedLike(PosixAttributes kept) =>
        (UserId is UnknownId || UserId == kept.UserId) && (GroupId is UnknownId || GroupId == kept.GroupId);
}

/// <summary>One thing in a volume, as a scan or a stat saw it. Immutable.</summary>
public sealed class Entry
{
    /// <summary>Where it is in the volume's name space.</summary>
    public required EntryPath Path { get; init; }

    /// <summary>What it is.</summary>
    public required EntryType Type { get; init; }

    /// <summary>Content length in bytes; 0 for all but files and links.</summary>
    public long SizeBytes { get; init; }

    /// <summary>What the volume tells as the size of a file that was read to its end and turned out longer; null where that is
    /// <see cref="SizeBytes"/>.</summary>
    public long? ToldBytes { get; init; }

    /// <summary>Last change of the content; null when the volume does not know.</summary>
    public UnixTime? Modified { get; init; }

    /// <summary>Last change of the inode (POSIX ctime); null when the volume does not know. Used to notice changes, never copied.</summary>
    public UnixTime? Changed { get; init; }

    /// <summary>Last access; null when the volume does not know.</summary>
    public UnixTime? Accessed { get; init; }

    /// <summary>Creation (birth) time; null when the volume does not know.</summary>
    public UnixTime? Created { get; init; }

    /// <summary>Owner and permissions; null when the volume keeps none.</summary>
    public PosixAttributes? Posix { get; init; }

    /// <summary>Inode number; 0 when unknown.</summary>
    public ulong Inode { get; init; }

    /// <summary>Number of hard links; 0 when unknown.</summary>
    public uint LinkCount { get; init; }

    /// <summary>For a folder whose listing is known to hold nothing.</summary>
    public bool IsEmptyFolder { get; init; }

    /// <summary>True for a folder on which another file system is mounted.</summary>
    public bool IsMountPoint { get; init; }

    /// <summary>For a link: the target text as stored; null otherwise or when it was not read.</summary>
    public ReadOnlyMemory<byte>? LinkTarget { get; init; }

    /// <summary>
    /// For a link that was resolved: the path, inside the volume, of the file whose content stands for it. Null for everything else.
    /// Readers open this path.
    /// </summary>
    public EntryPath? ResolvedPath { get; init; }

    /// <summary>Stored MD5 of the content, 16 bytes; null when the volume keeps none.</summary>
    public ReadOnlyMemory<byte>? ContentMd5 { get; init; }

    /// <summary>The volume's version tag; null when it has none.</summary>
    public string? ETag { get; init; }

    /// <summary>Why nothing can be stored in its place, and what to do about it, in sentences; null when it can be replaced.</summary>
    public string? Obstacle { get; init; }

    /// <summary>
    /// Set when the entry could not be read in full: a file whose stat failed, or a folder whose listing failed or broke off
    /// (what lies below it is then unknown, and a mirror must not delete there).
    /// </summary>
    public VolumeFault? Fault { get; init; }

    /// <summary>The file with the length that reading it to its end has shown.</summary>
    public Entry WithLength(long sizeBytes) => new()
    {
        Path = Path,
        Type = Type,
        SizeBytes = sizeBytes,
        ToldBytes = ToldBytes ?? SizeBytes,
        Modified = Modified,
        Changed = Changed,
        Accessed = Accessed,
        Created = Created,
        Posix = Posix,
        Inode = Inode,
        LinkCount = LinkCount,
        LinkTarget = LinkTarget,
        ResolvedPath = ResolvedPath,
        ContentMd5 = ContentMd5,
        ETag = ETag,
    };
}
