using Mover.Core.Arm;

namespace Mover.Recovery.Snapshots;

/// <summary>What is taken, and how.</summary>
public sealed record SnapshotOptions
{
    /// <summary>Resource ids in one export request; ARM takes no more.</summary>
    public const int ExportIdsMax = 200;

    /// <summary>Resources of a snapshot.</summary>
    public const int ResourcesMax = 5_000;

    /// <summary>Entries of <see cref="SnapshotManifest.LeftOut"/>.</summary>
    public const int LeftOutMax = 1_000;

    /// <summary>The resource group.</summary>
    public required ResourceId Group { get; init; }

    /// <summary>The one storage mover that is taken with everything that belongs to it; null for all of the group.</summary>
    public string? StorageMover { get; init; }

    /// <summary>Whether a snapshot is taken although the export lacks resources; they are then listed as left out.</summary>
    public bool AllowPartial { get; init; }

    /// <summary>Version of the program.</summary>
    public required string ProgramVersion { get; init; }

    /// <summary>How often the estate is read at most until two consecutive reads are equal.</summary>
    public int ReadsMax { get; init; } = 5;

    /// <summary>The wait before a read that follows two different ones.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(2);
}
