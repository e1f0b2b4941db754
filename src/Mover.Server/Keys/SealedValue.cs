using System.Security.Cryptography;
using System.Text;
using Mover.Core.Access;

namespace Mover.Server.Keys;

/// <summary>
/// A secret as it rests in the store: AES-256-GCM, with the secret's id and version as associated data, so that a value cannot be moved
/// to another name. The ids of keys and the nonce are no secrets.
/// </summary>
/// <param name="KeyId">The vault key that it was sealed with.</param>
/// <param name="Nonce">12 random bytes, fresh for every sealing.</param>
/// <param name="Sealed">The ciphertext followed by the 16-byte tag.</param>
internal sealed record SealedValue(string KeyId, byte[] Nonce, byte[] Sealed)
{
    /// <summary>Seals a secret under its id.</summary>
    public static SealedValue Seal(Secret secret, string id, SealingKey key)
    {
        var plain = Encoding.UTF8.GetBytes(secret.Reveal());
        var output = AesSeal.Seal(key.Bytes, plain, Encoding.UTF8.GetBytes(id));
        CryptographicOperations.ZeroMemory(plain);
        return new(key.Id, output[..AesSeal.NonceBytes], output[AesSeal.NonceBytes..]);
    }

    /// <summary>Opens it again; null when it was changed, moved from another id, or sealed with another key.</summary>
    public Secret? Open(string id, SealingKey key)
    {
        if (Nonce.Length != AesSeal.NonceBytes || AesSeal.Open(key.Bytes, [.. Nonce, .. Sealed],
            Encoding.UTF8.GetBytes(id)) is not { } plain)
        {
            return null;
        }

        var secret = new Secret(Encoding.UTF8.GetString(plain));
        CryptographicOperations.ZeroMemory(plain);
        return secret;
    }
}
