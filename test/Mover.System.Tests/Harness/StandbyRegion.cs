using System.Text.Json.Nodes;
using Mover.Testing;

namespace Mover.SystemTests.Harness;

/// <summary>West US as the pair of an estate's region: a server as a process of its own, over a store of its own.</summary>
internal sealed class StandbyRegion : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _ring;
    private ChildProcess? _server;

    private StandbyRegion() => _ring = Path.Combine(_folder.Path, "ring");

    /// <summary>With the key ring that the two regions share; the server is started later.</summary>
    public static async Task<StandbyRegion> PrepareAsync(params string[] flags)
    {
        var region = new StandbyRegion { Flags = flags };
        var (exitCode, key) = await ChildProcess.RunMoverAsync(["identity", "new-key"]);
        Assert.True(exitCode == 0, key);
        await File.WriteAllTextAsync(region._ring, key);
        File.SetUnixFileMode(region._ring, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return region;
    }

    public string Url { get; } = $"https://127.0.0.1:{FreePorts.Take()}";

    public string Data => Path.Combine(_folder.Path, "west");

    /// <summary>What the estate's own server is started with.</summary>
    public IReadOnlyList<string> HomeFlags => ["--region", "eastus", "--pair", $"westus={Url}", "--key-ring", _ring, .. Flags];

    /// <summary>Further flags of both servers.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];

    public string Output => $"--- west server\n{_server?.Output}";

    /// <summary>Starts the server, with flags of its own.</summary>
    public void Start(Estate estate, params IReadOnlyList<string> own)
    {
        _server = ChildProcess.Mover(
        [
            "server", "--data", Data, "--urls", Url, "--region", "westus", "--pair", $"eastus={estate.ServerUrl}", "--pair-ca", estate.CaFile,
            "--standby", "--key-ring", _ring, .. Flags, .. own,
        ]);
        _server.WaitForLine("ready ");
    }

    public Task KillAsync() => _server!.KillAsync();

    /// <summary>Runs a command against the server of a data folder; fails when it does.</summary>
    public async Task<string> RunAsync(string data, params string[] arguments)
    {
        var (ended, output) = await ChildProcess.RunMoverAsync([.. arguments, "--data", data]);
        Assert.True(ended == 0, $"mover {string.Join(' ', arguments)} ended with {ended}:\n{output}\n{Output}");
        return output;
    }

    /// <summary>Reads the status at a data folder's server until it is as wanted.</summary>
    public async Task<JsonNode> UntilAsync(string data, Func<JsonNode, bool> isSo, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            var (ended, output) = await ChildProcess.RunMoverAsync(["region", "status", "-o", "json", "--data", data]);
            var brace = output.IndexOf('{', StringComparison.Ordinal);
            if (ended == 0 && brace >= 0 && JsonNode.Parse(output[brace..]) is { } status && isSo(status))
            {
                return status;
            }

            Assert.False(limit.IsCancellationRequested, $"Not {what}: {output}\n{Output}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Dispose();
    }
}
