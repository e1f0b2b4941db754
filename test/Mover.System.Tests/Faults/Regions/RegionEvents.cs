using System.Text.Json.Nodes;

namespace Mover.SystemTests.Faults.Regions;

/// <summary>A region begins to serve.</summary>
/// <param name="Region">Its name.</param>
/// <param name="Epoch">In which epoch.</param>
/// <param name="From">When the command for it was given, on the clients' clock.</param>
/// <param name="IsPlanned">The region before handed over.</param>
internal sealed record Reign(string Region, long Epoch, long From, bool IsPlanned)
{
    /// <summary>By a command; otherwise it served before as well, and goes on.</summary>
    public bool IsTaken { get; init; }
}

/// <summary>A region was taken over from without its help: what it wrote has two ends from there on.</summary>
internal sealed record Fork
{
    /// <summary>The region that was given up.</summary>
    public required string Lost { get; init; }

    /// <summary>The epoch that it served in.</summary>
    public required long Epoch { get; init; }

    /// <summary>It lived on; otherwise it has to acknowledge nothing any more.</summary>
    public bool LivedOn { get; init; }

    /// <summary>When it had begun to serve.</summary>
    public required long From { get; init; }

    /// <summary>When the command to take over was given.</summary>
    public required long TakenOver { get; init; }

    /// <summary>When it was the standby.</summary>
    public required long Closed { get; init; }

    /// <summary>What was acknowledged before this is in the other region, as the command said.</summary>
    public required long CompleteAt { get; init; }

    /// <summary>The versions of the lasting keys that the other region had when it took over.</summary>
    public required IReadOnlyDictionary<string, long> Bases { get; init; }

    /// <summary>What <c>region diverged</c> lists there, by key.</summary>
    public required ILookup<string, ListedDocument> Listed { get; init; }

    public override string ToString() =>
        $"Fork of {Lost} in epoch {Epoch} from {From}, taken over at {TakenOver}, closed at {Closed}, complete as of {CompleteAt}, "
        + string.Join(' ', Bases.Select(one => $"{one.Key}={one.Value}"));
}

/// <summary>A document of <c>region diverged</c>.</summary>
/// <param name="Key">The last part of its id.</param>
/// <param name="Epoch">The epoch that it was written in.</param>
/// <param name="Kind">How it differs.</param>
/// <param name="HereVersion">Its version in the region that was given up.</param>
internal sealed record ListedDocument(string Key, long Epoch, string Kind, long HereVersion)
{
    public static ListedDocument Of(JsonNode item) => new(
        $"{item["document"]!["key"]}".Split('/')[^1], item["epoch"]!.GetValue<long>(), $"{item["document"]!["kind"]}",
        item["document"]!["hereVersion"]!.GetValue<long>());
}

/// <summary>What happened to the pair while it was written to.</summary>
/// <param name="timestamp">A moment on the clients' clock.</param>
/// <param name="time">The same on the machine's.</param>
/// <param name="frequency">How far the clients' clock goes in a second.</param>
internal sealed class RegionEvents(long timestamp, DateTimeOffset time, long frequency)
{
    /// <summary>From now on.</summary>
    public static RegionEvents Begin() => new(TimeProvider.System.GetTimestamp(), TimeProvider.System.GetUtcNow(), TimeProvider.System.TimestampFrequency);

    public List<Reign> Reigns { get; } = [];

    public List<Fork> Forks { get; } = [];

    /// <summary>A time of the machine's clock on the clients' clock.</summary>
    public long TimestampOf(DateTimeOffset at) => timestamp + (long)((at - time).TotalSeconds * frequency);
}
