using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Mover.State.Mirror;

/// <summary>
/// The form of a part on its way between regions, all numbers little endian: <c>MOVERMR1</c>, revision (8 bytes), ticks of
/// <see cref="MirrorPart.CompleteAfter"/> (8; the least number for null), 1 when more follows, number of entries (4); of each entry the
/// length of the key (4), the key, its revision (8), the length of the value (4; -1 for a deletion), the value.
/// </summary>
public static class MirrorFrames
{
    /// <summary>Bytes that a whole part may have: a part's bound, one commit beyond it, and its entries' heads.</summary>
    public const int PartBytesMax = MirrorLimits.PartBytesMax + StateLimits.CommitBytesMax + (1024 * 1024);

    private const int HeadBytes = 8 + 8 + 8 + 1 + 4;

    private static ReadOnlySpan<byte> Magic => "MOVERMR1"u8;

    /// <summary>Writes a part.</summary>
    public static void Write(MirrorPart part, IBufferWriter<byte> to)
    {
        to.Write(Magic);
        WriteInt64(to, part.Revision);
        WriteInt64(to, part.CompleteAfter?.Ticks ?? long.MinValue);
        to.Write([part.HasMore ? (byte)1 : (byte)0]);
        WriteInt32(to, part.Entries.Count);
        foreach (var entry in part.Entries)
        {
            var key = Encoding.UTF8.GetBytes(entry.Key);
            WriteInt32(to, key.Length);
            to.Write(key);
            WriteInt64(to, entry.Revision);
            WriteInt32(to, entry.Value?.Length ?? -1);
            to.Write((entry.Value ?? default).Span);
        }
    }

    /// <summary>Reads a whole part; throws <see cref="StateException"/> when it is none.</summary>
    public static MirrorPart Read(ReadOnlyMemory<byte> bytes)
    {
        var at = 0;
        if (bytes.Length < HeadBytes || !bytes.Span.StartsWith(Magic))
        {
            throw Damaged();
        }

        at += Magic.Length;
        var revision = BinaryPrimitives.ReadInt64LittleEndian(Take(bytes, ref at, 8).Span);
        var ticks = BinaryPrimitives.ReadInt64LittleEndian(Take(bytes, ref at, 8).Span);
        var hasMore = Take(bytes, ref at, 1).Span[0] == 1;
        var count = BinaryPrimitives.ReadInt32LittleEndian(Take(bytes, ref at, 4).Span);
        var entries = new List<MirrorEntry>(Math.Clamp(count, 0, bytes.Length / 16));
        for (var read = 0; read < count; read++)
        {
            var key = Take(bytes, ref at, BinaryPrimitives.ReadInt32LittleEndian(Take(bytes, ref at, 4).Span));
            var modified = BinaryPrimitives.ReadInt64LittleEndian(Take(bytes, ref at, 8).Span);
            var length = BinaryPrimitives.ReadInt32LittleEndian(Take(bytes, ref at, 4).Span);
            entries.Add(new(Encoding.UTF8.GetString(key.Span), modified,
                length == -1 ? (ReadOnlyMemory<byte>?)null : Take(bytes, ref at, length)));
        }

        return count >= 0 && at == bytes.Length
            ? new(entries, revision, ticks == long.MinValue ? null : TimeSpan.FromTicks(ticks), hasMore)
            : throw Damaged();
    }

    private static ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> bytes, ref int at, int length)
    {
        if (length < 0 || length > bytes.Length - at)
        {
            throw Damaged();
        }

        var taken = bytes.Slice(at, length);
        at += length;
        return taken;
    }

    private static void WriteInt32(IBufferWriter<byte> to, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to.GetSpan(4), number);
        to.Advance(4);
    }

    private static void WriteInt64(IBufferWriter<byte> to, long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to.GetSpan(8), number);
        to.Advance(8);
    }

    private static StateException Damaged() => new(
        StateFault.Damaged, "The other region's response is not valid state data. Check for proxies between the two regions.");
}
