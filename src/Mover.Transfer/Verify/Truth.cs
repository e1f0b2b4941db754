using Mover.Core.Jobs;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Copy;
using Mover.Transfer.Journal;
using Mover.Transfer.Ledger;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Verify;

/// <summary>What should be at the target, item by item in path order.</summary>
internal interface ITruth : IAsyncDisposable
{
    /// <summary>The next item; null at the end.</summary>
    ValueTask<TrueItem?> NextAsync(CancellationToken cancel);

    /// <summary>True when an item's content goes on behind <see cref="TrueItem.SizeBytes"/>, which then says nothing.</summary>
    ValueTask<bool> IsLongerAsync(TrueItem item, CancellationToken cancel);

    /// <summary>The CRC-64 that an item's content should have; null when nobody knows.</summary>
    ValueTask<ulong?> Crc64Async(TrueItem item, BufferSlab slab, CancellationToken cancel);
}

/// <summary>One item that should be there.</summary>
/// <param name="Path">Where.</param>
/// <param name="Type">As what; a link that was resolved is a file.</param>
/// <param name="SizeBytes">How long.</param>
/// <param name="IsExpected">False for what was left out, or is no item of its own at this target.</param>
/// <param name="Source">The source's entry, when there is one.</param>
/// <param name="Crc64">The recorded digest, when there is one.</param>
/// <param name="Unreadable">Why the source does not tell what should be there; null when it does.</param>
/// <param name="NotCompared">Why nothing can be proven about it; null when it can.</param>
/// <param name="IsExcluded">True when it was left out by the person who asked.</param>
internal sealed record TrueItem(
    EntryPath Path, EntryType Type, long SizeBytes, bool IsExpected, Entry? Source = null, ulong? Crc64 = null, string? Unreadable = null,
    string? NotCompared = null, bool IsExcluded = false);

/// <summary>The source tells.</summary>
internal sealed class SourceTruth(TransferSides sides, TransferOptions options, SpillOptions spill, NameFoldings folds) : ITruth
{
    private readonly Rules _rules = new(sides.Source, sides.Target, options, folds);
    private readonly Retrier _retrier = new(sides);
    private EntryStream? _scan;

    public async ValueTask<TrueItem?> NextAsync(CancellationToken cancel)
    {
        _scan ??= EntryStream.OpenSorted(sides.Source, Side.Source, spill, _rules.Folds, _retrier.PatienceOf(Side.Source), cancel);
        if (!await _scan.MoveNextAsync(cancel) || _scan.Current is not { } entry)
        {
            return null;
        }

        var decision = _rules.Decide(entry, null);
        var step = decision.Step;
        if (step is Step.Fail && entry.Fault is { } fault)
        {
            return new(entry.Path, entry.Type, 0, IsExpected: false, Unreadable: fault.Message);
        }

        if (step is Step.Resolve)
        {
            return await ResolveAsync(entry, cancel);
        }

        if (step is Step.Fail or Step.Unsupported)
        {
            return new(entry.Path, entry.Type, 0, IsExpected: false, NotCompared: $"{decision.Code} {decision.Why}");
        }

        // Without metadata a flat target has markers for empty folders alone, and whether one is empty shows only later.
        var isExpected = step is not Step.Exclude && !(entry.Type is EntryType.Folder && _rules.MarksEmptyFoldersOnly);
        return new(entry.Path, entry.Type, entry.SizeBytes, isExpected, entry, IsExcluded: step is Step.Exclude);
    }

    public async ValueTask<bool> IsLongerAsync(TrueItem item, CancellationToken cancel)
    {
        if (item.Source is not { } entry)
        {
            return false;
        }

        try
        {
            return await _retrier.CallAsync(Side.Source, token => Contents.IsLongerAsync(sides.Source, entry, token), cancel);
        }
        catch (ItemFaultException)
        {
            // Told by the size as it is.
            return false;
        }
    }

