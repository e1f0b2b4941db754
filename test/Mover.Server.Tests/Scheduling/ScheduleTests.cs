using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Scheduling;
using Mover.State.Documents;

namespace Mover.Server.Tests.Scheduling;

public sealed class ScheduleTests
{
    private static readonly DateTimeOffset Morning = new(2026, 5, 4, 8, 0, 0, TimeSpan.Zero);

    private const string Daily =
        """{"properties":{"schedule":{"frequency":"Daily","isActive":true,"startDate":"2026-05-04T00:00:00Z","endDate":"2026-06-04T00:00:00Z","executionTime":{"hour":8,"minute":30}}}}""";

    private const string Cron =
        """{"properties":{"schedule":{"frequency":"None","isActive":true,"startDate":"2026-05-04T00:00:00Z","endDate":"2026-06-04T00:00:00Z","cronExpression":"*/10 8-17 * * MON-FRI"}}}""";

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
    public async Task The_latest_due_time_missed_during_an_outage_starts_one_run()
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
    public async Task After_a_clock_that_ran_ahead_was_set_right_a_schedule_continues_and_says_so()
    {
        var (server, clock) = await StartAsync();
        await using var _ = server;
        await HandleAsync(server, clock.Now);

        clock.Set(Morning.AddDays(1).AddMinutes(45));
        await HandleAsync(server, clock.Now);
        clock.Set(Morning.AddMinutes(1));
        await server.PostAsync(server.Definition() + "/stopJob");
        await HandleAsync(server, clock.Now);
        clock.Now = Morning.AddMinutes(45);
        await HandleAsync(server, clock.Now);

        var due = (await RunsAsync(server)).Select(run => run["scheduledExecutionTime"]!.GetValue<string>()).Order(StringComparer.Ordinal);
        Assert.Equal(["2026-05-04T08:30:00Z", "2026-05-05T08:30:00Z"], due);
        Assert.Contains(await FailedAsync(server), failed => (string?)failed["subStatus"]!["value"] == "ScheduleMarkInFuture");
    }

    [Fact]
    public async Task A_clock_that_is_corrected_by_seconds_starts_no_due_time_twice()
    {
        var (server, clock) = await StartAsync();
        await using var _ = server;
        await HandleAsync(server, clock.Now);
        clock.Now = Morning.AddMinutes(30).AddSeconds(1);
        await HandleAsync(server, clock.Now);
        await server.PostAsync(server.Definition() + "/stopJob");

        clock.Set(Morning.AddMinutes(29));
        await HandleAsync(server, clock.Now);
        clock.Now = Morning.AddMinutes(31);
        await HandleAsync(server, clock.Now);

        Assert.Single(await RunsAsync(server));
    }

    [Fact]
    public async Task A_due_time_that_a_clock_ahead_has_started_is_done_when_it_comes()
    {
        var (server, clock) = await StartAsync();
        await using var _ = server;
        await HandleAsync(server, clock.Now);
        clock.Set(Morning.AddMinutes(45));
        await HandleAsync(server, clock.Now);
        await server.PostAsync(server.Definition() + "/stopJob");
        clock.Set(Morning.AddMinutes(1));
        await HandleAsync(server, clock.Now);

        clock.Now = Morning.AddMinutes(45);
        await HandleAsync(server, clock.Now).WaitAsync(TimeSpan.FromSeconds(20));

        var mark = await server.Services.GetRequiredService<DocumentStore>().GetAsync(
            ScheduleMark.KeyOf(IdOf(server)), SchedulingJson.Default.ScheduleMark, default);
        Assert.Equal(Morning.AddMinutes(30), mark!.Value.HandledTo);
        Assert.Single(await RunsAsync(server));
        Assert.All(await FailedAsync(server), failed => Assert.Equal("ScheduleMarkInFuture", (string?)failed["subStatus"]!["value"]));
    }

