using System.Buffers;
using System.Text;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Scan;

/// <summary>
/// Entries in run files, in path order, nothing lost. Layout: flags (varint), type, path, then the fields whose flag is set, in the order
/// of the flags; numbers are varints, signed ones zigzag, byte strings come after their length.
/// </summary>
public sealed class EntryCodec : IRecordCodec<Entry>
{
    /// <summary>The codec; it has no state.</summary>
    public static readonly EntryCodec Instance = new();

    /// <summary>Measured: an entry object with its path array, without the path's bytes.</summary>
    private const int EntryWeightBytes = 328;

    [Flags]
    private enum Field
    {
        None = 0,
        Size = 1,
        Modified = 2,
        Changed = 4,
        Accessed = 8,
        Created = 16,
        Posix = 32,
        Inode = 64,
        Links = 128,
        Empty = 256,
        Target = 512,
        Resolved = 1024,
        Md5 = 2048,
        ETag = 4096,
        Fault = 8192,
        Mount = 16384,
        Obstacle = 32768,
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Key(Entry record) => record.Path.Bytes;

    /// <inheritdoc/>
    public int WeightBytes(Entry record) =>
        EntryWeightBytes + record.Path.Bytes.Length + (record.LinkTarget?.Length ?? 0) + (record.ETag?.Length * 2 ?? 0);

    /// <inheritdoc/>
    public void Write(Entry record, IBufferWriter<byte> output)
    {
        var fields = FieldsOf(record);
        var writer = new FieldWriter(output);
        writer.Number((ulong)fields);
        writer.Number((ulong)record.Type);
        writer.Bytes(record.Path.Bytes);
        if (fields.HasFlag(Field.Size))
        {
            writer.Signed(record.SizeBytes);
        }

        writer.Time(record.Modified);
        writer.Time(record.Changed);
        writer.Time(record.Accessed);
        writer.Time(record.Created);
        if (record.Posix is { } posix)
        {
            writer.Number((ulong)posix.Mode);
            writer.Number(posix.UserId);
            writer.Number(posix.GroupId);
        }

        if (fields.HasFlag(Field.Inode))
        {
            writer.Number(record.Inode);
        }

        if (fields.HasFlag(Field.Links))
        {
            writer.Number(record.LinkCount);
        }

        if (record.LinkTarget is { } target)
        {
            writer.Bytes(target.Span);
        }

        if (record.ResolvedPath is { } resolved)
        {
            writer.Bytes(resolved.Bytes);
        }

        if (record.ContentMd5 is { } md5)
        {
            writer.Bytes(md5.Span);
        }

        if (record.ETag is { } tag)
        {
            writer.Text(tag);
        }

        if (record.Fault is { } fault)
        {
            Write(ref writer, fault);
        }

        if (record.Obstacle is { } obstacle)
        {
            writer.Text(obstacle);
        }
    }

    /// <inheritdoc/>
    public Entry Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new FieldReader(bytes);
        var fields = (Field)reader.Number();
        return new Entry
        {
            Type = (EntryType)reader.Number(),
            Path = new EntryPath(reader.Bytes()),
            SizeBytes = fields.HasFlag(Field.Size) ? reader.Signed() : 0,
            Modified = fields.HasFlag(Field.Modified) ? reader.Time() : null,
            Changed = fields.HasFlag(Field.Changed) ? reader.Time() : null,
            Accessed = fields.HasFlag(Field.Accessed) ? reader.Time() : null,
            Created = fields.HasFlag(Field.Created) ? reader.Time() : null,
            Posix = fields.HasFlag(Field.Posix) ? new PosixAttributes((int)reader.Number(), (uint)reader.Number(), (uint)reader.Number())
                : null,
            Inode = fields.HasFlag(Field.Inode) ? reader.Number() : 0,
            LinkCount = fields.HasFlag(Field.Links) ? (uint)reader.Number() : 0,
            IsEmptyFolder = fields.HasFlag(Field.Empty),
            IsMountPoint = fields.HasFlag(Field.Mount),
            LinkTarget = fields.HasFlag(Field.Target) ? (ReadOnlyMemory<byte>?)reader.Bytes() : null,
            ResolvedPath = fields.HasFlag(Field.Resolved) ? new EntryPath(reader.Bytes()) : null,
            ContentMd5 = fields.HasFlag(Field.Md5) ? (ReadOnlyMemory<byte>?)reader.Bytes() : null,
            ETag = fields.HasFlag(Field.ETag) ? Encoding.UTF8.GetString(reader.Bytes()) : null,
            Fault = fields.HasFlag(Field.Fault) ? ReadFault(ref reader) : null,
            Obstacle = fields.HasFlag(Field.Obstacle) ? Encoding.UTF8.GetString(reader.Bytes()) : null,
        };
    }

