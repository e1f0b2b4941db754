using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Mover.State.Documents;

/// <summary>Makes ETags in the shape that Storage Mover's clients have seen: <c>"xxxxxxxx-0000-ssss-0000-tttttttt0000"</c>.</summary>
internal static class DocumentTag
{
    /// <summary>
    /// The tag of one version. Only from what the caller supplied, so that the same write makes the same tag in any engine: a digest of
    /// key, version, stamp and value, the version's low bits (two versions in one second always differ), and the Unix time.
    /// </summary>
    public static string Of(DocumentKey key, long version, WriteStamp stamp, ReadOnlySpan<byte> json)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{key.Stored}\n{version}\n{stamp.At.UtcTicks}\n{stamp.Correlation}\n"));
        hash.AppendData(json);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        var seconds = unchecked((uint)stamp.At.ToUnixTimeSeconds());
        return $"\"{BinaryPrimitives.ReadUInt32BigEndian(digest):x8}-0000-{version & 0xFFFF:x4}-0000-{seconds:x8}0000\"";
    }
}
