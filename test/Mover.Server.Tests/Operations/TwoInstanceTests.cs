using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Mover.State;

namespace Mover.Server.Tests.Operations;

/// <summary>Two instances over one store do what one does, whichever is asked, and also when one of them dies at any step.</summary>
public sealed class TwoInstanceTests : SharedStoreTests
{
    [Fact]
    public async Task What_one_instance_acknowledges_the_other_answers_at_once()
    {
        await using var one = await StartAsync("one", new SharedStore(Store));
        await using var two = await StartAsync("two", new SharedStore(Store));

        await one.CreateJobAsync();
        var seen = await two.GetAsync(two.Definition());
        await two.CreateAsync(two.Mover() + "/projects/p2", "{}");

        Assert.Equal(HttpStatusCode.OK, seen.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await one.GetAsync(one.Mover() + "/projects/p2")).StatusCode);
    }

    [Fact]
    public async Task A_deletion_is_done_whichever_instance_accepted_it()
    {
        await using var one = await StartAsync("one", new SharedStore(Store));
        await using var two = await StartAsync("two", new SharedStore(Store));
        foreach (var (at, server) in new[] { one, two }.Index())
        {
            var project = $"{server.Mover()}/projects/p{at}";
            await (at == 0 ? server.CreateMoverAsync() : Task.CompletedTask);
            await server.CreateAsync(project, "{}");

            Assert.Equal(HttpStatusCode.Accepted, (await server.DeleteAsync(project)).StatusCode);

            await GoneAsync(one, project);
            Assert.Equal(HttpStatusCode.NotFound, (await two.GetAsync(project)).StatusCode);
        }
    }

    [Fact]
    public async Task An_instance_that_stops_hands_its_work_over_at_once()
    {
        var one = await StartAsync("one", new SharedStore(Store));
        await one.CreateMoverAsync();
        await using var two = await StartAsync("two", new SharedStore(Store));

        await one.DisposeAsync();
        await two.DeleteAsync(two.Mover());

        await GoneAsync(two, two.Mover());
    }

    [Fact]
    public async Task A_lease_that_lapses_under_a_living_instance_holds_up_no_work()
    {
        await using var one = await StartAsync("one", new SharedStore(Store));
        await one.CreateMoverAsync();
        while ((await LoopsAsync("one")).Count < 4)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }

        await LapseAsync("one");
        await using var two = await StartAsync("two", new SharedStore(Store));
        await one.DeleteAsync(one.Mover());
        await GoneAsync(two, two.Mover());

        Assert.Contains("loops/operations", (await LoopsAsync("two")).Select(loop => loop.Key));
    }

    // Every commit of a whole life is a place to die at: creations, a start, a deletion with what lies below, its clean-up and its end.
    [Theory]
    [MemberData(nameof(Steps))]
    public async Task An_instance_that_dies_at_any_commit_leaves_the_other_to_finish(int step, bool applies)
    {
        var (first, second) = (new SharedStore(Store), new SharedStore(Store));
        var one = await StartAsync("one", first);
        await one.CreateMoverAsync();
        await using var two = await StartAsync("two", second);
        first.DieAt(step, applies);

        await DoAsync(one, two, server => server.PutAsync(server.Mover() + "/projects/p1", "{}"), HttpStatusCode.OK);
        await DoAsync(one, two, server => server.PutAsync(server.Mover() + "/projects/p1/jobDefinitions/j1", Some.DefinitionBody), null);
        await DoAsync(one, two, server => server.PutAsync(server.Mover() + "/endpoints/src", Some.NfsBody), HttpStatusCode.OK);
        await DoAsync(one, two, server => server.DeleteAsync(server.Mover()), HttpStatusCode.Accepted);
        first.Die();
        await LapseAsync("one");
        await GoneAsync(two, two.Mover());

        Assert.Empty((await Store.ListAsync("pending-operations/", null, 10, CancellationToken.None)).Entries);
        Assert.Empty((await Store.ListAsync(two.Mover().ToLowerInvariant() + "/", null, 10, CancellationToken.None)).Entries);
        await EndAsync(one);
    }

    public static TheoryData<int, bool> Steps()
    {
        var steps = new TheoryData<int, bool>();
        for (var step = 1; step <= 6; step++)
        {
            steps.Add(step, step % 2 == 0);
            if (Environment.GetEnvironmentVariable("MOVER_KILLS") is not null)
            {
                steps.Add(step, step % 2 == 1);
            }
        }

        return steps;
    }

    // As a client does that knows both addresses: a refusal for want of the store is asked again elsewhere. A deletion that was accepted
    // before answers the same or that nothing is there.
    private static async Task DoAsync(
        TestServer one, TestServer two, Func<TestServer, Task<HttpResponseMessage>> ask, HttpStatusCode? expected)
    {
        var answer = IsDead(one) ? null : await ask(one);
        if (answer is null || (int)answer.StatusCode >= 500)
        {
            answer = await ask(two);
        }

        Assert.True(
            expected is null || answer.StatusCode == expected || answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.NoContent,
            $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    private static bool IsDead(TestServer server) => ((SharedStore)server.Engine).IsDead;

    private static async Task GoneAsync(TestServer server, string path)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await server.GetAsync(path)).StatusCode != HttpStatusCode.NotFound)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }
}
