using System.Globalization;
using System.Runtime.InteropServices;
using Mover.Cli.Frame;
using Mover.Cli.Progress;

namespace Mover.Cli.Doctor;

/// <summary>Checks of this machine: versions, libraries, room and limits.</summary>
internal static class MachineChecks
{
    /// <summary>Less free room than this stops journals and state soon.</summary>
    public const long FreeBytesMin = 256L * 1024 * 1024;

    /// <summary>Below this, a note: a spilling sort of a large tree may need it.</summary>
    public const long FreeBytesGood = 2L * 1024 * 1024 * 1024;

    /// <summary>Connections, journals and parallel scans together stay well below this.</summary>
    public const long OpenFilesMin = 1024;

    private const string NfsLibrary = "libnfs.so.13";

    public static IEnumerable<Finding> Run(string folder)
    {
        yield return Finding.Ok(
            "version",
            $"mover {MoverApp.Version}, .NET {Environment.Version}, {RuntimeInformation.OSDescription}, "
                + $"{Environment.ProcessorCount} cores");
        yield return Nfs();
        yield return Room(folder);
        yield return OpenFiles();
    }

    private static Finding Nfs()
    {
        if (!NativeLibrary.TryLoad(NfsLibrary, out var handle))
        {
            return Finding.Warn(
                "libnfs", $"{NfsLibrary} is not installed; NFS exports can only be read through a mount.",
                "Debian: apt-get install libnfs13; or mount the export and use --mount.");
        }

        NativeLibrary.Free(handle);
        return Finding.Ok("libnfs", $"{NfsLibrary} is installed");
    }

    private static Finding Room(string folder)
    {
        var existing = Path.GetFullPath(folder);
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
        {
            existing = parent;
        }

        var free = new DriveInfo(existing).AvailableFreeSpace;
        var found = $"{Figures.Bytes(free)} free at {existing}";
        return free switch
        {
            < FreeBytesMin => Finding.Fail("disk", found, "Free some space, or use --data with a folder on another disk."),
            < FreeBytesGood => Finding.Warn("disk", found, "Journals of large runs may need more."),
            _ => Finding.Ok("disk", found),
        };
    }

    /// <summary>The soft limit, as the kernel tells it. The runtime raises it to the hard limit at start.</summary>
    private static Finding OpenFiles()
    {
        const string Limits = "/proc/self/limits";
        var line = File.Exists(Limits)
            ? File.ReadLines(Limits).FirstOrDefault(l => l.StartsWith("Max open files", StringComparison.Ordinal))
            : null;
        var columns = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (columns.Length < 5 || !long.TryParse(columns[3], NumberStyles.None, CultureInfo.InvariantCulture, out var soft))
        {
            return Finding.Ok("open files", line is null ? "the limit is unknown on this system" : "unlimited");
        }

        return soft >= OpenFilesMin
            ? Finding.Ok("open files", $"up to {soft}")
            : Finding.Warn("open files", $"only {soft}", $"Raise the limit: ulimit -n {OpenFilesMin * 4}, or LimitNOFILE= in the unit.");
    }
}
