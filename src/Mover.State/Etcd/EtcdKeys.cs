using System.Text;
using Google.Protobuf;
using Mover.State.Etcd.Wire;

namespace Mover.State.Etcd;

/// <summary>The contract's keys as etcd's: with the root prefix before them, so that one etcd can hold more than Mover's state.</summary>
internal sealed class EtcdKeys(string prefix)
{
    private readonly byte[] _root = Encoding.UTF8.GetBytes(prefix);

    /// <summary>A key, or the start or end of a range of keys, in etcd.</summary>
    public ByteString Stored(ReadOnlySpan<byte> key)
    {
        var stored = new byte[_root.Length + key.Length];
        _root.CopyTo(stored, 0);
        key.CopyTo(stored.AsSpan(_root.Length));
        return UnsafeByteOperations.UnsafeWrap(stored);
    }

    /// <summary>The key of the engine's own note: no range of <see cref="Stored"/> keys holds it.</summary>
    public ByteString Own(string name) => ByteString.CopyFromUtf8($"{prefix[..^1]}.engine/{name}");

    /// <summary>The contract's key of an etcd key under the root.</summary>
    public string Text(ByteString stored) => StateRules.Text(stored.Span[_root.Length..]);

    /// <summary>An etcd entry as the contract's.</summary>
    public StateEntry Entry(KeyValue found) => new(Text(found.Key), found.Value.Memory, found.ModRevision, found.Lease);
}