    [Fact]
    public void Due_times_passed_over_by_a_fast_clock_are_checked_again()
    {
        var table = new ScheduleTable();
        var schedule = new JobSchedule
        {
            Frequency = "Daily", IsActive = true, StartDate = Morning, EndDate = Morning.AddDays(9),
            ExecutionTime = new(8, 30),
        };
        Assert.True(ResourceId.TryParse("/subscriptions/s/resourceGroups/g", out var id));
        table.Set(id.Key, id, schedule, "text");
        table.Checked(id, Morning.AddDays(1));

        Assert.Equal([id], table.Look(Morning).Due);
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
    public async Task A_run_that_outlasts_many_due_times_names_the_latest_of_them_only()
    {
        var (server, clock) = await StartAsync(Cron.Replace("*/10 8-17", "* *", StringComparison.Ordinal));
        await using var _ = server;
        await HandleAsync(server, clock.Now);
        await server.PostAsync(server.Definition() + "/startJob");

        for (var minute = 1; minute <= Schedules.SkippedNotesMax + 10; minute++)
        {
            clock.Now = Morning.AddMinutes(minute);
            await HandleAsync(server, clock.Now);
        }

        var warnings = Assert.Single(await RunsAsync(server))["warnings"]!.AsArray();
        Assert.Equal(Schedules.SkippedNotesMax, warnings.Count);
        Assert.Contains($"{clock.Now:u}", warnings[^1]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
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
    public async Task An_inactive_schedule_starts_nothing_and_its_mark_is_deleted_with_the_definition()
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

    [Fact]
    public async Task A_cron_expression_starts_its_runs_skips_and_makes_up_as_every_schedule_does()
    {
        var (server, clock) = await StartAsync(Cron);
        await using var _ = server;
        await HandleAsync(server, clock.Now);

        clock.Now = Morning.AddMinutes(9);
        await HandleAsync(server, clock.Now);
        var before = await RunsAsync(server);
        clock.Now = Morning.AddMinutes(35);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => HandleAsync(server, clock.Now)));
        clock.Now = Morning.AddMinutes(45);
        await HandleAsync(server, clock.Now);

        Assert.Empty(before);
        var run = Assert.Single(await RunsAsync(server));
        Assert.Equal("2026-05-04T08:30:00Z", run["scheduledExecutionTime"]!.GetValue<string>());
        Assert.Contains("2026-05-04 08:40", Assert.Single(run["warnings"]!.AsArray())!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_loop_wakes_for_a_cron_expression_that_passed_while_the_server_was_away()
    {
        var (server, clock) = await StartAsync(Cron);
        await using var _ = server;
        await HandleAsync(server, clock.Now);

        clock.Now = Morning.AddDays(5);
        await server.RestartAsync();
        await WaitForRunAsync(server);

        var run = Assert.Single(await RunsAsync(server));
        Assert.Equal("2026-05-08T17:50:00Z", run["scheduledExecutionTime"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_invalid_cron_expression_is_refused_and_not_stored()
    {
        var (server, _) = await StartAsync(null);
        await using var __ = server;

        var refused = await server.PatchAsync(server.Definition(), Cron.Replace("*/10", "*/0", StringComparison.Ordinal));
        var kept = await (await server.GetAsync(server.Definition())).JsonAsync();

        Assert.Equal((HttpStatusCode.BadRequest, "InvalidRequestPropertyValue"), (refused.StatusCode, await refused.ErrorCodeAsync()));
        Assert.Null(kept["properties"]!["schedule"]);
    }

    [Fact]
    public async Task A_run_that_could_not_start_is_one_failed_event_that_says_why()
    {
        var (server, clock) = await StartAsync();
        await using var _ = server;
        await server.PatchAsync(server.Definition(), """{"properties":{"agentName":""}}""");
        await HandleAsync(server, clock.Now);

        clock.Now = Morning.AddMinutes(45);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => HandleAsync(server, clock.Now)));

        var failed = Assert.Single(await FailedAsync(server));
        Assert.Equal("AgentNotAssigned", (string?)failed["subStatus"]!["value"]);
        Assert.Equal("Microsoft.StorageMover/storageMovers/projects/jobDefinitions/startJob/action", (string?)failed["operationName"]!["value"]);
        Assert.Equal(("Mover", "Error"), ((string?)failed["caller"], (string?)failed["level"]));
        Assert.Contains("2026-05-04 08:30", (string?)failed["description"], StringComparison.Ordinal);
        Assert.Empty(await RunsAsync(server));
    }

    [Fact]
    public async Task A_schedule_that_is_switched_on_and_never_due_is_one_failed_event()
    {
        var over = Daily.Replace("2026-06-04", "2026-05-03", StringComparison.Ordinal);
        var (server, clock) = await StartAsync(over);
        await using var _ = server;

        await HandleAsync(server, clock.Now);
        await HandleAsync(server, clock.Now.AddDays(1));

        Assert.Equal("ScheduleNeverDue", (string?)Assert.Single(await FailedAsync(server))["subStatus"]!["value"]);
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

    private static async Task<IReadOnlyList<JsonNode>> FailedAsync(TestServer server)
    {
        var filter = Uri.EscapeDataString($"resourceUri eq '{server.Definition()}' and status eq 'Failed'");
        var page = await server.SendAsync(
            HttpMethod.Get,
            $"/subscriptions/{server.Subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter={filter}");
        return [.. (await page.JsonAsync())["value"]!.AsArray().Select(e => e!)];
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
