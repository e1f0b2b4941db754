using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.Tokens;
using Mover.Core.Access;
using Mover.Server.Access;
using Mover.Server.Tls;
using Mover.Server.Vault;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Identity;

/// <summary>The identity as one version of it is used: its keys opened. Not changed once made.</summary>
internal sealed class IdentitySnapshot
{
    /// <summary>
    /// How long tokens of a retired key are accepted: the 24 h of the longest that <c>mover token</c> gives out, and what clocks differ.
    /// </summary>
    public static readonly TimeSpan SigningKeyKept = TimeSpan.FromHours(25);

    /// <summary>Opens the keys. Throws when one is damaged.</summary>
    public IdentitySnapshot(IdentityContent content, DocumentInfo info, string sealedWith)
    {
        (Content, Info, SealedWith) = (content, info, sealedWith);
        var who = content.Administrator;
        Administrator = new(who.TenantId, who.SubscriptionId, who.ObjectId, who.ClientId, new Secret(who.ClientSecret))
        {
            SecretNumber = who.SecretNumber,
        };
        SigningKeys = [.. content.SigningKeys.Select(part => new SigningKey(Open(part.Pem), part.RetiredAt))];
        Authorities = [.. content.Authorities.Select(CertificateAuthority.Of)];
        VaultKeys = [.. content.VaultKeys.Select(part => VaultKey.Of(part.Bytes))];
    }

    public IdentityContent Content { get; }

    public DocumentInfo Info { get; }

    /// <summary>The key of the ring that it is sealed with.</summary>
    public string SealedWith { get; }

    public Administrator Administrator { get; }

    /// <summary>The last one signs.</summary>
    public IReadOnlyList<SigningKey> SigningKeys { get; }

    /// <summary>The last one issues.</summary>
    public IReadOnlyList<CertificateAuthority> Authorities { get; }

    /// <summary>The last one encrypts.</summary>
    public IReadOnlyList<VaultKey> VaultKeys { get; }

    /// <summary>The certificates that clients and agents pin, PEM, the one in use first.</summary>
    public string AuthorityBundle() =>
        string.Concat(Authorities.Reverse().Select(authority => authority.Certificate.ExportCertificatePem() + "\n"));

    /// <summary>What is told of the content.</summary>
    public static IReadOnlyList<IdentityFact> FactsOf(IdentityContent content)
    {
        var facts = new List<IdentityFact>
        {
            new(IdentityParts.Administrator, $"{content.Administrator.ClientId} #{content.Administrator.SecretNumber}", null, Current),
        };
        facts.AddRange(content.SigningKeys.Select((part, at) => new IdentityFact(
            IdentityParts.SigningKey, KeyIdOf(part.Pem), part.MadeAt, StateAt(at, content.SigningKeys.Count))));
        facts.AddRange(content.Authorities.Select((part, at) => new IdentityFact(
            IdentityParts.Authority, Fingerprint(part.Certificate), part.MadeAt, StateAt(at, content.Authorities.Count))));
        facts.AddRange(content.VaultKeys.Select((part, at) => new IdentityFact(
            IdentityParts.VaultKey, VaultKey.Of(part.Bytes).Id, part.MadeAt, StateAt(at, content.VaultKeys.Count))));
        return facts;
    }

    private const string Current = "current";

    private static string StateAt(int at, int count) => at == count - 1 ? Current : "retired";

    private static string Fingerprint(string pem)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        return certificate.GetCertHashString(HashAlgorithmName.SHA256);
    }

    private static RsaSecurityKey Open(string pem)
    {
#pragma warning disable CA2000 // The key that is answered holds it.
        var rsa = RSA.Create();
#pragma warning restore CA2000
        try
        {
            rsa.ImportFromPem(pem);
            var key = new RsaSecurityKey(rsa);
            key.KeyId = Base64UrlEncoder.Encode(key.ComputeJwkThumbprint());
            return key;
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            rsa.Dispose();
            throw new StateException(
                StateFault.Damaged, "A signing key in the identity is damaged; restore the store from a backup.", fault);
        }
    }

    private static string KeyIdOf(string pem)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(pem);
        return KeyIdOf(rsa);
    }

    private static string KeyIdOf(RSA rsa) => Base64UrlEncoder.Encode(new RsaSecurityKey(rsa).ComputeJwkThumbprint());
}

/// <summary>A key that signs access tokens, or did.</summary>
/// <param name="Key">The key with its id.</param>
/// <param name="RetiredAt">When another took its place; null while it signs.</param>
internal sealed record SigningKey(RsaSecurityKey Key, DateTimeOffset? RetiredAt)
{
    /// <summary>False when every token that it may have signed has expired.</summary>
    public bool IsAccepted(DateTimeOffset now) => RetiredAt is not { } at || now - at < IdentitySnapshot.SigningKeyKept;
}