    public async ValueTask<ulong?> Crc64Async(TrueItem item, BufferSlab slab, CancellationToken cancel) =>
        item.Source is { } entry
            ? (await _retrier.CallAsync(Side.Source, token => Contents.Crc64Async(sides.Source, entry, slab, token), cancel)).Crc64
            : null;

    public ValueTask DisposeAsync() => _scan?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async ValueTask<TrueItem> ResolveAsync(Entry link, CancellationToken cancel)
    {
        try
        {
            var (resolved, fault) = await _retrier.CallAsync(Side.Source, token => sides.Source.ResolveAsync(link, token), cancel);
            return resolved is null
                ? new(link.Path, link.Type, 0, IsExpected: false, NotCompared: fault?.Message ?? "The link points to nothing.")
                : new(link.Path, EntryType.File, resolved.SizeBytes, IsExpected: true, resolved);
        }
        catch (ItemFaultException e)
        {
            return new(link.Path, link.Type, 0, IsExpected: false, Unreadable: e.Fault.Message);
        }
    }
}

/// <summary>A ledger tells, and where it does not say whether a link was stored as one, the target's own rules do.</summary>
internal sealed class LedgerTruth(
    string path, ITargetVolume target, TransferOptions options, SpillOptions spill, NameFoldings folds) : ITruth
{
    private readonly bool _resolvesLinks = Rules.LinksFor(target.Traits, options) is SymlinkPolicy.Resolve;
    private readonly IEnumerator<ItemOutcome> _lines =
        (folds is NameFoldings.None ? LedgerFile.Read(path) : Fold(path, folds, spill)).GetEnumerator();

    public ValueTask<TrueItem?> NextAsync(CancellationToken cancel)
    {
        if (!_lines.MoveNext())
        {
            return new((TrueItem?)null);
        }

        var line = _lines.Current;
        var type = line.Type is EntryType.Symlink && HoldsContent(line) ? EntryType.File : line.Type;
        var isExpected = line.Result is ItemResult.Transferred || (line.Result is ItemResult.NoTransferNeeded
            && line.Type is not EntryType.Folder);
        var isMissing = line.Result is ItemResult.Failed or ItemResult.Unsupported or ItemResult.NotDeleted;
        var hasNoDigest = isExpected && type is EntryType.File && line is { Crc64: null, SizeBytes: > 0 };
        return new(new TrueItem(
            line.Path, type, line.SizeBytes, isExpected, null, line.Crc64,
            NotCompared: isMissing ? $"{line.Result}: {line.Code} {line.Details}".TrimEnd()
                : hasNoDigest ? "The ledger has no content digest because that run found the file unchanged; only the size was compared."
                : null,
            IsExcluded: line.Result is ItemResult.Excluded));
    }

    public ValueTask<bool> IsLongerAsync(TrueItem item, CancellationToken cancel) => new(false);

    public ValueTask<ulong?> Crc64Async(TrueItem item, BufferSlab slab, CancellationToken cancel) => new(item.Crc64);

    /// <summary>The lines in the order in which the target's names are merged.</summary>
    private static IEnumerable<ItemOutcome> Fold(string path, NameFoldings folds, SpillOptions spill)
    {
        using var sorter = new SpillSorter<ItemOutcome>(FoldedCodec<ItemOutcome>.Over(OutcomeCodec.Instance, folds), spill);
        foreach (var line in LedgerFile.Read(path))
        {
            sorter.Add(line);
        }

        using var sorted = sorter.Read();
        while (sorted.TryRead(out var line))
        {
            yield return line;
        }
    }

    /// <summary>Links that are stored as links have no digest, no size, and are never compared by their times.</summary>
    private bool HoldsContent(ItemOutcome link) =>
        link.Crc64 is not null || link.SizeBytes > 0 || link.Code == StatusCodes.ItemTimesEqual || _resolvesLinks;

    public ValueTask DisposeAsync()
    {
        _lines.Dispose();
        return ValueTask.CompletedTask;
    }
}
