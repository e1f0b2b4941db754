using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Regions;
using Mover.Recovery.Agents;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Assess;

/// <summary>Assesses the storage accounts that the endpoints of an estate name.</summary>
public sealed class AccountAssessments(MoverClient client)
{
    private const string Version = "2023-05-01";

    /// <summary>One for each account, in the order of ids. An account that is not there, or may not be read, says so.</summary>
    /// <exception cref="RecoveryException"><c>RegionUnknown</c>: nothing is assessed for a region that is misspelt.</exception>
    public async Task<IReadOnlyList<AccountAssessment>> ReadAsync(
        ResourceId group, string? mover, string? lostRegion, CancellationToken cancel)
    {
        var known = await KnownRegions.ReadAsync(client, group.Subscription, RegionCatalogue.Azure, [lostRegion], cancel);
        if (lostRegion is not null && known.Find(lostRegion) is null)
        {
            throw new RecoveryException(
                "RegionUnknown", $"'{lostRegion}' is neither an Azure region nor a region of the control plane.",
                "See `az account list-locations`.");
        }

        var estate = await JobEstate.ReadAsync(client, group, mover, cancel);
        var accounts = estate.Endpoints
            .SelectMany(endpoint => JobGrants.NeedsOf(endpoint.Value, endpoint.Key.Parent, isSource: false))
            .Select(need => need.Account).Where(account => account != default)
            .Distinct().OrderBy(account => account.Key, StringComparer.Ordinal);
        return await ReadAsync([.. accounts], lostRegion, cancel);
    }

    /// <summary>The same for accounts that are known already; a region that is unknown is that of no account.</summary>
    public async Task<IReadOnlyList<AccountAssessment>> ReadAsync(
        IReadOnlyList<ResourceId> accounts, string? lostRegion, CancellationToken cancel)
    {
        var assessments = new List<AccountAssessment>();
        foreach (var account in accounts)
        {
            assessments.Add(AccountAssessment.Of(await FindAsync(account, cancel), lostRegion));
        }

        return assessments;
    }

    /// <summary>The same for the accounts of a snapshot, as they were when it was taken. Asks nobody.</summary>
    public static IReadOnlyList<AccountAssessment> Of(SnapshotManifest snapshot, string? lostRegion) =>
        [.. snapshot.StorageAccounts.Select(account => AccountAssessment.Of(
            new()
            {
                ["id"] = account.Id, ["location"] = account.Location ?? "unknown", ["sku"] = new JsonObject { ["name"] = account.Sku },
            },
            lostRegion))];

    // Azure tells how far the copy is only when asked for it.
    private async Task<JsonObject> FindAsync(ResourceId account, CancellationToken cancel)
    {
        try
        {
            var answer = await client.Pipeline.SendAsync(
                new(HttpMethod.Get, $"{account}?api-version={Version}&$expand=geoReplicationStats"), cancel);
            return answer.Body as JsonObject ?? Unread(account, "unknown");
        }
        catch (ArmException refused) when (refused.Error.Status is 403 or 404)
        {
            return Unread(account, refused.Error.Code);
        }
    }

    private static JsonObject Unread(ResourceId account, string why) => new()
    {
        ["id"] = account.Text, ["location"] = $"unknown ({why})",
    };
}
