using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mover.Server.DataFolders;

namespace Mover.Server.Tls;

/// <summary>
/// Certificates and keys under <c>DIR/tls</c>: <c>ca.pem</c> (what clients pin, mode 0644; a copy of what the store holds), and
/// <c>server.pem</c>, which holds this instance's certificate and key in one file so that the two always belong together, mode 0600. A
/// data folder from before the store held the authority has its key in <c>ca.key</c>.
/// </summary>
internal sealed class TlsFiles(string dataFolder)
{
    private const string Advice = "restore it from a backup, or remove ca.pem, ca.key and server.pem to create a new authority, "
        + "which every client and agent must then trust";

    /// <summary>The authority's certificate: the file that clients and agents are given.</summary>
    public string AuthorityPath { get; } = Path.Combine(dataFolder, "tls", "ca.pem");

    /// <summary>The authority's key.</summary>
    public string AuthorityKeyPath { get; } = Path.Combine(dataFolder, "tls", "ca.key");

    /// <summary>The server's certificate and key.</summary>
    public string ServerPath { get; } = Path.Combine(dataFolder, "tls", "server.pem");

    /// <summary>The authority of a data folder from before the store held it; null when there is neither certificate nor key.</summary>
    public CertificateAuthority? ReadAuthority(DateTimeOffset now)
    {
        var key = PrivateFile.Read(AuthorityKeyPath);
        var certificate = PrivateFile.Read(AuthorityPath, readableByAll: true);

        // The key was written first: a key without a certificate is a first start that was cut short.
        return key is null && certificate is null ? null
            : certificate is null && key is not null ? CertificateAuthority.Create(LoadKey(key), now)
            : Load(certificate ?? [], key ?? throw Missing());
    }

    /// <summary>Writes what clients are to pin, where that is not there.</summary>
    public void WriteAuthorities(string pem)
    {
        var content = Encoding.ASCII.GetBytes(pem);
        if (PrivateFile.Read(AuthorityPath, readableByAll: true) is not { } found || !found.AsSpan().SequenceEqual(content))
        {
            PrivateFile.Replace(AuthorityPath, content, readableByAll: true);
        }
    }

    /// <summary>
    /// The server's certificate with its key; null when there is none or when it cannot be read, since it can be issued again.
    /// </summary>
    public X509Certificate2? ReadServer()
    {
        if (PrivateFile.Read(ServerPath) is not { } content)
        {
            return null;
        }

        try
        {
            var pem = Encoding.ASCII.GetString(content);
            return X509Certificate2.CreateFromPem(pem, pem);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Keeps a newly issued server certificate.</summary>
    public void WriteServer(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey();
        var pem = $"{certificate.ExportCertificatePem()}\n{key?.ExportPkcs8PrivateKeyPem()}\n";
        PrivateFile.Replace(ServerPath, Encoding.ASCII.GetBytes(pem));
    }

    private DataFolderException Missing() => new(AuthorityKeyPath, $"it is missing although ca.pem exists; {Advice}");

    private CertificateAuthority Load(byte[] certificatePem, byte[] keyPem)
    {
        var key = LoadKey(keyPem);
        try
        {
            var certificate = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(certificatePem));
            using var publicKey = certificate.GetECDsaPublicKey();
            if (publicKey is null || !publicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            {
                throw new DataFolderException(AuthorityPath, $"it does not belong to the key in ca.key; {Advice}");
            }

            return new(certificate, key);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            throw new DataFolderException(AuthorityPath, $"it is not a PEM certificate; {Advice}", fault);
        }
    }

    private ECDsa LoadKey(byte[] keyPem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(Encoding.ASCII.GetString(keyPem));
            return key;
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new DataFolderException(AuthorityKeyPath, $"it is not a PEM private key; {Advice}", fault);
        }
    }
}
