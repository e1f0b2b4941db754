using System.Text.Json.Nodes;
using Mover.Testing;

namespace Mover.SystemTests.Harness;

/// <summary>A second control plane, in West US, that knows the storage account of an estate and nothing else, and an agent for it.</summary>
internal sealed class OtherRegion : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Estate _estate;
    private readonly string _url = $"https://127.0.0.1:{FreePorts.Take()}";
    private ChildProcess? _server;
    private ChildProcess? _agent;

    private OtherRegion(Estate estate) => _estate = estate;

    public string Data => Path.Combine(_folder.Path, "west");

    public string Snapshots => Path.Combine(_folder.Path, "snapshots");

    public string Plan => Path.Combine(_folder.Path, "plan.json");

    /// <summary>Where commands keep what they remember.</summary>
    public string State => Path.Combine(_folder.Path, "state");

    public string Subscription { get; private set; } = string.Empty;

    public string AccountId => $"/subscriptions/{Subscription}/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/{Azurite.Account}";

    public static async Task<OtherRegion> StartAsync(Estate estate)
    {
        var region = new OtherRegion(estate);
        try
        {
            region._server = ChildProcess.Mover(["server", "--data", region.Data, "--urls", region._url, "--region", "westus"]);
            region._server.WaitForLine("ready ");
            var groups = await region.RunAsync(0, "group", "create", "-n", "data", "--location", "westus", "--data", region.Data, "-o", "json");
            region.Subscription = JsonNode.Parse(groups[groups.IndexOf('{', StringComparison.Ordinal)..(groups.LastIndexOf('}') + 1)])!["id"]!
                .GetValue<string>().Split('/')[2];
            await region.RunAsync(
                0, "storage-account", "create", "-g", "data", "-n", Azurite.Account, "--location", "westus", "--blob-endpoint",
                estate.Blobs.Endpoint, "--data", region.Data);
            var key = Path.Combine(region._folder.Path, "key");
            await File.WriteAllTextAsync(key, Azurite.Key);
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await region.RunAsync(
                0, "storage-account", "set-key", "-g", "data", "-n", Azurite.Account, "--key-file", key, "--data", region.Data);
            return region;
        }
        catch
        {
            await region.DisposeAsync();
            throw;
        }
    }

    /// <summary>Registers an agent with the storage mover in a group and starts it.</summary>
    public async Task StartAgentAsync(string group)
    {
        var data = Path.Combine(_folder.Path, "agent");
        await RunAsync(
            0, "agent", "register", "--data", data, "--server", _url, "--ca", Path.Combine(Data, "tls", "ca.pem"), "--subscription", Subscription,
            "--resource-group", group, "--storage-mover-name", Estate.MoverName, "--name", "agent-west");
        _agent = ChildProcess.Mover(["agent", "run", "--data", data, "--mount", $"filer.test:/export={_estate.Source}"]);
    }

    /// <summary>Runs a command and answers what it wrote; fails when its exit code is another.</summary>
    public async Task<string> RunAsync(int exitCode, params string[] arguments)
    {
        var token = arguments.Contains(_estate.Url, StringComparer.Ordinal) ? _estate.Token : await TokenAsync();
        var (ended, output) = await ChildProcess.RunMoverAsync(arguments, Environment(token));
        Assert.True(ended == exitCode, $"mover {string.Join(' ', arguments)} ended with {ended}, not {exitCode}:\n{output}\n{Outputs}");
        return output;
    }

    /// <summary>
    /// Starts a command that a test kills or interrupts; one that names the estate's control plane may use it. Shells let what they start in
    /// the background ignore Ctrl-C, and so would this.
    /// </summary>
    public ChildProcess Start(params string[] arguments) => ChildProcess.Mover(
        arguments, Environment(arguments.Contains(_estate.Url, StringComparer.Ordinal) ? _estate.Token : string.Empty),
        ["env", "--default-signal=INT"]);

    /// <summary>Repeats a command until it ends with an exit code, as a person does who waits for an agent.</summary>
    public async Task<string> RunUntilAsync(int exitCode, params string[] arguments)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        while (true)
        {
            var (ended, output) = await ChildProcess.RunMoverAsync(arguments);
            if (ended == exitCode)
            {
                return output;
            }

            Assert.False(limit.IsCancellationRequested, $"{ended}: {output}\n{Outputs}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Waits until the latest run of a job definition has ended.</summary>
    public async Task<JsonNode> WaitForRunAsync(string job, TimeSpan limit)
    {
        using var stop = new CancellationTokenSource(limit);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        using var http = new HttpClient(Estate.TrustOnly(Path.Combine(Data, "tls", "ca.pem")));
        http.DefaultRequestHeaders.Authorization = new("Bearer", await TokenAsync());
        while (true)
        {
            var definition = JsonNode.Parse(await http.GetStringAsync(new Uri($"{_url}{job}?api-version=2025-12-01")))!["properties"]!;
            if (definition["latestJobRunStatus"]?.GetValue<string>() is "Succeeded" or "Failed" or "Canceled" or "CanceledByUser")
            {
                var run = definition["latestJobRunResourceId"]!.GetValue<string>();
                return JsonNode.Parse(await http.GetStringAsync(new Uri($"{_url}{run}?api-version=2025-12-01")))!["properties"]!;
            }

            Assert.False(stop.IsCancellationRequested, $"{definition.ToJsonString()}\n{Outputs}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in new[] { _agent, _server })
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        _folder.Dispose();
    }

    // What a command remembers stays in the test's folder.
    private Dictionary<string, string> Environment(string token) => new(StringComparer.Ordinal)
    {
        ["MOVER_TOKEN"] = token, ["MOVER_ACCOUNT_KEY"] = Azurite.Key, ["XDG_STATE_HOME"] = State,
    };

    private string Outputs => $"--- west server\n{_server?.Output}\n--- west agent\n{_agent?.Output}";

    private async Task<string> TokenAsync()
    {
        var (exitCode, token) = await ChildProcess.RunMoverAsync(["token", "--data", Data]);
        Assert.True(exitCode == 0, token);
        return token.Trim();
    }
}
