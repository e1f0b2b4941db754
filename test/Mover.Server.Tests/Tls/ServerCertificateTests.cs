using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Server.Tls;

namespace Mover.Server.Tests.Tls;

[UnsupportedOSPlatform("windows")]
public sealed class ServerCertificateTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly TempFolder _data = new();
    private readonly TestClock _clock = new(DateTimeOffset.UtcNow);

    public void Dispose() => _data.Dispose();

    [Fact]
    public void First_start_makes_an_authority_and_a_certificate_with_all_names()
    {
        var certificate = Open("https://mover.example.org:7443").Current;

        Assert.True(IsTrusted(certificate));
        Assert.All(
            ["localhost", "127.0.0.1", "::1", "mover.example.org", "host1"],
            host => Assert.True(certificate.MatchesHostname(host, allowWildcards: false, allowCommonName: false), host));
        Assert.False(certificate.MatchesHostname("other.example.org"));
    }

    [Fact]
    public void Keys_are_readable_by_their_owner_only_and_the_authority_by_all()
    {
        _ = Open().Current;

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_data.At("tls", "ca.key")));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_data.At("tls", "server.pem")));
        Assert.Equal(OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(_data.At("tls", "ca.pem")));
        Assert.DoesNotContain("PRIVATE", File.ReadAllText(_data.At("tls", "ca.pem")), StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(_data.At("tls")).Length);
    }

    [Fact]
    public void A_second_start_keeps_authority_and_certificate()
    {
        var first = Open().Current;

        var second = Open().Current;

        Assert.Equal(first.RawData, second.RawData);
    }

    [Fact]
    public void A_new_host_has_a_new_certificate_issued_by_the_same_authority()
    {
        var first = Open().Current;
        var authority = File.ReadAllText(_data.At("tls", "ca.pem"));

        var second = Open("https://another.example.org").Current;

        Assert.NotEqual(first.SerialNumber, second.SerialNumber);
        Assert.Equal(authority, File.ReadAllText(_data.At("tls", "ca.pem")));
    }

    [Fact]
    public void A_certificate_near_its_end_is_renewed_while_running()
    {
        var open = Open();
        var first = open.Current;

        _clock.Now += CertificateAuthority.ServerLifetime - ServerCertificate.RenewBefore + TimeSpan.FromMinutes(1);
        open.Refresh();

        Assert.NotEqual(first.SerialNumber, open.Current.SerialNumber);
        Assert.True(open.Current.NotAfter > first.NotAfter);
        Assert.True(IsTrusted(open.Current));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public void Certificates_that_were_made_while_the_clock_ran_ahead_are_replaced_when_it_is_set_right(int days)
    {
        var right = _clock.Now;
        _clock.Set(right.AddDays(days));
        var open = Open();
        var early = open.Current;

        _clock.Set(right);
        open.Refresh();

        Assert.NotEqual(early.SerialNumber, open.Current.SerialNumber);
        Assert.True(open.Current.NotBefore <= right.LocalDateTime);
        Assert.True(IsTrusted(open.Current));
        Assert.True(IsTrusted(Open().Current));
    }

    [Fact]
    public void An_authority_that_was_made_by_a_clock_a_day_ahead_holds_for_those_who_pinned_it()
    {
        var right = _clock.Now;
        _clock.Set(right.AddDays(1));
        _ = Open().Current;
        var pinned = X509Certificate2.CreateFromPem(File.ReadAllText(_data.At("tls", "ca.pem")));

        _clock.Set(right);
        var after = Open();
        after.Refresh();

        Assert.True(IsTrusted(after.Current, pinned));
    }

    [Fact]
    public void An_authority_near_its_end_is_renewed_with_the_same_key_so_that_pinned_clients_go_on()
    {
        _ = Open().Current;
        var pinned = X509Certificate2.CreateFromPem(File.ReadAllText(_data.At("tls", "ca.pem")));

        _clock.Now += CertificateAuthority.Lifetime - TimeSpan.FromDays(200);
        var renewed = Open().Current;

        Assert.NotEqual(pinned.RawData, X509Certificate2.CreateFromPem(File.ReadAllText(_data.At("tls", "ca.pem"))).RawData);
        Assert.True(IsTrusted(renewed, pinned));
    }

    [Fact]
    public void A_broken_server_certificate_is_issued_again()
    {
        _ = Open().Current;
        File.WriteAllText(_data.At("tls", "server.pem"), "-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----");

        Assert.True(IsTrusted(Open().Current));
    }

    [Theory]
    [InlineData("ca.key")]
    [InlineData("ca.pem")]
    public void A_broken_authority_stops_the_start_and_names_the_file(string name)
    {
        _ = Open().Current;
        File.WriteAllText(_data.At("tls", name), "broken");

        var fault = Assert.Throws<DataFolderException>(() => Open().Current);

        Assert.Equal(_data.At("tls", name), fault.FilePath);
        Assert.Contains("restore it from a backup", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_authority_key_stops_the_start_and_names_the_file()
    {
        _ = Open().Current;
        File.Delete(_data.At("tls", "ca.key"));

        var fault = Assert.Throws<DataFolderException>(() => Open().Current);

        Assert.Equal(_data.At("tls", "ca.key"), fault.FilePath);
    }

    [Fact]
    public void Another_authoritys_certificate_beside_the_key_stops_the_start()
    {
        _ = Open().Current;
        using var other = CertificateAuthority.Create(_clock.Now);
        File.WriteAllText(_data.At("tls", "ca.pem"), other.Certificate.ExportCertificatePem());

        Assert.Throws<DataFolderException>(() => Open().Current);
    }

    [Fact]
    public void A_first_start_that_was_cut_between_its_two_files_is_finished_by_the_next()
    {
        _ = Open().Current;
        File.Delete(_data.At("tls", "ca.pem"));

        Assert.True(IsTrusted(Open().Current));
    }

    [Fact]
    public void Wildcard_addresses_name_no_host()
    {
        var hosts = CertificateHosts.For("Host1", ["https://0.0.0.0:1", "https://[::]:1", "https://*:1", "https://[2001:db8::1]:1", "https://HOST1:1"]);

        Assert.Equal(["localhost", "127.0.0.1", "::1", "host1", "2001:db8::1"], hosts);
    }

    private ServerCertificate Open(params string[] urls) =>
        new(new(_data.Path), CertificateHosts.For("host1", urls), _clock, NullLogger<ServerCertificate>.Instance);

    private bool IsTrusted(X509Certificate2 certificate, X509Certificate2? authority = null)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy = (authority ?? X509Certificate2.CreateFromPem(File.ReadAllText(_data.At("tls", "ca.pem")))).Alone();
        chain.ChainPolicy.VerificationTime = _clock.Now.LocalDateTime;
        return chain.Build(certificate);
    }
}
