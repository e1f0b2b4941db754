using System.Security.Cryptography;

namespace Mover.Server.Keys;

/// <summary>
/// AES-256-GCM as one run of bytes: 12 random ones, fresh for every sealing, the ciphertext, the 16-byte tag. What is bound has to be the
/// same for opening. Source: NIST SP 800-38D.
/// </summary>
internal static class AesSeal
{
    /// <summary>Bytes before the ciphertext.</summary>
    public const int NonceBytes = 12;

    private const int TagBytes = 16;

    /// <summary>Seals.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> bound)
    {
        var output = new byte[NonceBytes + plain.Length + TagBytes];
        var nonce = output.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(nonce, plain, output.AsSpan(NonceBytes..^TagBytes), output.AsSpan(^TagBytes..), bound);
        return output;
    }

    /// <summary>Opens; null when it was changed, is bound to something else, or was sealed with another key.</summary>
    public static byte[]? Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> bound)
    {
        if (sealedBytes.Length < NonceBytes + TagBytes)
        {
            return null;
        }

        var plain = new byte[sealedBytes.Length - NonceBytes - TagBytes];
        try
        {
            using var aes = new AesGcm(key, TagBytes);
            aes.Decrypt(sealedBytes[..NonceBytes], sealedBytes[NonceBytes..^TagBytes], sealedBytes[^TagBytes..], plain, bound);
            return plain;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
