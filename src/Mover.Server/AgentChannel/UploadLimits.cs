using Mover.Core.AgentProtocol;
using Mover.Core.Resources;

namespace Mover.Server.AgentChannel;

/// <summary>The upload limit schedule of a resource, as the channel tells it. Pure.</summary>
internal static class UploadLimits
{
    /// <summary>One window a day and recurrence; empty when uploads are not limited.</summary>
    public static IReadOnlyList<UploadLimitWindow> Of(UploadLimitSchedule? schedule)
    {
        var windows = new List<UploadLimitWindow>();
        foreach (var recurrence in schedule?.WeeklyRecurrences ?? [])
        {
            foreach (var name in recurrence.Days ?? [])
            {
                if (Enum.TryParse<DayOfWeek>(name, ignoreCase: true, out var day))
                {
                    windows.Add(new(
                        day,
                            recurrence.StartTime?.MinuteOfDay() ?? 0,
                        recurrence.EndTime?.MinuteOfDay() ?? 24 * 60,
                        recurrence.LimitInMbps ?? 0));
                }
            }
        }

        return windows;
    }
}
