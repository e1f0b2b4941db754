using Mover.Cli.Frame;
using Mover.Transfer.Contract;

namespace Mover.Cli.Transfers;

/// <summary>Opens folders of this machine.</summary>
internal static class LocalVolumes
{
    public static IVolume Open(LocalLocation location, bool isTarget, TimeProvider clock)
    {
        _ = (isTarget, clock);
        throw new CliException(ExitCodes.NotReady, "NoDriver", $"This build cannot open the folder '{location}'.");
    }
}

/// <summary>Opens NFS exports.</summary>
internal static class NfsVolumes
{
    public static IVolume Open(NfsLocation location, TimeProvider clock)
    {
        _ = clock;
        throw new CliException(ExitCodes.NotReady, "NoDriver", $"This build cannot open the export '{location}'.", "Mount it and copy from the mounted path.");
    }
}