    private static Field FieldsOf(Entry entry) =>
        (entry.SizeBytes != 0 ? Field.Size : Field.None)
        | (entry.Modified is not null ? Field.Modified : Field.None)
        | (entry.Changed is not null ? Field.Changed : Field.None)
        | (entry.Accessed is not null ? Field.Accessed : Field.None)
        | (entry.Created is not null ? Field.Created : Field.None)
        | (entry.Posix is not null ? Field.Posix : Field.None)
        | (entry.Inode != 0 ? Field.Inode : Field.None)
        | (entry.LinkCount != 0 ? Field.Links : Field.None)
        | (entry.IsEmptyFolder ? Field.Empty : Field.None)
        | (entry.LinkTarget is not null ? Field.Target : Field.None)
        | (entry.ResolvedPath is not null ? Field.Resolved : Field.None)
        | (entry.ContentMd5 is not null ? Field.Md5 : Field.None)
        | (entry.ETag is not null ? Field.ETag : Field.None)
        | (entry.Fault is not null ? Field.Fault : Field.None)
        | (entry.Obstacle is not null ? Field.Obstacle : Field.None)
        | (entry.IsMountPoint ? Field.Mount : Field.None);

    private static void Write(ref FieldWriter writer, VolumeFault fault)
    {
        writer.Number((ulong)fault.Kind);
        writer.Text(fault.Message);
        writer.Number(fault.IsTransient ? 1u : 0u);
        writer.Number(fault.RetryAfter is { } wait ? (ulong)wait.Ticks + 1 : 0);
        writer.Number(fault.Code is { } code ? (ulong)code.Number + 1 : 0);
    }

    private static VolumeFault ReadFault(ref FieldReader reader)
    {
        var kind = (VolumeFaultKind)reader.Number();
        var message = Encoding.UTF8.GetString(reader.Bytes());
        var isTransient = reader.Number() == 1;
        var wait = reader.Number();
        var code = reader.Number();
        return new(kind, message, isTransient, wait == 0 ? null : TimeSpan.FromTicks((long)wait - 1), code == 0 ? null
            : new StatusCode((int)code - 1));
    }

    private readonly ref struct FieldWriter(IBufferWriter<byte> output)
    {
        public void Number(ulong value) => output.Advance(Varint.Write(output.GetSpan(10), value));

        public void Signed(long value) => Number((ulong)((value << 1) ^ (value >> 63)));

        public void Bytes(ReadOnlySpan<byte> bytes)
        {
            Number((ulong)bytes.Length);
            output.Write(bytes);
        }

        public void Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

        public void Time(UnixTime? time)
        {
            if (time is { } value)
            {
                Signed(value.Seconds);
                Number((ulong)value.Nanoseconds);
            }
        }
    }

    private ref struct FieldReader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public ulong Number() => Varint.Read(ref _rest);

        public long Signed()
        {
            var raw = Number();
            return (long)(raw >> 1) ^ -(long)(raw & 1);
        }

        public byte[] Bytes()
        {
            var length = (int)Number();
            var value = _rest[..length].ToArray();
            _rest = _rest[length..];
            return value;
        }

        public UnixTime Time() => new(Signed(), (int)Number());
    }
}
