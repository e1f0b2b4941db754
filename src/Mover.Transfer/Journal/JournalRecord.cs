using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Journal;

/// <summary>
/// What tells one version of a source file from another; blocks of one version never mix with those of another. Where there are no inodes,
/// a digest of the service's tag stands for one: times of a blob are metadata, which may stay when the content changes.
/// </summary>
internal readonly record struct FileIdentity(long SizeBytes, UnixTime Modified, UnixTime Changed, ulong Inode)
{
    public static FileIdentity Of(Entry entry) => new(
        entry.SizeBytes, entry.Modified ?? default, entry.Changed ?? default,
        entry.Inode == 0 && entry.ETag is { } tag ? Crc64.Compute(Encoding.UTF8.GetBytes(tag)) : entry.Inode);

    /// <summary>The same in a few bytes.</summary>
    public ulong Tag()
    {
        Span<byte> bytes = stackalloc byte[40];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, SizeBytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], Modified.Seconds);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[16..], Modified.Nanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[20..], Changed.Seconds);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[28..], Changed.Nanoseconds);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], Inode);
        return Crc64.Compute(bytes);
    }
}

/// <summary>A large file that began to go over in blocks.</summary>
internal sealed record BlocksBegun(long FileNumber, EntryPath Path, string Token, long BlockBytes, FileIdentity Identity);

/// <summary>A block that the target acknowledged.</summary>
internal readonly record struct BlockDone(long FileNumber, int Index, ulong Crc64);

/// <summary>The five kinds of record; numbers are varints, times seconds (zigzag) and nanoseconds.</summary>
internal static class JournalRecord
{
    public const byte Outcome = 1;
    public const byte Begun = 2;
    public const byte Block = 3;
    public const byte Deletion = 4;

    /// <summary>The deletions of an attempt begin: what was not deleted by earlier ones is looked at again.</summary>
    public const byte DeletionsBegin = 5;

    private const byte HasCrc64 = 1;
    private const byte HasMd5 = 2;
    private const byte HasDetails = 4;
    private const byte HasSourceTag = 8;
    private const byte WasThere = 16;
    private const byte IsRetracted = 32;

    /// <summary>An outcome; the path is kept as what differs from <paramref name="previous"/>, the path of the outcome before.</summary>
    public static void Write(IBufferWriter<byte> output, ItemOutcome item, EntryPath previous)
    {
        var path = item.Path.Bytes;
        var shared = path.CommonPrefixLength(previous.Bytes);
        var details = item.Details is null ? 0 : Encoding.UTF8.GetMaxByteCount(item.Details.Length);
        var span = output.GetSpan(80 + path.Length + Md5.SizeBytes + details);
        span[0] = Outcome;
        span[1] = (byte)(((int)item.Type << 4) | (int)item.Result);
        span[2] = (byte)((item.Crc64 is null ? 0 : HasCrc64) | (item.Md5 is null ? 0 : HasMd5) | (item.Details is null ? 0 : HasDetails)
            | (item.SourceTag is null ? 0 : HasSourceTag) | (item.WasThere ? WasThere : 0) | (item.IsRetracted ? IsRetracted : 0));
        var at = 3;
        at += Varint.Write(span[at..], (ulong)item.Code.Number);
        at += Varint.Write(span[at..], (ulong)item.SizeBytes);
        at += Varint.Write(span[at..], (ulong)shared);
        at += Varint.Write(span[at..], (ulong)(path.Length - shared));
        path[shared..].CopyTo(span[at..]);
        at += path.Length - shared;
        if (item.Crc64 is { } crc)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(span[at..], crc);
            at += Crc64.SizeBytes;
        }

        if (item.Md5 is { } md5)
        {
            md5.Span.CopyTo(span[at..]);
            at += Md5.SizeBytes;
        }

