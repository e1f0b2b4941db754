using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests.Recipes;

/// <summary>The recipes of three zones, carried out: certificates by the script, members and servers as the units start them.</summary>
public sealed class RecipeClusterTests : IAsyncLifetime
{
    private static readonly string[] Numbers = ["1", "2", "3"];

    private readonly TemporaryFolder _folder = new();
    private readonly List<RecipeZone> _zones = [];

    private string Secrets => Path.Combine(_folder.Path, "secrets");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var zone in _zones)
        {
            await zone.DisposeAsync();
        }

        _folder.Dispose();
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task Three_zones_come_up_with_the_scripts_certificates_and_the_loss_of_one_stops_nothing()
    {
        await MakeSecretsAsync();
        var addresses = Numbers.SelectMany(zone => new[] { $"etcd{zone}.example.com:2379", $"etcd{zone}.example.com:2380" })
            .ToDictionary(address => address, _ => $"127.0.0.1:{FreePorts.Take()}", StringComparer.Ordinal);
        _zones.AddRange(Numbers.Select(zone => new RecipeZone(_folder.Make($"zone{zone}"), Secrets, zone, addresses)));

        _zones.ForEach(zone => zone.StartMember());
        await Task.WhenAll(_zones.Select(zone => zone.WaitForMemberAsync()));
        _zones.ForEach(zone => zone.StartServer());
        var status = JsonNode.Parse(await MoverAsync(_zones[0], "zone", "status", "-o", "json"))!;
        await MoverAsync(_zones[0], "group", "create", "-n", "before", "-l", "eastus");
        var probes = await Task.WhenAll(new[] { "/livez", "/readyz" }.Select(path => EtcdAnswersAsync(_zones[1].MetricsPort, path)));
        var stranger = await AsksWithoutCertificateAsync(addresses["etcd1.example.com:2379"]);
        await _zones[0].KillAsync();
        await MoverAsync(_zones[1], "group", "create", "-n", "after", "-l", "eastus");
        var groups = await MoverAsync(_zones[2], "group", "list", "-o", "tsv");

        Assert.Equal(Numbers, status["instances"]!.AsArray().Select(one => (string)one!["zone"]!).Order());
        Assert.Equal(Numbers.Select(zone => $"etcd-zone{zone}"), status["members"]!.AsArray().Select(one => (string)one!["name"]!).Order());
        Assert.StartsWith("3 of 3 voters left", (string)status["outlook"]!, StringComparison.Ordinal);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], probes);
        Assert.True(stranger, "etcd answered a client that showed no certificate.");
        Assert.Contains("before", groups, StringComparison.Ordinal);
        Assert.Contains("after", groups, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_script_makes_private_keys_and_certificates_for_what_they_are_used_for()
    {
        await ScriptAsync(0, "authority", Secrets);
        await ScriptAsync(0, "member", Secrets, "m", "m.example.com", "10.20.0.5", "fd00::5");
        await ScriptAsync(0, "client", Secrets, "c");
        using var member = X509Certificate2.CreateFromPemFile(Path.Combine(Secrets, "m.pem"), Path.Combine(Secrets, "m.key"));
        using var client = X509Certificate2.CreateFromPemFile(Path.Combine(Secrets, "c.pem"), Path.Combine(Secrets, "c.key"));
        using var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(Secrets, "etcd-ca.pem"));
        var names = member.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();

        // A member is a client too, of the others and of itself.
        Assert.Equal(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"], Uses(member));
        Assert.Equal(["1.3.6.1.5.5.7.3.2"], Uses(client));
        Assert.Equal(["localhost", "m.example.com"], names.EnumerateDnsNames());
        Assert.Equal([IPAddress.Loopback, IPAddress.Parse("10.20.0.5"), IPAddress.Parse("fd00::5")], names.EnumerateIPAddresses());
        Assert.True(authority.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.All([member, client], one => Assert.Equal("1.2.840.10045.3.1.7", one.GetECDsaPublicKey()!.ExportParameters(false).Curve.Oid.Value));
        Assert.All([member, client], one => Assert.True(IsSignedBy(one, authority)));
        Assert.All(["etcd-ca.key", "m.key", "c.key"], key => Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Secrets, key))));
    }

    [Fact]
    public async Task The_script_overwrites_nothing_and_leaves_nothing_of_what_it_refused()
    {
        await ScriptAsync(0, "authority", Secrets);
        await ScriptAsync(0, "client", Secrets, "c");
        var before = Directory.GetFileSystemEntries(Secrets).ToDictionary(file => file, File.ReadAllText, StringComparer.Ordinal);

        var authority = await ScriptAsync(1, "authority", Secrets);
        var client = await ScriptAsync(1, "client", Secrets, "c");
        await ScriptAsync(1, "member", Secrets, "m", "two words");
        await ScriptAsync(2, "client", Secrets, "../c");
        await ScriptAsync(2, "member", Secrets, "m");
        await ScriptAsync(1, "client", Path.Combine(_folder.Path, "other"), "c");

        Assert.Contains("etcd-ca.pem is there already", authority, StringComparison.Ordinal);
        Assert.Contains("c.pem is there already", client, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(Secrets).ToDictionary(file => file, File.ReadAllText, StringComparer.Ordinal));
    }

    private static IEnumerable<string> Uses(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(use => use.Value!);

    private static bool IsSignedBy(X509Certificate2 certificate, X509Certificate2 authority)
    {
        using var chain = new X509Chain();
        (chain.ChainPolicy.TrustMode, chain.ChainPolicy.RevocationMode) = (X509ChainTrustMode.CustomRootTrust, X509RevocationMode.NoCheck);
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        return chain.Build(certificate);
    }

    private static async Task<string> MoverAsync(RecipeZone zone, params string[] arguments)
    {
        var (exitCode, output) = await ChildProcess.RunMoverAsync([.. arguments, "--data", zone.Data]);
        Assert.True(exitCode == 0, output);
        return output;
    }

    private static async Task<HttpStatusCode> EtcdAnswersAsync(int port, string path)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}{path}"));
        return answer.StatusCode;
    }

    private static async Task<bool> AsksWithoutCertificateAsync(string address)
    {
#pragma warning disable CA2000, CA5400 // The client disposes of its handler; whether the member is trusted is not what is asked here.
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        using var http = new HttpClient(handler);
#pragma warning restore CA2000, CA5400
        return await Record.ExceptionAsync(() => http.GetAsync(new Uri($"https://{address}/version"))) is HttpRequestException;
    }

    private async Task MakeSecretsAsync()
    {
        await ScriptAsync(0, "authority", Secrets);
        foreach (var zone in Numbers)
        {
            await ScriptAsync(0, "member", Secrets, $"etcd-zone{zone}", $"etcd{zone}.example.com");
        }

        await ScriptAsync(0, "client", Secrets, "mover");
        var (exitCode, ring) = await ChildProcess.RunMoverAsync(["identity", "new-key"]);
        Assert.True(exitCode == 0, ring);
        await File.WriteAllTextAsync(Path.Combine(Secrets, "ring"), ring);
        File.SetUnixFileMode(Path.Combine(Secrets, "ring"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static async Task<string> ScriptAsync(int expected, params string[] arguments)
    {
        var (exitCode, output) = await ChildProcess.RunAsync(Path.Combine(Recipe.Folder, "certificates.sh"), arguments);
        Assert.True(exitCode == expected, output);
        return output;
    }
}
