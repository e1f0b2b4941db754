using Mover.Cli.Frame;
using Mover.Transfer.Contract;
using Mover.Volumes.Local;
using Mover.Volumes.Nfs;

namespace Mover.Cli.Transfers;

/// <summary>Opens folders of this machine. A target folder is made unless it is only looked at; a source has to be there.</summary>
internal static class LocalVolumes
{
    public static IVolume Open(
        LocalLocation location, EndUse use, string spill, TimeProvider clock, bool oneFileSystem = false)
    {
        if (use is EndUse.Written)
        {
            MakeFolder(location.Folder);
        }
        else if (use is not EndUse.Planned && !Directory.Exists(location.Folder))
        {
            throw new CliException(ExitCodes.NotFound, "NotFound", $"The folder '{location.Folder}' does not exist.", "Check the path.");
        }

        return new LocalVolume(new(location.Folder)
        {
            IsTarget = use is not EndUse.Source,
            IsReadOnly = use is EndUse.Planned or EndUse.Verified,
            OneFileSystem = oneFileSystem,
            SpillFolder = spill,
            Clock = clock,
        });
    }

    private static void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CliException(
                ExitCodes.Failed, "NoTargetFolder", $"Cannot create the target folder '{folder}': {fault.Message}",
                "Use a folder that you can create, or create it first.", fault);
        }
    }
}

/// <summary>Opens NFS exports, without a mount.</summary>
internal static class NfsVolumes
{
    public static async Task<IVolume> OpenAsync(NfsLocation location, string spill, TimeProvider clock, CancellationToken cancel) =>
        await NfsVolume.OpenAsync(
            new(location.Host, location.Export)
            {
                Version = location.Version switch { 3 => NfsVersion.V3, 4 => NfsVersion.V4, _ => NfsVersion.Auto },
                NfsPort = location.NfsPort,
                MountPort = location.MountPort,
                SpillFolder = spill,
                Clock = clock,
            },
            cancel);
}
