using System.Text.Json.Nodes;
using Mover.Client.Agent;
using Mover.Core;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Server.Access;
using Mover.Server.Settings;
using Mover.Server.Tests;

namespace Mover.Agent.Tests;

/// <summary>A control plane with a job definition, and an agent that is registered with it.</summary>
public sealed class ChannelScene : IAsyncDisposable
{
    public static readonly DateTimeOffset Morning = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    /// <summary>The role Storage Blob Data Contributor.</summary>
    public const string DataContributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";

    private string? _token;

    private ChannelScene(TestServer server, TempFolder folder, TimeProvider clock)
    {
        (Server, Folder, Clock) = (server, folder, clock);
    }

    public TestServer Server { get; }

    public TempFolder Folder { get; }

    public TimeProvider Clock { get; }

    public AgentRecord Agent { get; private set; } = null!;

    public AgentChannelClient Channel { get; private set; } = null!;

    public string CaPem => File.ReadAllText(Path.Combine(Server.Folder, "tls", "ca.pem"));

    public static async Task<ChannelScene> StartAsync(TimeProvider? clock = null, Func<ServerOptions, ServerOptions>? configure = null)
    {
        clock ??= TimeProvider.System;
        var scene = new ChannelScene(await TestServer.StartAsync(configure, clock), new TempFolder(), clock);
        await scene.Server.CreateMoverAsync();
        await scene.Server.CreateAsync(scene.Server.Mover() + "/endpoints/src", Some.NfsBody);
        await scene.Server.CreateAsync(scene.Server.Mover() + "/endpoints/dst", scene.Server.BlobBody());
        await scene.Server.CreateAsync(scene.Server.Mover() + "/projects/p1", "{}");
        scene.Agent = await scene.RegisterAsync("a1");
        scene.Channel = scene.Connect("a1");
        await scene.Server.CreateAsync(scene.Server.Definition(), Some.DefinitionBody);
        return scene;
    }

    public Task<AgentRecord> RegisterAsync(string name)
    {
        Assert.True(ResourceId.TryParse(Server.Mover(), out var mover));
        return new AgentRegistration(Clock).RegisterAsync(
            new()
            {
                DataFolder = Folder.At(name),
                Addresses = [Server.Url],
                CaPem = CaPem,
                Token = AdministratorToken.Create(Server.Folder, Clock).Reveal(),
                StorageMover = mover,
                AgentName = name,
            },
            CancellationToken.None);
    }

    /// <summary>A channel for the agent of a folder, to where the server is now; optionally posing as another agent.</summary>
    public AgentChannelClient Connect(
        string name, string? agentId = null, TimeProvider? clock = null, Func<HttpMessageHandler, HttpMessageHandler>? through = null)
    {
        using var folder = AgentFolder.Open(Folder.At(name));
        var record = folder.ReadRecord();
        return new(
            new(agentId ?? record.AgentId, record.TenantId, record.PrincipalId, folder.OpenKey()),
            new AgentAddresses([Server.Url]),
            through?.Invoke(AgentTrust.CreateHandler(record.CaPem)) ?? AgentTrust.CreateHandler(record.CaPem),
            clock ?? Clock);
    }

    /// <summary>Registers the account of the job's target, with a key or without, and answers its id.</summary>
    public async Task<string> CreateAccountAsync(string blobEndpoint, string? key)
    {
        var account = Server.Group() + "/providers/Microsoft.Storage/storageAccounts/acc";
        await PutAsync(
            HttpMethod.Put, account, "2023-05-01",
            $$"""{"location":"eastus","sku":{"name":"Standard_LRS"},"properties":{"primaryEndpoints":{"blob":"{{blobEndpoint}}"} } }""");
        if (key is not null)
        {
            await PutAsync(HttpMethod.Post, account + "/setKey", "2023-05-01", $$"""{"key":"{{key}}"}""");
        }

        return account;
    }

    /// <summary>Gives a role at a scope; to the agent's own identity unless told to whom.</summary>
    public Task GrantAsync(string scope, string role, string? principal = null) => PutAsync(
        HttpMethod.Put, $"{scope}/providers/Microsoft.Authorization/roleAssignments/{Guid.NewGuid()}", "2022-04-01",
        $$$"""{"properties":{"roleDefinitionId":"/providers/Microsoft.Authorization/roleDefinitions/{{{role}}}","principalType":"ServicePrincipal","principalId":"{{{principal ?? Agent.PrincipalId}}}"}}""");

