using System.Text.Json.Nodes;
using Mover.Conformance.Contract;
using Mover.Conformance.Suite;

namespace Mover.Conformance;

/// <summary>What a run of the suite is to try, and where.</summary>
public sealed record ConformanceOptions
{
    /// <summary>The subscription; null takes the first that the endpoint lists.</summary>
    public string? Subscription { get; init; }

    /// <summary>The resource group to work in; null makes one of its own, and deletes it.</summary>
    public string? Group { get; init; }

    /// <summary>The region of what is made.</summary>
    public string Location { get; init; } = "eastus";

    /// <summary>The api-versions to try; empty means all.</summary>
    public IReadOnlyList<string> Versions { get; init; } = [];

    /// <summary>Names of rules, or what they begin with; empty means all.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>Hears of every check that has ended; may be called from several threads, one at a time.</summary>
    public Action<CheckResult>? Progress { get; init; }
}

/// <summary>The live conformance suite: holds an ARM endpoint to the rules of the contract, over plain HTTP.</summary>
/// <param name="client">Sends; its base address is the endpoint.</param>
/// <param name="token">The bearer token.</param>
/// <param name="clock">Clock for waits and dates.</param>
public sealed class ConformanceSuite(HttpClient client, string token, TimeProvider clock)
{
    private const string GroupVersion = "2021-04-01";
    private const int VersionsAtOnce = 3;

    private readonly Wire _wire = new(client, token, clock);
    private readonly Lock _lock = new();

    /// <summary>Names of the checks that a run of these versions and rules has; empty lists mean all.</summary>
    public static IReadOnlyList<string> Names(IReadOnlyList<string> versions, IReadOnlyList<string> rules) =>
        [.. ChecksOf(versions.Count == 0 ? ApiDefinitions.Versions : versions, rules).Select(c => c.Id)];

    /// <summary>The rules that the suite has.</summary>
    public static IReadOnlyList<SuiteRule> Rules { get; } = [.. Catalogue.Rules.Select(r => new SuiteRule(r.Id, r.Title, r.Source))];

    /// <summary>Runs the suite and takes away what it made.</summary>
    public async Task<SuiteReport> RunAsync(ConformanceOptions options, CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        var versions = options.Versions.Count == 0 ? ApiDefinitions.Versions : options.Versions;
        var subscription = options.Subscription ?? await FirstSubscriptionAsync(cancel);
        var target = new SuiteTarget(subscription, options.Group ?? $"conformance-{Guid.NewGuid():N}"[..24], options.Location,
            await NewestAsync(subscription, cancel), await IsMoverAsync(subscription, cancel));
        await EnsureGroupAsync(target, cancel);

        var results = new Dictionary<string, List<CheckResult>>(StringComparer.Ordinal);
        var benches = versions.Select(v => new Bench(_wire, target, Definition(v), v, cancel)).ToList();
        var leftovers = new List<string>();
        try
        {
            await Parallel.ForEachAsync(
                benches, new ParallelOptions { MaxDegreeOfParallelism = VersionsAtOnce, CancellationToken = cancel },
                async (bench, _) => Keep(results, bench.Version, await RunAsync(bench, options, bench.Version == versions[^1])));
        }
        finally
        {
            leftovers.AddRange(await new Cleanup(_wire, target).RunAsync(isGroupOurs: options.Group is null));
        }

        var all = versions.SelectMany(v => results[v]).ToList();
        return new(
            client.BaseAddress ?? new Uri("https://localhost"), versions, Rules, all, leftovers, clock.GetElapsedTime(started));
    }

    private static ApiDefinition Definition(string version) =>
        ApiDefinitions.Of(version) ?? throw new ArgumentException($"No definition of api-version '{version}' is known.", nameof(version));

    private void Keep(Dictionary<string, List<CheckResult>> results, string version, List<CheckResult> found)
    {
        lock (_lock)
        {
            results[version] = found;
        }
    }

    // What is tried once is tried with the newest version.
    private static IEnumerable<Check> ChecksOf(IReadOnlyList<string> versions, IReadOnlyList<string> rules) =>
        versions.SelectMany(v => Catalogue.Checks(v, rules, withOnce: v == versions[^1]));

    private async Task<List<CheckResult>> RunAsync(Bench bench, ConformanceOptions options, bool withOnce)
    {
        string? unready = null;
        try
        {
            await bench.PrepareAsync();
        }
        catch (RuleBrokenException broken)
        {
            unready = $"The resources for the checks could not be created: {broken.Message} {broken.Exchange?.Excerpt()}";
        }

        var results = new List<CheckResult>();
        foreach (var check in Catalogue.Checks(bench.Version, options.Rules, withOnce))
        {
            var result = unready is null
                ? await CheckRun.RunAsync(check, bench)
                : new(check.Id, check.Rule.Id, check.Version, CheckOutcome.Failed, unready, null, []);
            results.Add(result);
            lock (_lock)
            {
                options.Progress?.Invoke(result);
            }
        }

        return results;
    }

    private async Task<string> FirstSubscriptionAsync(CancellationToken cancel)
    {
        var list = await _wire.SendAsync(new("GET", $"/subscriptions?api-version={GroupVersion}"), cancel);
        return (string?)(list.Json?["value"] as JsonArray)?.FirstOrDefault()?["subscriptionId"]
            ?? throw new ConformanceException($"The endpoint lists no subscription for this token.{Environment.NewLine}{list.Excerpt()}");
    }

    // What only the newest version can express is written through it; an endpoint may be behind this suite.
    private async Task<string> NewestAsync(string subscription, CancellationToken cancel)
    {
        var provider = await _wire.SendAsync(
            new("GET", $"/subscriptions/{subscription}/providers/Microsoft.StorageMover?api-version={GroupVersion}"), cancel);
        var listed = (provider.Json?["resourceTypes"] as JsonArray ?? []).SelectMany(t => t?["apiVersions"] as JsonArray ?? [])
            .Select(v => (string?)v).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return ApiDefinitions.Versions.LastOrDefault(listed.Contains) ?? ApiDefinitions.Newest;
    }

    // Mover issues tokens itself, where its API is; of others' decisions nothing is known.
    private async Task<bool> IsMoverAsync(string subscription, CancellationToken cancel)
    {
        var found = await _wire.SendAsync(new("GET", $"/subscriptions/{subscription}?api-version={GroupVersion}"), cancel);
        var tenant = (string?)found.Json?["tenantId"] ?? "none";
        var issuer = await _wire.SendAsync(new("GET", $"/{tenant}/v2.0/.well-known/openid-configuration") { Token = string.Empty }, cancel);
        return issuer.Status == 200 && issuer.Json?["token_endpoint"] is not null;
    }

    private async Task EnsureGroupAsync(SuiteTarget target, CancellationToken cancel)
    {
        var path = $"/subscriptions/{target.Subscription}/resourceGroups/{target.Group}?api-version={GroupVersion}";
        var found = await _wire.SendAsync(new("GET", path), cancel);
        if (found.Status == 200)
        {
            return;
        }

        var body = new JsonObject { ["location"] = target.Location }.ToJsonString();
        var made = await _wire.SendAsync(new("PUT", path, body), cancel);
        if (made.Status is not (200 or 201))
        {
            throw new ConformanceException(
                $"The resource group '{target.Group}' could not be created.{Environment.NewLine}{made.Excerpt()}");
        }
    }
}

/// <summary>The suite cannot begin.</summary>
/// <param name="message">Why, with the exchange that shows it.</param>
public sealed class ConformanceException(string message) : Exception(message);
