using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Mover.Client.Agent;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;

namespace Mover.Agent;

/// <summary>Asks for runs, takes up the unfinished ones of the folder, and works on several at once.</summary>
internal sealed partial class WorkLoop(
    AgentRuns runs, Troubles troubles, RunLoop loop, AgentChannelClient channel, AgentFolder folder, AgentOptions options,
    TimeProvider clock, ILogger<WorkLoop> logger) : BackgroundService
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(5);

    /// <summary>How long a call for work waits while a person may be mending something on this host.</summary>
    private static readonly TimeSpan TroubledWait = TimeSpan.FromSeconds(5);
    private readonly List<Task> _working = [];
    private readonly CancellationTokenSource _leaving = new();

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        runs.StopAll();
        await _leaving.CancelAsync();
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_working).WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _leaving.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        DeliverEnded();
        var pause = PauseMin;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await WaitForRoomAsync(stoppingToken);
                await AskAsync(stoppingToken);
                pause = PauseMin;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                // Beats say when the control plane is away; here it only slows the asking down.
                Log.NotAsked(logger, fault.Message);
                await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < PauseMax ? pause * 2 : PauseMax;
            }
        }
    }

    // Runs that ended before the process did: only their last report is still owed.
    private void DeliverEnded()
    {
        foreach (var run in folder.FindUnfinished())
        {
            if (Read(run) is { Final: not null } record && ResourceId.TryParse(record.Order.RunId, out var id))
            {
                Start(new(id, run, record));
            }
        }
    }

    private async Task WaitForRoomAsync(CancellationToken cancel)
    {
        while (runs.Count >= options.RunsMax)
        {
            var changed = runs.Changed;
            if (runs.Count >= options.RunsMax)
            {
                await changed.WaitAsync(cancel);
            }
        }
    }

    private async Task AskAsync(CancellationToken cancel)
    {
        var unfinished = Reclaimable();
        var held = runs.Held().Select(h => h.RunId).Concat(troubles.RunIds).Take(AgentChannelLimits.RunsMax);
        var wait = troubles.Any ? TroubledWait : AgentChannelLimits.WorkWaitMax;
        var request = new WorkRequest(runs.Instance, [.. held], [.. unfinished.Keys], (int)wait.TotalSeconds);
        var answer = await channel.WorkAsync(request, cancel);
        if (!answer.Try(out var work, out var refusal))
        {
            throw new AgentChannelException(refusal.Status, refusal.Code, refusal.Message);
        }

        foreach (var ended in work.Ended)
        {
            if (unfinished.TryGetValue(ended, out var kept))
            {
                Log.Dropped(logger, kept.RunName, kept.PutAside(clock.GetUtcNow()));
            }
        }

        ForgetGone(work.Order is { } offered && ResourceId.TryParse(offered.RunId, out var id) ? id.Name : null);
        if (work.Order is { } order)
        {
            Take(order);
        }
    }

    /// <summary>A run whose record is gone, and that is not offered either, troubles nobody any more.</summary>
    private void ForgetGone(string? offered)
    {
        if (troubles.Any)
        {
            var recorded = folder.FindUnfinished().Select(r => r.RunName).ToHashSet(StringComparer.Ordinal);
            foreach (var gone in troubles.RunNames.Where(name => name != offered && !recorded.Contains(name)).ToList())
            {
                Mended(gone);
            }
        }
    }

    private Dictionary<string, AgentRunFolder> Reclaimable()
    {
        var found = new Dictionary<string, AgentRunFolder>(StringComparer.Ordinal);
        foreach (var run in folder.FindUnfinished())
        {
            if (!runs.Holds(run.RunName)
                && !runs.Rests(run.RunName)
                && Read(run) is { Final: null } record
                && found.Count < AgentChannelLimits.RunsMax)
            {
                found[record.Order.RunId] = run;
            }
        }

        return found;
    }

    private void Take(WorkOrder order)
    {
        if (!ResourceId.TryParse(order.RunId, out var id) || !AgentFolder.IsRunName(id.Name) || runs.Holds(id.Name))
        {
            Log.Unusable(logger, order.RunId);
            return;
        }

        try
        {
            var run = folder.OpenRun(id.Name);
            var before = run.Read();
            var record = new RunRecord
            {
                Order = order,
                StartedAt = before?.StartedAt ?? clock.GetUtcNow(),
                JournalName = before?.JournalName ?? Guid.NewGuid().ToString("N"),
            };
            if (before is null && run.ReadEnded() is { Final: { } final } ended)
            {
                // The control plane lost that it has ended: it is told again, and nothing runs twice.
                Log.EndsAgain(logger, id.Name, final.Status);
                record = ended with { Order = order, Final = final with { Epoch = order.Epoch, Sequence = 1 } };
            }

            run.Write(record);
            Mended(id.Name);
            Start(new(id, run, record));
        }
        catch (AgentFolderException unreadable)
        {
            Note(id.Name, Unreadable(unreadable), order.RunId);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            Note(id.Name, Unwritable(unwritable), runId: null);
            throw;
        }
    }

    /// <summary>The claim; null when there is none, or none that can be read, which is then noted.</summary>
    private RunRecord? Read(AgentRunFolder run)
    {
        try
        {
            var record = run.Read();
            if (record is not null)
            {
                Mended(run.RunName);
            }

            return record;
        }
        catch (Exception fault) when (fault is AgentFolderException or IOException)
        {
            Note(run.RunName, Unreadable(fault), runId: null);
            return null;
        }
    }

    private void Note(string runName, AgentProblem problem, string? runId)
    {
        if (troubles.Set(runName, problem, runId))
        {
            Log.Troubled(logger, runName, problem.Message);
            runs.Signal();
        }
    }

    private void Mended(string runName)
    {
        if (troubles.Clear(runName))
        {
            Log.Mended(logger, runName);
            runs.Signal();
        }
    }

    private static AgentProblem Unreadable(Exception fault) => new(
        "RunRecordUnreadable",
        $"{fault.Message} Restore the file or make it readable for the agent, or delete it to let the run continue from its journal.");

    private AgentProblem Unwritable(Exception fault) => new(
        "DataFolderNotWritable",
        $"Cannot start a run because the agent's folder {folder.Path} is not writable: {fault.Message} Free some space or give the "
            + "agent write access; the run then starts by itself.");

    private void Start(AgentRun run)
    {
        if (!runs.TryAdd(run))
        {
            run.Dispose();
            return;
        }

        _working.RemoveAll(t => t.IsCompleted);
        _working.Add(Task.Run(() => loop.RunAsync(run, _leaving.Token), CancellationToken.None));
    }

    private static partial class Log
    {
        [LoggerMessage(5011, LogLevel.Debug, "Cannot ask the control plane for work: {Reason}")]
        public static partial void NotAsked(ILogger logger, string reason);

        [LoggerMessage(5012, LogLevel.Warning, 
            "Run {RunName} has ended or is unknown to the control plane and will not continue; its folder is kept as {Folder}. If the "
            + "control plane lost its state, restore it from a backup and the run is offered again; otherwise delete the folder.")]
        public static partial void Dropped(ILogger logger, string runName, string folder);

        [LoggerMessage(5501, LogLevel.Error, "Run {RunName} needs attention: {Reason}")]
        public static partial void Troubled(ILogger logger, string runName, string reason);

        [LoggerMessage(5502, LogLevel.Information, "The problem of run {RunName} is resolved.")]
        public static partial void Mended(ILogger logger, string runName);

        [LoggerMessage(5014, LogLevel.Warning,
            "Run {RunName} was offered again although it already ended as {Status}. The control plane has lost that; reporting it "
            + "again. Nothing runs twice.")]
        public static partial void EndsAgain(ILogger logger, string runName, AgentRunStatus status);

        [LoggerMessage(5013, LogLevel.Error, "The work order for run {RunId} is invalid.")]
        public static partial void Unusable(ILogger logger, string runId);
    }
}
