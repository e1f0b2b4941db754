using Microsoft.Extensions.Logging;
using Mover.Client.Agent;
using Mover.Core.AgentProtocol;
using Mover.Transfer;

namespace Mover.Agent;

/// <summary>Takes one run from its claim to the acknowledgement of its end.</summary>
internal sealed partial class RunLoop(
    AgentRuns runs, AgentChannelClient channel, VolumeOpener opener, AgentOptions options, TimeProvider clock, ILogger<RunLoop> logger)
{
    /// <summary>Works until the run's end is acknowledged, the run is lost, or the process leaves. Throws nothing.</summary>
    public async Task RunAsync(AgentRun run, CancellationToken leaving)
    {
        try
        {
            await WorkAsync(run, leaving);
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            Log.Left(logger, run.Id.Name);
        }
        catch (Exception fault)
        {
            // The folder stays as it is: the run is claimed again after a while.
            runs.Rest(run.Id.Name);
            Log.Rests(logger, run.Id.Name, fault);
        }
        finally
        {
            runs.Remove(run);
            run.Dispose();
        }
    }

    private async Task WorkAsync(AgentRun run, CancellationToken leaving)
    {
        using var spool = CopyLogSpool.Open(run.Folder.LogPath);
        spool.CatchUp(each => RunJournal.Replay(run.Folder.EnginePath, each), clock.GetUtcNow());
        var reporter = new RunReporter(run, runs, channel, spool, clock, logger);
        if (run.Record.Final is null)
        {
            Log.Began(logger, run.Id.Name, run.Epoch);
            var final = await ExecuteAsync(new(run, runs, opener, reporter, spool, options, clock, logger), run);
            if (final is not null)
            {
                Keep(run, final);
                Log.Ended(logger, run.Id.Name, final.Status, final.Error?.Code ?? "without an error");
            }
        }

        if (run.Why != RunStop.Lost && run.Record.Final is { } report && await reporter.DeliverAsync(report, leaving))
        {
            return;
        }

        if (run.Why == RunStop.Lost)
        {
            spool.Dispose();
            Log.Lost(logger, run.Id.Name, run.Epoch, run.Folder.PutAside(clock.GetUtcNow()));
        }
    }

    // A full disk must not keep the end of a run from being told: it may be just that which has to be said.
    private void Keep(AgentRun run, RunReport final)
    {
        try
        {
            run.SetFinal(final);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            run.RememberFinal(final);
            Log.NotKept(logger, run.Id.Name, fault.Message);
        }
    }

    // A fault that nobody foresaw ends the run with a code instead of leaving it running for ever.
    private async Task<RunReport?> ExecuteAsync(RunExecution execution, AgentRun run)
    {
        try
        {
            return await execution.RunAsync();
        }
        catch (Exception fault)
        {
            Log.Broke(logger, run.Id.Name, fault);
            return execution.Broken(fault);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5201, LogLevel.Information, "Run {RunName} started in epoch {Epoch}.")]
        public static partial void Began(ILogger logger, string runName, long epoch);

        [LoggerMessage(5202, LogLevel.Information, "Run {RunName} ended as {Status}, {Code}.")]
        public static partial void Ended(ILogger logger, string runName, AgentRunStatus status, string code);

        [LoggerMessage(5203, LogLevel.Warning, 
            "Run {RunName} no longer belongs to epoch {Epoch}; stopped writing. Its folder is kept as {Folder}.")]
        public static partial void Lost(ILogger logger, string runName, long epoch, string folder);

        [LoggerMessage(5204, LogLevel.Information, "Run {RunName} was interrupted and will continue when the agent starts again.")]
        public static partial void Left(ILogger logger, string runName);

        [LoggerMessage(5205, LogLevel.Error, "Run {RunName} failed unexpectedly.")]
        public static partial void Broke(ILogger logger, string runName, Exception fault);

        [LoggerMessage(
            5500, LogLevel.Warning, "Cannot save the end of run {RunName} to disk ({Reason}); reporting it anyway.")]
        public static partial void NotKept(ILogger logger, string runName, string reason);

        [LoggerMessage(5206, LogLevel.Error, "Cannot write the folder of run {RunName}; retrying later.")]
        public static partial void Rests(ILogger logger, string runName, Exception fault);
    }
}
