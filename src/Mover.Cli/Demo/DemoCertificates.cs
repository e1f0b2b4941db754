using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mover.Files;

namespace Mover.Cli.Demo;

/// <summary>
/// The authority by which members of a demo's etcd and its servers know each other, for a day. As <c>deploy/certificates.sh</c> makes
/// them: members are servers and clients, of each other as well; Mover is a client.
/// </summary>
internal sealed class DemoCertificates : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly DateTimeOffset _now;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    public DemoCertificates(TimeProvider clock)
    {
        _now = clock.GetUtcNow();
        var request = new CertificateRequest("CN=etcd of the demo", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _authority = request.CreateSelfSigned(_now.AddHours(-1), _now.AddDays(1));
    }

    /// <summary>Writes the authority's certificate.</summary>
    public void WriteAuthority(string file) => Write(file, _authority.ExportCertificatePem());

    /// <summary>Writes a certificate and its key for a member that is reached at 127.0.0.1.</summary>
    public void WriteMember(string certificate, string key)
    {
        var reached = new SubjectAlternativeNameBuilder();
        reached.AddIpAddress(IPAddress.Loopback);
        Write(certificate, key, "CN=member", reached.Build(), ServerUse, ClientUse);
    }

    /// <summary>Writes a certificate and its key for a client of the members.</summary>
    public void WriteClient(string certificate, string key) => Write(certificate, key, "CN=mover", null, ClientUse);

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
    }

    private void Write(string certificate, string keyFile, string name, X509Extension? reached, params string[] uses)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. uses.Select(use => new Oid(use))], critical: false));
        if (reached is not null)
        {
            request.CertificateExtensions.Add(reached);
        }

        using var signed = request.Create(_authority, _now.AddHours(-1), _now.AddDays(1), RandomNumberGenerator.GetBytes(16));
        Write(certificate, signed.ExportCertificatePem());
        Write(keyFile, key.ExportPkcs8PrivateKeyPem());
    }

    private static void Write(string file, string pem) => PrivateFile.Replace(file, Encoding.ASCII.GetBytes(pem + "\n"));
}
