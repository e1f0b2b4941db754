using System.Globalization;

namespace Mover.Cli.Doctor;

/// <summary>Judges how far this host's clock is from another's.</summary>
internal static class Skew
{
    /// <summary>Tokens are refused when clocks are further apart than this.</summary>
    public static readonly TimeSpan Max = TimeSpan.FromMinutes(5);

    /// <summary>Worth a note: assertions and SAS begin and end by the clock.</summary>
    public static readonly TimeSpan Good = TimeSpan.FromSeconds(10);

    public static Finding Judge(TimeProvider clock, DateTimeOffset? theirs)
    {
        if (theirs is not { } date)
        {
            return Finding.Ok("clock", "the server does not send its time");
        }

        // The header has whole seconds.
        var skew = (clock.GetUtcNow() - date).Duration();
        var found = string.Create(CultureInfo.InvariantCulture, $"{skew.TotalSeconds:F0} s off from the server's");
        return skew > Max ? Finding.Fail("clock", found, "Synchronize the clock (NTP); tokens are rejected.")
            : skew > Good ? Finding.Warn("clock", found, "Synchronize the clock (NTP).")
            : Finding.Ok("clock", found);
    }
}
