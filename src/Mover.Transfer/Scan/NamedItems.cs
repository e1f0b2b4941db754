using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Ledger;

namespace Mover.Transfer.Scan;

/// <summary>
/// The items that a run is limited to. Each is looked up by its name; what turns out to be a folder is walked whole, because nothing is
/// known of what lies below one that failed. The folders around them are items of the run too: what is stored in them needs them.
/// </summary>
public sealed class NamedItems
{
    /// <summary>How many items may be named: their paths are held in memory.</summary>
    public const int ItemsMax = 100_000;

    private const NameFoldings AnyFolding = NameFoldings.Case | NameFoldings.Normalization;
    private long _gone;

    private NamedItems(Dictionary<EntryPath, EntryType> named, int failed)
    {
        Failed = failed;
        var all = new Dictionary<EntryPath, NamedItem>();
        foreach (var (path, type) in named)
        {
            all[path] = new(path, type, IsNamed: true);
            for (var parent = path.Parent; !parent.IsRoot && all.TryAdd(parent, new(parent, EntryType.Folder, IsNamed: false));)
            {
                parent = parent.Parent;
            }
        }

        Sorted = [.. all.Values.OrderBy(item => item.Path)];
    }

    /// <summary>How many items failed in the run that they are of.</summary>
    public int Failed { get; }

    /// <summary>How many of the named are no longer at the source, as the last scan found.</summary>
    public long Gone => Interlocked.Read(ref _gone);

    /// <summary>The named items and the folders around them, in path order.</summary>
    internal IReadOnlyList<NamedItem> Sorted { get; }

    /// <summary>
    /// The items that failed in a run, as its ledger has them, and with each the items whose names a target may take for the same one:
    /// without those a name that another item holds would look free. Throws <see cref="InvalidDataException"/> with the reason when the
    /// ledger is gone, was changed, names none, or too many.
    /// </summary>
    /// <param name="runFolder">The folder of the run that is tried again.</param>
    public static NamedItems ReadFailed(string runFolder)
    {
        var ledger = new Journal.RunFolder(runFolder).Ledger;
        if (!File.Exists(ledger))
        {
            throw new InvalidDataException($"The ledger {ledger}, which lists the failed items, does not exist.");
        }

        var failed = new Dictionary<EntryPath, EntryType>();
        foreach (var item in LedgerFile.Read(ledger).Where(item => item.Result is ItemResult.Failed))
        {
            failed[item.Path] = item.Type;
            RequireRoom(failed.Count, ItemsMax, ledger);
        }

        if (failed.Count == 0)
        {
            throw new InvalidDataException($"The ledger {ledger} lists no failed items.");
        }

        var count = failed.Count;
        var keys = failed.Keys.Select(path => FoldedName.KeyOf(path, AnyFolding)).ToHashSet();
        foreach (var item in LedgerFile.Read(ledger).Where(item => item.Result is not ItemResult.NotDeleted))
        {
            if (keys.Contains(FoldedName.KeyOf(item.Path, AnyFolding)))
            {
                failed.TryAdd(item.Path, item.Type);
                RequireRoom(failed.Count, 2 * ItemsMax, ledger);
            }
        }

        return new(failed, count);
    }

    private static void RequireRoom(int count, int countMax, string ledger)
    {
        if (count > countMax)
        {
            throw new InvalidDataException($"The ledger {ledger} lists more than {ItemsMax} failed items, "
                + "which is too many to retry alone.");
        }
    }

    /// <summary>The entries of these items that a volume has, in path order where its own scans are.</summary>
    internal IAsyncEnumerable<IReadOnlyList<Entry>> ScanAsync(IVolume volume, Side side, Patience patience, CancellationToken cancel)
    {
        if (side is Side.Source)
        {
            Interlocked.Exchange(ref _gone, 0);
        }

        return new NamedScan(volume, patience, () => Interlocked.Add(ref _gone, side is Side.Source ? 1 : 0)).RunAsync(Sorted, cancel);
    }
}

/// <summary>One item to look up.</summary>
/// <param name="Path">Where it was.</param>
/// <param name="Type">What it was.</param>
/// <param name="IsNamed">False for a folder that only lies around a named item.</param>
internal sealed record NamedItem(EntryPath Path, EntryType Type, bool IsNamed);
