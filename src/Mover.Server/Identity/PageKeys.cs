using System.Security.Cryptography;
using Mover.Server.Arm;

namespace Mover.Server.Identity;

/// <summary>Keys of page links, derived from those that sign access tokens, which all instances have. Safe for concurrent use.</summary>
internal sealed class PageKeys(DeploymentIdentity identity) : IPageKeys
{
    private const int KeyBytes = 32;

    private Derived _derived = Derive(identity.Current);

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Newest
    {
        get
        {
            var (derived, current) = (Volatile.Read(ref _derived), identity.Current);
            if (derived.Version != current.Info.Version)
            {
                Volatile.Write(ref _derived, derived = Derive(current));
            }

            return derived.Keys;
        }
    }

    private static Derived Derive(IdentitySnapshot snapshot) => new(snapshot.Info.Version, [.. snapshot.SigningKeys.Reverse().Select(key =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Key.Rsa.ExportRSAPrivateKey(), KeyBytes, info: "Mover page tokens"u8.ToArray()))]);

    private sealed record Derived(long Version, IReadOnlyList<byte[]> Keys);
}
