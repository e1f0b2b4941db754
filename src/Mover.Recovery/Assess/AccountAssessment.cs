using System.Globalization;
using System.Text.Json.Nodes;

namespace Mover.Recovery.Assess;

/// <summary>What becomes of one storage account when a zone or its region is lost, and what its owner must do.</summary>
public sealed record AccountAssessment
{
    /// <summary>ARM id.</summary>
    public required string Id { get; init; }

    /// <summary>The region that takes its writes.</summary>
    public required string Location { get; init; }

    /// <summary>The region of its copy; null when it has none or none is told.</summary>
    public string? SecondaryLocation { get; init; }

    /// <summary>The redundancy option as the account says it, or <c>unknown</c>.</summary>
    public required string Sku { get; init; }

    /// <summary>When a zone is lost.</summary>
    public required string ZoneLoss { get; init; }

    /// <summary>When the region is lost.</summary>
    public required string RegionLoss { get; init; }

    /// <summary>Whether the copy can be read while the region is out.</summary>
    public required bool ReadsSecondary { get; init; }

    /// <summary>What the account's own failover could lose.</summary>
    public required string FailOverLoss { get; init; }

    /// <summary>Everything that was written before this is in the copy; null when it is not told.</summary>
    public DateTimeOffset? LastSyncTime { get; init; }

    /// <summary>What its owner must do.</summary>
    public required string ToDo { get; init; }

    /// <summary>Whether the region that takes its writes is the lost one.</summary>
    public bool IsInLostRegion { get; init; }

    /// <summary>Whether it takes writes although that region is lost.</summary>
    public bool IsWritableElsewhere { get; init; }

    /// <summary>Assesses an account as ARM shows it.</summary>
    /// <param name="account">The resource, with <c>properties.geoReplicationStats</c> when it was asked for.</param>
    /// <param name="lostRegion">The region that is lost; null when none is.</param>
    public static AccountAssessment Of(JsonObject account, string? lostRegion)
    {
        var properties = account["properties"];
        var sku = account["sku"]?["name"]?.ToString();
        var location = properties?["primaryLocation"]?.ToString() ?? account["location"]?.ToString() ?? string.Empty;
        var redundancy = Redundancy.Of(sku);
        var inLostRegion = lostRegion is not null && Same(location, lostRegion);
        var sync = Time(properties?["geoReplicationStats"]?["lastSyncTime"]?.ToString());
        return new()
        {
            Id = account["id"]?.ToString() ?? string.Empty,
            Location = location,
            SecondaryLocation = properties?["secondaryLocation"]?.ToString(),
            Sku = sku ?? "unknown",
            ZoneLoss = redundancy switch
            {
                null => "unknown",
                { OverZones: true } => "stays available",
                _ => "unavailable until the zone is back; data may be lost",
            },
            RegionLoss = redundancy switch
            {
                null => "unknown",
                { OverRegions: false } => "unavailable until the region is back",
                { ReadsSecondary: true } => "readable from the secondary; writable after a failover",
                _ => "unavailable until a failover",
            },
            ReadsSecondary = redundancy?.ReadsSecondary == true,
            FailOverLoss = FailOver(redundancy, sync),
            LastSyncTime = sync,
            ToDo = Do(redundancy, inLostRegion),
            IsInLostRegion = inLostRegion,
        };
    }

    private static string FailOver(Redundancy? redundancy, DateTimeOffset? sync) => redundancy switch
    {
        null => "unknown",
        { OverRegions: false } => "no failover possible",
        _ when sync is { } time => string.Create(
            CultureInfo.InvariantCulture, $"writes after {time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"),
        _ => "writes after its last sync time, which is unknown",
    };

    private static string Do(Redundancy? redundancy, bool inLostRegion) => (redundancy, inLostRegion) switch
    {
        (null, true) => "Ask its operator whether it still accepts writes.",
        (null, false) => "Ask its operator which losses it survives.",
        ({ OverRegions: false }, true) => "Use another account as the target, or wait for the region.",
        ({ OverRegions: true }, true) => "Start the account's failover (`az storage account failover`), wait for it, and check the "
            + "data loss above.",
        ({ OverRegions: false, OverZones: false }, false) => "Use ZRS to survive the loss of a zone, "
            + "or GZRS to survive the loss of a region too.",
        ({ OverRegions: false }, false) => "Prepare another account in the other region, or use GZRS.",
        ({ OverZones: false }, false) => "Use GZRS to survive the loss of a zone without a failover.",
        _ => "Nothing to prepare; after the loss of the region, start its failover.",
    };

    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private static bool Same(string one, string other) => string.Equals(
        one.Replace(" ", string.Empty, StringComparison.Ordinal), other.Replace(" ", string.Empty, StringComparison.Ordinal),
        StringComparison.OrdinalIgnoreCase);
}
