using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Mover.State.Copies;

/// <summary>What was counted of a state.</summary>
/// <param name="Entries">How many entries.</param>
/// <param name="Bytes">Bytes of their keys and values.</param>
/// <param name="Sha256">The digest over both, in key order, in hexadecimal digits.</param>
public sealed record StateSum(long Entries, long Bytes, string Sha256);

/// <summary>
/// A digest over the keys and values of a state, each behind its length in 4 bytes (little endian), in key order: two states with the same
/// digest hold the same. Revisions and leases are not part of it.
/// </summary>
public sealed class StateDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _entries;
    private long _bytes;

    /// <summary>Takes the next entry.</summary>
    public void Add(StateEntry entry)
    {
        var key = StateRules.Key(entry.Key);
        Add(key);
        Add(entry.Value.Span);
        _entries++;
        _bytes += key.Length + entry.Value.Length;
    }

    /// <summary>What was taken so far.</summary>
    public StateSum Sum() => new(_entries, _bytes, Convert.ToHexStringLower(_hash.GetCurrentHash()));

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Add(ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
        _hash.AppendData(length);
        _hash.AppendData(part);
    }
}
