using Mover.Core.AgentProtocol;

namespace Mover.Agent;

/// <summary>Which upload limit holds at a moment. Pure.</summary>
public static class UploadLimitRules
{
    /// <summary>Bytes per second allowed at a local time: null for no limit, 0 for a pause.</summary>
    /// <param name="windows">The schedule; its windows do not overlap.</param>
    /// <param name="local">The agent's local time.</param>
    public static long? At(IReadOnlyList<UploadLimitWindow> windows, DateTimeOffset local)
    {
        var minute = (local.Hour * 60) + local.Minute;
        foreach (var window in windows)
        {
            if (window.Day == local.DayOfWeek && minute >= window.StartMinute && minute < window.EndMinute)
            {
                return window.LimitInMbps * 1_000_000L / 8;
            }
        }

        return null;
    }

    /// <summary>The part of a limit that each of several runs gets; a limit above 0 never becomes a pause.</summary>
    public static long? Share(long? bytesPerSecond, int runs) =>
        bytesPerSecond is > 0 and { } limit ? Math.Max(1, limit / Math.Max(1, runs)) : bytesPerSecond;
}
