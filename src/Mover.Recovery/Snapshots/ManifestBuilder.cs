using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Regions;
using Mover.Recovery.Plans;

namespace Mover.Recovery.Snapshots;

/// <summary>Gathers what stands beside a template: accounts, agents, their roles, schedules. Read once, after the template.</summary>
/// <param name="client">The control plane.</param>
/// <param name="options">What is taken.</param>
internal sealed class ManifestBuilder(MoverClient client, SnapshotOptions options)
{
    public async Task<SnapshotManifest> BuildAsync(EstateRead read, CancellationToken cancel)
    {
        var documents = read.Estate.Documents.Values;
        var agents = Of(documents, EstateTypes.Agent).Select(one => Agent(one, read.Estate.Machines)).ToList();
        var leftOut = read.Estate.LeftOut.Concat(read.Problems).ToList();
        var accounts = await AccountsAsync(documents, cancel).ConfigureAwait(false);
        var roles = await RolesAsync(agents, accounts, leftOut, cancel).ConfigureAwait(false);
        var counts = new SortedDictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var resource in read.Template["resources"] as JsonArray ?? [])
        {
            var type = $"{resource?["type"]}";
            counts[type] = counts.GetValueOrDefault(type) + 1;
        }

        var location = read.Estate.Location;
        var known = await KnownRegions.ReadAsync(client, options.Group.Subscription, RegionCatalogue.Azure, [location], cancel)
            .ConfigureAwait(false);
        return new()
        {
            Format = SnapshotManifest.CurrentFormat,
            TakenAt = default,
            TakenBy = options.ProgramVersion,
            Source = new(
                client.Pipeline.Address, options.Group.Subscription, options.Group.ResourceGroup, options.StorageMover,
                location, RegionCatalogue.Azure.Find(location) is null ? known.Find(location)?.Geography : null),
            TemplateDigest = SnapshotFolder.DigestOf(RecoveryJson.ToBytes(read.Template)),
            Counts = counts,
            Agents = agents,
            StorageAccounts = accounts,
            RoleAssignments = roles,
            Schedules =
            [
                .. Of(documents, EstateTypes.JobDefinition)
                    .Where(one => one["properties"]?["schedule"] is JsonObject)
                    .Select(one => new SnapshotSchedule(
                        Estate.IdOf(one).Text, ScheduleSummary.Of(one["properties"]?["schedule"] as JsonObject ?? []))),
            ],
            FinishedMirrors =
            [
                .. Of(documents, EstateTypes.JobDefinition).Where(FinishedMirror.Is).Select(one => Estate.IdOf(one).Text),
            ],
            LeftOut = Bounded(leftOut),
        };
    }

    private static IEnumerable<JsonObject> Of(IEnumerable<JsonObject> documents, string type) =>
        documents.Where(one => ArmCase.Same(Estate.IdOf(one).Type, type));

    private static SnapshotAgent Agent(JsonObject agent, IReadOnlyDictionary<string, JsonObject> machines)
    {
        var machine = ResourceId.TryParse(Estate.PropertyOf(agent, "arcResourceId"), out var id) ? id.Text : null;
        var principal = machine is not null && machines.TryGetValue(id.Key, out var found)
            ? Estate.TextOf((found["identity"] as JsonObject)?["principalId"])
            : null;
        return new(Estate.IdOf(agent).Text, machine, principal);
    }

    private async Task<List<SnapshotAccount>> AccountsAsync(IEnumerable<JsonObject> documents, CancellationToken cancel)
    {
        var named = new SortedDictionary<string, ResourceId>(StringComparer.Ordinal);
        foreach (var endpoint in Of(documents, EstateTypes.Endpoint))
        {
            if (ResourceId.TryParse(Estate.PropertyOf(endpoint, "storageAccountResourceId"), out var id))
            {
                named.TryAdd(id.Key, id);
            }
        }

        var accounts = new List<SnapshotAccount>();
        foreach (var id in named.Values)
        {
            var found = await FindAsync(id, cancel).ConfigureAwait(false);
            accounts.Add(new(id.Text, Estate.TextOf(found?["location"]), Estate.TextOf((found?["sku"] as JsonObject)?["name"])));
        }

        return accounts;
    }

    private async Task<JsonObject?> FindAsync(ResourceId id, CancellationToken cancel)
    {
        try
        {
            return await client.FindAsync(id, cancel).ConfigureAwait(false);
        }
        catch (ArmException refused) when (refused.Error.Status is 401 or 403)
        {
            return null;
        }
    }

    private async Task<List<SnapshotRole>> RolesAsync(
        List<SnapshotAgent> agents, List<SnapshotAccount> accounts, List<SnapshotLeftOut> leftOut, CancellationToken cancel)
    {
        var principals = agents.Select(one => one.PrincipalId).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (principals.Count == 0)
        {
            return [];
        }

        var subscriptions = accounts.Select(one => ResourceId.TryParse(one.Id, out var id) ? id.Subscription : string.Empty)
            .Append(options.Group.Subscription).Where(one => one.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase);
        var roles = new HashSet<SnapshotRole>();
        foreach (var subscription in subscriptions)
        {
            var scope = $"/subscriptions/{subscription}";
            try
            {
                await foreach (var assignment in client.ListRolesAsync(scope, cancel).ConfigureAwait(false))
                {
                    if (Estate.PropertyOf(assignment, "principalId") is { } principal && principals.Contains(principal))
                    {
                        roles.Add(new(
                            principal, Estate.PropertyOf(assignment, "roleDefinitionId") ?? string.Empty,
                            Estate.PropertyOf(assignment, "scope") ?? string.Empty));
                    }
                }
            }
            catch (ArmException refused) when (refused.Error.Status is 401 or 403 or 404)
            {
                leftOut.Add(new(scope, $"role assignments could not be read: {refused.Error.Code}"));
            }
        }

        return [.. roles.OrderBy(one => $"{one.PrincipalId} {one.Scope} {one.RoleDefinitionId}", StringComparer.Ordinal)];
    }

    private static List<SnapshotLeftOut> Bounded(List<SnapshotLeftOut> leftOut) =>
        leftOut.Count <= SnapshotOptions.LeftOutMax
            ? leftOut
            : [
                .. leftOut.Take(SnapshotOptions.LeftOutMax - 1),
                new("…", $"and {leftOut.Count - SnapshotOptions.LeftOutMax + 1} more"),
            ];
}
