using Mover.Core.Jobs;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Mirror;

/// <summary>
/// The one rule of a mirror's deletions: a target item goes only where the source positively says that nothing is there. A source item that
/// failed, that the target cannot hold or that is left out says nothing of what lies below its name, nor does a link that leads to anything
/// but a file. Where folders are only prefixes of names, a name can be a file's and yet have others below it: those go when the file is
/// there. Hears of all source items and judges the target's others, in path order; for one merge.
/// </summary>
/// <param name="source">Where the mirror is of.</param>
/// <param name="keepsFolders">True when folders exist by themselves at the target.</param>
internal sealed class DeletionRule(IVolume source, bool keepsFolders)
{
    private readonly Prefixes<Ground> _grounds = new();
    private Ground? _largest;

    /// <summary>The empty source folder below which most would go; null when there is none.</summary>
    public EmptiedFolder? LargestEmptied => _largest is { } folder ? new(folder.Item.Path, folder.Deletions) : null;

    /// <summary>
    /// Hears of an item that is decided. A file that is to replace a folder is read first: what cannot be read replaces nothing, and its
    /// decision becomes a failure.
    /// </summary>
    public async ValueTask<Decision> HearAsync(Decision decision, EntryPath key, CancellationToken cancel)
    {
        var entry = decision.Source;
        if (decision is { Target.Type: EntryType.Folder } && (decision.IsDeferred || decision.Step is Step.Copy)
            && entry.Type is not EntryType.Folder)
        {
            decision = await ReadFirstAsync(decision, entry, cancel);
            if (decision.IsDeferred)
            {
                _grounds.Add(key, new(entry));
                return decision;
            }
        }

        if (decision.Step is Step.Fail or Step.Unsupported or Step.Exclude)
        {
            _grounds.Add(key, new(entry, Why: Silent(entry, decision.Code, decision.Why)));
        }
        else if (decision.Step is Step.Resolve)
        {
            _grounds.Add(key, decision.Target?.Type is EntryType.Folder
                ? new(entry, Why: Silent(entry, StatusCodes.ItemOther, "The target has a folder where the link's file should be."))
                : new(entry, IsLink: true));
        }
        else if (entry.IsEmptyFolder || IsCover(entry))
        {
            _grounds.Add(key, new(entry));
        }

        return decision;
    }

    /// <summary>Hears of an item that an earlier attempt finished.</summary>
    public void Heard(Entry entry, EntryPath key, ItemOutcome? done)
    {
        var code = entry.Fault is { } fault ? FaultCodes.OfScan(fault, Side.Source)
            : done?.Result is ItemResult.Failed or ItemResult.Unsupported or ItemResult.Excluded ? done.Code
            : (StatusCode?)null;
        if (code is { } known)
        {
            _grounds.Add(key, new(entry, Why: Silent(entry, known, entry.Fault?.Message ?? done?.Details)));
        }
        else if (entry.Type is EntryType.Symlink)
        {
            _grounds.Add(key, new(entry, IsLink: true));
        }
        else if (entry.IsEmptyFolder || IsCover(entry))
        {
            _grounds.Add(key, new(entry));
        }
    }

    /// <summary>
    /// Why a target item without a counterpart stays; null when it may go, and then for which cause.
    /// </summary>
    /// <param name="extra">The target item.</param>
    /// <param name="key">What the target tells its name apart by.</param>
    /// <param name="rival">The first target item with this key; null when it is the first itself.</param>
    /// <param name="cancel">Stops it by throwing.</param>
    public async ValueTask<(VolumeFault? Why, DeletionCause Cause)> JudgeAsync(
        Entry extra, EntryPath key, Entry? rival, CancellationToken cancel)
    {
        if (extra.Fault is { } fault)
        {
            return (fault with { Code = FaultCodes.OfScan(fault, Side.Target) }, default);
        }

        if (rival is not null)
        {
            return (new(VolumeFaultKind.Unsupported, $"Kept: the target treats this name and {rival.Path} as the same name.",
                Code: StatusCodes.ItemOther), default);
        }

        if (_grounds.Find(key) is not { } ground)
        {
            return (null, DeletionCause.Unlisted);
        }

        if (ground.IsLink)
        {
            ground.Why = await FollowAsync(ground.Item, cancel);
            ground.IsLink = false;
        }

        if (ground.Why is null && ground.Item.IsEmptyFolder && ++ground.Deletions > (_largest?.Deletions ?? 0))
        {
            _largest = ground;
        }

        // A name below a link leads to where the link does: the source cannot be asked for it.
        return (ground.Why, IsCover(ground.Item) ? DeletionCause.Covered
            : ground.Item.Type is EntryType.Symlink ? DeletionCause.Replaced
            : DeletionCause.Unlisted);
    }

    private bool IsCover(Entry item) => !keepsFolders && item.Type is not EntryType.Folder;

    private async ValueTask<VolumeFault?> FollowAsync(Entry link, CancellationToken cancel)
    {
        try
        {
            var (resolved, fault) = await source.ResolveAsync(link, cancel);
            return resolved is null
                ? Silent(link, fault?.Code ?? StatusCodes.ItemSourceIo, fault?.Message ?? "The link points to nothing.")
                : null;
        }
        catch (VolumeException e)
        {
            return Silent(link, FaultCodes.OfItem(e.Fault, Side.Source), e.Fault.Message);
        }
    }

    private async ValueTask<Decision> ReadFirstAsync(Decision decision, Entry entry, CancellationToken cancel)
    {
        if (entry.Type is not EntryType.File)
        {
            return decision;
        }

        try
        {
            await using var reader = await source.OpenAsync(entry, cancel);
            if (entry.SizeBytes > 0)
            {
                await reader.ReadAsync(new byte[1], 0, cancel);
            }

            return decision;
        }
        catch (VolumeException e)
        {
            return decision with
            {
                Step = Step.Fail,
                Code = FaultCodes.OfItem(e.Fault, Side.Source),
                Why = e.Fault.Message,
                IsDeferred = false,
            };
        }
    }

    private static VolumeFault Silent(Entry item, StatusCode code, string? why) =>
        new(VolumeFaultKind.Unsupported, $"Kept: it is unknown what the source has at {item.Path}. {why}".TrimEnd(), Code: code);

    /// <summary>What a source item says of the names below its own.</summary>
    private sealed record Ground(Entry Item, VolumeFault? Why = null, bool IsLink = false)
    {
        public VolumeFault? Why { get; set; } = Why;

        /// <summary>True for a link that nobody has followed yet.</summary>
        public bool IsLink { get; set; } = IsLink;

        public long Deletions { get; set; }
    }
}
