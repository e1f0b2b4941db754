using Mover.Transfer.Contract;

namespace Mover.Volumes.Nfs;

/// <summary>Makes entries from what libnfs says.</summary>
internal static class NfsEntries
{
    /// <summary>What libnfs makes of an owner or group that NFSv4 sends as a name (RFC 7530, section 5.9).</summary>
    private const ulong OverflowId = 65_534;

    public static Entry Of(EntryPath path, in NfsStat stat, int version, byte[]? target, VolumeFault? fault = null) => new()
    {
        Path = path,
        Type = TypeOf((uint)stat.Mode),
        SizeBytes = TypeOf((uint)stat.Mode) is EntryType.File or EntryType.Symlink ? (long)stat.SizeBytes : 0,
        Modified = new UnixTime(stat.Modified, (int)stat.ModifiedNanoseconds),
        Changed = new UnixTime(stat.Changed, (int)stat.ChangedNanoseconds),
        Accessed = new UnixTime(stat.Accessed, (int)stat.AccessedNanoseconds),
        Posix = new PosixAttributes((int)stat.Mode & 0xFFF, IdOf(stat.UserId, version), IdOf(stat.GroupId, version)),
        Inode = stat.Inode,
        LinkCount = (uint)stat.LinkCount,
        LinkTarget = target is null ? null : (ReadOnlyMemory<byte>?)target,
        Fault = fault,
    };

    private static uint IdOf(ulong id, int version) => version == 4 && id == OverflowId ? PosixAttributes.UnknownId : (uint)id;

    /// <summary>
    /// What READDIRPLUS or a v4 READDIR gave as a stat; mode 0 when the server sent no attributes. Over v4 libnfs leaves the inode of a
    /// listed
    /// name unset, so it counts as unknown; size and both times still tell files apart.
    /// </summary>
    public static NfsStat StatOf(in NfsFolderEntry entry, int version) => new()
    {
        Inode = version == 3 ? entry.Inode : 0,
        Mode = (entry.Mode & 0xF000) != 0 ? entry.Mode : entry.Mode | TypeBits(entry.Type),
        LinkCount = entry.LinkCount,
        UserId = entry.UserId,
        GroupId = entry.GroupId,
        SizeBytes = entry.SizeBytes,
        Accessed = entry.Accessed.Seconds,
        Modified = entry.Modified.Seconds,
        Changed = entry.Changed.Seconds,
        AccessedNanoseconds = entry.AccessedNanoseconds,
        ModifiedNanoseconds = entry.ModifiedNanoseconds,
        ChangedNanoseconds = entry.ChangedNanoseconds,
    };

    public static EntryType TypeOf(uint mode) => (mode & 0xF000) switch
    {
        0x8000 => EntryType.File,
        0x4000 => EntryType.Folder,
        0xA000 => EntryType.Symlink,
        0x6000 or 0x2000 => EntryType.Device,
        0x1000 => EntryType.Fifo,
        0xC000 => EntryType.Socket,
        _ => EntryType.Other,
    };

    public static bool IsSame(Entry listed, in NfsStat now) =>
        TypeOf((uint)now.Mode) is EntryType.File
        && (long)now.SizeBytes == listed.SizeBytes
        && (listed.Inode == 0 || listed.Inode == now.Inode)
        && (listed.Modified is not { } modified || modified == new UnixTime(now.Modified, (int)now.ModifiedNanoseconds))
        && (listed.Changed is not { } changed || changed == new UnixTime(now.Changed, (int)now.ChangedNanoseconds));

    /// <summary>ftype3 of RFC 1813, section 2.5.5, as the type bits of a mode.</summary>
    private static uint TypeBits(uint type) => type switch
    {
        1 => 0x8000,
        2 => 0x4000,
        3 => 0x6000,
        4 => 0x2000,
        5 => 0xA000,
        6 => 0xC000,
        7 => 0x1000,
        _ => 0,
    };
}
