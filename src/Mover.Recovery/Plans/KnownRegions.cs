using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Regions;
using Mover.Core.Rules;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Plans;

/// <summary>The regions that are known: Azure's, and those of an operator's own that a control plane lists.</summary>
public static class KnownRegions
{
    private const int ListedMax = 1000;
    private const int NameCharsMax = 64;

    /// <summary>The regions that are built in, and those that the control plane lists: of two, the built-in one counts.</summary>
    /// <param name="client">The control plane. One that may not be asked adds nothing.</param>
    /// <param name="subscription">A subscription of it.</param>
    /// <param name="builtIn">The regions that are built in.</param>
    /// <param name="cancel">Stops asking.</param>
    public static async Task<RegionCatalogue> ReadAsync(
        MoverClient client, string subscription, RegionCatalogue builtIn, CancellationToken cancel)
    {
        var added = new Dictionary<string, PrivateRegion>(StringComparer.OrdinalIgnoreCase);
        try
        {
            await foreach (var listed in client.ListAsync($"/subscriptions/{subscription}/locations", cancel).Take(ListedMax))
            {
                if (Read(listed) is { Name: { } name } region && builtIn.Find(name) is null)
                {
                    added.TryAdd(name, region);
                }
            }
        }
        catch (ArmException refused) when (refused.Error.Status is 403 or 404)
        {
            return builtIn;
        }

        return builtIn.With([.. added.Values.Select(region => region with { PairedRegion = Pair(region, added, builtIn) })]);
    }

    /// <summary>The same, but the control plane is asked only when one of the regions is not built in.</summary>
    /// <param name="client">The control plane.</param>
    /// <param name="subscription">A subscription of it.</param>
    /// <param name="builtIn">The regions that are built in.</param>
    /// <param name="named">Regions that are to be found; null for none.</param>
    /// <param name="cancel">Stops asking.</param>
    public static async Task<RegionCatalogue> ReadAsync(
        MoverClient client, string subscription, RegionCatalogue builtIn, IEnumerable<string?> named, CancellationToken cancel) =>
        named.All(name => name is null || builtIn.Find(name) is not null)
            ? builtIn
            : await ReadAsync(client, subscription, builtIn, cancel);

    // A pair that the catalogue would refuse is left out: another region can still be named.
    private static string? Pair(PrivateRegion region, Dictionary<string, PrivateRegion> added, RegionCatalogue builtIn) =>
        region.PairedRegion is { Length: > 0 } pair && !pair.Equals(region.Name, StringComparison.OrdinalIgnoreCase)
            && (builtIn.Find(pair)?.Geography ?? added.GetValueOrDefault(pair)?.Geography?.Trim()) is { } geography
            && geography.Equals(region.Geography?.Trim(), StringComparison.OrdinalIgnoreCase)
                ? pair
                : null;

    // Azure lists whole geographies, too, as regions without one.
    private static PrivateRegion? Read(JsonObject listed)
    {
        var name = Tracked.Normal(Estate.TextOf(listed["name"]) ?? string.Empty);
        var metadata = listed["metadata"] as JsonObject;
        var geography = Estate.TextOf(metadata?["geography"]);
        var pair = Estate.TextOf(((metadata?["pairedRegion"] as JsonArray)?.FirstOrDefault() as JsonObject)?["name"]);
        return name.Length is > 0 and <= NameCharsMax && name.All(char.IsAsciiLetterOrDigit) && !string.IsNullOrWhiteSpace(geography)
            ? new(name, geography, Estate.TextOf(listed["displayName"]), PairedRegion: pair is null ? null : Tracked.Normal(pair))
            : null;
    }
}
