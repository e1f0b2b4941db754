using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mover.SystemTests.Harness;

namespace Mover.SystemTests.Faults.Regions;

/// <summary>
/// A pair of regions in networks of their own, a link between them, and a third network with an agent and a Blob service. Clients reach all
/// three.
/// </summary>
internal sealed class RegionCluster : ILoadTarget, IAsyncDisposable
{
    private const int AgentHost = 3;
    private const string ApiVersion = "2025-12-01";
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly TemporaryFolder _folder = new();
    private ZoneNetwork? _network;
    private Estate? _estate;
    private HttpClient? _http;

    public FaultRegion East { get; private set; } = null!;

    public FaultRegion West { get; private set; } = null!;

    public ZoneNetwork Network => _network!;

    /// <summary>The agent, and what it is to move.</summary>
    public Estate Estate => _estate!;

    /// <inheritdoc/>
    public int Servers => East.Urls.Count + West.Urls.Count;

    /// <inheritdoc/>
    public string? RegionOf(int server) => server < East.Urls.Count ? East.Name : West.Name;

    /// <summary>The first server of a region.</summary>
    public int FirstOf(FaultRegion region) => region == East ? 0 : East.Urls.Count;

    public static async Task<RegionCluster> BringUpAsync(bool hasEtcd)
    {
        var cluster = new RegionCluster();
        try
        {
            await cluster.StartAsync(hasEtcd);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public HttpClient NewHttp() => new(Estate.TrustOnly(East.CaFile))
    {
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Estate.Token) },
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <inheritdoc/>
    public Uri At(int server, string key)
    {
        var kind = key.StartsWith(FaultLoad.Gone, StringComparison.Ordinal) ? "endpoints" : "projects";
        return new($"{(server < East.Urls.Count ? East.Urls[server] : West.Urls[server - East.Urls.Count])}{Estate.MoverId}/{kind}/{key}?api-version={ApiVersion}");
    }

    /// <inheritdoc/>
    public JsonObject PropertiesOf(string key, string value) => key.StartsWith(FaultLoad.Gone, StringComparison.Ordinal)
        ? new() { ["endpointType"] = "NfsMount", ["host"] = "filer.test", ["export"] = "/export", ["description"] = value }
        : new() { ["description"] = value };

    /// <summary>The other region.</summary>
    public FaultRegion PairOf(FaultRegion region) => region == East ? West : East;

    /// <summary>Nothing of what one region sends arrives at the other.</summary>
    public Task CutAsync(FaultRegion from, FaultRegion to) => Network.DropAsync(to.Host, [from.Host]);

    /// <summary>Of what the regions send each other a part is lost, and what is above so many thousand bytes a second.</summary>
    public Task SlowAsync(int kilobytes, int percent) => Task.WhenAll(new[] { (East, West), (West, East) }.Select(async way =>
    {
        await Network.ThrottleAsync(way.Item1.Host, way.Item2.Host, kilobytes);
        await Network.DropAsync(way.Item1.Host, [way.Item2.Host], percent);
    }));

    /// <summary>What a server of a region says; null when it does not answer.</summary>
    public async Task<JsonNode?> StatusAsync(string url)
    {
        using var limit = new CancellationTokenSource(AnswerMax);
        try
        {
            using var answer = await _http!.GetAsync(new Uri($"{url}/subscriptions/{Estate.Subscription}/region"), limit.Token);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<JsonNode>(limit.Token) : null;
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or IOException)
        {
            return null;
        }
    }

    /// <summary>Waits until every server of a region serves.</summary>
    public Task UntilServingAsync(FaultRegion region) =>
        UntilAsync(region, status => $"{status["duty"]}" == "Serving" && status["moving"]?.GetValue<bool>() == false, "serving");

    /// <summary>Waits until a region is the standby, with everything that was there when this was asked for.</summary>
    public Task UntilCopiedAsync(FaultRegion region)
    {
        var since = TimeProvider.System.GetUtcNow();
        return UntilAsync(region, status => $"{status["duty"]}" == "Standby" && status["moving"]?.GetValue<bool>() == false
            && status["copy"]?["whole"]?.GetValue<bool>() == true && status["copy"]!["completeAt"]?.GetValue<DateTimeOffset>() > since, "a standby with a new copy");
    }

    /// <summary>Waits until every server of a region says so.</summary>
    public Task UntilAsync(FaultRegion region, Func<JsonNode, bool> isSo, string what) => UntilAsync(async () =>
    {
        var all = await Task.WhenAll(region.Urls.Select(StatusAsync));
        return (all.All(status => status is not null && isSo(status)), $"{region.Name} is not {what}: {string.Join('\n', all.Select(one => one?.ToJsonString()))}");
    });

    /// <summary>Waits until it is so; fails with what it says then.</summary>
    public async Task UntilAsync(Func<Task<(bool IsSo, string Told)>> ask)
    {
        using var limit = new CancellationTokenSource(WaitMax);
        using var pace = new PeriodicTimer(Look);
        while (true)
        {
            var (isSo, told) = await ask();
            if (isSo)
            {
                return;
            }

            Assert.False(limit.IsCancellationRequested, $"{told}\n{Logs}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>What a region had that its pair never got.</summary>
    public async Task<IReadOnlyList<ListedDocument>> DivergedAsync(FaultRegion region)
    {
        var listed = new List<ListedDocument>();
        for (var query = string.Empty; ;)
        {
            var page = await _http!.GetFromJsonAsync<JsonNode>(new Uri(Diverged(region) + query));
            listed.AddRange(page!["items"]!.AsArray().Select(item => ListedDocument.Of(item!)));
            if ($"{page["next"]}" is not { Length: > 0 } next)
            {
                Assert.False(page["hasMore"]!.GetValue<bool>(), "More has diverged than is listed.");
                return listed;
            }

            query = $"?after={Uri.EscapeDataString(next)}";
        }
    }

    /// <summary>Gives that up.</summary>
    public async Task DropDivergedAsync(FaultRegion region, long epoch)
    {
        using var answer = await _http!.DeleteAsync(new Uri($"{Diverged(region)}/{epoch}"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    public string Logs => $"{East.Logs}\n{West.Logs}\n{_estate?.Outputs}";

    public async ValueTask DisposeAsync()
    {
        await (_estate?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var region in new[] { East, West }.OfType<FaultRegion>())
        {
            await region.DisposeAsync();
        }

        await (_network?.DisposeAsync() ?? ValueTask.CompletedTask);
        _http?.Dispose();
        _folder.Dispose();
    }

    private async Task StartAsync(bool hasEtcd)
    {
        _network = await ZoneNetwork.JoinAsync();
        var ring = Path.Combine(_folder.Path, "ring");
        var (exitCode, key) = await ChildProcess.RunMoverAsync(["identity", "new-key"]);
        Assert.True(exitCode == 0, key);
        await File.WriteAllTextAsync(ring, key);
        File.SetUnixFileMode(ring, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        East = new(_network, 1, "eastus", _folder.Make("east"), ring, hasEtcd);
        West = new(_network, 2, "westus", _folder.Make("west"), ring, hasEtcd);
        await East.StartAsync(West, isFirst: true);
        _estate = await Estate.StartAsync(new()
        {
            Servers = new(East.Urls[0], East.Data, _network.Address(AgentHost)), AgentStartedBy = _network.In(AgentHost),
        });
        _http = NewHttp();
        await West.StartAsync(East, isFirst: true);
        await UntilCopiedAsync(West);
        await UntilAsync(() => Task.FromResult((AgentKnows(West.Urls[^1]), "The agent was not told of the other region.")));
    }

    private bool AgentKnows(string url) =>
        Directory.EnumerateFiles(Estate.AgentData, "*.json").Any(file => File.ReadAllText(file).Contains(url, StringComparison.Ordinal));

    private Uri Diverged(FaultRegion region) => new($"{region.Urls[0]}/subscriptions/{Estate.Subscription}/region/diverged");
}
