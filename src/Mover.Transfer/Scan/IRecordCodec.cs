using System.Buffers;

namespace Mover.Transfer.Scan;

/// <summary>How records of one kind are ordered and kept in run files. Stateless and safe for concurrent use.</summary>
/// <typeparam name="T">The record.</typeparam>
public interface IRecordCodec<T>
{
    /// <summary>What records are sorted by, in plain byte order. The bytes must stay valid as long as the record.</summary>
    ReadOnlySpan<byte> Key(T record);

    /// <summary>Roughly what the record costs in memory, in bytes; a sorter spills when the sum reaches its limit.</summary>
    int WeightBytes(T record);

    /// <summary>Appends the record's bytes; no length is needed in front, the run file keeps it.</summary>
    void Write(T record, IBufferWriter<byte> output);

    /// <summary>Makes a record from exactly the bytes <see cref="Write"/> made. The span is reused after the call.</summary>
    T Read(ReadOnlySpan<byte> bytes);
}
