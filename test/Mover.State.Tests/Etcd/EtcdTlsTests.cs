using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.State.Etcd;
using Mover.Testing;

namespace Mover.State.Tests.Etcd;

/// <summary>An etcd that asks for certificates, and shows one of its own authority.</summary>
public sealed class EtcdTlsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [RequiresFact("MOVER_ETCD")]
    public async Task With_the_right_certificates_the_store_serves_and_without_them_it_says_which_are_wrong()
    {
        using var authority = Authority("etcd");
        using var other = Authority("other");
        Write("server", authority, server: true);
        Write("mover", authority, server: false);
        Write("stranger", other, server: false);
        await using var server = await EtcdServer.StartAsync(
            1,
            "https",
            $"--cert-file={_folder.File("server.pem")}",
            $"--key-file={_folder.File("server.key")}",
            $"--trusted-ca-file={_folder.File("etcd.pem")}",
            "--client-cert-auth");

        await using (var store = await OpenAsync(server, "etcd", "mover"))
        {
            var written = await store.CommitAsync([], [new("a", new byte[1])], default);
            Assert.Equal(written.Revision, (await store.GetAsync("a", default))?.ModRevision);
            await using var watch = store.WatchAsync("", written.Revision, default).GetAsyncEnumerator();
            Assert.True(await watch.MoveNextAsync());
        }

        var untrusted = await Assert.ThrowsAsync<StateException>(() => OpenAsync(server, "other", "mover"));
        var stranger = await Assert.ThrowsAsync<StateException>(() => OpenAsync(server, "etcd", "stranger"));
        var none = await Assert.ThrowsAsync<StateException>(() => OpenAsync(server, "etcd", null));

        Assert.Contains("certificate", untrusted.Message, StringComparison.OrdinalIgnoreCase);
        Assert.All([untrusted, stranger, none], fault => Assert.Equal(StateFault.Unavailable, fault.Fault));
        Assert.All([untrusted, stranger, none], fault => Assert.Contains(server.Endpoint(0).ToString(), fault.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_that_others_may_read_is_refused_with_the_command_that_mends_it()
    {
        using var authority = Authority("etcd");
        Write("mover", authority, server: false);
        File.SetUnixFileMode(_folder.File("mover.key"), UnixFileMode.UserRead | UnixFileMode.OtherRead);

        var fault = await Assert.ThrowsAsync<StateException>(() => OpenAsync([new("https://127.0.0.1:1")], "etcd", "mover"));

        Assert.Contains($"chmod 600 '{_folder.File("mover.key")}'", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("absent", "mover")]
    [InlineData("etcd", "absent")]
    [InlineData("mover.key", "mover")]
    public async Task A_file_that_cannot_be_used_is_named(string authorityName, string name)
    {
        using var authority = Authority("etcd");
        Write("mover", authority, server: false);
        File.Copy(_folder.File("mover.key"), _folder.File("mover.key.pem"));

        var fault = await Assert.ThrowsAsync<StateException>(() => OpenAsync([new("https://127.0.0.1:1")], authorityName, name));

        Assert.Equal(StateFault.Unavailable, fault.Fault);
        Assert.Contains(_folder.Path, fault.Message, StringComparison.Ordinal);
        Assert.Contains(authorityName == "etcd" ? name : authorityName, fault.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static X509Certificate2 Signed(CertificateRequest request, X509Certificate2 authority, ECDsa key)
    {
        var now = DateTimeOffset.UtcNow;
        using var signed = request.Create(authority, now.AddDays(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    private X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(2));
        File.WriteAllText(_folder.File($"{name}.pem"), authority.ExportCertificatePem());
        return authority;
    }

    private void Write(string name, X509Certificate2 authority, bool server)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(server ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2")], false));
        using var signed = Signed(request, authority, key);
        File.WriteAllText(_folder.File($"{name}.pem"), signed.ExportCertificatePem());
        File.WriteAllText(_folder.File($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(_folder.File($"{name}.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private Task<EtcdStateStore> OpenAsync(EtcdServer server, string authority, string? name) => OpenAsync(server.Endpoints, authority, name);

    private Task<EtcdStateStore> OpenAsync(IReadOnlyList<Uri> endpoints, string authority, string? name) => EtcdStateStore.OpenAsync(
        new()
        {
            Endpoints = endpoints,
            AuthorityPath = _folder.File($"{authority}.pem"),
            CertificatePath = name is null ? null : _folder.File($"{name}.pem"),
            KeyPath = name is null ? null : _folder.File($"{name}.key"),
            Patience = TimeSpan.FromSeconds(1),
            CallTimeout = TimeSpan.FromSeconds(5),
        },
        TimeProvider.System,
        NullLogger<EtcdStateStore>.Instance,
        default);
}
