using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Mover.Core.Net;

namespace Mover.Client.Arm;

/// <summary>Makes the connection pool that speaks to a control plane.</summary>
public static class ArmTransport
{
    /// <summary>How long a TCP and TLS connection may take to come up.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The same where another address can be asked instead.</summary>
    public static readonly TimeSpan ConnectTimeoutOfSeveral = TimeSpan.FromSeconds(3);

    /// <summary>
    /// A handler that trusts only <paramref name="authorities"/> when they are given (the control plane's own CA is pinned: the system's
    /// roots then count for nothing), and the system's roots otherwise. Names are always checked. Other machines are reached through the
    /// proxy that the environment names. The caller disposes it.
    /// </summary>
    /// <param name="authorities">The CA certificates; null or none for the system's.</param>
    /// <param name="hasOthers">Whether the control plane has other addresses: one that is silent is then given up sooner.</param>
    public static SocketsHttpHandler CreateHandler(X509Certificate2Collection? authorities, bool hasOthers = false)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = hasOthers ? ConnectTimeoutOfSeveral : ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AllowAutoRedirect = false,
            Proxy = new OutsideProxy(HttpClient.DefaultProxy),
            UseCookies = false,
            AutomaticDecompression = System.Net.DecompressionMethods.All,
        };
#pragma warning disable MA0039 // It refuses exactly what the runtime refuses; only the reason is kept.
        handler.SslOptions.RemoteCertificateValidationCallback =
            (_, certificate, _, errors) => CertificateRefusedException.Check(certificate, errors);
#pragma warning restore MA0039
        if (authorities is { Count: > 0 })
        {
            handler.SslOptions.CertificateChainPolicy = PinnedTo(authorities);
        }

        return handler;
    }

    private static X509ChainPolicy PinnedTo(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            VerificationFlags = X509VerificationFlags.NoFlag,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}

/// <summary>
/// Gives the bearer token for a request; asked with <c>renew</c> after the server refused the last one. Safe for concurrent use.
/// </summary>
public delegate ValueTask<string> TokenSource(bool renew, CancellationToken cancel);
