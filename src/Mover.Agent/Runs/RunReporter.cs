using Microsoft.Extensions.Logging;
using Mover.Client.Agent;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;

namespace Mover.Agent;

/// <summary>Tells the control plane about one run. What cannot be said now is said later: the run never waits for it.</summary>
internal sealed partial class RunReporter(
    AgentRun run, AgentRuns runs, AgentChannelClient channel, CopyLogSpool spool, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(15);
    private long _logSent;
    private bool _logFull;
    private bool _away;

    /// <summary>Sends one report and what waits of the copy log; a fault is logged once and left to the next report.</summary>
    public async Task ReportAsync(RunReport report, CancellationToken cancel)
    {
        try
        {
            Hear(await channel.ProgressAsync(report, cancel));
            await SendLogAsync(cancel);
            Back();
        }
        catch (AgentChannelException away)
        {
            Away(away);
        }
    }

    /// <summary>
    /// Delivers the copy log and the last report; returns when the end is acknowledged, the run is lost, or the process leaves. True when
    /// it is acknowledged: whatever is heard of the run after that, such as that nobody owns it, means nothing.
    /// </summary>
    public async Task<bool> DeliverAsync(RunReport final, CancellationToken leaving)
    {
        for (var pause = PauseMin; ; pause = pause * 2 < PauseMax ? pause * 2 : PauseMax)
        {
            try
            {
                await SendLogAsync(leaving);
                if (Settle(await channel.FinishAsync(final, leaving)) is { } isAcknowledged)
                {
                    return isAcknowledged;
                }
            }
            catch (AgentChannelException away)
            {
                Away(away);
            }

            await Task.Delay(pause, clock, leaving);
        }
    }

    /// <summary>True when the end is acknowledged, false when the run is lost, null when it is to be said again.</summary>
    private bool? Settle(Core.Result<ReportAnswer> answer)
    {
        if (answer.Refusal is not { } refusal)
        {
            Log.Delivered(logger, run.Id.Name);
            run.Folder.Finish();
            return true;
        }

        Log.Refused(logger, run.Id.Name, refusal.Code, refusal.Message);
        if (!MeansLost(refusal))
        {
            return null;
        }

        run.Stop(RunStop.Lost);
        return false;
    }

    private void Hear(Core.Result<ReportAnswer> answer)
    {
        if (answer.Try(out var heard, out var refusal))
        {
            runs.UploadLimits = heard.UploadLimits;
            if (heard.CancelRequested)
            {
                run.Stop(RunStop.CancelRequested);
            }
        }
        else
        {
            Log.Refused(logger, run.Id.Name, refusal.Code, refusal.Message);
            if (MeansLost(refusal))
            {
                run.Stop(RunStop.Lost);
            }
        }
    }

    private async Task SendLogAsync(CancellationToken cancel)
    {
        while (!_logFull && _logSent < spool.Count)
        {
            var entries = spool.Read(_logSent, AgentChannelLimits.LogBatchMax);
            if (entries.Count == 0)
            {
                return;
            }

            var batch = new CopyLogBatch(run.Id.Text, run.Epoch, run.Record.JournalName, _logSent, entries);
            var answer = await channel.LogAsync(batch, cancel);
            if (!answer.Try(out var kept, out var refusal))
            {
                Log.Refused(logger, run.Id.Name, refusal.Code, refusal.Message);
                return;
            }

            // What the server says counts: it may know more than this process remembers, never less than it acknowledged.
            var wentOn = kept.NextIndex > _logSent;
            (_logSent, _logFull) = (kept.NextIndex, kept.Truncated);
            if (!wentOn)
            {
                return;
            }
        }
    }

    // The run is somebody else's, over, or no longer there.
    private static bool MeansLost(ArmError refusal) => refusal.Status is 404 or 409;

    private void Away(AgentChannelException why)
    {
        if (!_away)
        {
            Log.Away(logger, run.Id.Name, why.Message);
            _away = true;
        }
    }

    private void Back()
    {
        if (_away)
        {
            Log.Back(logger, run.Id.Name);
            _away = false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5101, LogLevel.Warning, "Cannot report run {RunName} ({Reason}); the run continues and reports later.")]
        public static partial void Away(ILogger logger, string runName, string reason);

        [LoggerMessage(5102, LogLevel.Information, "Reports of run {RunName} reach the control plane again.")]
        public static partial void Back(ILogger logger, string runName);

        [LoggerMessage(5103, LogLevel.Warning, "The control plane rejected a report of run {RunName}: {Code} {Reason}")]
        public static partial void Refused(ILogger logger, string runName, string code, string reason);

        [LoggerMessage(5104, LogLevel.Information, "The control plane acknowledged the end of run {RunName}.")]
        public static partial void Delivered(ILogger logger, string runName);
    }
}
