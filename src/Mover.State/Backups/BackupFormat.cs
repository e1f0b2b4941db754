using System.Buffers.Binary;
using System.Numerics;

namespace Mover.State.Backups;

/// <summary>
/// The format of a backup. All numbers are little endian.
/// <code>
/// "MOVER STATE BACKUP\n"
/// head length (4), CRC-32C of the head (4), head (JSON)
/// frames: length of the sealed bytes (4), kind (1), CRC-32C of both and of the sealed bytes (4), sealed bytes
/// </code>
/// Frames come in this order: a key ring at most, entries, one end; nothing follows. Entries are key length (4), key, value length (4),
/// value, many in a frame, in key order. The sealed bytes are AES-256-GCM under a key that seals this file alone: the nonce is the frame's
/// number, from 0, in 12 bytes (big endian), so that no frame can be moved, repeated or left out; kind and SHA-256 of the head are bound
/// to each; the end holds count and digest, so that nothing can be cut off. The checksums tell damage without the key. Pure.
/// </summary>
public static class BackupFormat
{
    /// <summary>The version of the format.</summary>
    public const int Version = 1;

    /// <summary>Bytes of a key.</summary>
    public const int KeyBytes = 32;

    internal const int HeadBytesMax = 64 * 1024;

    /// <summary>Entries are gathered up to so many bytes; one that is larger has a frame of its own.</summary>
    internal const int FrameBytes = 256 * 1024;

    /// <summary>The largest frame: one entry of the largest key and value, and what stands around them.</summary>
    internal const int SealedBytesMax = StateLimits.ValueBytesMax + StateLimits.KeyBytesMax + FrameBytes;

    internal const int TagBytes = 16;
    internal const int FrameHeadBytes = 9;

    internal static ReadOnlySpan<byte> Magic => "MOVER STATE BACKUP\n"u8;

    /// <summary>Whether a file that begins so is a backup of this format, of whatever version.</summary>
    public static bool IsBackup(ReadOnlySpan<byte> start) => start.StartsWith(Magic);

    /// <summary>CRC-32C, as in RFC 3720, over parts.</summary>
    internal static uint Checksum(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default) => ~Add(Add(uint.MaxValue, first), second);

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var one in bytes)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return crc;
    }
}

/// <summary>What a frame holds.</summary>
internal enum FrameKind : byte
{
    /// <summary>Entries.</summary>
    Entries = (byte)'E',

    /// <summary>The lines of the key ring that opens the state's identity.</summary>
    KeyRing = (byte)'K',

    /// <summary>Count and digest; the last frame.</summary>
    End = (byte)'Z',
}
