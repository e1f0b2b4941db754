using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Mover.Testing;

namespace Mover.SystemTests.Harness;

/// <summary>How an estate differs from the usual one.</summary>
internal sealed record EstateOptions
{
    /// <summary>The agent reaches the Blob service through a proxy that misbehaves on order.</summary>
    public bool HasProxy { get; init; }

    /// <summary>The agent's folder; null for one in the estate's own.</summary>
    public string? AgentData { get; init; }

    /// <summary>Further flags of the server.</summary>
    public IReadOnlyList<string> ServerFlags { get; init; } = [];

    /// <summary>The words of a program that starts the agent with fewer rights, or elsewhere; null for none.</summary>
    public IReadOnlyList<string>? AgentStartedBy { get; init; }

    /// <summary>The identity of the agent's host in Azure, for an account whose key the control plane does not have; null for one with a
    /// key.</summary>
    public AzureIdentity? Identity { get; init; }

    /// <summary>The address of a real NFS server, which the agent reads without a mount; null for a mounted folder that stands for
    /// one.</summary>
    public string? Filer { get; init; }

    /// <summary>Servers that somebody else starts; null for one of the estate's own.</summary>
    public OtherServers? Servers { get; init; }
}

/// <summary>Servers that an estate does not start itself, and the network that its agent and its Blob service are in.</summary>
/// <param name="Url">One of the servers.</param>
/// <param name="Data">The data folder of that one.</param>
/// <param name="AgentHost">By which address the agent's network is reached from here.</param>
internal sealed record OtherServers(string Url, string Data, string AgentHost);

/// <summary>
/// The whole thing as an administrator has it: the server and an agent as processes, Azurite as the target, driven over the ARM API. Every
/// exchange with the server is held to the API definitions; the estate's end fails when one broke them.
/// </summary>
internal sealed class Estate : IAsyncDisposable
{
    public const string Group = "estate";
    public const string MoverName = "mover1";
    public const string Container = "target";
    private const string ApiVersion = "2025-12-01";

    private readonly TemporaryFolder _folder = new();
    private readonly int _port = FreePorts.Take();
    private readonly EstateOptions _options;
    private ChildProcess? _server;
    private ChildProcess? _agent;
    private HttpClient? _http;

    private Estate(EstateOptions options)
    {
        (_options, Source) = (options, _folder.Make("source"));
        Url = ServerUrl;
    }

    /// <summary>The folder that stands for the NFS export <c>filer.test:/export</c>.</summary>
    public string Source { get; }

    public Azurite Blobs { get; private set; } = null!;

    /// <summary>Between the agent and the Blob service, when the estate was asked to have one.</summary>
    public BlobProxy Proxy { get; private set; } = null!;

    /// <summary>What the server's exchanges were held to.</summary>
    public ContractFolder Contract { get; } = new();

    /// <summary>Where requests go: the server, or whoever took over from it.</summary>
    public string Url { get; set; }

    public string ServerUrl => _options.Servers?.Url ?? $"https://127.0.0.1:{_port}";

    public string ServerData => _options.Servers?.Data ?? Path.Combine(_folder.Path, "server");

    public string AgentData => _options.AgentData ?? Path.Combine(_folder.Path, "agent");

    public string CaFile => Path.Combine(ServerData, "tls", "ca.pem");

    public string Subscription { get; private set; } = string.Empty;

    public string Token { get; private set; } = string.Empty;

    public string GroupId => $"/subscriptions/{Subscription}/resourceGroups/{Group}";

    public string MoverId => $"{GroupId}/providers/Microsoft.StorageMover/storageMovers/{MoverName}";

    public string AccountId => $"{GroupId}/providers/Microsoft.Storage/storageAccounts/{Azurite.Account}";

    public string ContainerUrl => $"{Blobs.Endpoint}/{Container}";

    /// <summary>A server, a Blob service with an empty container, and a registered and running agent.</summary>
    public static async Task<Estate> StartAsync(EstateOptions? options = null)
    {
        var estate = new Estate(options ?? new());
        try
        {
            estate.Blobs = estate._options.Servers is { } others
                ? Azurite.Start(estate._folder.Make("blobs"), estate._options.AgentStartedBy, others.AgentHost)
                : Azurite.Start(estate._folder.Make("blobs"), identity: estate._options.Identity);
            await estate.Blobs.CreateContainerAsync(Container);
            estate.Proxy = estate._options.HasProxy ? await BlobProxy.StartAsync(estate.Blobs) : null!;
            if (estate._options.Servers is null)
            {
                estate.StartServer();
            }

            await estate.SignInAsync();
            await estate.CreateFoundationsAsync();
            await estate.RegisterAgentAsync();
            estate.StartAgent();
            return estate;
        }
        catch
        {
            await estate.EndAsync();
            estate.Contract.Dispose();
            throw;
        }
    }

