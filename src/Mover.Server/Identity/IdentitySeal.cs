using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mover.Server.Keys;
using Mover.State;

namespace Mover.Server.Identity;

/// <summary>Seals the identity for the store with a key of its own, which the key ring wraps, and opens it again.</summary>
internal sealed class IdentitySeal(KeyRing ring)
{
    /// <summary>The ring.</summary>
    public KeyRing Ring => ring;

    /// <summary>Seals with a fresh key.</summary>
    public async Task<StoredIdentity> SealAsync(IdentityContent content, IReadOnlyList<IdentityFact> facts, CancellationToken cancel)
    {
        var (plain, key) = (
            JsonSerializer.SerializeToUtf8Bytes(content, IdentityJson.Default.IdentityContent),
            RandomNumberGenerator.GetBytes(SealingKey.KeyBytes));
        try
        {
            return new()
            {
                TenantId = content.Administrator.TenantId,
                SubscriptionId = content.Administrator.SubscriptionId,
                Facts = facts,
                WrappedKey = await ring.WrapAsync(key, cancel),
                Sealed = AesSeal.Seal(key, plain, Bound(content.Administrator.TenantId)),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>
    /// Opens it. Throws <see cref="DataFolders.DataFolderException"/> when the ring cannot, and <see cref="StateException"/> when
    /// what is stored was changed.
    /// </summary>
    public async Task<IdentityContent> OpenAsync(StoredIdentity stored, CancellationToken cancel)
    {
        var key = await ring.UnwrapAsync(stored.WrappedKey, cancel);
        byte[]? plain = null;
        try
        {
            plain = key.Length == SealingKey.KeyBytes ? AesSeal.Open(key, stored.Sealed, Bound(stored.TenantId)) : null;
            return (plain is null ? null : JsonSerializer.Deserialize(plain, IdentityJson.Default.IdentityContent)) ?? throw Changed(null);
        }
        catch (JsonException fault)
        {
            throw Changed(fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static StateException Changed(Exception? cause) => new(
        StateFault.Damaged, "The control plane's identity was tampered with in its store; restore the store from a backup.", cause);

    private static byte[] Bound(string tenantId) => Encoding.UTF8.GetBytes(tenantId);
}
