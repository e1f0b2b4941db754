using System.Globalization;

namespace Mover.Volumes.Local;

/// <summary>One mount of this process's view. Source: proc_pid_mountinfo(5).</summary>
/// <param name="Number">The kernel's id of the mount.</param>
/// <param name="Device">Major and minor number of the file system.</param>
/// <param name="Root">What of the file system is mounted, as a path in it.</param>
/// <param name="Point">Where.</param>
internal sealed record Mount(int Number, string Device, string Root, string Point);

/// <summary>
/// Names folders by their file system and the path in it. A bind mount gives a folder a second path; here it has one name, so that places
/// which share something are seen to.
/// </summary>
internal static class MountTable
{
    private const string Source = "/proc/self/mountinfo";

    /// <summary>The folder and all that is mounted below it; empty where the kernel does not tell.</summary>
    /// <param name="path">The folder's path without links.</param>
    /// <param name="mountNumber">The mount that it is reached by; null when that is not known.</param>
    /// <param name="withMounts">False for the folder alone.</param>
    public static IReadOnlyList<string> PlacesIn(string path, int? mountNumber, bool withMounts)
    {
        if (!File.Exists(Source))
        {
            return [];
        }

        var folder = path.TrimEnd('/');
        var places = new List<string>();
        foreach (var mount in File.ReadLines(Source).Select(Parse))
        {
            if (mount is null)
            {
                continue;
            }

            if (mount.Number == mountNumber && IsWithin(folder, mount.Point.TrimEnd('/')))
            {
                places.Add(PlaceOf(mount, folder[mount.Point.TrimEnd('/').Length..]));
            }
            else if (withMounts && mount.Point.StartsWith(folder + "/", StringComparison.Ordinal))
            {
                places.Add(PlaceOf(mount, string.Empty));
            }
        }

        return places;
    }

    /// <summary>Where something is mounted below the folder.</summary>
    /// <param name="path">The folder's path without links.</param>
    public static IEnumerable<string> PointsBelow(string path) => !File.Exists(Source) ? [] : File.ReadLines(Source)
        .Select(line => Parse(line)?.Point ?? string.Empty)
        .Where(point => point.StartsWith(path.TrimEnd('/') + "/", StringComparison.Ordinal))
        .Distinct(StringComparer.Ordinal);

    private static string PlaceOf(Mount mount, string below) => $"device:{mount.Device}{mount.Root.TrimEnd('/')}{below}";

    private static bool IsWithin(string path, string folder) =>
        path.StartsWith(folder, StringComparison.Ordinal) && (path.Length == folder.Length || path[folder.Length] == '/');

    private static Mount? Parse(string line) =>
        line.Split(' ') is [var number, _, var device, var root, var point, ..]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? new(id, device, Unescape(root), Unescape(point))
            : null;

    /// <summary>Spaces, tabs, newlines and backslashes stand there as octal numbers.</summary>
    private static string Unescape(string text) => !text.Contains('\\', StringComparison.Ordinal) ? text : text
        .Replace(@"\040", " ", StringComparison.Ordinal)
        .Replace(@"\011", "\t", StringComparison.Ordinal)
        .Replace(@"\012", "\n", StringComparison.Ordinal)
        .Replace(@"\134", @"\", StringComparison.Ordinal);
}
