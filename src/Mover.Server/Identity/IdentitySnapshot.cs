using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mover.Server.Keys;
using Mover.Server.Tls;
using Mover.State.Documents;

namespace Mover.Server.Identity;

/// <summary>The identity as one version of it is used: its keys opened. Not changed once made.</summary>
internal sealed class IdentitySnapshot
{
    /// <summary>Opens the keys. Throws when one is damaged.</summary>
    public IdentitySnapshot(IdentityContent content, DocumentInfo info, string sealedWith)
    {
        (Content, Info, SealedWith) = (content, info, sealedWith);
        Administrator = content.Administrator.Open();
        SigningKeys = [.. content.SigningKeys.Select(SigningKey.Of)];
        Authorities = [.. content.Authorities.Select(CertificateAuthority.Of)];
        VaultKeys = [.. content.VaultKeys.Select(part => SealingKey.Of(part.Bytes))];
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
    public IReadOnlyList<SealingKey> VaultKeys { get; }

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
            IdentityParts.SigningKey, SigningKey.IdOf(part.Pem), part.MadeAt, StateAt(at, content.SigningKeys.Count))));
        facts.AddRange(content.Authorities.Select((part, at) => new IdentityFact(
            IdentityParts.Authority, Fingerprint(part.Certificate), part.MadeAt, StateAt(at, content.Authorities.Count))));
        facts.AddRange(content.VaultKeys.Select((part, at) => new IdentityFact(
            IdentityParts.VaultKey, SealingKey.Of(part.Bytes).Id, part.MadeAt, StateAt(at, content.VaultKeys.Count))));
        return facts;
    }

    private const string Current = "current";

    private static string StateAt(int at, int count) => at == count - 1 ? Current : "retired";

    private static string Fingerprint(string pem)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        return certificate.GetCertHashString(HashAlgorithmName.SHA256);
    }
}
