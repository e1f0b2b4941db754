using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Mover.Server;
using Mover.Server.Access;
using Mover.Testing;

namespace Mover.ClientsTests;

/// <summary>
/// A real control plane on a free port with a certificate authority of its own, for clients that know nothing of Mover. What they ask and are
/// answered is held to the API definitions.
/// </summary>
public sealed class ControlPlane : IAsyncLifetime
{
    private static readonly TimeSpan ClientMax = TimeSpan.FromMinutes(5);
    private readonly string _folder = Directory.CreateTempSubdirectory("mover-clients-").FullName;
    private WebApplication? _app;

    /// <summary>What every exchange was held to.</summary>
    public ContractFolder Contract { get; } = new();

    /// <summary>Where it is: https, with a certificate that only those who trust <see cref="AuthorityPath"/> accept.</summary>
    public string Url { get; private set; } = string.Empty;

    public string AuthorityPath => Path.Combine(_folder, "tls", "ca.pem");

    public string Token { get; private set; } = string.Empty;

    public async Task InitializeAsync()
    {
        _app = await ServerApp.CreateAsync(new() { DataFolder = _folder, Urls = ["https://127.0.0.1:0"], PageSize = 3 });
        ContractWatch.Over(_app.Services, Contract);
        await _app.StartAsync();
        Url = _app.Urls.First();
        Token = AdministratorToken.Create(_folder, TimeProvider.System).Reveal();
    }

    public async Task DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        Contract.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A transport that trusts one certificate authority and follows nothing by itself.</summary>
    internal static SocketsHttpHandler Trusting(string authorityPath) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        SslOptions =
        {
            CertificateChainPolicy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(authorityPath) },
            },
        },
    };

    /// <summary>Runs a script of test/witness with node and returns what it printed; fails with that when the script fails.</summary>
    public async Task<string> RunNodeAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "witness", script), Url, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["MOVER_NODE_MODULES"] = Requirement.Value("MOVER_NODE_MODULES");
        start.Environment["MOVER_TOKEN"] = Token;
        start.Environment["NODE_EXTRA_CA_CERTS"] = AuthorityPath;
        using var node = Process.Start(start) ?? throw new InvalidOperationException("node does not start.");
        using var limit = new CancellationTokenSource(ClientMax);
        var output = node.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = node.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await node.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            node.Kill(entireProcessTree: true);
            throw;
        }

        Assert.True(node.ExitCode == 0, await output + await errors);
        return await output;
    }
}
