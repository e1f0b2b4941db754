using System.Text.Json.Nodes;

namespace Mover.Cli.Tests;

/// <summary>Two regions of the built program, each over a file: <c>eastus</c> serves first, <c>westus</c> is its standby.</summary>
internal sealed class PairedServers : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private RunningServer? _east;
    private RunningServer? _west;

    private string EastUrl { get; } = RunningServer.FreeAddress();

    private string WestUrl { get; } = RunningServer.FreeAddress();

    public string EastData => _folder["east"];

    public string WestData => _folder["west"];

    public RunningServer East => _east ?? throw new InvalidOperationException("East does not run.");

    public RunningServer West => _west ?? throw new InvalidOperationException("West does not run.");

    /// <summary>Both, the standby with a whole copy.</summary>
    public static async Task<PairedServers> StartAsync()
    {
        var pair = new PairedServers();
        var key = await new Shell().RunAsync("identity", "new-key");
        await File.WriteAllTextAsync(pair._folder["ring"], key.Out);
        File.SetUnixFileMode(pair._folder["ring"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await pair.StartEastAsync();
        await pair.StartWestAsync();
        return pair;
    }

    public async Task StartEastAsync() => _east = await RunningServer.StartInAsync(
        EastData, "--urls", EastUrl, "--region", "eastus", "--pair", $"westus={WestUrl}", "--key-ring", _folder["ring"]);

    public async Task StartWestAsync() => _west = await RunningServer.StartInAsync(
        WestData, "--urls", WestUrl, "--region", "westus", "--pair", $"eastus={EastUrl}", "--key-ring", _folder["ring"],
        "--pair-ca", Path.Combine(EastData, "tls", "ca.pem"), "--standby");

    public async Task StopEastAsync()
    {
        await East.DisposeAsync();
        _east = null;
    }

    public async Task StopWestAsync()
    {
        await West.DisposeAsync();
        _west = null;
    }

    /// <summary>
    /// East goes on without its standby for as long as <paramref name="alone"/> writes, is lost, and comes back as the standby of west.
    /// </summary>
    public async Task LoseEastAsync(Func<Task> alone, Func<Task>? meanwhile = null)
    {
        await UntilCopiedAsync(WestData);
        await StopWestAsync();
        await alone();
        await StopEastAsync();
        await StartWestAsync();
        await ExpectAsync(WestData, "region", "failover", "--unplanned", "eastus", "--yes");
        await UntilAsync(WestData, status => $"{status["duty"]}" == "Serving" && status["moving"]?.GetValue<bool>() == false, "serving");
        if (meanwhile is not null)
        {
            await meanwhile();
        }

        await StartEastAsync();
        await UntilAsync(
            EastData,
            status => $"{status["duty"]}" == "Standby" && status["copy"]?["whole"]?.GetValue<bool>() == true
                && status["moving"]?.GetValue<bool>() == false && status["pair"]?["reachable"]?.GetValue<bool>() == true,
            "a standby");
    }

    /// <summary>Runs a command at a side; fails when it does.</summary>
    public static async Task<Ran> ExpectAsync(string data, params string[] words)
    {
        var ran = await RunAsync(data, words);
        Assert.True(ran.ExitCode == ExitCodes.Ok, $"mover {string.Join(' ', words)}: {ran.ExitCode}\n{ran.Out}\n{ran.Error}");
        return ran;
    }

    public static Task<Ran> RunAsync(string data, params string[] words) => new Shell().RunAsync([.. words, "--data", data]);

    /// <summary>Waits until everything that was acknowledged before this call is in a side's copy.</summary>
    public static Task UntilCopiedAsync(string data)
    {
        var now = DateTimeOffset.UtcNow;
        return UntilAsync(
            data, status => status["copy"]?["completeAt"] is { } at
                && DateTimeOffset.Parse($"{at}", System.Globalization.CultureInfo.InvariantCulture) >= now, "a copy");
    }

    public static async Task UntilAsync(string data, Func<JsonNode, bool> isSo, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            var ran = await RunAsync(data, "region", "status", "-o", "json");
            if (ran.ExitCode == ExitCodes.Ok && isSo(JsonNode.Parse(ran.Out)!))
            {
                return;
            }

            Assert.False(limit.IsCancellationRequested, $"{data} did not come to '{what}': {ran.Out}\n{ran.Error}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in new[] { _east, _west })
        {
            if (server is not null)
            {
                await server.DisposeAsync();
            }
        }

        _folder.Dispose();
    }
}
