using System.Text;

namespace Mover.State.Mirror;

/// <summary>Writes of one commit of a mirror, the last one of each key.</summary>
internal sealed class MirrorBatch(string root)
{
    private readonly Dictionary<string, ReadOnlyMemory<byte>?> _writes = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>How many keys it writes.</summary>
    public int Count => _writes.Count;

    /// <summary>The key that was added last.</summary>
    public string? LastKey { get; private set; }

    /// <summary>Adds a key; false when there is no room, and nothing was added.</summary>
    public bool TryAdd(string key, ReadOnlyMemory<byte>? value, int bytesMax) =>
        TryAddAll([new(key, 0, value)], 0, 1, bytesMax);

    /// <summary>Adds a whole commit; false when there is no room and it is not the first, and nothing was added.</summary>
    public bool TryAddAll(IReadOnlyList<MirrorEntry> entries, int start, int end, int bytesMax)
    {
        var (keys, bytes) = (0, 0L);
        for (var at = start; at < end; at++)
        {
            keys += _writes.ContainsKey(entries[at].Key) ? 0 : 1;
            bytes += Encoding.UTF8.GetByteCount(entries[at].Key) + (entries[at].Value?.Length ?? 0);
        }

        if (_writes.Count > 0 && (_writes.Count + keys > StateLimits.CommitOperationsMax || _bytes + bytes > bytesMax))
        {
            return false;
        }

        for (var at = start; at < end; at++)
        {
            _writes[entries[at].Key] = entries[at].Value;
            LastKey = entries[at].Key;
        }

        _bytes += bytes;
        return true;
    }

    /// <summary>The writes; it is empty then.</summary>
    public List<StateWrite> Take()
    {
        var writes = _writes.Select(one => new StateWrite(root + one.Key, one.Value)).ToList();
        _writes.Clear();
        _bytes = 0;
        return writes;
    }
}
