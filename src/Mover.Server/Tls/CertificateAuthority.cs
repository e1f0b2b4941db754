using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mover.Server.Tls;

/// <summary>
/// The control plane's own certificate authority: an EC P-256 key and the certificate that clients and agents pin. It signs server
/// certificates only. Certificates follow RFC 5280.
/// </summary>
internal sealed class CertificateAuthority(X509Certificate2 certificate, ECDsa key, X509Certificate2? link = null) : IDisposable
{
    /// <summary>The authority's own lifetime.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(3650);

    /// <summary>
    /// With less than this left the authority signs itself a new certificate with the same key, which pinned clients still trust.
    /// </summary>
    public static readonly TimeSpan RenewBefore = TimeSpan.FromDays(365);

    /// <summary>A server certificate's lifetime.</summary>
    public static readonly TimeSpan ServerLifetime = TimeSpan.FromDays(90);

    /// <summary>Server certificates start this long in the past, for clients whose clocks are behind.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromDays(1);

    /// <summary>
    /// The authority starts this long in the past: clients pin its certificate, so one that was made while this clock ran ahead has to hold
    /// when the clock is set right.
    /// </summary>
    private static readonly TimeSpan AuthorityClockSkew = TimeSpan.FromDays(30);

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>The authority's certificate, without its key.</summary>
    public X509Certificate2 Certificate { get; } = certificate;

    /// <summary>
    /// The certificate of this authority's key that the one before has signed; null for the first. Sent with each server certificate, it
    /// lets clients that pin the one before trust this one. Source: RFC 4210, section 4.4, "new with old".
    /// </summary>
    public X509Certificate2? Link { get; } = link;

    /// <summary>True when it holds now and for long enough that certificates under it do.</summary>
    public bool Holds(DateTimeOffset now) =>
        Certificate.NotBefore <= now.LocalDateTime && Certificate.NotAfter - now.LocalDateTime >= RenewBefore;

    /// <summary>The authority as the identity keeps it.</summary>
    public static CertificateAuthority Of(AuthorityPart part)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(part.Key);
        var signed = part.Link is { } pem ? X509Certificate2.CreateFromPem(pem) : null;
        return new(X509Certificate2.CreateFromPem(part.Certificate), key, signed);
    }

    /// <summary>What the identity keeps of it.</summary>
    public AuthorityPart ToPart(DateTimeOffset madeAt) => new()
    {
        Certificate = Certificate.ExportCertificatePem(),
        Key = ExportKey(),
        MadeAt = madeAt,
        Link = Link?.ExportCertificatePem(),
    };

    /// <summary>
    /// The authority that comes after this one: a new key under the same name, so that neither limit of the path's length counts it
    /// (RFC 5280, "self-issued").
    /// </summary>
    public CertificateAuthority Next(DateTimeOffset now)
    {
        var newKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = Certificate.SubjectName;
        var request = RequestFor(newKey, name);
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
                Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var signed = request.Create(
            name, X509SignatureGenerator.CreateForECDsa(key), new DateTimeOffset(Certificate.NotBefore),
            new DateTimeOffset(Certificate.NotAfter), NewSerial());
        return new(SelfSign(newKey, name, now), newKey, signed);
    }

    /// <summary>Makes a new authority with a new key.</summary>
    public static CertificateAuthority Create(DateTimeOffset now) => Create(ECDsa.Create(ECCurve.NamedCurves.nistP256), now);

    /// <summary>Makes a new authority for a key.</summary>
    public static CertificateAuthority Create(ECDsa key, DateTimeOffset now)
    {
        var name = new X500DistinguishedName($"CN=Mover CA {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}");
        return new(SelfSign(key, name, now), key);
    }

    /// <summary>The same authority (key and name) with a new certificate.</summary>
    public CertificateAuthority Renew(DateTimeOffset now) => new(SelfSign(key, Certificate.SubjectName, now), key, Link);

    /// <summary>Issues a server certificate with a new key for these host names and addresses.</summary>
    public X509Certificate2 IssueServer(IReadOnlyCollection<string> hosts, DateTimeOffset now)
    {
        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Mover control plane", serverKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        request.CertificateExtensions.Add(AlternativeNames(hosts));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
                Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));

        var end = now + ServerLifetime;
        var authorityEnd = new DateTimeOffset(Certificate.NotAfter);
        var start = now - ClockSkew;
        var authorityStart = new DateTimeOffset(Certificate.NotBefore);
        using var bare = request.Create(
            Certificate.SubjectName,
            X509SignatureGenerator.CreateForECDsa(key),
            start > authorityStart ? start : authorityStart,
            end < authorityEnd ? end : authorityEnd,
            NewSerial());
        return bare.CopyWithPrivateKey(serverKey);
    }

    /// <summary>The key in PKCS#8 PEM.</summary>
    public string ExportKey() => key.ExportPkcs8PrivateKeyPem();

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        Link?.Dispose();
        key.Dispose();
    }

    private static X509Certificate2 SelfSign(ECDsa key, X500DistinguishedName name, DateTimeOffset now) =>
        RequestFor(key, name).Create(
            name, X509SignatureGenerator.CreateForECDsa(key), now - AuthorityClockSkew, now + Lifetime, NewSerial());

    private static CertificateRequest RequestFor(ECDsa key, X500DistinguishedName name)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private static X509Extension AlternativeNames(IEnumerable<string> hosts)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        return names.Build();
    }

    /// <summary>A random positive serial of 127 bits (RFC 5280 allows 20 bytes and wants it unique and positive).</summary>
    private static byte[] NewSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }
}
