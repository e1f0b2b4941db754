using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Transfers;
using Mover.Core.Arm;
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

    private async Task<AzureBlobVolume> OpenAsync(ScratchContainer container, CancellationToken cancel)
    {
        var account = await plane.Client.GetAsync(container.Account, cancel);
        var endpoint = EndpointOf(container.Account, account);
        var address = BlobContainerAddress.Of(endpoint, container.Account.Name, container.Name, string.Empty)
            ?? throw CliException.Usage($"'{endpoint}' and '{container.Name}' do not make the address of a container.");
        return new(address, credentials.Read(parsed, terminal, new(address, string.Empty), target: null), new(), terminal.Clock);
    }

    private static string EndpointOf(ResourceId id, JsonNode account) =>
        account["properties"]?["primaryEndpoints"]?["blob"]?.ToString() is { Length: > 0 } endpoint
            ? endpoint
            : $"https://{id.Name}.blob.core.windows.net";
}
