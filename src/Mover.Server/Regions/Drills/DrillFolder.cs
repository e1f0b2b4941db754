using System.Globalization;
using Mover.Core.Arm;
using Mover.Files;

namespace Mover.Server.Regions.Drills;

/// <summary>
/// The folder of a drill, below the data folder: there secrets are closed to others, and room is what the standby's own state would have.
/// Removed in the end; what a drill that was killed has left, the next one removes.
/// </summary>
internal sealed class DrillFolder : IDisposable
{
    /// <summary>Room that stays for everything else on the disk, in bytes.</summary>
    public const long ReserveBytes = 256 * 1024 * 1024;

    private const string Prefix = "drill-";

    // The file with its index, and its write-ahead log.
    private const int TimesBytes = 3;

    private DrillFolder(string path) => Path = path;

    /// <summary>The path.</summary>
    public string Path { get; }

    /// <summary>Makes one, with nothing left of those before.</summary>
    public static DrillFolder Make(string dataFolder)
    {
        foreach (var left in Directory.EnumerateDirectories(dataFolder, Prefix + "*"))
        {
            try
            {
                PrivateFolder.Remove(left);
            }
            catch (IOException)
            {
                // Another user made it, or something in it.
            }
        }

        return new(PrivateFolder.Ensure(System.IO.Path.Combine(dataFolder, Prefix + Guid.NewGuid().ToString("n"))));
    }

    /// <summary>Null when a disk has room for a copy of so many bytes; otherwise why not.</summary>
    public static ArmError? Refuse(string path, long copyBytes, long freeBytes)
    {
        var needed = (copyBytes * TimesBytes) + ReserveBytes;
        return freeBytes >= needed ? null : ArmErrors.DrillHasNoRoom(path, Mebibytes(needed), Mebibytes(freeBytes));
    }

    /// <summary>Bytes that this user may still write to the disk under a folder.</summary>
    public static long FreeBytes(string path) => new DriveInfo(path).AvailableFreeSpace;

    /// <inheritdoc/>
    public void Dispose() => PrivateFolder.Remove(Path);

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024 / 1024} MiB");
}
