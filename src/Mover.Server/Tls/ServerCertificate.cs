using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Mover.Server.Tls;

/// <summary>
/// The certificate that new connections are answered with. Opened at start, replaced in place when it nears its end; connections that
/// are open keep what they were made with. Safe for concurrent use.
/// </summary>
internal sealed partial class ServerCertificate(
    TlsFiles files, IReadOnlyList<string> hosts, TimeProvider clock, ILogger<ServerCertificate> logger) : IDisposable
{
    /// <summary>With less than this left a new certificate is issued.</summary>
    public static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    private readonly Lock _gate = new();
    private X509Certificate2? _current;

    /// <summary>The certificate in use; opened, or issued, on first use.</summary>
    public X509Certificate2 Current => Volatile.Read(ref _current) ?? Refresh();

    /// <summary>
    /// Takes a valid certificate from disk, or issues one when it is absent, broken, near its end, another authority's or lacks a host.
    /// </summary>
    public X509Certificate2 Refresh()
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            using var authority = files.OpenAuthority(now);
            var found = _current ?? files.ReadServer();
            if (found is not null && Serves(found, authority, now))
            {
                return _current = found;
            }

            var issued = authority.IssueServer(hosts, now);
            files.WriteServer(issued);
            Log.Issued(logger, issued.SerialNumber, new DateTimeOffset(issued.NotAfter), string.Join(", ", hosts));

            // The one before is left to the collector: a handshake may be using it.
            return _current = issued;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _current?.Dispose();

    private bool Serves(X509Certificate2 certificate, CertificateAuthority authority, DateTimeOffset now)
    {
        if (new DateTimeOffset(certificate.NotAfter) - now < RenewBefore || !certificate.HasPrivateKey
            || hosts.Any(host => !certificate.MatchesHostname(host, allowWildcards: false, allowCommonName: false)))
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority.Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.LocalDateTime;
        return chain.Build(certificate);
    }

    private static partial class Log
    {
        [LoggerMessage(3001, LogLevel.Information, "Server certificate {Serial} issued, valid until {Until}, for {Hosts}.")]
        public static partial void Issued(ILogger logger, string serial, DateTimeOffset until, string hosts);
    }
}
