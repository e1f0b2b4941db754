using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Mover.Server.Identity;
using Mover.Server.Tls;

namespace Mover.Server.Tests.Tls;

public sealed class HandshakeTests
{
    [Fact]
    public async Task New_connections_get_the_renewed_certificate_while_the_server_runs()
    {
        var clock = new TestClock(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(clock: clock);
        var certificate = server.Services.GetRequiredService<ServerCertificate>();
        var (first, context) = (await SerialOfAsync(server, clock), certificate.Context);

        Assert.Same(context, certificate.Refresh());
        Assert.Equal(first, await SerialOfAsync(server, clock));
        clock.Now += CertificateAuthority.ServerLifetime - ServerCertificate.RenewBefore + TimeSpan.FromMinutes(1);
        certificate.Refresh();

        var second = await SerialOfAsync(server, clock);
        Assert.NotEqual(first, second);
        Assert.Equal(certificate.Current.SerialNumber, second);
    }

    private static async Task<string> SerialOfAsync(TestServer server, TestClock clock)
    {
        var at = new Uri(server.Url);
        using var connection = new TcpClient();
        await connection.ConnectAsync(at.Host, at.Port);
        await using var tls = new SslStream(connection.GetStream());
        using var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(server.Folder, "tls", "ca.pem"));
        var trust = authority.Alone();
        (trust.VerificationTime, trust.VerificationTimeIgnored) = (clock.Now.LocalDateTime, false);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = at.Host, CertificateChainPolicy = trust });
        using var shown = new X509Certificate2(tls.RemoteCertificate!);
        return shown.SerialNumber;
    }
}
