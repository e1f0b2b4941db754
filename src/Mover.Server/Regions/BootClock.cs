using System.Diagnostics;
using System.Runtime.InteropServices;
using Mover.Server.Background;

namespace Mover.Server.Regions;

/// <summary>
/// The system's clock, whose timestamps go on while the machine is suspended (CLOCK_BOOTTIME): what is leased elsewhere lapses meanwhile.
/// </summary>
internal sealed partial class BootClock : TimeProvider
{
    private const int ClockBootTime = 7;
    private const long NanosecondsPerSecond = 1_000_000_000;

    public static readonly BootClock Instance = new();

    /// <inheritdoc/>
    public override long TimestampFrequency => NanosecondsPerSecond;

    /// <summary>The one to measure leases with, for work on a clock.</summary>
    public static TimeProvider For(TimeProvider clock) => clock == System ? Instance : clock;

    /// <inheritdoc/>
    public override long GetTimestamp() => GetTime(ClockBootTime, out var now) == 0
        ? (now.Seconds * NanosecondsPerSecond) + now.Nanoseconds
        : throw new UnreachableException("Linux 2.6.39 and newer have CLOCK_BOOTTIME.");

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec now);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
