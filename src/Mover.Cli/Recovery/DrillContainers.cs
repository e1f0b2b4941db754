using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Transfers;
using Mover.Core.Arm;
using Mover.Recovery.Drill;
using Mover.Volumes.AzureBlob;

namespace Mover.Cli.Recovery;

/// <summary>
/// Makes, reads and deletes the containers of a drill from this machine, with the account's key: the control plane never touches data.
/// </summary>
internal sealed class DrillContainers(BlobCredentials credentials, ParseResult parsed, Terminal terminal, ControlPlane plane)
{
    public async Task MakeAsync(ScratchContainer container, CancellationToken cancel)
    {
        await using var volume = await OpenAsync(container.Account, container.Name, string.Empty, cancel);
        await volume.CreateContainerAsync(cancel);
    }

    public async Task DeleteAsync(ScratchContainer container, CancellationToken cancel)
    {
        await using var volume = await OpenAsync(container.Account, container.Name, string.Empty, cancel);
        await volume.DeleteContainerAsync(cancel);
    }

    /// <summary>Opens a folder in a container; all of it when the folder is empty.</summary>
    public async Task<AzureBlobVolume> OpenAsync(ResourceId account, string name, string folder, CancellationToken cancel) =>
        (await AccountContainers.OpenAsync(plane, account, name, folder, credentials, parsed, terminal, cancel)).Volume;
}
