using System.Text.Json;
using System.Text.Json.Serialization;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.State.Documents;

namespace Mover.Server.Scheduling;

/// <summary>How far a definition's schedule is done, kept beside the definition.</summary>
/// <param name="Schedule">The schedule it is about, as JSON; another one begins anew.</param>
/// <param name="HandledTo">Due times up to here were started, skipped or refused.</param>
internal sealed record ScheduleMark(string Schedule, DateTimeOffset HandledTo)
{
    /// <summary>The area that marks are kept in.</summary>
    public const string Area = "schedule";

    /// <summary>The key of a definition's mark.</summary>
    public static DocumentKey KeyOf(ResourceId definition) => DocumentKey.Internal([Area, .. MirroredArea.PartsOf(definition)]);
}

/// <summary>
/// Starts what is due. Run and mark are written in one commit, so that a due time starts one run, whichever instance sees it and whenever
/// one is killed. Of due times that passed while nobody looked, only the latest is made up for. One that falls into an active run is
/// skipped, and the run says so in its warnings. What could not start, and a schedule that never will, is an event of the activity log.
/// </summary>
internal sealed partial class Schedules(
    DocumentStore documents, JobStarter starter, RunClaims claims, TimeProvider clock, ILogger<Schedules> logger)
{
    /// <summary>Such warnings of one run: the latest. A run may outlast any number of due times, and has to stay small enough to be
    /// written.</summary>
    public const int SkippedNotesMax = 20;

    /// <summary>
    /// How far a mark may lie in the future before it is taken for one of a clock that ran ahead: below it, clocks are corrected by
    /// themselves, and a due time that was started must not be started again.
    /// </summary>
    public static readonly TimeSpan ClockStepMax = TimeSpan.FromMinutes(5);

    private const string StartAction = ResourceTypes.JobDefinition + "/startJob/action";

    /// <summary>Does what one definition's schedule asks for up to now.</summary>
    public async Task HandleAsync(ResourceId id, DateTimeOffset now, CancellationToken cancel)
    {
        if (await documents.GetAsync(id, MoverJson.Wire.JobDefinition, cancel) is not { } definition
            || definition.Value.Properties is not { Schedule: { IsActive: true } schedule } properties
            || properties.ProvisioningState == ProvisioningStates.Deleting)
        {
            return;
        }

        // The mark dies with the definition: it is written only while that is there, as it was read.
        var unchanged = DocumentWrite.Check(id, DocumentCondition.Unchanged(definition.Info));

        var key = ScheduleMark.KeyOf(id);
        var text = ScheduledJob.TextOf(schedule);
        var mark = await documents.GetAsync(key, SchedulingJson.Default.ScheduleMark, cancel);
        if (mark?.Value.Schedule != text)
        {
            // From when it was set: what it was not yet asked for is not made up for.
            var set = definition.Info.Modified.At;
            var stamp = ScheduleTimes.Next(schedule, set) is null ? Refused(id, ArmErrors.ScheduleNeverDue(id)) : Routine();
            var made = new ScheduleMark(text, set);
            var commit = await documents.CommitAsync(
                [DocumentWrite.Put(key, made, SchedulingJson.Default.ScheduleMark, ConditionOf(mark)), unchanged], stamp, cancel);
            mark = commit.Saved[0] is { } saved ? new(made, saved) : null;
        }

        if (mark is not null && mark.Value.HandledTo > now + ClockStepMax)
        {
            mark = await ClampAsync(id, mark, unchanged, now, cancel);
        }

        if (mark is not null && ScheduleTimes.Latest(schedule, mark.Value.HandledTo, now) is { } due)
        {
            var handled = DocumentWrite.Put(
                key, mark.Value with { HandledTo = due }, SchedulingJson.Default.ScheduleMark, ConditionOf(mark));
            await StartAsync(id, due, handled, unchanged, cancel);
        }
    }

    // What a clock that ran ahead has marked as done lies in the future of the clock that was set right: those times are due again.
    private async Task<Document<ScheduleMark>?> ClampAsync(
        ResourceId id, Document<ScheduleMark> mark, DocumentWrite unchanged, DateTimeOffset now, CancellationToken cancel)
    {
        var clamped = mark.Value with { HandledTo = now };
        var commit = await documents.CommitAsync(
            [DocumentWrite.Put(mark.Key, clamped, SchedulingJson.Default.ScheduleMark, ConditionOf(mark)), unchanged],
            Refused(id, ArmErrors.ScheduleMarkInFuture(id, mark.Value.HandledTo, now)),
            cancel);
        if (commit.Saved[0] is not { } saved)
        {
            // Another instance was first, or the definition changed: the next look decides.
            return null;
        }

        Log.Clamped(logger, id, mark.Value.HandledTo, now);
        return new(clamped, saved);
    }

    private async Task StartAsync(
        ResourceId id, DateTimeOffset due, DocumentWrite handled, DocumentWrite unchanged, CancellationToken cancel)
    {
        var started = await starter.StartAsync(id, claims.Stamp(routine: false), due, cancel, handled);
        if (started.Try(out var run, out var refusal))
        {
            Log.Started(logger, run, due);
            return;
        }

        var told = refusal with { Message = $"The run due at {due:u} was not started: {refusal.Message}" };
        if (!(await documents.CommitAsync([handled, unchanged], Refused(id, told), cancel)).Committed)
        {
            // Another instance was first, or the definition changed: the next look decides.
            return;
        }

        Log.Skipped(logger, id, due, refusal.Code, refusal.Message);
        await WarnAsync(id, due, cancel);
    }

    private async Task WarnAsync(ResourceId id, DateTimeOffset due, CancellationToken cancel)
    {
        var definition = await documents.GetAsync(id, MoverJson.Wire.JobDefinition, cancel);
        if (ResourceId.TryParse(definition?.Value.Properties?.LatestJobRunResourceId, out var run))
        {
            var note = new JobRunNote(
                ScheduledRunName.SkippedCode, $"The run due at {due:u} was skipped because this run was still active.", id.Text);
            await documents.UpdateAsync(
                run,
                MoverJson.Wire.JobRun,
                found => found.Value.Properties is { } properties && JobRunStatuses.IsActive(properties.Status)
                    ? found.Value with { Properties = properties with { Warnings = With(properties.Warnings ?? [], note) } }
                    : null,
                Routine(),
                cancel);
        }
    }

    private static IReadOnlyList<JobRunNote> With(IReadOnlyList<JobRunNote> warnings, JobRunNote note)
    {
        var others = warnings.Where(warning => warning.Code != ScheduledRunName.SkippedCode);
        var latest = warnings.Where(warning => warning.Code == ScheduledRunName.SkippedCode).TakeLast(SkippedNotesMax - 1);
        return [.. others, .. latest, note];
    }

    // One event for each due time, whichever instance sees it: the record is part of the commit that marks it as handled.
    private WriteStamp Refused(ResourceId id, ArmError refusal) => claims.Stamp(routine: false) with
    {
        At = clock.GetUtcNow(),
        Action = StartAction,
        Scope = id.Text,
        Refused = new(refusal.Code, refusal.Message),
    };

    private WriteStamp Routine() => claims.Stamp(routine: true) with { At = clock.GetUtcNow() };

    private static DocumentCondition ConditionOf(Document<ScheduleMark>? mark) =>
        DocumentCondition.AsRead(mark?.Info);

    private static partial class Log
    {
        [LoggerMessage(4131, LogLevel.Information, "Job run {JobRunId}, due at {Due:u}, was started by its schedule.")]
        public static partial void Started(ILogger logger, ResourceId jobRunId, DateTimeOffset due);

        [LoggerMessage(4134, LogLevel.Warning, "The clock was ahead: the schedule of {DefinitionId} is marked as done up to {Mark:u}, "
            + "but it is {Now:u}. The schedule continues from now.")]
        public static partial void Clamped(ILogger logger, ResourceId definitionId, DateTimeOffset mark, DateTimeOffset now);

        [LoggerMessage(4132, LogLevel.Warning, "{DefinitionId} was due at {Due:u} but was not started ({Code}): {Reason}")]
        public static partial void Skipped(ILogger logger, ResourceId definitionId, DateTimeOffset due, string code, string reason);
    }
}

/// <summary>JSON of what is kept of schedules.</summary>
[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ScheduleMark))]
[JsonSerializable(typeof(JobIndexVersion))]
internal sealed partial class SchedulingJson : JsonSerializerContext;