    public void StartServer()
    {
        _server = ChildProcess.Mover(["server", "--data", ServerData, "--urls", ServerUrl, .. _options.ServerFlags], Contract.Environment);
        _server.WaitForLine("ready ");
    }

    public Task KillServerAsync() => _server!.KillAsync();

    public Task PauseServerAsync() => _server!.PauseAsync();

    public Task ResumeServerAsync() => _server!.ResumeAsync();

    public void StartAgent() => _agent = ChildProcess.Mover(
        [
            "agent", "run", "--data", AgentData, .. _options.Filer is null ? (string[])["--mount", $"filer.test:/export={Source}"] : [],
            .. _options.Identity is null ? [] : (string[])["--token-domain", "127.0.0.1"],
        ],
        _options.Identity?.Environment, _options.AgentStartedBy);

    public Task KillAgentAsync() => _agent!.KillAsync();

    /// <summary>Asks the agent to end and returns its exit code.</summary>
    public Task<int> StopAgentAsync() => _agent!.TerminateAsync();

    /// <summary>What the programs wrote, for failure messages.</summary>
    public string Outputs => $"--- server\n{_server?.Output}\n--- agent\n{_agent?.Output}";

    public async Task<JsonNode> SendAsync(HttpMethod method, string id, JsonNode? body = null, string apiVersion = ApiVersion)
    {
        using var request = new HttpRequestMessage(method, $"{Url}{id}{(id.Contains('?', StringComparison.Ordinal) ? '&' : '?')}api-version={apiVersion}");
        request.Content = body is null ? null : JsonContent.Create(body);
        using var answer = await _http!.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {id} answered {(int)answer.StatusCode}: {text}\n{Outputs}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text) ?? new JsonObject();
    }

    public Task<JsonNode> GetAsync(string id) => SendAsync(HttpMethod.Get, id);

    public Task<JsonNode> PutAsync(string id, JsonNode body, string apiVersion = ApiVersion) => SendAsync(HttpMethod.Put, id, body, apiVersion);

    /// <summary>Creates a project and a job definition over the two endpoints; returns the definition's id.</summary>
    public async Task<string> DefineJobAsync(string name, string copyMode = "Additive", string targetSubpath = "", string sourceSubpath = "")
    {
        var project = $"{MoverId}/projects/project1";
        await PutAsync(project, new JsonObject());
        var definition = $"{project}/jobDefinitions/{name}";
        var properties = new JsonObject
        {
            ["copyMode"] = copyMode,
            ["sourceName"] = "nfs",
            ["targetName"] = "blobs",
            ["agentName"] = "agent1",
        };
        foreach (var (property, value) in new[] { ("targetSubpath", targetSubpath), ("sourceSubpath", sourceSubpath) })
        {
            if (value.Length > 0)
            {
                properties[property] = value;
            }
        }

        await PutAsync(definition, new JsonObject { ["properties"] = properties });
        return definition;
    }

    public async Task<string> StartJobAsync(string definition) =>
        (await SendAsync(HttpMethod.Post, $"{definition}/startJob"))["jobRunResourceId"]!.GetValue<string>();

    /// <summary>Reads the run until it has one of the statuses; fails when it takes longer than the limit.</summary>
    public async Task<JsonNode> WaitForRunAsync(string runId, TimeSpan limit, params string[] statuses)
    {
        using var stop = new CancellationTokenSource(limit);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (true)
        {
            var run = (await GetAsync(runId))["properties"]!;
            if (statuses.Contains(run["status"]!.GetValue<string>(), StringComparer.Ordinal))
            {
                return run;
            }

            Assert.False(stop.IsCancellationRequested, $"The run did not get to {string.Join('/', statuses)} within {limit}: {run}\n{Outputs}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public Task<JsonNode> WaitForEndAsync(string runId, TimeSpan limit) => WaitForRunAsync(runId, limit, "Succeeded", "Failed", "Canceled");

    /// <summary>Reads the agent until it shows a status; fails when it takes longer than the limit.</summary>
    public async Task<JsonNode> WaitForAgentAsync(string status, TimeSpan limit)
    {
        using var stop = new CancellationTokenSource(limit);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (true)
        {
            var agent = (await GetAsync($"{MoverId}/agents/agent1"))["properties"]!;
            if (agent["agentStatus"]!.GetValue<string>() == status)
            {
                return agent;
            }

            Assert.False(stop.IsCancellationRequested, $"The agent did not get to {status} within {limit}: {agent}\n{Outputs}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>The whole copy log of a run, page by page.</summary>
    public async Task<IReadOnlyList<JsonNode>> ReadCopyLogAsync(string runId)
    {
        var entries = new List<JsonNode>();
        for (var next = $"{runId}/copyLog"; next is not null;)
        {
            var page = await GetAsync(next);
            entries.AddRange(page["value"]!.AsArray().Select(entry => entry!));
            next = page["nextLink"] is { } link ? $"{runId}/copyLog{new Uri(link.GetValue<string>()).Query.Replace($"api-version={ApiVersion}&", string.Empty, StringComparison.Ordinal)}" : null;
        }

        return entries;
    }

    /// <summary>The ledger of a run.</summary>
    public RunLedger ReadLedger(string runId) => RunLedger.Read(Path.Combine(AgentData, "runs", runId.Split('/')[^1], "transfer", "ledger.txt"));

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        using (Contract)
        {
            Contract.AssertKept();
            Assert.True(Contract.Held > 0 || _options.Servers is not null || !ChildProcess.TellsExchanges, "No exchange was held to the API definitions.");
        }
    }

    private async Task EndAsync()
    {
        foreach (var part in new IAsyncDisposable?[] { _agent, _server })
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        if (Proxy is not null)
        {
            await Proxy.DisposeAsync();
        }

        if (Blobs is not null)
        {
            await Blobs.DisposeAsync();
        }

        _http?.Dispose();
        _folder.Dispose();
    }

    private async Task SignInAsync()
    {
        var (exitCode, token) = await ChildProcess.RunMoverAsync(["token", "--data", ServerData]);
        Assert.True(exitCode == 0, token);
        Token = token.Trim();
        _http = new HttpClient(TrustOnly(CaFile))
        {
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Token) },
        };
        var subscriptions = await SendAsync(HttpMethod.Get, "/subscriptions", apiVersion: "2022-12-01");
        Subscription = subscriptions["value"]![0]!["subscriptionId"]!.GetValue<string>();
    }

    private async Task CreateFoundationsAsync()
    {
        await PutAsync(GroupId, new JsonObject { ["location"] = "eastus" }, "2022-09-01");
        await PutAsync(AccountId, new JsonObject
        {
            ["location"] = "eastus",
            ["kind"] = "StorageV2",
            ["sku"] = new JsonObject { ["name"] = "Standard_LRS" },
            ["properties"] = new JsonObject { ["primaryEndpoints"] = new JsonObject { ["blob"] = Proxy is null ? Blobs.LocalEndpoint : Proxy.Endpoint } },
        }, "2023-01-01");
        if (_options.Identity is null)
        {
            await SendAsync(HttpMethod.Post, $"{AccountId}/setKey", new JsonObject { ["key"] = Azurite.Key }, "2023-01-01");
        }

        await PutAsync(MoverId, new JsonObject { ["location"] = "eastus" });
        await PutAsync($"{MoverId}/endpoints/nfs", new JsonObject
        {
            ["properties"] = new JsonObject { ["endpointType"] = "NfsMount", ["host"] = _options.Filer ?? "filer.test", ["export"] = "/export" },
        });
        await PutAsync($"{MoverId}/endpoints/blobs", new JsonObject
        {
            ["properties"] = new JsonObject
            {
                ["endpointType"] = "AzureStorageBlobContainer",
                ["storageAccountResourceId"] = AccountId,
                ["blobContainerName"] = Container,
            },
        });
    }

    private async Task RegisterAgentAsync()
    {
        var (exitCode, output) = await ChildProcess.RunMoverAsync(
            [
                "agent", "register", "--data", AgentData, "--server", Url, "--ca", CaFile, "--subscription", Subscription,
                "--resource-group", Group, "--storage-mover-name", MoverName, "--name", "agent1",
            ],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["MOVER_TOKEN"] = Token });
        Assert.True(exitCode == 0, output);

        // What `start-job --grant` does: the agent's identity may use the container.
        var machine = await SendAsync(HttpMethod.Get, $"{GroupId}/providers/Microsoft.HybridCompute/machines/agent1", apiVersion: "2024-07-10");
        var scope = $"{AccountId}/blobServices/default/containers/{Container}";
        await PutAsync($"{scope}/providers/Microsoft.Authorization/roleAssignments/{Guid.NewGuid()}", new JsonObject
        {
            ["properties"] = new JsonObject
            {
                ["roleDefinitionId"] = "/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe",
                ["principalId"] = machine["identity"]!["principalId"]!.GetValue<string>(),
                ["principalType"] = "ServicePrincipal",
            },
        }, "2022-04-01");
    }

    /// <summary>A transport that trusts one certificate authority.</summary>
    public static HttpClientHandler TrustOnly(string caFile)
    {
        var ca = X509CertificateLoader.LoadCertificateFromFile(caFile);
        return new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
            {
                using var chain = new X509Chain
                {
                    ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { ca } },
                };
                return certificate is not null && chain.Build(certificate);
            },
        };
    }
}
