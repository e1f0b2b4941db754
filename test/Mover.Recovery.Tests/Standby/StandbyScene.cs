using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Regions;
using Mover.Recovery.Plans;
using Mover.Recovery.Standby;
using Mover.Recovery.Tests.Deploy;
using Mover.Server.Tests;

namespace Mover.Recovery.Tests.Standby;

/// <summary>An estate in the east with two jobs, one of them on a schedule, and its standby in the west.</summary>
internal sealed class StandbyScene : IAsyncDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private StandbyScene(RecoveryScene scene) => Scene = scene;

    public RecoveryScene Scene { get; }

    /// <summary>What the last repair kept; null before the first and after a person lost it.</summary>
    public RecoveryPlan? Plan { get; set; }

    public ResourceId WestMover => Scene.WestGroup.Provider("Microsoft.StorageMover/storageMovers", "m1");

    public static async Task<StandbyScene> StartAsync()
    {
        var scene = new StandbyScene(await RecoveryScene.StartAsync());
        await scene.PatchEastAsync("j1", """
            {"schedule":{"frequency":"Daily","isActive":true,"executionTime":{"hour":22,"minute":30},
             "startDate":"2027-01-01T00:00:00Z","endDate":"2030-01-01T00:00:00Z"}}
            """);
        return scene;
    }

    public static async Task<StandbyScene> StartInStepAsync()
    {
        var scene = await StartAsync();
        await scene.SyncAsync();
        return scene;
    }

    public async Task<StandbyCheck> CheckAsync(MoverClient? client = null) =>
        await Sync(client).CheckAsync(await Scene.SnapshotAsync(), Scene.Options, Plan, None);

    public async Task<StandbyRepair> SyncAsync(bool allowsDeletions = false, MoverClient? client = null)
    {
        var check = await CheckAsync(client);
        return await Sync(client).RepairAsync(check, allowsDeletions, plan => Plan = plan, None);
    }

    /// <summary>A repair whose process dies when it has written all and would keep its plan once more.</summary>
    public async Task SyncAndDieAsync()
    {
        var check = await CheckAsync();
        var kept = 0;
        await Assert.ThrowsAsync<IOException>(() => Sync(null).RepairAsync(
            check, false, plan => Plan = ++kept == 1 ? plan : throw new IOException("The process was killed."), None));
    }

    public async Task<ActivatedStandby> ActivateAsync(MoverClient? client = null, bool acceptsBehind = false) =>
        await new StandbyActivation(client ?? Scene.WestClient)
            .RunAsync(Plan!, acceptsBehind ? null : await Scene.SnapshotAsync(), None);

    public async Task PatchEastAsync(string job, string properties)
    {
        var answer = await Scene.East.PatchAsync(Scene.East.Definition(job), $$"""{"properties":{{properties}}}""");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Deletes a resource in the east and waits until it is gone.</summary>
    public Task DeleteEastAsync(string path) =>
        Scene.EastClient.DeleteAsync(ResourceId.TryParse(path, out var id) ? id : throw new FormatException(path), None);

    /// <summary>The same in the west.</summary>
    public Task DeleteWestAsync(ResourceId id) => Scene.WestClient.DeleteAsync(id, None);

    public ResourceId WestJob(string name) => WestMover.Child("projects", "p1").Child("jobDefinitions", name);

    public async Task<JsonObject?> FindAsync(ResourceId id) => await Scene.WestClient.FindAsync(id, None);

    /// <summary>A client of the west that counts its writes, and fails after so many.</summary>
    /// <summary>Fails unless the step ended because its client was killed, however far that was told.</summary>
    public static async Task AssertKilledAsync(Func<Task> step)
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(step);
        Assert.True(fault is UnreachableServerException or RecoveryException { Code: InterruptedStep.Away }, fault.ToString());
    }

    public CountingClient Count(int writesMax = int.MaxValue) => new(Scene.West, writesMax);

    public ValueTask DisposeAsync() => Scene.DisposeAsync();

    private StandbySync Sync(MoverClient? client) => new(client ?? Scene.WestClient, RegionCatalogue.Azure, TimeProvider.System);
}

/// <summary>A client that counts what it writes, and whose process dies before one write more than it may.</summary>
internal sealed class CountingClient : IDisposable
{
    private readonly Counter _counter;

    public CountingClient(TestServer server, int writesMax)
    {
        _counter = new Counter { WritesMax = writesMax };
        Client = RecoveryScene.Client(server, over: inner =>
        {
            _counter.InnerHandler = inner;
            return _counter;
        });
    }

    public MoverClient Client { get; }

    public int Writes => _counter.Writes;

    public void Dispose()
    {
        Client.Dispose();
        _counter.Dispose();
    }

    private sealed class Counter : DelegatingHandler
    {
        public int WritesMax { get; init; }

        public int Writes { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Put || request.Method == HttpMethod.Patch || request.Method == HttpMethod.Delete)
            {
                Writes++;
                if (Writes > WritesMax)
                {
                    throw new OperationCanceledException("The process was killed.");
                }
            }

            return base.SendAsync(request, cancellationToken);
        }
    }
}
