using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mover.State;

namespace Mover.Server.Identity;

/// <summary>Seals the identity for the store with a key of its own, which the key ring wraps, and opens it again.</summary>
internal sealed class IdentitySeal(KeyRing ring)
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>The ring.</summary>
    public KeyRing Ring => ring;

    /// <summary>Seals with a fresh key.</summary>
    public async Task<StoredIdentity> SealAsync(IdentityContent content, IReadOnlyList<IdentityFact> facts, CancellationToken cancel)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(content, IdentityJson.Default.IdentityContent);
        var (key, nonce) = (RandomNumberGenerator.GetBytes(KeyBytes), RandomNumberGenerator.GetBytes(NonceBytes));
        try
        {
            var output = new byte[plain.Length + TagBytes];
            using var aes = new AesGcm(key, TagBytes);
            aes.Encrypt(nonce, plain, output.AsSpan(..^TagBytes), output.AsSpan(^TagBytes..), Bound(content.Administrator.TenantId));
            return new()
            {
                TenantId = content.Administrator.TenantId,
                SubscriptionId = content.Administrator.SubscriptionId,
                Facts = facts,
                WrappedKey = await ring.WrapAsync(key, cancel),
                Nonce = nonce,
                Sealed = output,
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>
    /// Opens it. Throws <see cref="Tls.DataFolderException"/> when the ring cannot, and <see cref="StateException"/> when what is stored
    /// was changed.
    /// </summary>
    public async Task<IdentityContent> OpenAsync(StoredIdentity stored, CancellationToken cancel)
    {
        var key = await ring.UnwrapAsync(stored.WrappedKey, cancel);
        var plain = new byte[Math.Max(0, stored.Sealed.Length - TagBytes)];
        try
        {
            using var aes = new AesGcm(key, TagBytes);
            aes.Decrypt(stored.Nonce, stored.Sealed.AsSpan(..^TagBytes), stored.Sealed.AsSpan(^TagBytes..), plain, Bound(stored.TenantId));
            return JsonSerializer.Deserialize(plain, IdentityJson.Default.IdentityContent) ?? throw new JsonException("It is null.");
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException or JsonException)
        {
            throw new StateException(
                StateFault.Damaged, "The identity of this control plane was changed in its store; restore the store from a backup.", fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static byte[] Bound(string tenantId) => Encoding.UTF8.GetBytes(tenantId);
}
