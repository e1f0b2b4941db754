using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Mover.Server.Tls;

namespace Mover.Server.Identity;

/// <summary>
/// The certificate that new connections are answered with. Opened at start, replaced in place when it nears its end; connections that
/// are open keep what they were made with. Safe for concurrent use.
/// </summary>
internal sealed partial class ServerCertificate(
    TlsFiles files, DeploymentIdentity identity, IReadOnlyList<string> hosts, TimeProvider clock,
    ILogger<ServerCertificate> logger) : IDisposable
{
    /// <summary>With less than this left a new certificate is issued.</summary>
    public static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    private readonly Lock _gate = new();
    private SslStreamCertificateContext? _context;

    /// <summary>
    /// What handshakes are answered with; opened, or issued, on first use. One for all of them: its chain is built once, and sessions
    /// are taken up again by clients that come back.
    /// </summary>
    public SslStreamCertificateContext Context => Volatile.Read(ref _context) ?? Refresh();

    /// <summary>The certificate in use.</summary>
    public X509Certificate2 Current => Context.TargetCertificate;

    /// <summary>
    /// Takes a valid certificate from disk, or issues one when it is absent, broken, near its end, not valid yet, another authority's or
    /// lacks a host.
    /// </summary>
    public SslStreamCertificateContext Refresh()
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var authorities = identity.Current.Authorities;
            var authority = authorities[^1];
            if (_context is { } inUse && Serves(inUse.TargetCertificate, authority, now))
            {
                return inUse;
            }

            if (_context is null && files.ReadServer() is { } found && Serves(found, authority, now))
            {
                return _context = ContextOf(found, authorities);
            }

            var issued = authority.IssueServer(hosts, now);
            files.WriteServer(issued);
            Log.Issued(logger, issued.SerialNumber, new DateTimeOffset(issued.NotAfter), string.Join(", ", hosts));

            // The one before is left to the collector: a handshake may be using it.
            return _context = ContextOf(issued, authorities);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _context?.TargetCertificate.Dispose();

    // With what leads from each authority to the one before it, for clients that pin an older one.
    private static SslStreamCertificateContext ContextOf(X509Certificate2 certificate, IEnumerable<CertificateAuthority> authorities) =>
        SslStreamCertificateContext.Create(
            certificate, [.. authorities.Select(authority => authority.Link).OfType<X509Certificate2>()], offline: true);

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
        [LoggerMessage(3001, LogLevel.Information, "Issued server certificate {Serial} for {Hosts}, valid until {Until}.")]
        public static partial void Issued(ILogger logger, string serial, DateTimeOffset until, string hosts);
    }
}
