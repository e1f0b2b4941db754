using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Mover.Core.Arm;
using Mover.Server.Identity;
using Mover.Server.Vault;

namespace Mover.Server.Arm;

/// <summary>
/// Seals where a list's next page begins. That place may be a resource that the caller does not see, so its id is not readable, nor is its
/// length, and a token is good for the list that answered it only. Its key comes from the one that signs access tokens, which all
/// instances have; tokens of those before are opened too. Safe for concurrent use.
/// </summary>
internal sealed class PageTokens(DeploymentIdentity identity)
{
    /// <summary>Characters of a token.</summary>
    public const int CharsMax = 8 * 1024;

    private const int KeyBytes = 32;

    // Places are filled up to multiples of this.
    private const int BlockBytes = 256;

    private Derived _derived = Derive(identity.Current);

    // The newest first.
    private IReadOnlyList<byte[]> Keys
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

    /// <summary>The token of a place in the list at a path.</summary>
    public string Seal(string path, string place)
    {
        var bytes = Encoding.UTF8.GetBytes(place);
        var plain = new byte[((bytes.Length / BlockBytes) + 1) * BlockBytes];
        bytes.CopyTo(plain, 0);
        return WebEncoders.Base64UrlEncode(AesSeal.Seal(Keys[0], plain, Bound(path)));
    }

    /// <summary>The place that a token of the list at this path stands for; null when it is not one.</summary>
    public string? Open(string path, string token)
    {
        if (token.Length > CharsMax)
        {
            return null;
        }

        try
        {
            var (input, bound) = (WebEncoders.Base64UrlDecode(token), Bound(path));
            return Keys.Select(key => AesSeal.Open(key, input, bound)).FirstOrDefault(place => place is { Length: > 0 }) is { } place
                ? Encoding.UTF8.GetString(place).TrimEnd('\0')
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static Derived Derive(IdentitySnapshot snapshot) => new(snapshot.Info.Version, [.. snapshot.SigningKeys.Reverse().Select(key =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Key.Rsa.ExportRSAPrivateKey(), KeyBytes, info: "Mover page tokens"u8.ToArray()))]);

    private static byte[] Bound(string path) => Encoding.UTF8.GetBytes(ArmCase.Lower(path.TrimEnd('/')));

    private sealed record Derived(long Version, IReadOnlyList<byte[]> Keys);
}
