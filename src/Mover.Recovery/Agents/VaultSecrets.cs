using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Agents;

/// <summary>
/// Finds the ARM ids of the secrets of Azure Key Vault that endpoints name by their addresses: the vaults are looked for in the
/// subscription. Roles are given on exactly these secrets.
/// </summary>
internal sealed class VaultSecrets(MoverClient client, string subscription)
{
    private const string Type = "Microsoft.KeyVault/vaults";
    private const int VaultsMax = 1000;

    private Dictionary<string, ResourceId>? _vaults;

    /// <summary>The secret's ARM id; null when its vault is none that can be seen here.</summary>
    public async Task<ResourceId?> FindAsync(string address, CancellationToken cancel) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Segments is [_, "secrets/", var name, ..]
        && (await VaultsAsync(cancel)).TryGetValue(uri.Host, out var vault)
            ? vault.Child("secrets", name.TrimEnd('/'))
            : null;

    /// <summary>A secret's address without its version and whatever else stands behind.</summary>
    public static string Shown(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) ? uri.GetLeftPart(UriPartial.Path)
        : "an invalid address";

    private async Task<Dictionary<string, ResourceId>> VaultsAsync(CancellationToken cancel)
    {
        if (_vaults is not null)
        {
            return _vaults;
        }

        var vaults = new Dictionary<string, ResourceId>(StringComparer.OrdinalIgnoreCase);
        try
        {
            await foreach (var one in client.ListAsync($"/subscriptions/{subscription}/providers/{Type}", cancel).Take(VaultsMax))
            {
                if (ResourceId.TryParse(Estate.TextOf(one["id"]), out var id)
                    && Uri.TryCreate(Estate.PropertyOf(one, "vaultUri"), UriKind.Absolute, out var uri))
                {
                    vaults[uri.Host] = id;
                }
            }
        }
        catch (ArmException refused) when (refused.Error.Status is 400 or 403 or 404)
        {
            // What cannot be seen is told for each secret.
        }

        return _vaults = vaults;
    }
}
