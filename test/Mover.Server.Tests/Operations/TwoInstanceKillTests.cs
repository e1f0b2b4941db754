using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.JobRuns;
using Mover.Server.Scheduling;
using Mover.Server.Tests.Authorization;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Tests.Operations;

/// <summary>
/// One of two instances dies at any commit of a life, which is applied or not: the other finishes, and nothing is there twice. The commit
/// that is killed at is one of every two by <c>MOVER_SEED</c>; with <c>MOVER_KILLS</c> it is each, both ways.
/// </summary>
public sealed class TwoInstanceKillTests : SharedStoreTests
{
    private const string Daily =
        """{"properties":{"schedule":{"frequency":"Daily","isActive":true,"startDate":"2026-05-04T00:00:00Z","endDate":"2026-06-04T00:00:00Z","executionTime":{"hour":8,"minute":30}}}}""";

    private static readonly DateTimeOffset Morning = new(2026, 5, 4, 8, 0, 0, TimeSpan.Zero);

    private SharedStore _first = null!;
    private TestServer? _one;
    private TestServer? _two;

    private TestServer One => _one ?? throw new InvalidOperationException("Not started.");

    private TestServer Two => _two ?? throw new InvalidOperationException("Not started.");

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _first = new SharedStore(Store);
    }

    public override async Task DisposeAsync()
    {
        await EndAsync(_two);
        await EndAsync(_one);
        await base.DisposeAsync();
    }

    // Start, stop, start: each is one commit, among those of the instance's loops.
    [Theory]
    [MemberData(nameof(Steps), 6)]
    public async Task A_start_that_is_killed_leaves_one_run_or_none_in_queue_index_and_definition(int step, bool applies)
    {
        await StartAsync();
        await One.CreateJobAsync();
        _first.DieAt(step, applies);

        await DoAsync(server => server.PostAsync(server.Definition() + "/startJob"), "JobRunActive");
        await DoAsync(server => server.PostAsync(server.Definition() + "/stopJob"), "JobRunNotActive");
        await DoAsync(server => server.PostAsync(server.Definition() + "/startJob"), "JobRunActive");
        _first.Die();

        Assert.True(ResourceId.TryParse(Two.Mover() + "/agents/a1", out var agent));
        var active = Assert.Single(await RunsAsync(), run => JobRunStatuses.IsActive((string?)run["status"]));
        var definition = (await (await Two.GetAsync(Two.Definition())).JsonAsync())["properties"]!;
        Assert.Equal("Queued", (string?)active["status"]);
        Assert.Equal("Queued", (string?)definition["latestJobRunStatus"]);
        Assert.Single(await KeysAsync("queue/"));
        Assert.Equal(3, (await KeysAsync("active/")).Count);
        var work = await Two.Services.GetRequiredService<RunClaims>().FindWorkAsync(agent, new("one", [], [], 0), default);
        Assert.Equal((string?)definition["latestJobRunResourceId"], work.Order?.RunId);
    }

    // Two are given and one is taken away again.
    [Theory]
    [MemberData(nameof(Steps), 6)]
    public async Task Role_assignments_are_given_once_and_taken_away_whole_when_the_writer_is_killed(int step, bool applies)
    {
        await StartAsync();
        await One.CreateMoverAsync();
        var (kept, taken) = (Callers.Assignment(One.Group()), Callers.Assignment(One.Group()));
        var (keeps, loses) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        _first.DieAt(step, applies);

        await DoAsync(server => GiveAsync(server, kept, keeps), "RoleAssignmentExists");
        await DoAsync(server => GiveAsync(server, taken, loses), "RoleAssignmentExists");
        await DoAsync(server => server.SendAsync(HttpMethod.Delete, Callers.Versioned(taken)), null);
        _first.Die();

        Assert.Equal(HttpStatusCode.OK, (await Two.SendAsync(HttpMethod.Get, Callers.Versioned(kept))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Two.SendAsync(HttpMethod.Get, Callers.Versioned(taken))).StatusCode);
        var again = await GiveAsync(Two, Callers.Assignment(Two.Group()), keeps);
        var anew = await GiveAsync(Two, Callers.Assignment(Two.Group()), loses);
        Assert.Equal((HttpStatusCode.Conflict, "RoleAssignmentExists"), (again.StatusCode, await again.ErrorCodeAsync()));
        Assert.Equal(HttpStatusCode.Created, anew.StatusCode);
    }

    // Three days: each has one run, whoever started it.
    [Theory]
    [MemberData(nameof(Steps), 6)]
    public async Task A_due_time_starts_one_run_when_the_schedules_owner_is_killed(int step, bool applies)
    {
        var clock = new TestClock(Morning);
        await StartAsync(clock);
        await One.CreateJobAsync();
        await One.PatchAsync(One.Definition(), Daily);
        _first.DieAt(step, applies);

        await HandleAsync(clock.Now);
        for (var day = 0; day < 3; day++)
        {
            clock.Now = Morning.AddDays(day).AddMinutes(45);
            Two.SignInAgain();
            await HandleAsync(clock.Now);
            await Two.PostAsync(Two.Definition() + "/stopJob");
        }

        _first.Die();
        var due = (await RunsAsync()).Select(run => (string?)run["scheduledExecutionTime"]).Order(StringComparer.Ordinal);
        Assert.Equal(["2026-05-04T08:30:00Z", "2026-05-05T08:30:00Z", "2026-05-06T08:30:00Z"], due);
        Assert.Empty(await KeysAsync("active/"));
    }

    public static TheoryData<int, bool> Steps(int count)
    {
        var steps = new TheoryData<int, bool>();
        var seed = int.TryParse(Environment.GetEnvironmentVariable("MOVER_SEED"), out var set) ? set : 1;
        for (var step = 1; step <= count; step++)
        {
            var applies = ((step + seed) & 1) == 0;
            steps.Add(step, applies);
            if (Environment.GetEnvironmentVariable("MOVER_KILLS") is not null)
            {
                steps.Add(step, !applies);
            }
        }

        return steps;
    }

    private async Task StartAsync(TimeProvider? clock = null)
    {
        _one = await StartAsync("one", _first, clock);
        _two = await StartAsync("two", new SharedStore(Store), clock);
    }

    // As a client does that knows both addresses; what it asks again may have been done.
    private async Task DoAsync(Func<TestServer, Task<HttpResponseMessage>> ask, string? doneBefore)
    {
        var answer = _first.IsDead ? null : await ask(One);
        var isAgain = answer is null || (int)answer.StatusCode >= 500;
        answer = isAgain ? await ask(Two) : answer!;
        if (!answer.IsSuccessStatusCode)
        {
            Assert.True(isAgain, await answer.Content.ReadAsStringAsync());
            Assert.Equal(doneBefore, await answer.ErrorCodeAsync());
        }
    }

    // By the instance that owns the schedules, and by the other once that is dead.
    private async Task HandleAsync(DateTimeOffset now)
    {
        Assert.True(ResourceId.TryParse(Two.Definition(), out var id));
        foreach (var server in new[] { One, Two })
        {
            try
            {
                await server.Services.GetRequiredService<Schedules>().HandleAsync(id, now, default);
            }
            catch (StateException fault) when (fault.Fault == StateFault.Unavailable && _first.IsDead)
            {
                // It is dead.
            }
        }
    }

    private static Task<HttpResponseMessage> GiveAsync(TestServer server, string assignment, string principal) => server.SendAsync(
        HttpMethod.Put, Callers.Versioned(assignment), Callers.AssignmentBody(BuiltInRoles.Reader.Name, principal));

    private async Task<IReadOnlyList<JsonNode>> RunsAsync() =>
        [.. (await (await Two.GetAsync(Two.Definition() + "/jobRuns")).JsonAsync())["value"]!.AsArray().Select(run => run!["properties"]!)];

    private async Task<IReadOnlyList<string>> KeysAsync(string prefix) =>
        [.. (await Store.ListAsync(prefix, null, 100, keysOnly: true, default)).Entries.Select(entry => entry.Key)];
}
