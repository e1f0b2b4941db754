using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Core.Rules;

/// <summary>What a PUT of an agent may ask, and what becomes of it. Telemetry is the agent's own and survives every PUT. Pure.</summary>
public static class MoverAgentRules
{
    private const string Machines = "Microsoft.HybridCompute/machines";

    /// <summary>The resource to keep, or everything that is wrong with it.</summary>
    public static Result<MoverAgent> Put(ResourceId id, MoverAgent? before, MoverAgent wanted)
    {
        var problems = new Problems();
        var asked = wanted.Properties ?? new();
        problems.IdOfType("properties.arcResourceId", asked.ArcResourceId, Machines);
        problems.Required("properties.arcVmUuid", asked.ArcVmUuid);
        if (!string.IsNullOrWhiteSpace(asked.ArcVmUuid) && !Guid.TryParse(asked.ArcVmUuid, out _))
        {
            problems.Add("properties.arcVmUuid", "The VM id of a machine must be a GUID.");
        }

        problems.Description(asked.Description);
        UploadLimitRules.Check(problems, asked.UploadLimitSchedule);
        if (before?.Properties is { } kept)
        {
            problems.UnchangedId("properties.arcResourceId", kept.ArcResourceId, asked.ArcResourceId);
            problems.Unchanged("properties.arcVmUuid", kept.ArcVmUuid, asked.ArcVmUuid, StringComparison.OrdinalIgnoreCase);
        }

        if (problems.Refusal is { } refusal)
        {
            return refusal;
        }

        return new MoverAgent
        {
            Id = id.Text,
            Name = id.Name,
            Type = id.Type.ToLowerInvariant(),
            Properties = (before?.Properties ?? new() { AgentStatus = AgentStatuses.Registering }) with
            {
                Description = asked.Description,
                ArcResourceId = asked.ArcResourceId,
                ArcVmUuid = asked.ArcVmUuid,
                UploadLimitSchedule = asked.UploadLimitSchedule?.WeeklyRecurrences is { Count: > 0 } ? asked.UploadLimitSchedule : null,
                ProvisioningState = ProvisioningStates.Succeeded,
            },
        };
    }
}

/// <summary>
/// Rules of upload limit schedules: half-hour grid, within one day, no overlap between recurrences, days without repeats.
/// Source: Storage Mover's bandwidth management. Pure.
/// </summary>
public static class UploadLimitRules
{
    private const string Path = "properties.uploadLimitSchedule.weeklyRecurrences";

    /// <summary>Adds every problem of the schedule; none when it is null.</summary>
    public static void Check(Problems problems, UploadLimitSchedule? schedule)
    {
        var recurrences = schedule?.WeeklyRecurrences ?? [];
        if (recurrences.Count > Limits.RecurrencesMax)
        {
            problems.Add(Path, $"A schedule can have at most {Limits.RecurrencesMax} recurrences.");
            return;
        }

        var taken = new List<(string Day, int Start, int End, int Index)>();
        for (var at = 0; at < recurrences.Count; at++)
        {
            Check(problems, recurrences[at], at, taken);
        }
    }

    private static void Check(Problems problems, UploadLimitRecurrence? recurrence, int at, List<(string Day, int Start, int End,
        int Index)> taken)
    {
        var path = $"{Path}[{at}]";
        if (recurrence is null)
        {
            problems.Add(path, "A recurrence must be an object.");
            return;
        }

        if (recurrence.LimitInMbps is null or < 0)
        {
            problems.Add($"{path}.limitInMbps", "The limit is required and must be 0 or more megabits per second; 0 pauses transfers.");
        }

        var timesHold = HalfHours.Check(problems, $"{path}.startTime", recurrence.StartTime)
            & HalfHours.Check(problems, $"{path}.endTime", recurrence.EndTime);
        if (timesHold && recurrence.StartTime?.MinuteOfDay() >= recurrence.EndTime?.MinuteOfDay())
        {
            problems.Add(path, "A recurrence must start before it ends, on the same day; split one that crosses midnight in two.");
            timesHold = false;
        }

        if (Days(problems, path, recurrence.Days) is { } days && timesHold && recurrence is { StartTime: { } start, EndTime: { } end })
        {
            Place(problems, path, days, start.MinuteOfDay(), end.MinuteOfDay(), at, taken);
        }
    }

    private static IReadOnlyList<string>? Days(Problems problems, string path, IReadOnlyList<string>? days)
    {
        if (days is null or { Count: 0 })
        {
            problems.Add($"{path}.days", "At least one day is required.");
            return null;
        }

        if (days.Any(day => !WeekDays.All.Contains(day, StringComparer.Ordinal))
            || days.Distinct(StringComparer.Ordinal).Count() != days.Count)
        {
            problems.Add($"{path}.days", $"Days must be '{string.Join("', '", WeekDays.All)}', each at most once.");
            return null;
        }

        return days;
    }

    private static void Place(
        Problems problems, string path, IReadOnlyList<string> days, int start, int end, int at, List<(string Day, int Start, int End,
            int Index)> taken)
    {
        foreach (var day in days)
        {
            var other = taken.FindIndex(t => t.Day == day && start < t.End && t.Start < end);
            if (other >= 0)
            {
                problems.Add(path, $"The recurrence overlaps recurrence {taken[other].Index} on {day}.");
                return;
            }

            taken.Add((day, start, end, at));
        }
    }
}

/// <summary>Rules of times on the half-hour grid. Pure.</summary>
public static class HalfHours
{
    /// <summary>Adds a problem unless the time is there, hour 0 to 24, minute 0 or 30, and hour 24 only with minute 0.</summary>
    public static bool Check(Problems problems, string path, HalfHour? time)
    {
        if (time?.Hour is >= 0 and <= 24 && (time.Minute ?? 0) is 0 or 30 && (time.Hour < 24 || (time.Minute ?? 0) == 0))
        {
            return true;
        }

        problems.Add(path, "A time must have an hour of 0 to 24 and a minute of 0 or 30; hour 24 allows only minute 0.");
        return false;
    }
}
