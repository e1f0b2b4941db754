using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Mover.Server;
using Mover.Server.Access;
using Mover.Testing;

namespace Mover.ClientsTests;

/// <summary>
/// A control plane, and the Azure CLI signed in to it: a cloud and a configuration folder of its own, our CA, no Internet.
/// </summary>
public sealed class AzureCli : IAsyncLifetime
{
    private static readonly TimeSpan CallMax = TimeSpan.FromMinutes(2);
    private readonly string _folder = Directory.CreateTempSubdirectory("mover-az-").FullName;
    private WebApplication? _app;
    private HttpClient? _http;

    /// <summary>What every exchange with the control plane was held to.</summary>
    public ContractFolder Contract { get; } = new();

    /// <summary>Where the control plane is.</summary>
    public string Url { get; private set; } = string.Empty;

    /// <summary>The subscription that the sign-in found.</summary>
    public string Subscription { get; private set; } = string.Empty;

    /// <summary>The tenant that the sign-in found.</summary>
    public string Tenant { get; private set; } = string.Empty;

    public async Task InitializeAsync()
    {
        if (Requirement.Missing(["MOVER_AZ"]) is not null)
        {
            return;
        }

        _app = await ServerApp.CreateAsync(new() { DataFolder = Path.Combine(_folder, "server"), Urls = ["https://127.0.0.1:0"] });
        ContractWatch.Over(_app.Services, Contract);
        await _app.StartAsync();
        Url = _app.Urls.First();
        var administrator = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(_folder, "server", "access", "administrator.json")))!;

        // All that signing in needs is discovered at Resource Manager's address.
        await RunAsync("cloud", "register", "-n", "mover", "--endpoint-resource-manager", Url);
        await RunAsync("cloud", "set", "-n", "mover");
        var signedIn = await RunAsync(
            "login", "--service-principal", "-u", (string)administrator["clientId"]!, "-p", (string)administrator["clientSecret"]!,
            "--tenant", "adfs");

        // This az reads the oldest shape, and takes the address of Microsoft Graph from nowhere but its configuration.
        await RunAsync("cloud", "update", "-n", "mover", "--cloud-config", $$$"""{"endpoints":{"microsoftGraphResourceId":"{{{Url}}}"}}""");
        (Subscription, Tenant) = ((string)signedIn![0]!["id"]!, (string)signedIn[0]!["tenantId"]!);
        var token = AdministratorToken.Create(Path.Combine(_folder, "server"), TimeProvider.System).Reveal();
        _http = new(ControlPlane.Trusting(AuthorityPath))
        {
            BaseAddress = new(Url),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        };
    }

    public async Task DisposeAsync()
    {
        _http?.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        Contract.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Sets the stage without az, which takes seconds for it.</summary>
    public async Task<JsonNode> SendAsync(HttpMethod method, string path, string json)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await (_http ?? throw new InvalidOperationException("az is not installed.")).SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    /// <summary>
    /// Runs one command to its end and answers its JSON; null when it says nothing. Fails with what az says when az does.
    /// </summary>
    public Task<JsonNode?> RunAsync(params string[] arguments) => SucceedAsync(arguments, python: null);

    /// <summary>Runs a role command with the one attribute put back that the library has renamed: scripts/azure-cli.</summary>
    public Task<JsonNode?> RunRoleAsync(params string[] arguments) =>
        SucceedAsync(["role", .. arguments], Path.Combine(AppContext.BaseDirectory, "azure-cli"));

    /// <summary>Runs one command to its end, however that is.</summary>
    public Task<(int ExitCode, string Output, string Errors)> TryAsync(params string[] arguments) => TryAsync(arguments, python: null);

    private string AuthorityPath => Path.Combine(_folder, "server", "tls", "ca.pem");

    private async Task<JsonNode?> SucceedAsync(string[] arguments, string? python)
    {
        var (exitCode, output, errors) = await TryAsync(arguments, python);
        Assert.True(exitCode == 0, $"az {string.Join(' ', arguments)}\n{output}{errors}");
        return output.Trim().Length == 0 ? null : JsonNode.Parse(output);
    }

    private async Task<(int ExitCode, string Output, string Errors)> TryAsync(string[] arguments, string? python)
    {
        var start = new ProcessStartInfo(Requirement.Value("MOVER_AZ"), [.. arguments, "-o", "json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["AZURE_CONFIG_DIR"] = Path.Combine(_folder, "az");
        start.Environment["AZURE_CORE_COLLECT_TELEMETRY"] = "0";
        start.Environment["REQUESTS_CA_BUNDLE"] = AuthorityPath;
        start.Environment["PYTHONPATH"] = python;
        using var az = Process.Start(start) ?? throw new InvalidOperationException("az does not start.");
        using var limit = new CancellationTokenSource(CallMax);
        var (output, errors) = (az.StandardOutput.ReadToEndAsync(limit.Token), az.StandardError.ReadToEndAsync(limit.Token));
        try
        {
            await az.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            az.Kill(entireProcessTree: true);
            throw;
        }

        return (az.ExitCode, await output, await errors);
    }
}
