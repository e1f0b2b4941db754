using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <summary>
/// Empty blobs whose names end in a slash, as portals and S3 tools mark folders: such a blob is the folder of its name without the slash.
/// Beside a blob of that name it is nothing new, or an item that stands for itself as it is. Pure.
/// </summary>
internal static class SlashMarker
{
    /// <summary>True for a name, from the volume's root, that is a folder's with a slash behind, on a blob without content.</summary>
    public static bool IsOne(ReadOnlySpan<byte> name, long sizeBytes, in PosixMetadata.Reading posix) =>
        name is [.., not (byte)'/', (byte)'/'] && sizeBytes == 0 && (posix.IsFolder || !posix.IsLink);

    /// <summary>The marker under its own name, as an item without content.</summary>
    public static Entry AsWritten(Entry marker) => new()
    {
        Path = new EntryPath([.. marker.Path.Bytes, (byte)'/']),
        Type = EntryType.File,
        Modified = marker.Modified,
        ContentMd5 = marker.ContentMd5,
        ETag = marker.ETag,
        Obstacle = marker.Obstacle,
    };
}
