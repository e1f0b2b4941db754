using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Mover.Files;

namespace Mover.Transfer.Journal;

/// <summary>
/// That the delete guard stopped a mirror, kept beside the runs of its two ends: how many items the target held that no run had just
/// stored. Without it the copies of the stopped run would count as the target's own at the next, and make the same deletions look few.
/// </summary>
internal static class GuardMark
{
    private const int BytesMax = 32;

    /// <summary>The items that the target held; null when no stop is remembered.</summary>
    public static long? Read(string? path)
    {
        if (path is null || !File.Exists(path))
        {
            return null;
        }

        var content = File.ReadAllBytes(path);
        return content.Length is > 0 and <= BytesMax && Utf8Parser.TryParse(content, out long items, out _) ? items : 0;
    }

    /// <summary>Remembers a stop; of several the fewest items count.</summary>
    public static void Write(string? path, long targetItems)
    {
        if (path is not null)
        {
            var fewest = Read(path) is { } before ? Math.Min(before, targetItems) : targetItems;
            PrivateFile.Replace(path, Encoding.ASCII.GetBytes(fewest.ToString(CultureInfo.InvariantCulture)));
        }
    }

    /// <summary>A mirror went through.</summary>
    public static void Clear(string? path)
    {
        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }
}
