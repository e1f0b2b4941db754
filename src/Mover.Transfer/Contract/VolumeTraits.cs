namespace Mover.Transfer.Contract;

/// <summary>What a volume's <see cref="Entry.Changed"/> means.</summary>
public enum ChangeTime
{
    /// <summary>Nothing that can be relied on.</summary>
    Unknown,

    /// <summary>When the entry last changed in any way, by the volume's own clock; no program can set it.</summary>
    Own,

    /// <summary>The change time that the source had when the entry was stored.</summary>
    Kept,
}

/// <summary>What a volume can keep and tell. The engine decides by these, never by protocol.</summary>
public sealed record VolumeTraits
{
    /// <summary>How the volume appears in messages, such as <c>nfs://filer/export</c>; no secrets.</summary>
    public required string DisplayName { get; init; }

    /// <summary>
    /// Where the root is, in the words of everybody who opens it: kind, host and names with <c>/</c> between them and none at the end; no
    /// secrets. What begins with it and a slash lies inside. Null when the driver cannot tell.
    /// </summary>
    public string? Place { get; init; }

    /// <summary>
    /// Other names, in the same form, of the root and of what else lies in the volume, such as the folders that are mounted in it: two
    /// volumes may share something although neither's <see cref="Place"/> lies in the other's. Only names of one host can be compared.
    /// </summary>
    public IReadOnlyList<string> OtherPlaces { get; init; } = [];

    /// <summary>True when scans yield path order; otherwise the engine sorts them outside memory.</summary>
    public required bool ScansInPathOrder { get; init; }

    /// <summary>True when folders exist by themselves; false when they are only prefixes of names (then a marker stands for one).</summary>
    public required bool KeepsFolders { get; init; }

    /// <summary>True when owner and permissions can be kept and read back.</summary>
    public required bool KeepsPosix { get; init; }

    /// <summary>True when a link can be stored as a link.</summary>
    public required bool KeepsSymlinks { get; init; }

    /// <summary>Which names are one entry here although they differ; the engine merges, copies and deletes by it.</summary>
    public NameFoldings Folds { get; init; }

    /// <summary>True when <see cref="Folds"/> may lack some, because nothing there told: the engine then asks the volume for what its
    /// listing does not show.</summary>
    public bool MayFoldMore { get; init; }

    /// <summary>The smallest step of the modification time that is kept; null when it cannot be kept at all.</summary>
    public required TimeSpan? ModifiedResolution { get; init; }

    /// <summary>What <see cref="Entry.Changed"/> means here.</summary>
    public ChangeTime ChangeTime { get; init; }

    /// <summary>Files up to this size go in one request; 0 when everything goes in blocks.</summary>
    public long SinglePutBytesMax { get; init; }

    /// <summary>The smallest useful block; the engine doubles it until <see cref="BlocksMax"/> suffice.</summary>
    public int BlockBytesMin { get; init; } = 4 * 1024 * 1024;

    /// <summary>The largest block.</summary>
    public long BlockBytesMax { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>How many blocks a file may have.</summary>
    public int BlocksMax { get; init; } = 50_000;

    /// <summary>How many requests at once the volume gains from.</summary>
    public int ConcurrencyHint { get; init; } = 16;
}
