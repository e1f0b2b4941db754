using System.Buffers.Binary;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;

namespace Mover.Volumes.AzureBlob;

/// <summary>The CRC-64 of a request's content as the service takes and answers it: base64 of the 8 bytes, lowest first.</summary>
internal static class BlobDigest
{
    public const string Crc64Header = "x-ms-content-crc64";

    public static string Format(ulong crc64)
    {
        Span<byte> bytes = stackalloc byte[Crc64.SizeBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, crc64);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>Throws when the service answers a digest and it is not the one that was sent.</summary>
    public static void Check(HttpResponseMessage answer, string sent, string name)
    {
        if (BlobClient.HeaderOf(answer, Crc64Header) is { } stored && !string.Equals(stored, sent, StringComparison.Ordinal))
        {
            throw new VolumeException(
                new VolumeFault(VolumeFaultKind.Integrity, $"PUT {name}: the stored content does not match what was sent (CRC-64).",
                    true));
        }
    }
}
