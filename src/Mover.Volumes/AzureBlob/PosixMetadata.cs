using System.Buffers.Text;
using System.Globalization;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <summary>
/// File attributes as metadata of a blob, under the names and in the formats that AzCopy writes with
/// <c>--preserve-posix-properties</c> and reads back: times in nanoseconds since 1970, owner, group and the full <c>st_mode</c> as
/// decimals.
/// </summary>
internal static class PosixMetadata
{
    /// <summary>What the header of each key begins with.</summary>
    public const string Header = "x-ms-meta-";

    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int PermissionBits = 0xFFF;
    private const int FolderBits = 0x4000;
    private const int FileBits = 0x8000;
    private const int LinkBits = 0xA000;

    /// <summary>
    /// Adds what is stored beside the content. The modification time is kept even when owner and permissions are not wanted:
    /// without it no later pass could tell what changed.
    /// </summary>
    public static void AddTo(BlobCall call, Entry source, bool preserve)
    {
        if (source.Type is EntryType.Folder)
        {
            call.Add(Header + "hdi_isfolder", "true");
        }
        else if (source is { Type: EntryType.Symlink, ResolvedPath: null })
        {
            call.Add(Header + "is_symlink", "true");
        }

        if (source.Modified is { } modified)
        {
            call.Add(Header + "modtime", Format(modified));
        }

        if (!preserve)
        {
            return;
        }

        AddTime(call, Header + "posix_atime", source.Accessed);
        AddTime(call, Header + "posix_ctime", source.Changed);
        AddTime(call, Header + "linux_btime", source.Created);
        if (source.Posix is { } posix)
        {
            call.Add(Header + "permissions", (TypeBits(source) | posix.Mode).ToString(CultureInfo.InvariantCulture));
            AddId(call, Header + "posix_owner", posix.UserId);
            AddId(call, Header + "posix_group", posix.GroupId);
        }
    }

    private static void AddTime(BlobCall call, string name, UnixTime? time)
    {
        if (time is { } known)
        {
            call.Add(name, Format(known));
        }
    }

    private static void AddId(BlobCall call, string name, uint id)
    {
        if (id is not PosixAttributes.UnknownId)
        {
            call.Add(name, id.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static int TypeBits(Entry source) => source switch
    {
        { Type: EntryType.Folder } => FolderBits,
        { Type: EntryType.Symlink, ResolvedPath: null } => LinkBits,
        _ => FileBits,
    };

    private static string Format(UnixTime time) => Math.Abs(time.Seconds) < long.MaxValue / NanosecondsPerSecond
        ? ((time.Seconds * NanosecondsPerSecond) + time.Nanoseconds).ToString(CultureInfo.InvariantCulture)
        : (((Int128)time.Seconds * NanosecondsPerSecond) + time.Nanoseconds).ToString(CultureInfo.InvariantCulture);

    /// <summary>What the metadata of one blob says; filled name by name, reused from blob to blob.</summary>
    internal struct Reading
    {
        private static readonly VolumeFault FilledFolder = new(
            VolumeFaultKind.Unsupported,
            "The blob is marked as a folder but has content, so Mover does not copy, replace or delete it. Remove the metadata "
                + "hdi_isfolder if it is a file, or its content if it is a folder.",
            Code: StatusCodes.ItemTypeUnsupported);

        public bool IsFolder { get; private set; }

        public bool IsLink { get; private set; }

        public UnixTime? Modified { get; private set; }

        private UnixTime? _accessed;
        private UnixTime? _changed;
        private UnixTime? _created;
        private uint? _permissions;
        private uint? _owner;
        private uint? _group;

        /// <summary>Makes it a folder's, whatever the metadata says.</summary>
        public void BeFolder() => IsFolder = true;

        /// <summary>Takes one name and value; names that mean nothing here are passed over. Names do not depend on case.</summary>
        public void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            switch (name.Length)
            {
                case 7 when Is(name, "modtime"u8): Modified = Time(value); break;
                case 10 when Is(name, "is_symlink"u8): IsLink = Is(value, "true"u8); break;
                case 11 when Is(name, "posix_atime"u8): _accessed = Time(value); break;
                case 11 when Is(name, "posix_ctime"u8): _changed = Time(value); break;
                case 11 when Is(name, "linux_btime"u8): _created = Time(value); break;
                case 11 when Is(name, "permissions"u8): _permissions = Number(value); break;
                case 11 when Is(name, "posix_owner"u8): _owner = Number(value); break;
                case 11 when Is(name, "posix_group"u8): _group = Number(value); break;
                case 12 when Is(name, "hdi_isfolder"u8): IsFolder = Is(value, "true"u8); break;
                default: break;
            }
        }

        /// <summary>The entry that blob and metadata together are. One with content that is marked as a folder is neither a file nor a
        /// folder, and nobody but its owner knows what it should be.</summary>
        public readonly Entry ToEntry(
            EntryPath path, long sizeBytes, UnixTime? lastModified, string? etag, ReadOnlyMemory<byte>? md5, string? obstacle) => new()
        {
            Path = path,
            Type = IsFolder ? (sizeBytes == 0 ? EntryType.Folder : EntryType.File) : IsLink ? EntryType.Symlink : EntryType.File,
            SizeBytes = sizeBytes,
            Fault = IsFolder && sizeBytes > 0 ? FilledFolder : null,
            Modified = Modified ?? lastModified,
            Accessed = _accessed,
            Changed = _changed,
            Created = _created,
            Posix = _permissions is { } mode
                ? new PosixAttributes(
                    (int)(mode & PermissionBits), _owner ?? PosixAttributes.UnknownId, _group ?? PosixAttributes.UnknownId)
                : null,
            ETag = etag,
            ContentMd5 = md5,
            Obstacle = obstacle,
        };

        private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> expected) => System.Text.Ascii.EqualsIgnoreCase(name, expected);

        private static uint? Number(ReadOnlySpan<byte> value) =>
            Utf8Parser.TryParse(value, out uint number, out var used) && used == value.Length ? number : null;

        private static UnixTime? Time(ReadOnlySpan<byte> value)
        {
            if (Utf8Parser.TryParse(value, out long time, out var used) && used == value.Length)
            {
                var (seconds, rest) = Math.DivRem(time, NanosecondsPerSecond);
                return rest < 0 ? new UnixTime(seconds - 1, (int)(rest + NanosecondsPerSecond)) : new UnixTime(seconds, (int)rest);
            }

            if (!Int128.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var wide))
            {
                return null;
            }

            var (whole, part) = Int128.DivRem(wide, NanosecondsPerSecond);
            (whole, part) = part < 0 ? (whole - 1, part + NanosecondsPerSecond) : (whole, part);
            return whole > long.MaxValue || whole < long.MinValue ? null : new UnixTime((long)whole, (int)part);
        }
    }
}
