using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mover.SystemTests.Harness;
using Xunit.Sdk;

namespace Mover.SystemTests.Faults;

/// <summary>
/// An agent that knows all addresses and copies a folder to a Blob service again and again while faults happen, each time by a job of its own.
/// Whoever starts the jobs knows all addresses, too.
/// </summary>
internal sealed partial class AgentLoad : IAsyncDisposable
{
    private const int SmallFiles = 60;
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan CallMax = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);
    private static readonly string[] _ends = ["Succeeded", "Failed", "Canceled"];

    private readonly ZoneCluster _cluster;
    private readonly Estate _estate;
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _runs = [];
    private readonly List<string> _problems = [];
    private readonly List<TimeSpan> _times = [];
    private Task _running = Task.CompletedTask;
    private int _at;
    private int _unknownStarts;
    private int _toldAgain;

    private AgentLoad(ZoneCluster cluster, Estate estate) => (_cluster, _estate, _http) = (cluster, estate, cluster.NewHttp());

    /// <summary>What is wrong with the runs; empty when nothing is.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>How many runs there were, and how long they took.</summary>
    public string Figures => string.Create(CultureInfo.InvariantCulture,
        $"{_runs.Count} runs of an agent, {_unknownStarts} starts without an answer, {_toldAgain} told of their end again, ")
        + string.Create(CultureInfo.InvariantCulture, $"start to end p50 {At(0.5):F1} s, max {At(1):F1} s");

    /// <summary>Registers an agent, waits until it knows all addresses, and starts the first job.</summary>
    public static async Task<AgentLoad> BeginAsync(ZoneCluster cluster, int seed)
    {
        var first = cluster.Zones[0];
        var load = new AgentLoad(cluster, await Estate.StartAsync(new() { Servers = new(first.Url, first.Data, "127.0.0.1") }));
        try
        {
            Trees.Mixed(load._estate.Source, seed, SmallFiles, largeBytes: 1024 * 1024);
            using var limit = new CancellationTokenSource(CallMax);
            while (!cluster.Zones.All(zone => load.AgentKnows(zone.Url)))
            {
                Assert.False(limit.IsCancellationRequested, $"The agent was not told of all servers.\n{load._estate.Outputs}");
                await Task.Delay(Look, TimeProvider.System, CancellationToken.None);
            }

            await load.AskAsync(HttpMethod.Put, load.Project, new JsonObject());
            load._running = Task.Run(load.RunAllAsync);
            return load;
        }
        catch
        {
            await load.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts no more, waits for the last run, and checks that nothing ran that nobody started.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _running;
        var begun = Begun().Matches(_estate.Outputs).Select(match => match.Groups["run"].Value).ToList();
        var strangers = begun.Except(_runs.Select(run => run.Split('/')[^1]), StringComparer.Ordinal).ToList();
        if (strangers.Count > 0 || begun.Count != _runs.Count)
        {
            _problems.Add($"The agent began {begun.Count} runs where {_runs.Count} were started; unknown: {string.Join(' ', strangers)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _estate.DisposeAsync();
        _http.Dispose();
        _stop.Dispose();
    }

    private string Project => $"{_estate.MoverId}/projects/project1";

    [GeneratedRegex(@"Run (?<run>\S+) started in epoch", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Begun();

    private bool AgentKnows(string url) =>
        Directory.EnumerateFiles(_estate.AgentData, "*.json").Any(file => File.ReadAllText(file).Contains(url, StringComparison.Ordinal));

    private async Task RunAllAsync()
    {
        for (var number = 1; !_stop.IsCancellationRequested; number++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"migration-{number}");
            try
            {
                await RunAsync(name);
            }
            catch (Exception fault) when (fault is XunitException or IOException)
            {
                _problems.Add($"{name}: {fault.Message}");
            }

            await Task.Delay(Pause, TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunAsync(string name)
    {
        var definition = $"{Project}/jobDefinitions/{name}";
        var (status, made) = await AskAsync(HttpMethod.Put, definition, new JsonObject
        {
            ["properties"] = new JsonObject
            {
                ["copyMode"] = "Additive", ["sourceName"] = "nfs", ["targetName"] = "blobs", ["agentName"] = "agent1", ["targetSubpath"] = name,
            },
        });
        Assert.True(status is HttpStatusCode.OK or HttpStatusCode.Created, $"{status}: {made}");
        var (began, run) = (TimeProvider.System.GetTimestamp(), await StartAsync(definition));
        _runs.Add(run);
        var ended = await EndOfAsync(run);
        _times.Add(TimeProvider.System.GetElapsedTime(began));
        _toldAgain += await RunOnce.AssertAsync(_estate, run, ended);
        await Witness.CompareAsync(_estate.Source, _estate.ContainerUrl, name);
        var all = (await AskAsync(HttpMethod.Get, $"{definition}/jobRuns")).Body["value"]!.AsArray();
        Assert.True(all.Count == 1 && (string?)all[0]!["id"] == run, $"{all.Count} runs where one was started: {all.ToJsonString()}");
    }

    // A start without an answer may have happened: then the definition names its run, which is not started again while it is active.
    private async Task<string> StartAsync(string definition)
    {
        using var limit = new CancellationTokenSource(CallMax);
        while (true)
        {
            var (status, started) = await TryAsync(HttpMethod.Post, $"{definition}/startJob", body: null);
            if (status is HttpStatusCode.OK)
            {
                return started["jobRunResourceId"]!.GetValue<string>();
            }

            _unknownStarts += status is null or >= HttpStatusCode.InternalServerError ? 1 : 0;
            var (_, found) = await AskAsync(HttpMethod.Get, definition);
            if ((string?)found["properties"]?["latestJobRunResourceId"] is { Length: > 0 } run)
            {
                return run;
            }

            Assert.False(limit.IsCancellationRequested, $"The job was not started: {status} {started}");
            await NextAsync();
        }
    }

    private async Task<JsonNode> EndOfAsync(string run)
    {
        using var limit = new CancellationTokenSource(RunMax);
        while (true)
        {
            var properties = (await AskAsync(HttpMethod.Get, run)).Body["properties"];
            if (_ends.Contains((string?)properties?["status"], StringComparer.Ordinal))
            {
                return properties!;
            }

            Assert.False(limit.IsCancellationRequested, $"The run did not end within {RunMax}: {properties}\n{_estate.Outputs}");
            await Task.Delay(Look, TimeProvider.System, CancellationToken.None);
        }
    }

    // What may be asked twice: until it is answered, by any server.
    private async Task<(HttpStatusCode Status, JsonNode Body)> AskAsync(HttpMethod method, string id, JsonNode? body = null)
    {
        using var limit = new CancellationTokenSource(CallMax);
        while (true)
        {
            var (status, answer) = await TryAsync(method, id, body);
            if (status is < HttpStatusCode.InternalServerError and not HttpStatusCode.Unauthorized and not HttpStatusCode.TooManyRequests)
            {
                return (status.Value, answer);
            }

            Assert.False(limit.IsCancellationRequested, $"No server answered {method} {id} within {CallMax}: {status} {answer}");
            await NextAsync();
        }
    }

    private Task NextAsync()
    {
        _at = (_at + 1) % _cluster.Servers;
        return Task.Delay(Look, TimeProvider.System, CancellationToken.None);
    }

    private async Task<(HttpStatusCode? Status, JsonNode Body)> TryAsync(HttpMethod method, string id, JsonNode? body)
    {
        using var limit = new CancellationTokenSource(AnswerMax);
        using var request = new HttpRequestMessage(method, new Uri($"{_cluster.Zones[_at].Url}{id}?api-version={ZoneCluster.ApiVersion}"))
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        try
        {
            using var answer = await _http.SendAsync(request, limit.Token);
            var text = await answer.Content.ReadAsStringAsync(limit.Token);
            return (answer.StatusCode, text.Length == 0 ? new JsonObject() : JsonNode.Parse(text) ?? new JsonObject());
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or IOException)
        {
            return (null, new JsonObject { ["fault"] = fault.Message });
        }
    }

    private double At(double share) =>
        _times.Count == 0 ? 0 : _times.Order().ElementAt((int)Math.Ceiling(_times.Count * share) - 1).TotalSeconds;
}
