using Mover.Transfer.Contract;
using Mover.Transfer.Copy;

namespace Mover.Transfer.Compare;

/// <summary>The target takes a name for one that it lists under another spelling; the merge starts again with what that tells.</summary>
/// <param name="path">The name that was asked for; all before it in the merge's order are right.</param>
/// <param name="folds">What the target folds, as far as is known by now.</param>
internal sealed class FoldedNamesException(EntryPath path, NameFoldings folds)
    : Exception($"The target treats {path} and another name as the same name.")
{
    public EntryPath Path { get; } = path;

    public NameFoldings Folds { get; } = folds;
}

/// <summary>
/// Asks a target whose way with names is not known for what its listing does not show: only the target can tell whether it takes two names
/// for one. Costs a call for each name that is missing at the target in a folder that is there. For one merge.
/// </summary>
internal sealed class UnlistedNames(TransferSides sides, NameFoldings folds)
{
    private readonly Prefixes<object> _absent = new();
    private readonly Retrier _retrier = new(sides);

    /// <summary>
    /// What the target has under a name that it did not list; null when it has nothing. Throws <see cref="FoldedNamesException"/> when it
    /// lists it under another spelling.
    /// </summary>
    /// <param name="path">A name of the source.</param>
    /// <param name="key">Its place in the merge.</param>
    /// <param name="type">What the source has there.</param>
    /// <param name="cancel">Stops the calls.</param>
    public async ValueTask<Entry?> FindAsync(EntryPath path, EntryPath key, EntryType type, CancellationToken cancel)
    {
        if (!sides.Target.Traits.MayFoldMore || _absent.Find(key) is not null)
        {
            return null;
        }

        if (await LookAsync(path, cancel) is not { } found)
        {
            if (type is EntryType.Folder)
            {
                _absent.Add(key, this);
            }

            return null;
        }

        var learned = folds;
        foreach (var (folding, other) in FoldedName.Respellings(path))
        {
            if (!learned.HasFlag(folding) && await LookAsync(other, cancel) is { } same && IsOne(found, same))
            {
                learned |= folding;
            }
        }

        return learned == folds ? found : throw new FoldedNamesException(path, learned);
    }

    /// <summary>A name that cannot be asked for is what the listing says: not there.</summary>
    private async ValueTask<Entry?> LookAsync(EntryPath path, CancellationToken cancel)
    {
        try
        {
            return await _retrier.CallAsync(Side.Target, token => sides.Target.FindAsync(path, token), cancel);
        }
        catch (ItemFaultException)
        {
            return null;
        }
    }

    /// <summary>One inode under two names; a hard link would be two.</summary>
    private static bool IsOne(Entry found, Entry other) =>
        found.Inode != 0 && found.Inode == other.Inode && (found.LinkCount <= 1 || found.Type is EntryType.Folder);
}

/// <summary>How a pass merges its sides.</summary>
/// <param name="SortsSource">True when the source is sorted first.</param>
/// <param name="SortsTarget">True when the target is sorted first.</param>
/// <param name="Folds">What the target folds, as far as is known; sorts both when it folds something.</param>
internal sealed record MergeOrder(bool SortsSource, bool SortsTarget, NameFoldings Folds);

/// <summary>What a merge told before it started again, each time up to a name in the order that it had then.</summary>
internal sealed class ToldBefore
{
    private readonly List<(NameFoldings Folds, EntryPath Key, EntryPath Path)> _ends = [];

    /// <summary>The merge in this order got as far as the name, which it did not tell.</summary>
    public void Add(NameFoldings folds, EntryPath path) => _ends.Add((folds, FoldedName.KeyOf(path, folds), path));

    public bool Has(EntryPath path)
    {
        foreach (var end in _ends)
        {
            var order = FoldedName.KeyOf(path, end.Folds).CompareTo(end.Key);
            if (order < 0 || (order == 0 && path < end.Path))
            {
                return true;
            }
        }

        return false;
    }
}
