using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;

namespace Mover.Volumes;

/// <summary>What a volume is opened for, and with what.</summary>
/// <param name="IsTarget">Opened to be written, or to be looked at as a target.</param>
/// <param name="Clock">The clock of timeouts and pauses.</param>
public sealed record VolumeUse(bool IsTarget, TimeProvider Clock)
{
    /// <summary>A target is only looked at: nothing in it is changed, and one that is not there counts as empty.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Leave out file systems that are mounted below the root.</summary>
    public bool OneFileSystem { get; init; }

    /// <summary>Where listings of very large folders wait; null for the host's folder for temporary files.</summary>
    public string? SpillFolder { get; init; }

    /// <summary>What lets into a container; null for what needs nothing of the kind.</summary>
    public BlobCredential? Credential { get; init; }
}

/// <summary>
/// Where a volume is. A work order names a place and so does an address on the command line: both are opened here, and in no other way.
/// Holds no secrets.
/// </summary>
public abstract record VolumePlace
{
    /// <summary>The host that is reached without a proxy; null when there is none.</summary>
    public virtual string? Host => null;

    /// <summary>The service that is reached over HTTP, through a proxy where one is set; null when there is none.</summary>
    public virtual Uri? Service => null;

    /// <summary>Opens it, and finds out whether it may be used; throws <see cref="VolumeException"/>.</summary>
    public abstract ValueTask<IVolume> OpenAsync(VolumeUse use, CancellationToken cancel);
}
