using System.Security.Cryptography.X509Certificates;

namespace Mover.Client.Agent;

/// <summary>Connections that trust the control plane's own CA and nothing else.</summary>
public static class AgentTrust
{
    /// <summary>How long making a connection may take.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A handler whose TLS accepts only chains that end in one of the given certificates, for the right host name.
    /// Throws <see cref="System.Security.Cryptography.CryptographicException"/> when the text holds no certificate.
    /// </summary>
    /// <param name="caPem">One or more certificates in PEM; empty trusts the system's store instead.</param>
    public static SocketsHttpHandler CreateHandler(string caPem)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            AllowAutoRedirect = false,
            UseCookies = false,
        };
        if (caPem.Length > 0)
        {
            handler.UseProxy = false;
            handler.SslOptions.CertificateChainPolicy = PolicyOf(caPem);
        }

        return handler;
    }

    private static X509ChainPolicy PolicyOf(string caPem)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPem(caPem);
        return policy.CustomTrustStore.Count > 0
            ? policy
            : throw new System.Security.Cryptography.CryptographicException("The CA file holds no certificate in PEM.");
    }
}
