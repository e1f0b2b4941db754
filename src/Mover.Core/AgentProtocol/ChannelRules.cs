using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Core.Rules;

namespace Mover.Core.AgentProtocol;

/// <summary>
/// What a message of an agent has to keep to before anything is done with it: nothing missing, no length, count or number beyond
/// <see cref="AgentChannelLimits"/>. Reports all problems at once. Pure.
/// </summary>
public static class ChannelRules
{
    private const string RunType = ResourceTypes.JobRun;

    /// <summary>Checks a beat; null when it is sound.</summary>
    public static ArmError? Check(BeatRequest beat)
    {
        var found = new Problems();
        var said = beat.Telemetry;
        Name(found, "telemetry.agentVersion", said.AgentVersion);
        Name(found, "telemetry.hostName", said.HostName);
        Name(found, "telemetry.localIpAddress", said.LocalIpAddress);
        Name(found, "telemetry.timeZone", said.TimeZone);
        NotNegative(found, "telemetry.memoryInMB", said.MemoryInMB);
        NotNegative(found, "telemetry.numberOfCores", said.NumberOfCores);
        NotNegative(found, "telemetry.uptimeInSeconds", said.UptimeInSeconds);
        Known(found, "telemetry.condition", said.Condition);
        Problem(found, "telemetry.problem", said.Problem);
        Each(found, "runs", beat.Runs, AgentChannelLimits.RunsMax, (target, held) =>
        {
            Name(found, $"{target}.runId", held.RunId, AgentChannelLimits.RunIdCharsMax);
            FromOne(found, $"{target}.epoch", held.Epoch);
        });
        return found.Refusal;
    }

    /// <summary>Checks a call for work; null when it is sound.</summary>
    public static ArmError? Check(WorkRequest request)
    {
        var found = new Problems();
        Name(found, "instance", request.Instance);
        RunIds(found, "holding", request.Holding);
        RunIds(found, "reclaim", request.Reclaim);
        if (request.WaitSeconds < 0 || request.WaitSeconds > AgentChannelLimits.WorkWaitMax.TotalSeconds)
        {
            Add(found, "waitSeconds", $"must be 0 to {AgentChannelLimits.WorkWaitMax.TotalSeconds}");
        }

        return found.Refusal;
    }

    /// <summary>Checks a report of a run in progress; null when it is sound.</summary>
    public static ArmError? CheckProgress(RunReport report) =>
        Check(report) ?? (JobRunStatuses.IsTerminal(report.Status.ToString())
            ? ArmErrors.AgentMessageInvalid($"'{report.Status}' ends a run; report it to 'finish'.", "status")
            : null);

    /// <summary>Checks the report of a run's end; null when it is sound.</summary>
    public static ArmError? CheckFinish(RunReport report) =>
        Check(report) ?? (JobRunStatuses.IsTerminal(report.Status.ToString()) && report.EndedAt is not null
            ? null
            : ArmErrors.AgentMessageInvalid("the report of a run's end must have a final status and an end time.", "status"));

    /// <summary>Checks a batch of the copy log; null when it is sound.</summary>
    public static ArmError? Check(CopyLogBatch batch)
    {
        var found = new Problems();
        Run(found, batch.RunId, batch.Epoch);
        Name(found, "journal", batch.Journal);
        NotNegative(found, "firstIndex", batch.FirstIndex);
        if (batch.Entries.Count == 0)
        {
            Add(found, "entries", $"must have 1 to {AgentChannelLimits.LogBatchMax} elements");
        }

        Each(found, "entries", batch.Entries, AgentChannelLimits.LogBatchMax, (target, entry) =>
        {
            Text(found, $"{target}.path", entry.Path, AgentChannelLimits.LogPathCharsMax);
            Text(found, $"{target}.details", entry.Details, AgentChannelLimits.LogDetailsCharsMax);
            Name(found, $"{target}.itemType", entry.ItemType, AgentChannelLimits.CodeCharsMax);
            Name(found, $"{target}.transferResult", entry.TransferResult, AgentChannelLimits.CodeCharsMax);
            Name(found, $"{target}.statusCode", entry.StatusCode, AgentChannelLimits.CodeCharsMax);
            NotNegative(found, $"{target}.fileSize", entry.FileSize);
        });
        return found.Refusal;
    }

    /// <summary>Checks a request for credentials; null when it is sound.</summary>
    public static ArmError? Check(CredentialRequest request)
    {
        var found = new Problems();
        Run(found, request.RunId, request.Epoch);
        Known(found, "side", request.Side);
        return found.Refusal;
    }

    /// <summary>Checks a request to look at a container; null when it is sound.</summary>
    public static ArmError? Check(LookRequest request)
    {
        var found = new Problems();
        Name(found, "endpointName", request.EndpointName);
        return found.Refusal;
    }

