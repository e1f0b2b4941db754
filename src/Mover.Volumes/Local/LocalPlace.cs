using Mover.Transfer.Contract;

namespace Mover.Volumes.Local;

/// <summary>A folder of this host.</summary>
/// <param name="Folder">A path that its operator chose.</param>
/// <param name="Below">Names in it, which whoever writes there may replace by links; empty for the folder itself.</param>
public sealed record LocalPlace(string Folder, string Below = "") : VolumePlace
{
    /// <inheritdoc/>
    public override ValueTask<IVolume> OpenAsync(VolumeUse use, CancellationToken cancel) => new(Open(use));

    /// <summary>Opens it; throws <see cref="VolumeException"/>.</summary>
    public IVolume Open(VolumeUse use) => new LocalVolume(new(Folder)
    {
        Below = Below,
        IsTarget = use.IsTarget,
        IsReadOnly = use.IsReadOnly,
        OneFileSystem = use.OneFileSystem,
        SpillFolder = use.SpillFolder,
        Clock = use.Clock,
    });

    /// <inheritdoc/>
    public override string ToString() => Below.Length == 0 ? Folder : $"{Folder}/{Below}";
}
