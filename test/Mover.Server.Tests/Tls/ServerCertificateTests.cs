using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using Mover.Server.DataFolders;
using Mover.Server.Identity;
using Mover.Server.Tests.Identity;
using Mover.Server.Tls;

namespace Mover.Server.Tests.Tls;

[UnsupportedOSPlatform("windows")]
public sealed class ServerCertificateTests : IAsyncLifetime
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly TempFolder _data = new();
    private readonly TestClock _clock = new(DateTimeOffset.UtcNow);

    private IdentityScene? _scene;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await CloseAsync();
        _data.Dispose();
    }

    [Fact]
    public async Task First_start_makes_an_authority_and_a_certificate_with_all_names()
    {
        var certificate = (await OpenAsync("https://mover.example.org:7443")).Current;

        Assert.True(IsTrusted(certificate));
        Assert.All(
            ["localhost", "127.0.0.1", "::1", "mover.example.org", "host1"],
            host => Assert.True(certificate.MatchesHostname(host, allowWildcards: false, allowCommonName: false), host));
        Assert.False(certificate.MatchesHostname("other.example.org"));
    }

    [Fact]
    public async Task Keys_are_readable_by_their_owner_only_and_the_authority_by_all()
    {
        _ = (await OpenAsync()).Current;

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_data.At("tls", "server.pem")));
        Assert.Equal(OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(_data.At("tls", "ca.pem")));
        Assert.DoesNotContain("PRIVATE", File.ReadAllText(_data.At("tls", "ca.pem")), StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(_data.At("tls")).Length);
    }

    [Fact]
    public async Task A_second_start_keeps_authority_and_certificate()
    {
        var first = (await OpenAsync()).Current.RawData;

        var second = (await OpenAsync()).Current.RawData;

        Assert.Equal(first, second);
    }

    [Fact]
    public async Task A_new_host_has_a_new_certificate_issued_by_the_same_authority()
    {
        var first = (await OpenAsync()).Current.SerialNumber;
        var authority = File.ReadAllText(_data.At("tls", "ca.pem"));

        var second = (await OpenAsync("https://another.example.org")).Current;

        Assert.NotEqual(first, second.SerialNumber);
        Assert.Equal(authority, File.ReadAllText(_data.At("tls", "ca.pem")));
    }

    [Fact]
    public async Task A_certificate_near_its_end_is_renewed_while_running()
    {
        var open = await OpenAsync();
        var first = open.Current;

        _clock.Now += CertificateAuthority.ServerLifetime - ServerCertificate.RenewBefore + TimeSpan.FromMinutes(1);
        await _scene!.TendAsync();

        Assert.NotEqual(first.SerialNumber, open.Current.SerialNumber);
        Assert.True(open.Current.NotAfter > first.NotAfter);
        Assert.True(IsTrusted(open.Current));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public async Task Certificates_that_were_made_while_the_clock_ran_ahead_are_replaced_when_it_is_set_right(int days)
    {
        var right = _clock.Now;
        _clock.Set(right.AddDays(days));
        var open = await OpenAsync();
        var early = open.Current;

        _clock.Set(right);
        await _scene!.TendAsync();

        Assert.NotEqual(early.SerialNumber, open.Current.SerialNumber);
        Assert.True(open.Current.NotBefore <= right.LocalDateTime);
        Assert.True(IsTrusted(open.Current));
        Assert.True(IsTrusted((await OpenAsync()).Current));
    }

    [Fact]
    public async Task An_authority_that_was_made_by_a_clock_a_day_ahead_holds_for_those_who_pinned_it()
    {
        var right = _clock.Now;
        _clock.Set(right.AddDays(1));
        _ = (await OpenAsync()).Current;
        var pinned = X509Certificate2.CreateFromPem(File.ReadAllText(_data.At("tls", "ca.pem")));

        _clock.Set(right);
        var after = await OpenAsync();
        await _scene!.TendAsync();

        Assert.True(IsTrusted(after.Current, pinned));
    }

    [Fact]
    public async Task An_authority_near_its_end_is_renewed_with_the_same_key_so_that_pinned_clients_continue()
    {
        _ = (await OpenAsync()).Current;
        var pinned = X509Certificate2.CreateFromPem(File.ReadAllText(_data.At("tls", "ca.pem")));

        _clock.Now += CertificateAuthority.Lifetime - TimeSpan.FromDays(200);
        var renewed = (await OpenAsync()).Current;

        Assert.NotEqual(pinned.RawData, X509Certificate2.CreateFromPem(File.ReadAllText(_data.At("tls", "ca.pem"))).RawData);
        Assert.True(IsTrusted(renewed, pinned));
    }

    [Fact]
    public async Task A_broken_server_certificate_is_issued_again()
    {
        _ = (await OpenAsync()).Current;
        File.WriteAllText(_data.At("tls", "server.pem"), "-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----");

        Assert.True(IsTrusted((await OpenAsync()).Current));
    }

    [Theory]
    [InlineData("ca.key")]
    [InlineData("ca.pem")]
    public async Task A_broken_authority_of_an_older_folder_stops_the_start_and_names_the_file(string name)
    {
        await BecomeOlderAsync();
        File.WriteAllText(_data.At("tls", name), "broken");

        var fault = await Assert.ThrowsAsync<DataFolderException>(() => OpenAsync());

        Assert.Equal(_data.At("tls", name), fault.FilePath);
        Assert.Contains("restore it from a backup", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_authority_key_of_an_older_folder_stops_the_start_and_names_the_file()
    {
        await BecomeOlderAsync();
        File.Delete(_data.At("tls", "ca.key"));

        var fault = await Assert.ThrowsAsync<DataFolderException>(() => OpenAsync());

        Assert.Equal(_data.At("tls", "ca.key"), fault.FilePath);
    }

    [Fact]
    public async Task Another_authoritys_certificate_with_the_key_of_an_older_folder_stops_the_start()
    {
        await BecomeOlderAsync();
        using var other = CertificateAuthority.Create(_clock.Now);
        File.WriteAllText(_data.At("tls", "ca.pem"), other.Certificate.ExportCertificatePem());

        await Assert.ThrowsAsync<DataFolderException>(() => OpenAsync());
    }

    [Fact]
    public async Task The_authority_of_an_older_folder_is_taken_over_so_that_pinned_clients_continue()
    {
        await BecomeOlderAsync();
        var pinned = X509Certificate2.CreateFromPem(File.ReadAllText(_data.At("tls", "ca.pem")));

        Assert.True(IsTrusted((await OpenAsync()).Current, pinned));
    }

    [Fact]
    public async Task A_certificate_of_the_authority_that_was_deleted_is_written_again()
    {
        _ = (await OpenAsync()).Current;
        var written = File.ReadAllText(_data.At("tls", "ca.pem"));
        File.Delete(_data.At("tls", "ca.pem"));

        Assert.True(IsTrusted((await OpenAsync()).Current));
        Assert.Equal(written, File.ReadAllText(_data.At("tls", "ca.pem")));
    }

    [Fact]
    public void Wildcard_addresses_name_no_host()
    {
        var hosts = CertificateHosts.For("Host1", ["https://0.0.0.0:1", "https://[::]:1", "https://*:1", "https://[2001:db8::1]:1", "https://HOST1:1"]);

        Assert.Equal(["localhost", "127.0.0.1", "::1", "host1", "2001:db8::1"], hosts);
    }

    // Another start over the same folder.
    private async Task<ServerCertificate> OpenAsync(params string[] urls)
    {
        await CloseAsync();
        _scene = await IdentityScene.OpenAsync(_data.Path, _clock, null, urls);
        return _scene.Certificate;
    }

    private async Task CloseAsync()
    {
        if (_scene is not null)
        {
            await _scene.DisposeAsync();
        }

        _scene = null;
    }

    // The folder of a server that ran before the store held the identity: the same files, and a store without it.
    private async Task BecomeOlderAsync()
    {
        _ = (await OpenAsync()).Current;
        _scene!.WriteAsBefore(_data.Path);
        await CloseAsync();
        File.Delete(_data.At("state.db"));
        File.Delete(_data.At("access", "key-ring"));
    }

    private bool IsTrusted(X509Certificate2 certificate, X509Certificate2? authority = null)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy = (authority ?? X509Certificate2.CreateFromPem(File.ReadAllText(_data.At("tls", "ca.pem")))).Alone();
        chain.ChainPolicy.VerificationTime = _clock.Now.LocalDateTime;
        return chain.Build(certificate);
    }
}
