using System.Text.Json.Nodes;
using Mover.Agent;
using Mover.Cli.Frame;
using Mover.Cli.Progress;
using Mover.Cli.Resources;
using Mover.Client.Agent;
using Mover.Client.Arm;
using Mover.Core.AgentProtocol;

namespace Mover.Cli.Tests;

/// <summary>What <c>job-run watch</c> says while its agent or the control plane is away.</summary>
public sealed class WatchTests : IDisposable
{
    private static readonly string[] Job = ["-g", "g", "--storage-mover-name", "m", "--project-name", "p", "-n", "j"];
    private static readonly string[] Run = ["-g", "g", "--storage-mover-name", "m", "--project-name", "p", "--job-definition-name", "j"];
    private readonly TemporaryFolder _folder = new();
    private readonly HeardWriter _said = new();

    [Fact]
    public async Task An_agent_that_is_not_started_or_falls_silent_is_named_and_so_is_its_return()
    {
        await using var server = await RunningServer.StartAsync();
        await StartJobAsync(server);
        var watching = WatchAsync(server);

        await _said.WaitForAsync("Agent a has not been started yet; the run begins when it starts");
        await BeatAsync();
        await _said.WaitForAsync("Agent a is back.");
        await _said.WaitForAsync("Agent a is offline since ");
        await OkAsync(server, ["job-definition", "stop-job", .. Job]);
        var exitCode = await watching;

        Assert.Equal(ExitCodes.Incomplete, exitCode);
        Assert.Contains("the run continues when it is back", _said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_continues_after_a_restart_of_the_server_and_says_both()
    {
        var urls = RunningServer.FreeAddress();
        var data = _folder["server"];
        Task<int> watching;
        await using (var server = await RunningServer.StartInAsync(data, "--urls", urls))
        {
            await StartJobAsync(server);
            watching = WatchAsync(server);
            await _said.WaitForAsync("Queued");
            await server.StopAsync();
        }

        await _said.WaitForAsync("The control plane does not respond");
        await using var again = await RunningServer.StartInAsync(data, "--urls", urls);
        await _said.WaitForAsync("The control plane responds again");
        await OkAsync(again, ["job-definition", "stop-job", .. Job]);
        var exitCode = await watching;

        Assert.Equal(ExitCodes.Incomplete, exitCode);
        Assert.Contains("retrying for 10 min 00 s", _said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Patience_with_a_server_that_is_away_ends_and_says_that_the_run_continues()
    {
        var clock = new MovedClock();
        using var line = new LiveLine(new() { Out = TextWriter.Null, Error = _said, In = TextReader.Null, Environment = _ => null });
        var outage = new WatchedOutage(clock, line);
        Task<string> AwayAsync() => throw new UnreachableServerException("https://s", true, new IOException("refused"));

        await Assert.ThrowsAsync<UnreachableServerException>(() => outage.AskAsync(AwayAsync));
        await outage.AskAsync(() => Task.FromResult("here"));
        var first = await outage.AskAsync(AwayAsync);
        clock.Move(WatchedOutage.AwayMax - TimeSpan.FromSeconds(1));
        var last = await outage.AskAsync(AwayAsync);
        clock.Move(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<UnreachableServerException>(() => outage.AskAsync(AwayAsync));

        Assert.Equal((null, null), (first, last));
        Assert.Contains("has not responded for 10 min 00 s. The run continues", _said.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _said.Dispose();
    }

    private async Task StartJobAsync(RunningServer server)
    {
        string[] mover = ["-g", "g", "--storage-mover-name", "m"];
        await OkAsync(server, "group", "create", "-n", "g", "-l", "eastus");
        await OkAsync(server, "storage-mover", "create", "-g", "g", "-n", "m");
        await OkAsync(server, ["agent", "register", .. mover, "-n", "a", "--data", _folder["agent"], "--server-data", server.DataFolder]);
        await OkAsync(server, ["endpoint", "create-for-nfs", .. mover, "-n", "src", "--host", "h", "--export", "/e"]);
        var account = JsonNode.Parse((await OkAsync(server, "storage-account", "create", "-g", "g", "-n", "acc", "-o", "json")).Out);
        await OkAsync(server, ["endpoint", "create-for-storage-container", .. mover, "-n", "dst", "--container-name", "container",
            "--storage-account-id", $"{account?["id"]}"]);
        await OkAsync(server, ["project", "create", .. mover, "-n", "p"]);
        await OkAsync(server, ["job-definition", "create", .. Job, "--copy-mode", "Additive", "--source-name", "src", "--target-name", "dst",
            "--agent-name", "a"]);
        await OkAsync(server, ["job-definition", "start-job", .. Job]);
    }

    private Task<int> WatchAsync(RunningServer server)
    {
        var terminal = new Terminal
        {
            Out = TextWriter.Null, Error = _said, In = TextReader.Null, Environment = name => name == "MOVER_DATA" ? server.DataFolder : null,
        };
        return MoverApp.RunAsync(["job-run", "watch", .. Run, "--interval", "0.1"], terminal, CancellationToken.None);
    }

    private async Task BeatAsync()
    {
        using var folder = AgentFolder.Open(_folder["agent"]);
        var record = folder.ReadRecord();
        using var channel = new AgentChannelClient(
            new(record.AgentId, record.TenantId, record.PrincipalId, folder.OpenKey()), new AgentAddresses(record.Addresses),
            AgentTrust.CreateHandler(record.CaPem), TimeProvider.System);
        var heard = await channel.BeatAsync(
            new(
                new()
                {
                    AgentVersion = "1", HostName = "h", LocalIpAddress = "10.0.0.1", MemoryInMB = 1, NumberOfCores = 1, UptimeInSeconds = 1,
                    TimeZone = "UTC", Condition = AgentCondition.Online,
                },
                []),
            CancellationToken.None);
        Assert.Null(heard.Refusal);
    }

    private static async Task<Ran> OkAsync(RunningServer server, params string[] args)
    {
        var ran = await server.CreateShell().RunAsync(args);
        Assert.True(ran.ExitCode == ExitCodes.Ok, $"{string.Join(' ', args)}: {ran.Error}");
        return ran;
    }

    /// <summary>A clock that stands until it is moved.</summary>
    private sealed class MovedClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Move(TimeSpan by) => _ticks += by.Ticks;
    }
}

/// <summary>Keeps what is written, and lets others wait for it.</summary>
internal sealed class HeardWriter : StringWriter
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override void Write(char value) => Hear(() => base.Write(value));

    public override void Write(string? value) => Hear(() => base.Write(value));

    public override void WriteLine(string? value) => Hear(() => base.Write(value + "\n"));

    public override string ToString()
    {
        lock (_gate)
        {
            return base.ToString();
        }
    }

    public async Task WaitForAsync(string text)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var next = Volatile.Read(ref _written).Task;
            if (ToString().Contains(text, StringComparison.Ordinal))
            {
                return;
            }

            try
            {
                await next.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"'{text}' is missing in: {ToString()}");
            }
        }
    }

    private void Hear(Action write)
    {
        lock (_gate)
        {
            write();
        }

        Interlocked.Exchange(ref _written, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}
