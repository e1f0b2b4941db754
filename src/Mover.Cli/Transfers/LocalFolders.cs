using Mover.Cli.Frame;

namespace Mover.Cli.Transfers;

/// <summary>Folders of this machine. A target folder is made unless it is only looked at; a source has to be there.</summary>
internal static class LocalFolders
{
    public static void Prepare(LocalLocation location, EndUse use)
    {
        if (use is EndUse.Written or EndUse.Made)
        {
            MakeFolder(location.Folder);
        }
        else if (use is not EndUse.Planned && !Directory.Exists(location.Folder))
        {
            throw new CliException(ExitCodes.NotFound, "NotFound", $"The folder '{location.Folder}' does not exist.", "Check the path.");
        }
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
