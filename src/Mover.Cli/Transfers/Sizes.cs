using System.Globalization;
using Mover.Cli.Frame;

namespace Mover.Cli.Transfers;

/// <summary>
/// Sizes and rates as people write them: <c>64MiB</c>, <c>1G</c>, <c>500000</c>. One letter and KiB-style units are powers of 1024;
/// KB-style ones of 1000.
/// </summary>
internal static class Sizes
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("KIB", 1L << 10), ("MIB", 1L << 20), ("GIB", 1L << 30), ("TIB", 1L << 40),
        ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("K", 1L << 10), ("M", 1L << 20), ("G", 1L << 30), ("T", 1L << 40), ("B", 1),
    ];

    public static long Parse(string flag, string text)
    {
        var upper = text.Trim().ToUpperInvariant();
        var (number, factor) = (upper, 1L);
        foreach (var (unit, bytes) in Units)
        {
            if (upper.EndsWith(unit, StringComparison.Ordinal))
            {
                (number, factor) = (upper[..^unit.Length].TrimEnd(), bytes);
                break;
            }
        }

        var isNumber = decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value);
        return isNumber && value >= 0 && value * factor <= long.MaxValue
            ? (long)(value * factor)
            : throw CliException.Usage($"{flag} '{text}' is not a valid size.", "Use a size such as 64MiB, 1G or 500000.");
    }
}
