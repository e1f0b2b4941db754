using Mover.Cli.Frame;
using Mover.Cli.Progress;
using Mover.Transfer;

namespace Mover.Cli.Transfers;

/// <summary>Runs a transfer and shows its progress on stderr.</summary>
internal static class TransferWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    public static async Task<TransferSummary> FollowAsync(
        TransferRun run, RunSize? lastRun, FailureList failures, Terminal terminal, CancellationToken cancel)
    {
        var meter = new ProgressMeter(terminal.Clock, lastRun);

        // The run hears the cancellation and ends by itself; waiting for it is what keeps the journal whole.
        var work = run.RunAsync(cancel);
        var line = new LiveLine(terminal);
        while (!work.IsCompleted)
        {
            if (failures.HasNews)
            {
                line.Dispose();
                failures.Flush();
            }

            await Task.WhenAny(work, Task.Delay(Interval, terminal.Clock, CancellationToken.None));
            if (!work.IsCompleted)
            {
                line.Show(ToProgress(meter, run.Snapshot(), cancel.IsCancellationRequested).ToString());
            }
        }

        line.Dispose();
        failures.Finish();
        return await work;
    }

    private static RunProgress ToProgress(ProgressMeter meter, TransferSnapshot snapshot, bool isStopping)
    {
        var status = isStopping ? "Stopping" : snapshot.IsPaused ? "Paused" : snapshot.WaitsFor is not null ? "Waiting" : "Copying";
        return meter.Read(
            status, snapshot.Counters, snapshot.Scan == ScanStatus.Completed, new(snapshot.Deletions, snapshot.InFlight),
            snapshot.BytesPerSecond);
    }
}
