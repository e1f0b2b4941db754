using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Agents;

/// <summary>
/// Finds the ARM ids of the vault secrets that endpoints name by their addresses: those of the control plane's own vault, and those of
/// Azure Key Vault, whose vaults are looked for in the subscription. Roles are given on exactly these.
/// </summary>
internal sealed class VaultSecrets(MoverClient client, string subscription)
{
    private const string Type = "Microsoft.KeyVault/vaults";
    private const string Version = "2023-07-01";
    private const int VaultsMax = 1000;

    private Dictionary<string, ResourceId>? _vaults;

    /// <summary>The addresses of secrets that an endpoint's agent reads.</summary>
    public static IEnumerable<string> Of(StorageEndpointProperties? properties) => properties switch
    {
        SmbMountProperties { Credentials: { } smb } => Said(smb.UsernameUri, smb.PasswordUri),
        S3WithHmacProperties { Credentials: { } s3 } => Said(s3.AccessKeyUri, s3.SecretKeyUri),
        _ => [],
    };

    /// <summary>The secret's ARM id; null when its vault is none that can be seen here.</summary>
    public async Task<ResourceId?> FindAsync(string address, CancellationToken cancel)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri))
        {
            return null;
        }

        // Of the version of a secret nobody gives a right of its own.
        return uri.Segments switch
        {
            [_, "vaults/", var vault, "secrets/", var name, ..] =>
                ResourceId.OfSubscription(subscription).Provider(Type, vault.TrimEnd('/')).Child("secrets", name.TrimEnd('/')),
            [_, "secrets/", var name, ..] when (await VaultsAsync(cancel)).TryGetValue(uri.Host, out var vault) =>
                vault.Child("secrets", name.TrimEnd('/')),
            _ => null,
        };
    }

    /// <summary>A secret's address without its version and whatever else stands behind.</summary>
    public static string Shown(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) ? uri.GetLeftPart(UriPartial.Path)
        : "an address that is none";

    private async Task<Dictionary<string, ResourceId>> VaultsAsync(CancellationToken cancel)
    {
        if (_vaults is not null)
        {
            return _vaults;
        }

        var vaults = new Dictionary<string, ResourceId>(StringComparer.OrdinalIgnoreCase);
        try
        {
            var next = (string?)$"/subscriptions/{subscription}/providers/{Type}?api-version={Version}";
            while (next is not null && vaults.Count < VaultsMax)
            {
                var page = (await client.Pipeline.SendAsync(new(HttpMethod.Get, next), cancel)).Body as JsonObject;
                foreach (var one in (page?["value"] as JsonArray ?? []).OfType<JsonObject>())
                {
                    if (ResourceId.TryParse(Estate.TextOf(one["id"]), out var id)
                        && Uri.TryCreate(Estate.PropertyOf(one, "vaultUri"), UriKind.Absolute, out var uri))
                    {
                        vaults[uri.Host] = id;
                    }
                }

                next = Estate.TextOf(page?["nextLink"]) is { Length: > 0 } link ? ArmOperations.PathOf(link) : null;
            }
        }
        catch (ArmException refused) when (refused.Error.Status is 400 or 403 or 404)
        {
            // What cannot be seen is told for each secret.
        }

        return _vaults = vaults;
    }

    private static IEnumerable<string> Said(params string?[] addresses) =>
        addresses.OfType<string>().Where(address => address.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase);
}
