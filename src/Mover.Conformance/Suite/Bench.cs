using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite;

/// <summary>
/// Where the checks of one version work: a storage mover of their own with what jobs need, and the requests of the check that runs. One
/// check
/// runs at a time.
/// </summary>
internal sealed class Bench(Wire wire, SuiteTarget target, ApiDefinition api, string version, CancellationToken cancel)
{
    public const string Source = "source";
    public const string Target = "target";
    public const string OtherSource = "source2";
    public const string OtherTarget = "target2";
    public const string Agent = "agent";
    public const string OtherAgent = "agent2";
    public const string Project = "project";
    public const string Connection = "link";

    // In every name that the suite gives; with the number of the version, because the versions share a group.
    private const string Prefix = "cfm";

    private readonly Lock _lock = new();
    private readonly HashSet<string> _operations = new(StringComparer.Ordinal);
    private readonly List<(ContractViolation Violation, Exchange Exchange)> _violations = [];
    private int _names;

    public ApiDefinition Api => api;

    public string Version => version;

    public string Location => target.Location;

    /// <summary>True when the endpoint is Mover's, so that its own decisions can be expected of it.</summary>
    public bool IsMover => target.IsMover;

    /// <summary>The newest api-version that both the endpoint and the suite know.</summary>
    public string Newest => target.Newest;

    public string Subscription => $"/subscriptions/{target.Subscription}";

    public string Group => $"{Subscription}/resourceGroups/{target.Group}";

    public DateTimeOffset Now => wire.Clock.GetUtcNow();

    public bool HasConnections => Kind.Of("connections").IsIn(api);

    /// <summary>The storage mover of this version's checks.</summary>
    public string Mover => $"{Movers}/{MoverName}";

    private string MoverName => $"{Prefix}-bench-{version}";

    private int Ordinal => ApiDefinitions.Versions.ToList().IndexOf(version);

    public string Movers => $"{Group}/providers/Microsoft.StorageMover/storageMovers";

    /// <summary>The exchange before this one, for what goes wrong without one.</summary>
    public Exchange? Last { get; private set; }

    /// <summary>Names of the operations that the check has asked for.</summary>
    public IReadOnlyCollection<string> Operations => _operations;

    /// <summary>Where the check's exchanges broke the definition.</summary>
    public IReadOnlyList<(ContractViolation Violation, Exchange Exchange)> Violations => _violations;

    /// <summary>Forgets the check before.</summary>
    public void Begin()
    {
        _operations.Clear();
        _violations.Clear();
        Last = null;
    }

    /// <summary>The list that a kind's resources stand in.</summary>
    public string ListOf(Kind kind) => kind.Collection switch
    {
        "storageMovers" => Movers,
        "jobDefinitions" => $"{Mover}/projects/{Project}/jobDefinitions",
        _ => $"{Mover}/{kind.Collection}",
    };

    /// <summary>The path of an operation with the names of what the bench has; a job run's name is one that does not exist.</summary>
    public string PathOf(ApiOperation operation) => operation.Path
        .Replace("/subscriptions/{subscriptionId}", Subscription, StringComparison.Ordinal)
        .Replace("{resourceGroupName}", target.Group, StringComparison.Ordinal)
        .Replace("{storageMoverName}", MoverName, StringComparison.Ordinal)
        .Replace("{agentName}", Agent, StringComparison.Ordinal)
        .Replace("{endpointName}", Source, StringComparison.Ordinal)
        .Replace("{connectionName}", Connection, StringComparison.Ordinal)
        .Replace("{projectName}", Project, StringComparison.Ordinal)
        .Replace("{jobDefinitionName}", "none", StringComparison.Ordinal)
        .Replace("{jobRunName}", "00000000-0000-0000-0000-000000000000", StringComparison.Ordinal)
        .Replace("{location}", target.Location, StringComparison.Ordinal)
        .Replace("{operationId}", "none", StringComparison.Ordinal);

    /// <summary>This bench as another version sees it: for bodies, not for requests.</summary>
    public Bench In(string other) => new(wire, target, ApiDefinitions.Of(other) ?? api, version, cancel);

