using System.Globalization;
using Mover.SystemTests.Harness;

namespace Mover.SystemTests.Faults;

/// <summary>
/// The clock of the wall as one program sees it: right, or set by so much while the program runs. Its other clocks, which measure intervals, stay
/// as they are. Works where MOVER_FAKETIME names libfaketime.
/// </summary>
internal sealed class ZoneClock
{
    private static readonly TimeSpan Exact = TimeSpan.FromMinutes(1);
    private readonly string _file;
    private readonly bool _isSet;

    public ZoneClock(string folder, bool isSet)
    {
        _isSet = isSet;
        _file = Path.Combine(folder, "clock");
        Set(TimeSpan.Zero);
    }

    /// <summary>Whether clocks can be set here.</summary>
    public static bool CanBeSet => Library.Length > 0;

    /// <summary>By how much it is ahead of the right one.</summary>
    public TimeSpan Offset { get; private set; }

    /// <summary>The words that start a program with this clock; none where it is never set.</summary>
    public string[] Words => _isSet
        ?
        [
            "env", $"LD_PRELOAD={Library}", $"FAKETIME_TIMESTAMP_FILE={_file}", "FAKETIME_CACHE_DURATION=1", "FAKETIME_DONT_FAKE_MONOTONIC=1",
            "FAKETIME_DISABLE_SHM=1", "NO_FAKE_STAT=1",
        ]
        : [];

    private static string Library => Environment.GetEnvironmentVariable("MOVER_FAKETIME") ?? string.Empty;

    /// <summary>Sets it; the program sees it within a second.</summary>
    public void Set(TimeSpan offset)
    {
        var sign = offset < TimeSpan.Zero ? "-" : "+";
        File.WriteAllText($"{_file}.new", string.Create(CultureInfo.InvariantCulture, $"{sign}{offset.Duration().TotalSeconds:F0}\n"));
        File.Move($"{_file}.new", _file, overwrite: true);
        Offset = offset;
    }

    /// <summary>Whether a time that the program told shows that it sees this clock.</summary>
    public bool Explains(DateTimeOffset? told) => (told - TimeProvider.System.GetUtcNow() - Offset)?.Duration() < Exact;
}
