using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mover.SystemTests.Harness;

namespace Mover.SystemTests.Recipes;

/// <summary><c>deploy/certificates.sh</c>, which makes the certificates of etcd.</summary>
public sealed class CertificateScriptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Secrets => Path.Combine(_folder.Path, "secrets");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_script_makes_private_keys_and_certificates_for_what_they_are_used_for()
    {
        await RecipeCluster.ScriptAsync(0, "authority", Secrets);
        await RecipeCluster.ScriptAsync(0, "member", Secrets, "m", "m.example.com", "10.20.0.5", "fd00::5");
        await RecipeCluster.ScriptAsync(0, "client", Secrets, "c");
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
        await RecipeCluster.ScriptAsync(0, "authority", Secrets);
        await RecipeCluster.ScriptAsync(0, "client", Secrets, "c");
        var before = Directory.GetFileSystemEntries(Secrets).ToDictionary(file => file, File.ReadAllText, StringComparer.Ordinal);

        var authority = await RecipeCluster.ScriptAsync(1, "authority", Secrets);
        var client = await RecipeCluster.ScriptAsync(1, "client", Secrets, "c");
        await RecipeCluster.ScriptAsync(1, "member", Secrets, "m", "two words");
        await RecipeCluster.ScriptAsync(2, "client", Secrets, "../c");
        await RecipeCluster.ScriptAsync(2, "member", Secrets, "m");
        await RecipeCluster.ScriptAsync(1, "client", Path.Combine(_folder.Path, "other"), "c");

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
}
