namespace Mover.Recovery.Assess;

/// <summary>
/// What a redundancy option of Azure Storage promises. Source: Azure documentation, "Azure Storage redundancy" and "storage account
/// failover".
/// </summary>
/// <param name="Name">Such as <c>GZRS</c>.</param>
/// <param name="OverZones">Whether each write is in three zones before it is acknowledged.</param>
/// <param name="OverRegions">Whether writes are copied to the paired region afterwards.</param>
/// <param name="ReadsSecondary">Whether the copy in the paired region can be read at any time.</param>
public sealed record Redundancy(string Name, bool OverZones, bool OverRegions, bool ReadsSecondary)
{
    private static readonly Redundancy[] All =
    [
        new("LRS", false, false, false), new("ZRS", true, false, false), new("GRS", false, true, false), new("RAGRS", false, true, true),
        new("GZRS", true, true, false), new("RAGZRS", true, true, true),
    ];

    /// <summary>
    /// The option of an account's SKU, such as <c>Standard_RAGRS</c> or <c>PremiumV2_ZRS</c>; null when it is none of Azure's.
    /// </summary>
    public static Redundancy? Of(string? sku)
    {
        var name = sku?[(sku.LastIndexOf('_') + 1)..];
        return Array.Find(All, one => string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase));
    }
}
