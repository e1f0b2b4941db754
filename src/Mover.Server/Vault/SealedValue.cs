using System.Security.Cryptography;
using System.Text;
using Mover.Core.Access;

namespace Mover.Server.Vault;

/// <summary>
/// A secret as it rests in the store: AES-256-GCM, with the secret's id and version as associated data, so that a value cannot be moved
/// to another name. The ids of keys and the nonce are no secrets.
/// </summary>
/// <param name="KeyId">The vault key that it was sealed with.</param>
/// <param name="Nonce">12 random bytes, fresh for every sealing.</param>
/// <param name="Sealed">The ciphertext followed by the 16-byte tag.</param>
internal sealed record SealedValue(string KeyId, byte[] Nonce, byte[] Sealed)
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>Seals a secret under its id.</summary>
    public static SealedValue Seal(Secret secret, string id, VaultKey key)
    {
        var plain = Encoding.UTF8.GetBytes(secret.Reveal());
        var nonce = RandomNumberGenerator.GetBytes(NonceBytes);
        var output = new byte[plain.Length + TagBytes];
        using var aes = new AesGcm(key.Bytes, TagBytes);
        aes.Encrypt(nonce, plain, output.AsSpan(0, plain.Length), output.AsSpan(plain.Length), Encoding.UTF8.GetBytes(id));
        CryptographicOperations.ZeroMemory(plain);
        return new(key.Id, nonce, output);
    }

    /// <summary>Opens it again; null when it was changed, moved from another id, or sealed with another key.</summary>
    public Secret? Open(string id, VaultKey key)
    {
        if (Nonce.Length != NonceBytes || Sealed.Length < TagBytes)
        {
            return null;
        }

        var plain = new byte[Sealed.Length - TagBytes];
        try
        {
            using var aes = new AesGcm(key.Bytes, TagBytes);
            aes.Decrypt(Nonce, Sealed.AsSpan(0, plain.Length), Sealed.AsSpan(plain.Length), plain, Encoding.UTF8.GetBytes(id));
            return new(Encoding.UTF8.GetString(plain));
        }
        catch (CryptographicException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }
}
