using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Core.Arm;
using Mover.Volumes.AzureBlob;

namespace Mover.Cli.Transfers;

/// <summary>
/// Containers of a registered account, reached from this machine with the account's key or a SAS that is given here: the control plane
/// never
/// touches data, and gives no key back.
/// </summary>
internal static class AccountContainers
{
    /// <summary>Opens one, or a folder in it, whether it is there or not.</summary>
    public static async Task<(AzureBlobVolume Volume, BlobContainerAddress Address)> OpenAsync(
        ControlPlane plane, ResourceId account, string name, string folder, BlobCredentials credentials, ParseResult parsed,
        Terminal terminal, CancellationToken cancel)
    {
        var endpoint = EndpointOf(account, await plane.Client.GetAsync(account, cancel));
        var address = BlobContainerAddress.Of(endpoint, account.Name, name, folder)
            ?? throw CliException.Usage($"'{endpoint}' and '{name}' do not form a valid container URL.");
        var credential = credentials.Read(parsed, terminal, new(address, string.Empty), target: null);
        return (new(address, credential, new(), terminal.Clock), address);
    }

    /// <summary>The address of an account's Blob service: the one it is registered with, else Azure's.</summary>
    public static string EndpointOf(ResourceId account, System.Text.Json.Nodes.JsonNode? document) =>
        document?["properties"]?["primaryEndpoints"]?["blob"]?.ToString() is { Length: > 0 } endpoint
            ? endpoint
            : $"https://{account.Name}.blob.core.windows.net";
}
