using System.Buffers.Binary;
using System.Numerics;

namespace Mover.Transfer.Journal;

/// <summary>
/// The journal's bytes. A file is a sequence of frames, each written by one group commit: magic (4), payload length (4), CRC-32C of the
/// payload (4), CRC-32C of the twelve bytes before (4), then the payload; numbers are little-endian. The first frame's payload is the
/// run's fingerprint. Payloads are records without padding: see <see cref="JournalRecord"/>.
/// </summary>
internal static class JournalFormat
{
    public const int HeaderBytes = 16;

    /// <summary>The largest payload a reader accepts; a writer commits long before.</summary>
    public const int PayloadBytesMax = 64 * 1024 * 1024;

    private const uint Magic = 0x314A_564D; // "MVJ1"

    public static void WriteHeader(Span<byte> header, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Checksum(payload));
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], Checksum(header[..12]));
    }

    /// <summary>The payload's length, or -1 when this is no header.</summary>
    public static int ReadHeader(ReadOnlySpan<byte> header)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) != Checksum(header[..12]))
        {
            return -1;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        return length is >= 0 and <= PayloadBytesMax ? length : -1;
    }

    public static bool IsIntact(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload) =>
        BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) == Checksum(payload);

    /// <summary>CRC-32C: one instruction for eight bytes.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
