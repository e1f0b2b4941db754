using System.Security.Cryptography;
using System.Text;
using Mover.Core.Access;

namespace Mover.Server.Identity;

/// <summary>SHA-256 of a secret that we made ourselves from 32 random bytes: nothing slower is needed against guessing.</summary>
/// <param name="Base64">The digest.</param>
internal sealed record SecretHash(string Base64)
{
    public static SecretHash Of(Secret secret) => new(Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(secret.Reveal()))));

    /// <summary>Tells the secret from another one, and nothing else of it: tokens that were given for it show this.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Base64)).AsSpan(0, 16));

    public bool Matches(Secret given) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Base64), Encoding.ASCII.GetBytes(Of(given).Base64));
}
