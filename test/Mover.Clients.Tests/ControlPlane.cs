using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Mover.Server;
using Mover.Server.Access;
using Mover.Testing;

namespace Mover.ClientsTests;

/// <summary>
/// A real control plane on a free port with a certificate authority of its own, for clients that know nothing of Mover. What they ask and are
/// answered is held to the API definitions on the way.
/// </summary>
public sealed class ControlPlane : IAsyncLifetime
{
    private static readonly TimeSpan ClientMax = TimeSpan.FromMinutes(5);
    private readonly string _folder = Directory.CreateTempSubdirectory("mover-clients-").FullName;
    private WebApplication? _app;
    private ContractProxy? _contract;

    /// <summary>What sees every exchange.</summary>
    internal ContractProxy Contract => _contract ?? throw new InvalidOperationException("The control plane is not started.");

    /// <summary>Where it is: https, with a certificate that only those who trust <see cref="AuthorityPath"/> accept.</summary>
    public string Url => Contract.Url;

    public string AuthorityPath => Path.Combine(_folder, "tls", "ca.pem");

    public string Token { get; private set; } = string.Empty;

    public async Task InitializeAsync()
    {
        _app = ServerApp.Create(new() { DataFolder = _folder, Urls = ["https://127.0.0.1:0"], PageSize = 3 });
        await _app.StartAsync();
        _contract = await ContractProxy.StartAsync(_app.Urls.First(), _folder);
        Token = AdministratorToken.Create(_folder, TimeProvider.System).Reveal();
    }

    public async Task DisposeAsync()
    {
        if (_contract is not null)
        {
            await _contract.DisposeAsync();
        }

        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

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