    private async Task PutAsync(HttpMethod method, string path, string version, string body)
    {
        var answer = await Server.SendAsync(method, TestServer.Versioned(path, version), body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task RestartServerAsync()
    {
        await Server.RestartAsync();
        Channel.Dispose();
        Channel = Connect("a1");
    }

    public async Task<string> StartJobAsync(string definition = "j1")
    {
        var answer = await Server.PostAsync(Server.Definition(definition) + "/startJob");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.JsonAsync())["jobRunResourceId"]!.GetValue<string>();
    }

    public async Task StopJobAsync()
    {
        var answer = await Server.PostAsync(Server.Definition() + "/stopJob");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task<JsonNode> PropertiesAsync(string id) => (await (await Server.GetAsync(id)).JsonAsync())["properties"]!;

    public async Task<string> StatusAsync(string id) => (await PropertiesAsync(id))["status"]!.GetValue<string>();

    /// <summary>Waits until a run shows a status; a run that ends in another one fails at once.</summary>
    public async Task WaitForAsync(string run, string status)
    {
        var seen = await StatusAsync(run);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (seen != status)
        {
            Assert.False(JobRunStatuses.IsTerminal(seen), $"The run ended as {seen}: {(await PropertiesAsync(run)).ToJsonString()}");
            limit.Token.ThrowIfCancellationRequested();
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
            seen = await StatusAsync(run);
        }
    }

    /// <summary>Waits until something shows outside.</summary>
    public async Task WaitUntilAsync(Func<bool> shows)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!shows())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }

    public async Task<string> LatestStatusAsync() => (await PropertiesAsync(Server.Definition()))["latestJobRunStatus"]!.GetValue<string>();

    public async Task<WorkAnswer> AskAsync(
        string instance = "one", int waitSeconds = 0, string[]? holding = null, string[]? reclaim = null,
            AgentChannelClient? channel = null) =>
        Value(await (channel ?? Channel).WorkAsync(new(instance, holding ?? [], reclaim ?? [], waitSeconds), CancellationToken.None));

    /// <summary>Starts the job and claims its run.</summary>
    public async Task<WorkOrder> ClaimAsync(string definition = "j1", string instance = "one")
    {
        await StartJobAsync(definition);
        return (await AskAsync(instance)).Order!;
    }

    /// <summary>Asks for the right to the run's target.</summary>
    public Task<Result<CredentialAnswer>> AskForTargetAsync(WorkOrder order) =>
        Channel.CredentialsAsync(new(order.RunId, order.Epoch, RunSide.Target), CancellationToken.None);

    public RunReport Report(WorkOrder order, long sequence, AgentRunStatus status = AgentRunStatus.Running, long transferred = 0) => new()
    {
        RunId = order.RunId,
        Epoch = order.Epoch,
        Sequence = sequence,
        Status = status,
        ScanStatus = AgentScanStatus.Scanning,
        Counters = new TransferCounters(ItemsScanned: transferred, ItemsTransferred: transferred),
        StartedAt = Clock.GetUtcNow(),
        EndedAt = JobRunStatuses.IsTerminal(status.ToString()) ? Clock.GetUtcNow() : null,
    };

    public async Task<ReportAnswer> ProgressAsync(RunReport report) => Value(await Channel.ProgressAsync(report, CancellationToken.None));

    public async Task<ReportAnswer> FinishAsync(RunReport report) => Value(await Channel.FinishAsync(report, CancellationToken.None));

    /// <summary>Posts a raw body with the agent's own token.</summary>
    public async Task<HttpResponseMessage> PostAsAgentAsync(string verb, string body)
    {
        _token ??= await AskTokenAsync();
        return await Server.SendAsync(HttpMethod.Post, $"{Agent.AgentId}/channel/{verb}", body, ("Authorization", "Bearer " + _token));
    }

    private async Task<string> AskTokenAsync()
    {
        using var folder = AgentFolder.Open(Folder.At("a1"));
        using var http = new HttpClient(AgentTrust.CreateHandler(CaPem));
        using var tokens = new AgentTokenSource(new(Agent.AgentId, Agent.TenantId, Agent.PrincipalId, folder.OpenKey()), http, new(Clock));
        return await tokens.GetAsync(Server.Url, CancellationToken.None);
    }

    public static T Value<T>(Result<T> result)
        where T : notnull
    {
        Assert.True(result.Refusal is null, $"{result.Refusal?.Code}: {result.Refusal?.Message}");
        return result.Value;
    }

    public static BeatRequest Beat(AgentCondition condition = AgentCondition.Online, params HeldRun[] runs) => new(
        new()
        {
            AgentVersion = "1.2.3",
            HostName = "host",
            LocalIpAddress = "10.0.0.7",
            MemoryInMB = 2048,
            NumberOfCores = 2,
            UptimeInSeconds = 5,
            TimeZone = "UTC",
            Condition = condition,
        },
        runs);

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await Server.DisposeAsync();
        Folder.Dispose();
    }
}
