using System.Security.Cryptography;
using Mover.Server.Tls;

namespace Mover.Server.Identity;

/// <summary>
/// Keys as text, one a line: <c>mover-key ID BASE64</c>, 32 bytes each, the newest last; empty lines and lines with <c>#</c> are passed
/// over. The id is the start of the key's SHA-256, so that a damaged line is noticed.
/// </summary>
internal sealed class RingKeys
{
    private const string Word = "mover-key";
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int IdLength = 16;
    private readonly string _place;
    private readonly List<(string Id, byte[] Key)> _keys = [];

    /// <summary>Reads the lines; throws <see cref="DataFolderException"/>, naming the place and the line.</summary>
    public RingKeys(string text, string place)
    {
        _place = place;
        var number = 0;
        foreach (var line in text.Split(['\n', ';']).Select(line => line.Trim()))
        {
            number++;
            if (line.Length > 0 && line[0] != '#')
            {
                _keys.Add(Parse(line) ?? throw new DataFolderException(
                    place, $"line {number} is damaged or no key of Mover, which `mover identity new-key` makes; restore it from a backup"));
            }
        }
    }

    /// <summary>The key that wraps; null when there is none.</summary>
    public string? NewestId => _keys.Count > 0 ? _keys[^1].Id : null;

    /// <summary>A new key as a line.</summary>
    public static string MakeLine()
    {
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        return $"{Word} {IdOf(key)} {Convert.ToBase64String(key)}";
    }

    /// <summary>Wraps with the newest key.</summary>
    public WrappedKey Wrap(ReadOnlySpan<byte> key)
    {
        if (_keys.Count == 0)
        {
            throw new DataFolderException(_place, "it holds no key; `mover identity new-key` makes one");
        }

        var (id, newest) = _keys[^1];
        var output = new byte[NonceBytes + key.Length + TagBytes];
        RandomNumberGenerator.Fill(output.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(newest, TagBytes);
        aes.Encrypt(output.AsSpan(0, NonceBytes), key, output.AsSpan(NonceBytes..^TagBytes), output.AsSpan(^TagBytes..));
        return new(id, output);
    }

    /// <summary>Opens what one of the keys has wrapped.</summary>
    public byte[] Unwrap(WrappedKey wrapped)
    {
        var key = _keys.FirstOrDefault(key => key.Id == wrapped.KeyId).Key ?? throw new DataFolderException(
            _place,
            $"the identity of this control plane is sealed with key {wrapped.KeyId}, which it does not hold; restore that key, or name the "
                + "ring that has it with --key-ring");
        var input = wrapped.Bytes;
        if (input.Length <= NonceBytes + TagBytes)
        {
            throw Changed();
        }

        var plain = new byte[input.Length - NonceBytes - TagBytes];
        try
        {
            using var aes = new AesGcm(key, TagBytes);
            aes.Decrypt(input.AsSpan(0, NonceBytes), input.AsSpan(NonceBytes..^TagBytes), input.AsSpan(^TagBytes..), plain);
            return plain;
        }
        catch (CryptographicException)
        {
            throw Changed();
        }
    }

    private static (string Id, byte[] Key)? Parse(string line)
    {
        var key = new byte[KeyBytes];
        return line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [Word, var id, var text]
            && Convert.TryFromBase64String(text, key, out var length) && length == KeyBytes && IdOf(key) == id
                ? (id, key)
                : null;
    }

    private static string IdOf(byte[] key) => Convert.ToHexStringLower(SHA256.HashData(key))[..IdLength];

    private DataFolderException Changed() => new(
        _place, "what the store holds was not wrapped with its key; the identity in the store was changed");
}