    /// <summary>A resource of a kind with a name that no check has used.</summary>
    public string Fresh(Kind kind) => $"{ListOf(kind)}/{FreshName()}";

    public string FreshName() => $"{Prefix}{Ordinal}{Interlocked.Increment(ref _names):D4}";

    /// <summary>True for names that the suite gives.</summary>
    public static bool IsOurs(string name) => name.Contains(Prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Sends a request with the version under test.</summary>
    public Task<Exchange> SendAsync(string method, string path, JsonNode? body = null, params (string Name, string Value)[] headers) =>
        SendAsync(new(method, Versioned(path), body?.ToJsonString()) { Headers = headers });

    /// <summary>A path with the version under test, or with another one.</summary>
    public string Versioned(string path, string? other = null) =>
        $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}api-version={other ?? version}";

    public async Task<Exchange> SendAsync(Call call)
    {
        var exchange = await wire.SendAsync(call, cancel);
        Note(exchange, ContractCheck.Run(exchange, !call.BendsContract));
        return exchange;
    }

    // A check may send several requests at the same time.
    private void Note(Exchange exchange, IReadOnlyList<ContractViolation> violations)
    {
        lock (_lock)
        {
            Last = exchange;
            _violations.AddRange(violations.Select(violation => (violation, exchange)));
            if (ApiDefinitions.Of(exchange.ApiVersion)?.Find(exchange.Method, exchange.Path) is { } operation)
            {
                _operations.Add(operation.Id);
            }
        }
    }

    public Task<Exchange> GetAsync(string path) => SendAsync("GET", path);

    /// <summary>Creates a resource from its smallest body, and answers what came.</summary>
    public async Task<Exchange> CreateAsync(Kind kind, string path) =>
        (await SendAsync("PUT", path, kind.Minimal(this))).Status(200, 201);

    /// <summary>Deletes a resource and waits until it is gone.</summary>
    public async Task<Exchange> DeleteAsync(string path, params (string Name, string Value)[] headers) =>
        await FollowAsync((await SendAsync("DELETE", path, null, headers)).Status(200, 202, 204));

    /// <summary>Follows an asynchronous operation to its end; answers of others are handed back.</summary>
    public async Task<Exchange> FollowAsync(Exchange accepted)
    {
        var answer = accepted;
        var until = wire.Clock.GetUtcNow() + TimeSpan.FromMinutes(20);
        for (var looks = 0; answer.Status == 202; looks++)
        {
            accepted = answer.Headers.ContainsKey("Location") ? answer : accepted;
            answer.Holds(wire.Clock.GetUtcNow() < until, "The operation did not end within 20 minutes.");
            await wire.WaitAsync(answer, looks, cancel);
            answer = await SendAsync(new Call("GET", accepted.Header("Location")));
        }

        return answer;
    }

    /// <summary>Makes what the checks of this version work on.</summary>
    public async Task PrepareAsync()
    {
        await CreateAsync(Kind.Of("storageMovers"), Mover);
        foreach (var source in new[] { Source, OtherSource })
        {
            await CreateAsync(Kind.OfEndpoint("NfsMount"), $"{Mover}/endpoints/{source}");
        }

        foreach (var endpoint in new[] { Target, OtherTarget })
        {
            await CreateAsync(Kind.OfEndpoint("AzureStorageBlobContainer"), $"{Mover}/endpoints/{endpoint}");
        }

        foreach (var agent in new[] { Agent, OtherAgent })
        {
            await CreateAsync(Kind.Of("agents"), $"{Mover}/agents/{agent}");
        }

        await CreateAsync(Kind.Of("projects"), $"{Mover}/projects/{Project}");
        if (HasConnections)
        {
            await CreateAsync(Kind.Of("connections"), $"{Mover}/connections/{Connection}");
        }
    }
}

/// <summary>What a run works on.</summary>
/// <param name="Subscription">The subscription's id.</param>
/// <param name="Group">The resource group's name.</param>
/// <param name="Location">The region of what is made.</param>
/// <param name="Newest">The newest api-version that both the endpoint and the suite know.</param>
/// <param name="IsMover">Whether the endpoint is Mover's.</param>
internal sealed record SuiteTarget(string Subscription, string Group, string Location, string Newest, bool IsMover);