    /// <summary>Reads the id of a job run; false for anything else.</summary>
    public static bool TryReadRun(string? text, out ResourceId run) =>
        ResourceId.TryParse(text, out run) && run.Type.Equals(RunType, StringComparison.OrdinalIgnoreCase);

    private static ArmError? Check(RunReport report)
    {
        var found = new Problems();
        Run(found, report.RunId, report.Epoch);
        FromOne(found, "sequence", report.Sequence);
        Known(found, "status", report.Status);
        Known(found, "scanStatus", report.ScanStatus);
        Counters(found, report.Counters);
        NotNegative(found, "deletions.done", report.Deletions?.Done ?? 0);
        FromOne(found, "deletions.total", report.Deletions?.Total ?? 1);
        NotNegative(found, "inFlight.files", report.InFlight?.Files ?? 0);
        NotNegative(found, "inFlight.bytes", report.InFlight?.Bytes ?? 0);
        Problem(found, "error", report.Error);
        Each(found, "warnings", report.Warnings, AgentChannelLimits.WarningsMax, (target, warning) => Problem(found, target, warning));
        return found.Refusal;
    }

    private static void Counters(Problems found, TransferCounters counters)
    {
        NotNegative(found, "counters.itemsScanned", counters.ItemsScanned);
        NotNegative(found, "counters.itemsExcluded", counters.ItemsExcluded);
        NotNegative(found, "counters.itemsUnsupported", counters.ItemsUnsupported);
        NotNegative(found, "counters.itemsNoTransferNeeded", counters.ItemsNoTransferNeeded);
        NotNegative(found, "counters.itemsFailed", counters.ItemsFailed);
        NotNegative(found, "counters.itemsTransferred", counters.ItemsTransferred);
        NotNegative(found, "counters.bytesScanned", counters.BytesScanned);
        NotNegative(found, "counters.bytesExcluded", counters.BytesExcluded);
        NotNegative(found, "counters.bytesUnsupported", counters.BytesUnsupported);
        NotNegative(found, "counters.bytesNoTransferNeeded", counters.BytesNoTransferNeeded);
        NotNegative(found, "counters.bytesFailed", counters.BytesFailed);
        NotNegative(found, "counters.bytesTransferred", counters.BytesTransferred);
    }

    private static void Run(Problems found, string runId, long epoch)
    {
        if (runId.Length > AgentChannelLimits.RunIdCharsMax || !TryReadRun(runId, out _))
        {
            Add(found, "runId", $"must be the ARM id of a job run with at most {AgentChannelLimits.RunIdCharsMax} characters");
        }

        FromOne(found, "epoch", epoch);
    }

    private static void RunIds(Problems found, string target, IReadOnlyList<string> runs) =>
        Each(found, target, runs, AgentChannelLimits.RunsMax, (at, run) => Name(found, at, run, AgentChannelLimits.RunIdCharsMax));

    private static void Problem(Problems found, string target, AgentProblem? problem)
    {
        if (problem is not null)
        {
            Name(found, $"{target}.code", problem.Code, AgentChannelLimits.CodeCharsMax);
            Text(found, $"{target}.message", problem.Message, AgentChannelLimits.MessageCharsMax);
            Text(found, $"{target}.target", problem.Target, AgentChannelLimits.TargetCharsMax);
        }
    }

    // Nullable annotations do not reach into lists that come as JSON: an element may be null although its type says that it is not.
    private static void Each<T>(Problems found, string target, IReadOnlyList<T> items, int countMax, Action<string, T> check)
    {
        if (items.Count > countMax)
        {
            Add(found, target, $"must have at most {countMax} elements, but has {items.Count}");
            return;
        }

        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] is null)
            {
                Add(found, $"{target}[{i}]", "must not be null");
            }
            else
            {
                check($"{target}[{i}]", items[i]);
            }
        }
    }

    private static void Name(Problems found, string target, string name, int charsMax = AgentChannelLimits.NameCharsMax)
    {
        if (name.Length == 0 || name.Length > charsMax || name.Any(char.IsControl))
        {
            Add(found, target, $"must have 1 to {charsMax} characters and no control characters");
        }
    }

    private static void Text(Problems found, string target, string? text, int charsMax)
    {
        if (text?.Length > charsMax)
        {
            Add(found, target, $"must have at most {charsMax} characters, but has {text.Length}");
        }
    }

    private static void Known<T>(Problems found, string target, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            Add(found, target, $"must be one of '{string.Join("', '", Enum.GetNames<T>())}'");
        }
    }

    private static void NotNegative(Problems found, string target, long value)
    {
        if (value < 0)
        {
            Add(found, target, "must be 0 or more");
        }
    }

    private static void FromOne(Problems found, string target, long value)
    {
        if (value < 1)
        {
            Add(found, target, "must be 1 or more");
        }
    }

    private static void Add(Problems found, string target, string rule) =>
        found.Add(ArmErrors.AgentMessageInvalid($"'{target}' {rule}.", target));
}
