using Mover.Core.AgentProtocol;
using Mover.Server.Tests;

namespace Mover.Agent.Tests;

/// <summary>What the frequent operations ask of the store; the table is in bench/state/README.md.</summary>
public sealed class StoreCostTests
{
    private const int Times = 5;

    [Fact]
    public async Task Operations_ask_the_store_what_the_table_says()
    {
        await using var scene = await ChannelScene.StartAsync(configure: CountedStore.Under);
        var store = CountedStore.Of(scene.Server);
        var project = scene.Server.Mover() + "/projects/p1";
        var costs = new List<string>
        {
            Row("GET of a project", await store.CostAsync(Times, _ => scene.Server.GetAsync(project))),
            Row("PUT of a project", await store.CostAsync(Times, at => scene.Server.CreateAsync(project, $$"""{"properties":{"description":"{{at}}"} }"""))),
            Row("PUT of an endpoint", await store.CostAsync(Times, _ => scene.Server.CreateAsync(scene.Server.Mover() + "/endpoints/src", Some.NfsBody))),
            Row("PUT of a job definition", await store.CostAsync(Times, _ => scene.Server.CreateAsync(scene.Server.Definition(), Some.DefinitionBody))),
            Row("beat", await store.CostAsync(Times, _ => scene.Channel.BeatAsync(ChannelScene.Beat(), CancellationToken.None))),
            Row("work, nothing waits", await store.CostAsync(Times, _ => scene.AskAsync())),
        };
        var (start, take, report, end) = ((9L, 9L, 9L), (9L, 9L, 9L), (9L, 9L, 9L), (9L, 9L, 9L));
        for (var at = 0; at < Times; at++)
        {
            WorkOrder order = null!;
            start = Least(start, await store.CostAsync(1, _ => scene.StartJobAsync()));
            take = Least(take, await store.CostAsync(1, async _ => order = (await scene.AskAsync()).Order!));
            report = Least(report, await store.CostAsync(1, _ => scene.ProgressAsync(scene.Report(order, 1, transferred: 1))));
            end = Least(end, await store.CostAsync(1, _ => scene.FinishAsync(scene.Report(order, 2, AgentRunStatus.Succeeded))));
        }

        costs.AddRange([Row("startJob", start), Row("work, a run waits", take), Row("report that moves a run", report), Row("report that ends a run", end)]);

        Assert.Equal(string.Join('\n', Table), string.Join('\n', costs));
    }

    private static readonly string[] Table =
    [
        "GET of a project: 1 reads, 0 listings, 0 commits",
        "PUT of a project: 1 reads, 0 listings, 1 commits",
        "PUT of an endpoint: 1 reads, 0 listings, 1 commits",
        "PUT of a job definition: 3 reads, 0 listings, 1 commits",
        "beat: 6 reads, 0 listings, 0 commits",
        "work, nothing waits: 6 reads, 2 listings, 0 commits",
        "startJob: 2 reads, 0 listings, 1 commits",
        "work, a run waits: 9 reads, 2 listings, 1 commits",
        "report that moves a run: 7 reads, 0 listings, 1 commits",
        "report that ends a run: 8 reads, 0 listings, 1 commits",
    ];

    private static (long Reads, long Lists, long Commits) Least(
        (long Reads, long Lists, long Commits) one, (long Reads, long Lists, long Commits) other) =>
        one.Reads + one.Lists + one.Commits <= other.Reads + other.Lists + other.Commits ? one : other;

    private static string Row(string name, (long Reads, long Lists, long Commits) cost) =>
        $"{name}: {cost.Reads} reads, {cost.Lists} listings, {cost.Commits} commits";
}
