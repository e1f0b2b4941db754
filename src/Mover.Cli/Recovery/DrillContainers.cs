using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Transfers;
using Mover.Recovery.Drill;
using Mover.Volumes.AzureBlob;

namespace Mover.Cli.Recovery;

/// <summary>
/// Makes and deletes the containers of a drill from this machine, with the account's key: the control plane never touches data.
/// </summary>
internal sealed class DrillContainers(BlobCredentials credentials, ParseResult parsed, Terminal terminal, ControlPlane plane)
{
    public async Task MakeAsync(ScratchContainer container, CancellationToken cancel)
    {
        await using var volume = await OpenAsync(container, cancel);
        await volume.CreateContainerAsync(cancel);
    }

    public async Task DeleteAsync(ScratchContainer container, CancellationToken cancel)
    {
        await using var volume = await OpenAsync(container, cancel);
        await volume.DeleteContainerAsync(cancel);
    }

    private async Task<AzureBlobVolume> OpenAsync(ScratchContainer container, CancellationToken cancel) =>
        (await AccountContainers.OpenAsync(plane, container.Account, container.Name, credentials, parsed, terminal, cancel)).Volume;
}
