using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Arm;
using Mover.Server.Scheduling;
using Mover.State.Documents;

namespace Mover.Server.Tests.Scheduling;

public sealed class ScheduleTests
{
    private static readonly DateTimeOffset Morning = new(2026, 5, 4, 8, 0, 0, TimeSpan.Zero);

    private const string Daily =
        """{"properties":{"schedule":{"frequency":"Daily","isActive":true,"startDate":"2026-05-04T00:00:00Z","endDate":"2026-06-04T00:00:00Z","executionTime":{"hour":8,"minute":30}}}}""";

    [Fact]
    public async Task A_due_time_starts_one_run_that_says_what_triggered_it()
    {
        var (server, clock) = await StartAsync();
        await using var _ = server;
        await HandleAsync(server, clock.Now);

        clock.Now = Morning.AddMinutes(45);
        await HandleAsync(server, clock.Now);
        await HandleAsync(server, clock.Now);

        var run = Assert.Single(await RunsAsync(server));
        Assert.Equal("Scheduled", run["triggerType"]!.GetValue<string>());
        Assert.Equal("2026-05-04T08:30:00Z", run["scheduledExecutionTime"]!.GetValue<string>());
        Assert.Equal("Queued", run["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Two_instances_that_see_the_same_due_time_start_one_run()
    {
        var (server, clock) = await StartAsync();
        await using var _ = server;
        await HandleAsync(server, clock.Now);
        clock.Now = Morning.AddMinutes(45);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => HandleAsync(server, clock.Now)));

        var run = Assert.Single(await RunsAsync(server));
        Assert.Null(run["warnings"]);
    }

    [Fact]
    public async Task Of_the_due_times_that_passed_while_the_server_was_away_the_latest_is_made_up_for_once()
    {
        var (server, clock) = await StartAsync();
        await using var _ = server;
        await HandleAsync(server, clock.Now);

        clock.Now = Morning.AddDays(5);
        await server.RestartAsync();
        await WaitForRunAsync(server);
        await HandleAsync(server, clock.Now);

        var run = Assert.Single(await RunsAsync(server));
        Assert.Equal("2026-05-08T08:30:00Z", run["scheduledExecutionTime"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_schedule_that_is_switched_on_does_not_make_up_for_what_was_before()
    {
        var (server, clock) = await StartAsync(null);
        await using var _ = server;
        clock.Now = Morning.AddMinutes(45);
        await server.PatchAsync(server.Definition(), Daily);

        await HandleAsync(server, clock.Now);

        Assert.Empty(await RunsAsync(server));
    }

    [Fact]
    public async Task A_due_time_during_an_active_run_is_skipped_and_the_run_says_so()
    {
        var (server, clock) = await StartAsync();
        await using var _ = server;
        await HandleAsync(server, clock.Now);
        await server.PostAsync(server.Definition() + "/startJob");

        clock.Now = Morning.AddMinutes(45);
        await HandleAsync(server, clock.Now);
        await HandleAsync(server, clock.Now);

        var run = Assert.Single(await RunsAsync(server));
        var warning = Assert.Single(run["warnings"]!.AsArray())!;
        Assert.Equal("ScheduledRunSkipped", warning["code"]!.GetValue<string>());
        Assert.Contains("2026-05-04 08:30", warning["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_skipped_due_time_is_not_made_up_for_when_the_run_ends()
    {
        var (server, clock) = await StartAsync();
        await using var _ = server;
        await HandleAsync(server, clock.Now);
        await server.PostAsync(server.Definition() + "/startJob");
        clock.Now = Morning.AddMinutes(45);
        await HandleAsync(server, clock.Now);

        await server.PostAsync(server.Definition() + "/stopJob");
        await HandleAsync(server, clock.Now.AddMinutes(1));

        Assert.Single(await RunsAsync(server));
    }

    [Fact]
    public async Task Switched_off_it_starts_nothing_and_with_the_definition_its_mark_goes()
    {
        var (server, clock) = await StartAsync();
        await using var _ = server;
        await HandleAsync(server, clock.Now);
        await server.PatchAsync(server.Definition(), Daily.Replace("\"isActive\":true", "\"isActive\":false", StringComparison.Ordinal));
        clock.Now = Morning.AddMinutes(45);
        await HandleAsync(server, clock.Now);
        var runs = await RunsAsync(server);

        var gone = await server.DeleteAsync(server.Definition());

        Assert.Empty(runs);
        Assert.Contains(gone.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.NoContent });
        Assert.Null(await server.Services.GetRequiredService<DocumentStore>().GetInfoAsync(ScheduleMark.KeyOf(IdOf(server)), default));
    }

    private static async Task<(TestServer Server, TestClock Clock)> StartAsync(string? schedule = Daily)
    {
        var clock = new TestClock(Morning);
        var server = await TestServer.StartAsync(clock: clock);
        await server.CreateJobAsync();
        if (schedule is not null)
        {
            var answer = await server.PatchAsync(server.Definition(), schedule);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }

        return (server, clock);
    }

    private static ResourceId IdOf(TestServer server) =>
        ResourceId.TryParse(server.Definition(), out var id) ? id : throw new InvalidOperationException();

    private static Task HandleAsync(TestServer server, DateTimeOffset now) =>
        server.Services.GetRequiredService<Schedules>().HandleAsync(IdOf(server), now, CancellationToken.None);

    private static async Task<IReadOnlyList<JsonNode>> RunsAsync(TestServer server)
    {
        var list = await (await server.GetAsync(server.Definition() + "/jobRuns")).JsonAsync();
        return [.. list["value"]!.AsArray().Select(run => run!["properties"]!)];
    }

    // The loop looks at every schedule when it starts; the run it makes is the signal.
    private static async Task WaitForRunAsync(TestServer server)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while ((await RunsAsync(server)).Count == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }
}
