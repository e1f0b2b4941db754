using Mover.Server.DataFolders;

namespace Mover.Server.Keys;

/// <summary>
/// Keys as text, one a line: <c>mover-key ID BASE64</c>, 32 bytes each, the newest last; empty lines and lines with <c>#</c> are passed
/// over. The id is the start of the key's SHA-256, so that a damaged line is noticed.
/// </summary>
internal sealed class RingKeys
{
    private const string Word = "mover-key";
    private readonly string _place;
    private readonly List<SealingKey> _keys = [];

    /// <summary>Reads the lines; throws <see cref="DataFolderException"/>, naming the place and the line.</summary>
    public RingKeys(string text, string place)
    {
        _place = place;
        foreach (var (at, line) in text.Split(['\n', ';']).Select(line => line.Trim()).Index())
        {
            if (line.Length > 0 && line[0] != '#')
            {
                _keys.Add(Parse(line) ?? throw new DataFolderException(
                    place, $"line {at + 1} is damaged or not a key created by `mover identity new-key`; restore it from a backup"));
            }
        }
    }

    /// <summary>The key that wraps; null when there is none.</summary>
    public string? NewestId => _keys.Count > 0 ? _keys[^1].Id : null;

    private static ReadOnlySpan<byte> Bound => "mover key ring"u8;

    /// <summary>A new key as a line.</summary>
    public static string MakeLine()
    {
        var key = SealingKey.Make();
        return $"{Word} {key.Id} {Convert.ToBase64String(key.Bytes)}";
    }

    /// <summary>Wraps with the newest key.</summary>
    public WrappedKey Wrap(ReadOnlySpan<byte> key) => _keys.Count > 0
        ? new(_keys[^1].Id, AesSeal.Seal(_keys[^1].Bytes, key, Bound))
        : throw new DataFolderException(_place, "it has no key; create one with `mover identity new-key`");

    /// <summary>Opens what one of the keys has wrapped.</summary>
    public byte[] Unwrap(WrappedKey wrapped)
    {
        var key = _keys.Find(key => key.Id == wrapped.KeyId) ?? throw new DataFolderException(
            _place,
            $"this control plane's identity is encrypted with key {wrapped.KeyId}, which it does not have; restore that key, or specify "
                + "the ring that has it with --key-ring");
        return AesSeal.Open(key.Bytes, wrapped.Bytes, Bound) ?? throw new DataFolderException(
            _place, "the identity in the store was not wrapped with its key: it was changed");
    }

    private static SealingKey? Parse(string line)
    {
        var bytes = new byte[SealingKey.KeyBytes];
        return line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [Word, var id, var text]
            && Convert.TryFromBase64String(text, bytes, out var length) && length == bytes.Length
            && SealingKey.Of(bytes) is var key && key.Id == id
                ? key
                : null;
    }
}
