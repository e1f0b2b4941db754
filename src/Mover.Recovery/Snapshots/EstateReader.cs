using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Recovery.Snapshots;

/// <summary>Lists what belongs to a group's estate, or to one storage mover of it, and what else is in the group.</summary>
/// <param name="client">The control plane.</param>
/// <param name="group">The group.</param>
/// <param name="storageMover">The one storage mover; null for all.</param>
public sealed class EstateReader(MoverClient client, ResourceId group, string? storageMover)
{
    /// <summary>The code of the exception when there is no storage mover.</summary>
    public const string NoMover = "NothingToTake";

    /// <summary>The code of the exception when the one that is meant is not there.</summary>
    public const string MoverNotFound = "StorageMoverNotFound";

    /// <summary>Lists that are asked for at the same time.</summary>
    private const int ListsAtOnce = 8;

    internal async Task<Estate> ReadAsync(CancellationToken cancel)
    {
        var groupDocument = await client.GetAsync(group, cancel).ConfigureAwait(false);
        var documents = await ReadMoversAsync(cancel).ConfigureAwait(false);
        var leftOut = new List<SnapshotLeftOut>();
        var machines = await MachinesAsync(documents, leftOut, cancel).ConfigureAwait(false);
        foreach (var other in await ListAsync($"{group}/resources", cancel).ConfigureAwait(false))
        {
            var id = Estate.IdOf(other);
            if (!documents.ContainsKey(id.Key))
            {
                leftOut.Add(new(id.Text, ReasonFor(id.Type)));
            }
        }

        var from = storageMover is null ? groupDocument : documents.Values.First(one =>
            ArmCase.Same(Estate.IdOf(one).Type, EstateTypes.Mover));
        return new(
            Estate.TextOf(from["location"]) ?? string.Empty, documents, machines,
            [.. leftOut.OrderBy(one => ArmCase.Lower(one.Id), StringComparer.Ordinal)]);
    }

    /// <summary>The storage movers and everything below them, by key.</summary>
    public async Task<SortedDictionary<string, JsonObject>> ReadMoversAsync(CancellationToken cancel)
    {
        var documents = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var mover in await MoversAsync(cancel).ConfigureAwait(false))
        {
            Add(documents, [mover]);
            await AddBelowAsync(documents, [mover], StorageMover.Described, cancel).ConfigureAwait(false);
        }

        return documents;
    }

    private async Task<List<JsonObject>> MoversAsync(CancellationToken cancel)
    {
        var movers = (await ListAsync($"{group}/providers/{EstateTypes.Mover}", cancel).ConfigureAwait(false))
            .Where(one => storageMover is null || ArmCase.Same(Estate.IdOf(one).Name, storageMover)).ToList();
        if (movers.Count > 0)
        {
            return movers;
        }

        throw storageMover is null
            ? new RecoveryException(
                NoMover, $"The resource group '{group.ResourceGroup}' has no storage mover that this caller can see.",
                "Check the group's name, the subscription, and the caller's role.")
            : new RecoveryException(
                MoverNotFound, $"The resource group '{group.ResourceGroup}' has no storage mover '{storageMover}'.",
                "Run `mover storage-mover list` to see the existing ones.");
    }

    private async Task AddBelowAsync(
        SortedDictionary<string, JsonObject> documents, List<JsonObject> above, ResourceType type, CancellationToken cancel)
    {
        foreach (var below in DescribedTypes.Below(type).Where(one => !one.IsHistory))
        {
            var lists = new List<JsonObject>[above.Count];
            await Parallel.ForAsync(
                0, above.Count, new ParallelOptions { MaxDegreeOfParallelism = ListsAtOnce, CancellationToken = cancel },
                async (at, stop) => lists[at] = await ListAsync($"{Estate.IdOf(above[at])}/{below.Collection}", stop).ConfigureAwait(false))
                .ConfigureAwait(false);
            List<JsonObject> listed = [.. lists.SelectMany(list => list)];
            Add(documents, listed);
            await AddBelowAsync(documents, listed, below, cancel).ConfigureAwait(false);
        }
    }

    // The hosts of the agents. Those of other groups are looked at for their identity, and not taken.
    private async Task<Dictionary<string, JsonObject>> MachinesAsync(
        SortedDictionary<string, JsonObject> documents, List<SnapshotLeftOut> leftOut, CancellationToken cancel)
    {
        var machines = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var agent in documents.Values.Where(one => ArmCase.Same(Estate.IdOf(one).Type, EstateTypes.Agent)).ToList())
        {
            if (!ResourceId.TryParse(Estate.PropertyOf(agent, "arcResourceId"), out var id) || machines.ContainsKey(id.Key))
            {
                continue;
            }

            var name = Estate.IdOf(agent).Name;
            var isHere = ResourceId.OfGroup(id.Subscription, id.ResourceGroup) == group && ArmCase.Same(id.Type, EstateTypes.Machine);
            var found = await FindAsync(id, cancel).ConfigureAwait(false);
            if (found is not null)
            {
                machines[id.Key] = found;
            }

            if (!isHere)
            {
                leftOut.Add(new(id.Text, $"the machine of agent {name} is not in this group"));
            }
            else if (found is null)
            {
                leftOut.Add(new(id.Text, $"the machine of agent {name} does not exist or cannot be read"));
            }
            else
            {
                Add(documents, [found]);
            }
        }

        return machines;
    }

    private async Task<JsonObject?> FindAsync(ResourceId id, CancellationToken cancel)
    {
        try
        {
            return await client.FindAsync(id, cancel).ConfigureAwait(false);
        }
        catch (ArmException refused) when (refused.Error.Status == 403)
        {
            return null;
        }
    }

    // What is deleted between two requests is not there; the next read tells.
    private async Task<List<JsonObject>> ListAsync(string collection, CancellationToken cancel)
    {
        var listed = new List<JsonObject>();
        try
        {
            await foreach (var document in client.ListAsync(collection, cancel).ConfigureAwait(false))
            {
                listed.Add(document);
                if (listed.Count > SnapshotOptions.ResourcesMax)
                {
                    throw TooMany();
                }
            }
        }
        catch (ArmException refused) when (refused.Error.Status == 404)
        {
            listed.Clear();
        }

        return listed;
    }

    private static void Add(SortedDictionary<string, JsonObject> documents, IEnumerable<JsonObject> listed)
    {
        foreach (var document in listed.Where(one => Estate.PropertyOf(one, "provisioningState") != "Deleting"))
        {
            documents[Estate.IdOf(document).Key] = document;
            if (documents.Count > SnapshotOptions.ResourcesMax)
            {
                throw TooMany();
            }
        }
    }

    private static RecoveryException TooMany() => new(
        "EstateTooLarge", $"The estate has more than {SnapshotOptions.ResourcesMax} resources, the maximum of one snapshot.",
        "Snapshot one storage mover at a time with --storage-mover.");

    private static string ReasonFor(string type) =>
        ArmCase.Same(type, EstateTypes.StorageAccount) ? "storage accounts are kept or mapped, never deployed again"
        : ArmCase.Same(type, EstateTypes.Mover) ? "another storage mover"
        : ArmCase.Same(type, EstateTypes.Machine) ? "no agent of the estate uses this machine"
        : "not part of a storage mover";
}
