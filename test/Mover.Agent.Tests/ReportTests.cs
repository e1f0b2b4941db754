using Mover.Core.AgentProtocol;
using Mover.Server.JobRuns;
using Mover.Server.Tests;

namespace Mover.Agent.Tests;

public sealed class ReportTests
{
    [Fact]
    public async Task Progress_shows_counters_and_status()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();

        await scene.ProgressAsync(scene.Report(order, 1, transferred: 7));

        var run = await scene.PropertiesAsync(order.RunId);
        Assert.Equal("Running", run["status"]!.GetValue<string>());
        Assert.Equal(7, run["itemsTransferred"]!.GetValue<long>());
        Assert.Equal("Running", await scene.LatestStatusAsync());
    }

    [Fact]
    public async Task A_report_that_others_writes_got_in_the_way_of_is_repeated_and_loses_no_run()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        var busy = 0;
        using var channel = scene.Connect("a1", through: inner => new Contended(inner, () => Interlocked.Increment(ref busy) == 1));

        var answer = await channel.ProgressAsync(scene.Report(order, 1, transferred: 7), default);

        Assert.Null(answer.Refusal);
        Assert.Equal(2, busy);
        Assert.Equal(7, (await scene.PropertiesAsync(order.RunId))["itemsTransferred"]!.GetValue<long>());
    }

    [Fact]
    public async Task Deletions_of_a_mirror_are_shown_with_the_run_until_it_ends()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        var before = await (await scene.Server.GetAsync(order.RunId + "/progress")).JsonAsync();

        await scene.ProgressAsync(scene.Report(order, 1) with { Deletions = new(3, 40) });
        var meanwhile = await (await scene.Server.GetAsync(order.RunId + "/progress")).JsonAsync();
        await scene.FinishAsync(scene.Report(order, 2, AgentRunStatus.Succeeded));
        var after = await (await scene.Server.GetAsync(order.RunId + "/progress")).JsonAsync();

        Assert.Equal("""{"deletions":{"done":3,"total":40}}""", meanwhile.ToJsonString());
        Assert.Equal(("{}", "{}"), (before.ToJsonString(), after.ToJsonString()));
    }

    [Fact]
    public async Task What_an_agent_says_of_a_run_cannot_command_the_terminal_of_who_reads_it()
    {
        const string Said = "\u001b]0;title\u0007 and\r\n\u001b[2K\u202etxt";
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        var report = scene.Report(order, 1, AgentRunStatus.Failed);

        await scene.FinishAsync(report with { Error = new("Code", Said, Said), Warnings = [new("Warned", Said, Said)] });

        var run = await scene.PropertiesAsync(order.RunId);
        Assert.Equal("?]0;title? and ?[2K?txt", run["error"]!["message"]!.GetValue<string>());
        Assert.Equal("?]0;title? and ?[2K?txt", run["warnings"]![0]!["message"]!.GetValue<string>());
        Assert.DoesNotContain('\u001b', run["error"]!["target"]!.GetValue<string>() + run["warnings"]![0]!["target"]);
    }

    [Fact]
    public async Task Doubled_and_late_reports_change_nothing()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        await scene.ProgressAsync(scene.Report(order, 5, transferred: 50));

        await scene.ProgressAsync(scene.Report(order, 5, transferred: 99));
        await scene.ProgressAsync(scene.Report(order, 4, transferred: 40));
        await scene.RestartServerAsync();
        await scene.ProgressAsync(scene.Report(order, 3, transferred: 30));

        Assert.Equal(50, (await scene.PropertiesAsync(order.RunId))["itemsTransferred"]!.GetValue<long>());
    }

    [Fact]
    public async Task Progress_continues_after_a_clock_that_ran_ahead_was_set_right()
    {
        var clock = new TestClock(TimeProvider.System.GetUtcNow());
        await using var scene = await ChannelScene.StartAsync(clock);
        var order = await scene.ClaimAsync();
        var right = clock.Now;
        clock.Set(right.AddMinutes(1));
        await scene.ProgressAsync(scene.Report(order, 1, transferred: 1));
        clock.Set(right);

        clock.Now += RunReports.WriteInterval;
        await scene.ProgressAsync(scene.Report(order, 2, transferred: 2));

        Assert.Equal(2, (await scene.PropertiesAsync(order.RunId))["itemsTransferred"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_report_with_times_of_tomorrow_puts_no_run_into_the_future()
    {
        var clock = new TestClock(TimeProvider.System.GetUtcNow());
        await using var scene = await ChannelScene.StartAsync(clock);
        var order = await scene.ClaimAsync();

        await scene.FinishAsync(scene.Report(order, 1, AgentRunStatus.Succeeded) with
        {
            StartedAt = clock.Now.AddDays(1),
            EndedAt = clock.Now.AddDays(2),
        });

        var run = await scene.PropertiesAsync(order.RunId);
        Assert.InRange(run["executionStartTime"]!.GetValue<DateTimeOffset>(), DateTimeOffset.MinValue, clock.Now);
        Assert.InRange(run["executionEndTime"]!.GetValue<DateTimeOffset>(), DateTimeOffset.MinValue, clock.Now);
    }

    [Fact]
    public async Task A_restarted_server_continues_with_the_same_claim_and_ends_exact()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        await scene.ProgressAsync(scene.Report(order, 1, transferred: 10));

        await scene.RestartServerAsync();
        await scene.ProgressAsync(scene.Report(order, 2, transferred: 20));
        await scene.FinishAsync(scene.Report(order, 3, AgentRunStatus.Succeeded, transferred: 30));

        var run = await scene.PropertiesAsync(order.RunId);
        Assert.Equal("Succeeded", run["status"]!.GetValue<string>());
        Assert.Equal(30, run["itemsTransferred"]!.GetValue<long>());
        Assert.NotNull(run["executionEndTime"]);
        Assert.Equal("Succeeded", await scene.LatestStatusAsync());
    }

    [Fact]
    public async Task Telling_an_end_twice_is_the_same_end_and_another_end_is_refused()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        await scene.FinishAsync(scene.Report(order, 1, AgentRunStatus.Succeeded, transferred: 3));

        await scene.FinishAsync(scene.Report(order, 1, AgentRunStatus.Succeeded, transferred: 3));
        var other = await scene.Channel.FinishAsync(scene.Report(order, 2, AgentRunStatus.Failed), CancellationToken.None);

        Assert.Equal("RunEnded", other.Refusal?.Code);
        Assert.Equal("Succeeded", await scene.StatusAsync(order.RunId));
    }

    [Fact]
    public async Task A_failure_of_the_job_shows_its_code_and_what_to_do()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();

        await scene.FinishAsync(scene.Report(order, 1, AgentRunStatus.Failed) with { Error = new("AZSM1001", "Mount the share.") });

        var error = (await scene.PropertiesAsync(order.RunId))["error"]!;
        Assert.Equal(("AZSM1001", "Mount the share."), (error["code"]!.GetValue<string>(), error["message"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_run_that_nobody_claimed_is_cancelled_at_once()
    {
        await using var scene = await ChannelScene.StartAsync();
        var run = await scene.StartJobAsync();

        await scene.StopJobAsync();

        Assert.Equal("Canceled", await scene.StatusAsync(run));
        Assert.Null((await scene.AskAsync()).Order);
    }

    [Fact]
    public async Task A_request_to_stop_is_heard_in_every_answer_and_ends_as_canceled()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        await scene.ProgressAsync(scene.Report(order, 1));

        await scene.StopJobAsync();
        var told = await scene.ProgressAsync(scene.Report(order, 2));
        var beat = ChannelScene.Value(await scene.Channel.BeatAsync(
            ChannelScene.Beat(AgentCondition.Executing, new HeldRun(order.RunId, order.Epoch)), CancellationToken.None));
        var asked = await scene.StatusAsync(order.RunId);
        await scene.ProgressAsync(scene.Report(order, 3, AgentRunStatus.Canceling));
        var stopping = await scene.StatusAsync(order.RunId);
        await scene.FinishAsync(scene.Report(order, 4, AgentRunStatus.Canceled, transferred: 2));

        Assert.True(told.CancelRequested);
        Assert.Equal([order.RunId], beat.CancelRuns);
        Assert.Equal(("CancelRequested", "Canceling", "Canceled"), (asked, stopping, await scene.StatusAsync(order.RunId)));
        Assert.Equal(2, (await scene.PropertiesAsync(order.RunId))["itemsTransferred"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_run_that_had_just_finished_when_it_was_stopped_is_succeeded()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        await scene.StopJobAsync();

        await scene.FinishAsync(scene.Report(order, 1, AgentRunStatus.Succeeded));

        Assert.Equal("Succeeded", await scene.StatusAsync(order.RunId));
    }

    [Fact]
    public async Task A_run_claimed_again_after_a_request_to_stop_says_so_in_its_order()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        await scene.StopJobAsync();

        var again = await scene.AskAsync(instance: "two", reclaim: [order.RunId]);

        Assert.True(again.Order?.CancelRequested);
    }

    [Theory]
    [InlineData("{", "InvalidRequestContent")]
    [InlineData("[]", "InvalidRequestContent")]
    [InlineData("{\"runId\":5}", "InvalidRequestContent")]
    [InlineData("{\"runId\":\"x\"}", "InvalidRequestContent")]
    public async Task A_report_that_cannot_be_read_is_refused(string body, string code)
    {
        await using var scene = await ChannelScene.StartAsync();

        var refusal = await scene.PostAsAgentAsync("progress", body);

        Assert.Equal(code, await refusal.ErrorCodeAsync());
    }

    [Fact]
    public async Task Large_files_in_progress_are_shown_with_the_run_until_it_ends()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();

        await scene.ProgressAsync(scene.Report(order, 1) with { InFlight = new(2, 4096) });
        var during = await (await scene.Server.GetAsync(order.RunId + "/progress")).JsonAsync();
        await scene.FinishAsync(scene.Report(order, 2, AgentRunStatus.Succeeded));
        var after = await (await scene.Server.GetAsync(order.RunId + "/progress")).JsonAsync();

        Assert.Equal("""{"inFlight":{"files":2,"bytes":4096}}""", during.ToJsonString());
        Assert.Equal("{}", after.ToJsonString());
    }

    /// <summary>Refuses reports as a server does that others' writes got in the way of.</summary>
    private sealed class Contended(HttpMessageHandler inner, Func<bool> isBusy) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            request.RequestUri!.AbsolutePath.EndsWith("/progress", StringComparison.Ordinal) && isBusy()
                ? Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.Conflict)
                {
                    Content = new StringContent("""{"error":{"code":"ConcurrentRequest","message":"Repeat the request."}}"""),
                })
                : base.SendAsync(request, cancellationToken);
    }
}