        if (item.SourceTag is { } tag)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(span[at..], tag);
            at += sizeof(ulong);
        }

        output.Advance(at);
        if (item.Details is { } text)
        {
            WriteText(output, text);
        }
    }

    public static void Write(IBufferWriter<byte> output, BlocksBegun begun)
    {
        output.Write([Begun]);
        WriteNumber(output, (ulong)begun.FileNumber);
        WriteNumber(output, (ulong)begun.Path.Bytes.Length);
        output.Write(begun.Path.Bytes);
        WriteText(output, begun.Token);
        WriteNumber(output, (ulong)begun.BlockBytes);
        WriteNumber(output, (ulong)begun.Identity.SizeBytes);
        WriteTime(output, begun.Identity.Modified);
        WriteTime(output, begun.Identity.Changed);
        WriteNumber(output, begun.Identity.Inode);
    }

    public static void Write(IBufferWriter<byte> output, BlockDone block)
    {
        output.Write([Block]);
        WriteNumber(output, (ulong)block.FileNumber);
        WriteNumber(output, (ulong)block.Index);
        WriteNumber(output, block.Crc64);
    }

    /// <summary>Reads an outcome whose kind byte is consumed.</summary>
    public static ItemOutcome ReadOutcome(ref ReadOnlySpan<byte> bytes, EntryPath previous)
    {
        var (kinds, flags) = (bytes[0], bytes[1]);
        bytes = bytes[2..];
        var code = new StatusCode((int)Varint.Read(ref bytes));
        var size = (long)Varint.Read(ref bytes);
        var shared = (int)Varint.Read(ref bytes);
        var rest = (int)Varint.Read(ref bytes);
        var path = new byte[shared + rest];
        previous.Bytes[..shared].CopyTo(path);
        Take(ref bytes, rest).CopyTo(path.AsSpan(shared));
        ulong? crc = (flags & HasCrc64) != 0 ? BinaryPrimitives.ReadUInt64LittleEndian(Take(ref bytes, Crc64.SizeBytes)) : null;
        var md5 = (flags & HasMd5) != 0 ? (ReadOnlyMemory<byte>?)Take(ref bytes, Md5.SizeBytes).ToArray() : null;
        ulong? tag = (flags & HasSourceTag) != 0 ? BinaryPrimitives.ReadUInt64LittleEndian(Take(ref bytes, sizeof(ulong))) : null;
        var details = (flags & HasDetails) != 0 ? ReadText(ref bytes) : null;
        return new(new EntryPath(path), (EntryType)(kinds >> 4), (ItemResult)(kinds & 15), code, size, crc, md5, details)
        {
            SourceTag = tag,
            WasThere = (flags & WasThere) != 0,
            IsRetracted = (flags & IsRetracted) != 0,
        };
    }

    public static BlocksBegun ReadBegun(ref ReadOnlySpan<byte> bytes)
    {
        var number = (long)Varint.Read(ref bytes);
        var path = Take(ref bytes, (int)Varint.Read(ref bytes)).ToArray();
        var token = ReadText(ref bytes);
        var blockBytes = (long)Varint.Read(ref bytes);
        var size = (long)Varint.Read(ref bytes);
        var modified = ReadTime(ref bytes);
        var changed = ReadTime(ref bytes);
        return new(number, new EntryPath(path), token, blockBytes, new(size, modified, changed, Varint.Read(ref bytes)));
    }

    public static BlockDone ReadBlock(ref ReadOnlySpan<byte> bytes) =>
        new((long)Varint.Read(ref bytes), (int)Varint.Read(ref bytes), Varint.Read(ref bytes));

    private static void WriteNumber(IBufferWriter<byte> output, ulong value) => output.Advance(Varint.Write(output.GetSpan(10), value));

    private static void WriteTime(IBufferWriter<byte> output, UnixTime time)
    {
        WriteNumber(output, (ulong)((time.Seconds << 1) ^ (time.Seconds >> 63)));
        WriteNumber(output, (ulong)time.Nanoseconds);
    }

    private static void WriteText(IBufferWriter<byte> output, string text)
    {
        WriteNumber(output, (ulong)Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, output);
    }

    private static UnixTime ReadTime(ref ReadOnlySpan<byte> bytes)
    {
        var raw = Varint.Read(ref bytes);
        return new((long)(raw >> 1) ^ -(long)(raw & 1), (int)Varint.Read(ref bytes));
    }

    private static string ReadText(ref ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(Take(ref bytes, (int)Varint.Read(ref bytes)));

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, int length)
    {
        var taken = bytes[..length];
        bytes = bytes[length..];
        return taken;
    }
}

/// <summary>Outcomes in run files, sorted by path.</summary>
internal sealed class OutcomeCodec : IRecordCodec<ItemOutcome>
{
    public static readonly OutcomeCodec Instance = new();

    public ReadOnlySpan<byte> Key(ItemOutcome record) => record.Path.Bytes;

    public int WeightBytes(ItemOutcome record) => 200 + record.Path.Bytes.Length + ((record.Details?.Length ?? 0) * 2);

    public void Write(ItemOutcome record, IBufferWriter<byte> output) => JournalRecord.Write(output, record, default);

    public ItemOutcome Read(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[1..];
        return JournalRecord.ReadOutcome(ref bytes, default);
    }
}
