using Mover.Testing;
using Mover.Transfer.Contract;

namespace Mover.Cli.Tests;

/// <summary>A container that is busy while it is opened is waited for, as long as the agent waits, and no longer.</summary>
public sealed class OpeningTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("copy")]
    [InlineData("plan")]
    public async Task A_busy_container_is_waited_out_and_the_waiting_is_said(string verb)
    {
        await using var service = await BusyBlobService.StartAsync(timesBusy: Opening.Default.TriesMax - 1);

        var ran = await HastyShell().RunAsync(verb, service.Container, _folder["target"]);

        Assert.True(ran.ExitCode == ExitCodes.Ok, ran.Error);
        Assert.Equal(
            ["1 s", "2 s", "4 s", "8 s"],
            ran.Error.Split('\n').Where(line => line.Contains("503 ServerBusy", StringComparison.Ordinal)).Select(line => line.Split("Retrying in ")[1].Trim('.', '\r')));
        Assert.DoesNotContain("secret-sas", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("copy")]
    [InlineData("verify")]
    public async Task A_container_that_stays_busy_ends_within_the_bound_as_unreachable(string verb)
    {
        await using var service = await BusyBlobService.StartAsync(int.MaxValue);
        Directory.CreateDirectory(_folder["target"]);

        var ran = await HastyShell().RunAsync(verb, service.Container, _folder["target"]);

        Assert.Equal(ExitCodes.Unreachable, ran.ExitCode);
        Assert.Equal(Opening.Default.TriesMax, service.Requests);
        Assert.Contains("mover: Throttled: ", ran.Error.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_is_busy_is_waited_for_as_a_source_is()
    {
        _folder.File("source/one.txt", "one");
        await using var service = await BusyBlobService.StartAsync(timesBusy: 2);

        var ran = await HastyShell().RunAsync("plan", _folder["source"], service.Container, "-o", "json");

        Assert.True(ran.ExitCode == ExitCodes.Ok, ran.Error);
        Assert.Contains("one.txt", ran.Out, StringComparison.Ordinal);
    }

    // The container is empty, and nothing that is compared proves nothing.
    [Theory]
    [InlineData("copy", ExitCodes.Ok)]
    [InlineData("plan", ExitCodes.Ok)]
    [InlineData("verify", ExitCodes.NotCompared)]
    public async Task A_container_that_is_busy_later_holds_up_each_verb_with_one_message(string verb, int exitCode)
    {
        await using var service = await BusyBlobService.StartAsync(timesBusy: 6, answeredFirst: 1);
        Directory.CreateDirectory(_folder["target"]);

        var ran = await HastyShell().RunAsync(verb, service.Container, _folder["target"]);

        Assert.True(ran.ExitCode == exitCode, ran.Error);
        Assert.Matches("mover: The source .* has not responded since .* giving up at ", ran.Error);
        Assert.Matches("mover: The source .* responds again after ", ran.Error);
    }

    [Theory]
    [InlineData("https://{0}.blob.core.windows.net/container")]
    [InlineData("https://{0}.example/account/container")]
    public Task A_host_whose_name_does_not_exist_is_not_waited_for(string source) => IsNotWaitedForAsync(source);

    [RequiresTheory("MOVER_LIBNFS")]
    [InlineData("nfs://{0}.example/export")]
    [InlineData("nfs://{0}.example/export?version=4")]
    public Task A_file_server_whose_name_does_not_exist_is_not_waited_for(string source) => IsNotWaitedForAsync(source);

    [Fact]
    public async Task A_host_that_refuses_connections_is_waited_for()
    {
        var ran = await HastyShell().RunAsync("copy", "http://127.0.0.1:1/account/container", _folder["target"]);

        Assert.Equal(ExitCodes.Unreachable, ran.ExitCode);
        Assert.Equal(Opening.Default.TriesMax - 1, ran.Error.Split("Retrying in").Length - 1);
    }

    [Fact]
    public async Task Waiting_can_be_stopped()
    {
        await using var service = await BusyBlobService.StartAsync(int.MaxValue);
        using var stop = new CancellationTokenSource();
        var shell = new Shell { Clock = new StoppingClock(stop), ["MOVER_SAS"] = "sig=secret-sas" };

        var ran = await shell.RunAsync(stop.Token, "copy", service.Container, _folder["target"]);

        Assert.Equal((ExitCodes.Canceled, 1), (ran.ExitCode, service.Requests));
    }

    [Fact]
    public async Task A_fault_that_does_not_pass_is_told_at_once()
    {
        var tries = 0;

        var failed = await Assert.ThrowsAsync<VolumeException>(async () => await Opening.Default.RunAsync<int>(
            _ => throw new VolumeException(new(VolumeFaultKind.NotFound, $"Try {++tries}.")), (_, _) => { }, TimeProvider.System, default));

        Assert.Equal("Try 1.", failed.Message);
    }

    [Theory]
    [InlineData(20, new[] { 20, 20, 20, 20 })]
    [InlineData(3, new[] { 3, 3, 4, 8 })]
    [InlineData(900, new[] { 30, 30, 30, 30 })]
    public async Task What_the_other_side_asks_for_is_waited_up_to_a_bound(int askedSeconds, int[] pauses)
    {
        var waited = new List<int>();

        await Assert.ThrowsAsync<VolumeException>(async () => await Opening.Default.RunAsync<int>(
            _ => throw new VolumeException(new(VolumeFaultKind.Throttled, "Busy.", IsTransient: true, TimeSpan.FromSeconds(askedSeconds))),
            (_, pause) => waited.Add((int)pause.TotalSeconds),
            new HastyClock(1000),
            default));

        Assert.Equal(pauses, waited);
    }

    [Fact]
    public async Task The_program_waits_a_busy_container_out()
    {
        await using var service = await BusyBlobService.StartAsync(timesBusy: 2);
        var sas = _folder.Secret("sas", "sig=secret-sas");

        var ran = await Shell.RunProgramAsync(
            "copy", service.Container, _folder["target"], "--sas-file", sas, "--journal", _folder["journal"]);

        Assert.True(ran.ExitCode == ExitCodes.Ok, ran.Error);
        Assert.Contains("Retrying in 2 s.", ran.Error, StringComparison.Ordinal);
    }

    private async Task IsNotWaitedForAsync(string source)
    {
        // A label of more than 63 letters: no name service knows it, nor is one asked.
        var host = new string('a', 64);
        var shell = new Shell { Clock = new WaitlessClock(), ["MOVER_SAS"] = "sig=secret-sas", ["XDG_STATE_HOME"] = _folder["state"] };

        var ran = await shell.RunAsync("copy", string.Format(System.Globalization.CultureInfo.InvariantCulture, source, host), _folder["target"]);

        Assert.Equal(ExitCodes.Unreachable, ran.ExitCode);
        Assert.StartsWith($"mover: Transport: The host '{host}.", ran.Error, StringComparison.Ordinal);
        Assert.Equal(2, ran.Error.TrimEnd().Split('\n').Length);
    }

    [Theory]
    [InlineData(System.Net.Sockets.SocketError.HostNotFound, "The host 'h' does not exist in DNS.")]
    [InlineData(System.Net.Sockets.SocketError.TryAgain, "Cannot resolve the host 'h': the DNS server does not respond.")]
    [InlineData(System.Net.Sockets.SocketError.ConnectionRefused, null)]
    public void Each_fault_of_a_name_is_known_and_others_are_waited_for(System.Net.Sockets.SocketError error, string? why) =>
        Assert.Equal(why, Transfers.UnknownHost.WhyUnknown("h", error));

    private Shell HastyShell() =>
        new() { Clock = new HastyClock(20), ["MOVER_SAS"] = "sig=secret-sas", ["XDG_STATE_HOME"] = _folder["state"] };

    /// <summary>A clock by which nothing may wait as long as opening does.</summary>
    private sealed class WaitlessClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            dueTime == Opening.Default.FirstPause && period == Timeout.InfiniteTimeSpan ? throw new InvalidOperationException("It waits.")
                : System.CreateTimer(callback, state, dueTime, period);
    }

    /// <summary>Stops the program as soon as it begins to wait a second.</summary>
    private sealed class StoppingClock(CancellationTokenSource stop) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Opening.Default.FirstPause)
            {
                stop.Cancel();
            }

            return System.CreateTimer(callback, state, dueTime, period);
        }
    }
}
