using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace Mover.Server.Identity;

/// <summary>A key that signs access tokens, or did.</summary>
/// <param name="Key">The key with its id.</param>
/// <param name="Part">As the identity keeps it.</param>
internal sealed record SigningKey(RsaSecurityKey Key, SigningKeyPart Part)
{
    private const int KeyBits = 2048;

    /// <summary>Opens one of the identity.</summary>
    public static SigningKey Of(SigningKeyPart part) => new(Read(part.Pem), part);

    /// <summary>Makes a new one.</summary>
    public static SigningKeyPart Make(DateTimeOffset now)
    {
        using var made = RSA.Create(KeyBits);
        return new() { Pem = made.ExportPkcs8PrivateKeyPem(), MadeAt = now };
    }

    /// <summary>
    /// A key of PEM, its id the thumbprint of its public part (RFC 7638). Throws <see cref="CryptographicException"/> or
    /// <see cref="ArgumentException"/> for what is none.
    /// </summary>
    public static RsaSecurityKey Read(string pem)
    {
#pragma warning disable CA2000 // The key lives as long as tokens that it signed are accepted.
        var key = new RsaSecurityKey(Import(pem));
#pragma warning restore CA2000
        key.KeyId = Base64UrlEncoder.Encode(key.ComputeJwkThumbprint());
        return key;
    }

    /// <summary>The id of a key of PEM.</summary>
    public static string IdOf(string pem)
    {
        using var rsa = Import(pem);
        return Base64UrlEncoder.Encode(new RsaSecurityKey(rsa).ComputeJwkThumbprint());
    }

    private static RSA Import(string pem)
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            return rsa;
        }
        catch
        {
            rsa.Dispose();
            throw;
        }
    }
}
