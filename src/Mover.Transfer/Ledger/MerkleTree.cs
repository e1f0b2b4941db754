using System.Security.Cryptography;

namespace Mover.Transfer.Ledger;

/// <summary>
/// The root of a Merkle tree over lines, as they come: SHA-256 over a 0 byte and the line for leaves, over a 1 byte and both children for
/// nodes, split as RFC 6962 section 2.1 says. Holds one hash per level.
/// </summary>
internal sealed class MerkleTree
{
    private const int HashBytes = SHA256.HashSizeInBytes;
    private readonly List<byte[]> _peaks = [];
    private byte[] _scratch = new byte[256];

    /// <summary>Leaves so far.</summary>
    public long Count { get; private set; }

    public void Add(ReadOnlySpan<byte> line)
    {
        if (_scratch.Length <= line.Length)
        {
            _scratch = new byte[line.Length * 2];
        }

        _scratch[0] = 0;
        line.CopyTo(_scratch.AsSpan(1));
        var hash = SHA256.HashData(_scratch.AsSpan(0, line.Length + 1));

        // Two full trees of one height become one of the next, as carries do when counting.
        for (var height = Count; (height & 1) == 1; height >>= 1)
        {
            hash = Join(_peaks[^1], hash);
            _peaks.RemoveAt(_peaks.Count - 1);
        }

        _peaks.Add(hash);
        Count++;
    }

    public byte[] Root()
    {
        if (_peaks.Count == 0)
        {
            return SHA256.HashData([]);
        }

        var root = _peaks[^1];
        for (var i = _peaks.Count - 2; i >= 0; i--)
        {
            root = Join(_peaks[i], root);
        }

        return root;
    }

    private static byte[] Join(byte[] left, byte[] right)
    {
        Span<byte> node = stackalloc byte[1 + (2 * HashBytes)];
        node[0] = 1;
        left.CopyTo(node[1..]);
        right.CopyTo(node[(1 + HashBytes)..]);
        return SHA256.HashData(node);
    }
}
