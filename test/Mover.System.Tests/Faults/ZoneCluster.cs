using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mover.SystemTests.Harness;

namespace Mover.SystemTests.Faults;

/// <summary>A control plane in three zones, as processes in networks of their own, with a storage mover whose projects are written.</summary>
internal sealed class ZoneCluster : ILoadTarget, IAsyncDisposable
{
    /// <summary>The version that requests are of.</summary>
    public const string ApiVersion = "2025-12-01";

    private static readonly TimeSpan WellMax = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly TemporaryFolder _folder = new();
    private ZoneNetwork? _network;

    public List<Zone> Zones { get; } = [];

    public ZoneNetwork Network => _network!;

    public SpaceQuota Quota { get; private set; } = null!;

    /// <summary>Good for a day.</summary>
    public string Token { get; private set; } = string.Empty;

    /// <summary>The authority of the servers' certificates.</summary>
    public string CaFile => Path.Combine(Zones[0].Data, "tls", "ca.pem");

    /// <summary>The collection of projects, below which all is written.</summary>
    public string Projects { get; private set; } = string.Empty;

    /// <param name="setsClocks">Whether clocks of servers are going to be set.</param>
    public static async Task<ZoneCluster> BringUpAsync(bool setsClocks = false)
    {
        var cluster = new ZoneCluster();
        try
        {
            cluster._network = await ZoneNetwork.JoinAsync();
            var ring = Path.Combine(cluster._folder.Path, "ring");
            var (exitCode, key) = await ChildProcess.RunMoverAsync(["identity", "new-key"]);
            Assert.True(exitCode == 0, key);
            await File.WriteAllTextAsync(ring, key);
            File.SetUnixFileMode(ring, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            foreach (var number in new[] { 1, 2, 3 })
            {
                var zone = new Zone(cluster._network, number, cluster._folder.Make($"zone{number}"), ring, setsClocks);
                cluster.Zones.Add(zone);
                await zone.Disk.MountAsync();
                zone.StartMember();
            }

            cluster.Quota = new([.. cluster.Zones.Select(zone => zone.MemberUrl)]);
            cluster.Zones[0].StartServer();
            await Task.WhenAll(cluster.Zones.Skip(1).Select(zone => Task.Run(zone.StartServer)));
            await cluster.SignInAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public int Servers => Zones.Count;

    /// <inheritdoc/>
    public HttpClient NewHttp() => new(Estate.TrustOnly(CaFile))
    {
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Token) },
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <inheritdoc/>
    public Uri At(int server, string key) => new($"{Zones[server].Url}{Projects}/{key}?api-version={ApiVersion}");

    /// <inheritdoc/>
    public string? RegionOf(int server) => null;

    /// <inheritdoc/>
    public JsonObject PropertiesOf(string key, string value) => new() { ["description"] = value };

    /// <summary>The zone whose member leads; null when nobody says so.</summary>
    public async Task<int?> LeaderAsync()
    {
        foreach (var zone in Zones)
        {
            if (await zone.LeadsAsync())
            {
                return zone.Number;
            }
        }

        return null;
    }

    /// <summary>Starts what has ended, and waits until every member and every server serves.</summary>
    public async Task RecoverAsync()
    {
        using var limit = new CancellationTokenSource(WellMax);
        using var http = NewHttp();
        await Task.WhenAll(Zones.Select(zone => Task.Run(() => RecoverAsync(zone, http, limit.Token))));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var zone in Zones)
        {
            await zone.DisposeAsync();
        }

        Quota?.Dispose();
        await (_network?.DisposeAsync() ?? ValueTask.CompletedTask);
        _folder.Dispose();
    }

    /// <summary>Sets the clock of a zone's server, and waits until its answers show it.</summary>
    public async Task SetClockAsync(Zone zone, TimeSpan offset)
    {
        zone.Clock.Set(offset);
        using var limit = new CancellationTokenSource(WellMax);
        using var http = NewHttp();
        using var pace = new PeriodicTimer(Look);
        while (!await IsReadyAsync(http, zone))
        {
            Assert.False(limit.IsCancellationRequested, $"The server of zone {zone.Number} does not show a clock set by {offset}.\n{zone.Logs}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Waits until every server refuses writes because there is no room, and checks that it reads.</summary>
    public async Task UntilFullAsync()
    {
        using var limit = new CancellationTokenSource(WellMax);
        using var http = NewHttp();
        for (var server = 0; server < Servers; server++)
        {
            var body = new JsonObject { ["properties"] = PropertiesOf("full", "nothing") };
            while (true)
            {
                using var refused = await http.PutAsJsonAsync(At(server, "full"), body, limit.Token);
                if (refused.StatusCode == HttpStatusCode.InsufficientStorage)
                {
                    break;
                }

                await Task.Delay(Look, TimeProvider.System, limit.Token);
            }

            using var read = await http.GetAsync(At(server, FaultLoad.Lasting[0]), limit.Token);
            Assert.True(read.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound, $"A server without room reads nothing: {read}");
        }
    }

    // A member whose disk was full may end late.
    private static async Task RecoverAsync(Zone zone, HttpClient http, CancellationToken limit)
    {
        using var pace = new PeriodicTimer(Look);
        while (true)
        {
            await zone.StartAgainAsync();
            var (isMemberWell, isServerReady) = (await zone.IsMemberWellAsync(), await IsReadyAsync(http, zone));
            if (isMemberWell && isServerReady)
            {
                return;
            }

            Assert.False(
                limit.IsCancellationRequested,
                $"Zone {zone.Number} did not recover within {WellMax}: member well {isMemberWell}, server ready {isServerReady}.\n{zone.Logs}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    // It answers, and with the time of its clock.
    private static async Task<bool> IsReadyAsync(HttpClient http, Zone zone)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        try
        {
            using var answer = await http.GetAsync(new Uri($"{zone.Url}/readyz"), limit.Token);
            return answer.IsSuccessStatusCode && zone.Clock.Explains(answer.Headers.Date);
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task SignInAsync()
    {
        var (exitCode, token) = await ChildProcess.RunMoverAsync(["token", "--data", Zones[0].Data, "--minutes", "1440"]);
        Assert.True(exitCode == 0, token);
        Token = token.Trim();
        using var http = NewHttp();
        var subscriptions = await http.GetFromJsonAsync<JsonNode>(new Uri($"{Zones[0].Url}/subscriptions?api-version=2022-12-01"));
        var group = $"/subscriptions/{subscriptions!["value"]![0]!["subscriptionId"]}/resourceGroups/faults";
        var mover = $"{group}/providers/Microsoft.StorageMover/storageMovers/mover1";
        Projects = $"{mover}/projects";
        foreach (var (id, version) in new[] { (group, "2022-09-01"), (mover, ApiVersion) })
        {
            using var made = await http.PutAsJsonAsync(new Uri($"{Zones[0].Url}{id}?api-version={version}"), new JsonObject { ["location"] = "eastus" });
            made.EnsureSuccessStatusCode();
        }
    }
}
