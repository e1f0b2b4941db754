using System.Security.Cryptography;

namespace Mover.Server.Keys;

/// <summary>A key that seals, with an id that tells it from others and a damaged one from a whole one.</summary>
internal sealed class SealingKey
{
    /// <summary>AES-256.</summary>
    public const int KeyBytes = 32;

    private const int IdLength = 16;
    private readonly byte[] _bytes;

    private SealingKey(string id, byte[] bytes) => (Id, _bytes) = (id, bytes);

    /// <summary>The start of the key's SHA-256 in hexadecimal digits, stored with every value that it encrypted.</summary>
    public string Id { get; }

    /// <summary>The 32 bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>A key of these bytes.</summary>
    public static SealingKey Of(byte[] bytes) => bytes.Length == KeyBytes
        ? new(Convert.ToHexStringLower(SHA256.HashData(bytes))[..IdLength], bytes)
        : throw new ArgumentException($"A key must have {KeyBytes} bytes.", nameof(bytes));

    /// <summary>A new key.</summary>
    public static SealingKey Make() => Of(RandomNumberGenerator.GetBytes(KeyBytes));
}
