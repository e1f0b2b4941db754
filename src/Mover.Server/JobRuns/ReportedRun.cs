using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;

namespace Mover.Server.JobRuns;

/// <summary>What a report makes of a run. Pure.</summary>
internal static class ReportedRun
{
    /// <summary>The run with what its agent reports of it.</summary>
    public static JobRun Of(JobRun run, RunReport report, DateTimeOffset now)
    {
        var (before, counters) = (run.Properties ?? new(), report.Counters);
        return run with
        {
            Properties = before with
            {
                Status = StatusOf(before, report),
                ScanStatus = report.ScanStatus.ToString(),
                LastStatusUpdate = now,
                ExecutionStartTime = before.ExecutionStartTime ?? NotAfter(now, report.StartedAt),
                ExecutionEndTime = report.EndedAt is { } ended ? NotAfter(now, ended) : null,
                ItemsScanned = counters.ItemsScanned,
                ItemsExcluded = counters.ItemsExcluded,
                ItemsUnsupported = counters.ItemsUnsupported,
                ItemsNoTransferNeeded = counters.ItemsNoTransferNeeded,
                ItemsFailed = counters.ItemsFailed,
                ItemsTransferred = counters.ItemsTransferred,
                BytesScanned = counters.BytesScanned,
                BytesExcluded = counters.BytesExcluded,
                BytesUnsupported = counters.BytesUnsupported,
                BytesNoTransferNeeded = counters.BytesNoTransferNeeded,
                BytesFailed = counters.BytesFailed,
                BytesTransferred = counters.BytesTransferred,
                Error = report.Error is { } error ? NoteOf(error) : before.Error,
                Warnings = Warnings(before.Warnings, report.Warnings),
            },
        };
    }

    // An agent's clock that runs ahead does not put a run into the future.
    private static DateTimeOffset NotAfter(DateTimeOffset now, DateTimeOffset told) => told < now ? told : now;

    // What the agent says last, and what the control plane has added by itself.
    private static IReadOnlyList<JobRunNote>? Warnings(IReadOnlyList<JobRunNote>? before, IReadOnlyList<AgentProblem> told)
    {
        if (told.Count == 0)
        {
            return before;
        }

        var own = before?.Where(note => note.Code is ScheduledRunName.SkippedCode or JobRetries.Code or RunAdoption.Code) ?? [];
        var its = told.Where(w => w.Code != JobRetries.Code).Take(AgentChannelLimits.WarningsMax);
        return [.. own, .. its.Select(NoteOf)];
    }

    // People read it in a terminal, and an agent can say anything.
    private static JobRunNote NoteOf(AgentProblem told) => new(
        told.Code,
        PrintedText.Of(told.Message.ReplaceLineEndings(" "), AgentChannelLimits.MessageCharsMax),
        told.Target is { } target ? PrintedText.Of(target, AgentChannelLimits.TargetCharsMax) : null);

    /// <summary>What the agent says, unless somebody asked meanwhile to stop the run: that stays until the agent answers to it.</summary>
    public static string? StatusOf(JobRunProperties? before, RunReport report)
    {
        var (from, to) = (before?.Status ?? JobRunStatuses.Queued, report.Status.ToString());
        var isEnd = JobRunStatuses.IsTerminal(to) && !JobRunStatuses.IsTerminal(from);
        return isEnd || JobRunStatuses.CanMove(from, to) ? to : from;
    }
}
