using Mover.Core.Jobs;
using Mover.Transfer.Contract;
using Mover.Transfer.Journal;
using Mover.Transfer.Mirror;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Compare;

/// <summary>Who acts on decisions: a run, or a plan that only tells.</summary>
internal interface IDecisionSink
{
    /// <summary>The scan met a source item that has no outcome yet.</summary>
    void Discovered(Entry source);

    /// <summary>What an earlier attempt recorded of the item that is discovered next no longer holds.</summary>
    ValueTask RetractedAsync(ItemOutcome outcome);

    /// <summary>A decision about a source item, in path order. A folder that is not <see cref="FolderState.Settled"/> gets its outcome
    /// when it closes.</summary>
    ValueTask DecidedAsync(Decision decision, CancellationToken cancel);

    /// <summary>A target item that is to be deleted, in path order.</summary>
    void DeletionDecided(Deletion deletion);

    /// <summary>Everything in the folder has been decided: its state is its last.</summary>
    ValueTask ClosedAsync(OpenFolder folder, CancellationToken cancel);

    /// <summary>A target item that a mirror has to keep, because what the source holds there is not known.</summary>
    void Spared(Entry target, VolumeFault why);
}

/// <summary>The merge of source, target and, on resuming, what is already done; holds one entry of each and the folders around
/// it.</summary>
internal sealed class Comparison(
    EntryStream source, EntryStream target, UnlistedNames unlisted, RootWatch roots, SettledOutcomes? done, Rules rules,
    DeletionRule? deletions, IDecisionSink sink)
{
    private readonly FolderTrack _folders = new();
    private readonly Prefixes<object> _blocked = new();
    private readonly ImpliedFolders _implied = new();
    private readonly Prefixes<Entry> _files = new();
    private ItemOutcome? _done;

    /// <summary>Source items that the target had before this run.</summary>
    public long Matched { get; private set; }

    /// <summary>Source items that an earlier attempt stored: whether the target had them before is not known.</summary>
    public long Stored { get; private set; }

    public async Task RunAsync(CancellationToken cancel)
    {
        await source.MoveNextAsync(cancel);
        await target.MoveNextAsync(cancel);
        AdvanceDone();
        while (source.Current is not null || target.Current is not null)
        {
            cancel.ThrowIfCancellationRequested();
            await TellExtrasAsync(cancel);
            var order = source.Current is null ? 1 : target.Current is null ? -1 : source.Key.CompareTo(target.Key);
            if (_folders.HasAny)
            {
                await CloseAsync(order <= 0 ? source.Key : target.Key, cancel);
            }

            if (order >= 0 && target.Current is { } there)
            {
                await roots.CheckAsync(Side.Target, there, cancel);
            }

            if (order > 0 && target.Current is { } extra)
            {
                if (deletions is not null && !rules.IsState(extra.Path))
                {
                    _implied.Add(new(extra, target.Key, target.Rival));
                }

                await target.MoveNextAsync(cancel);
                continue;
            }

            if (source.Current is { } entry)
            {
                await roots.CheckAsync(Side.Source, entry, cancel);
                await EntryAsync(entry, order == 0 ? target.Current : null, cancel);
                if (order == 0)
                {
                    await target.MoveNextAsync(cancel);
                }

                await source.MoveNextAsync(cancel);
            }
        }

        await TellExtrasAsync(cancel);
        while (_folders.CloseLast() is { } folder)
        {
            await sink.ClosedAsync(folder, cancel);
        }
    }

    private async ValueTask CloseAsync(EntryPath position, CancellationToken cancel)
    {
        while (_folders.Close(position) is { } folder)
        {
            await sink.ClosedAsync(folder, cancel);
        }
    }

    private async ValueTask TellExtrasAsync(CancellationToken cancel)
    {
        while (deletions is not null && _implied.TryTake(source.Current is null ? null : source.Key, out var extra))
        {
            await ExtraAsync(extra.Value, deletions, cancel);
        }
    }

    private async ValueTask ExtraAsync(ExtraItem extra, DeletionRule deletions, CancellationToken cancel)
    {
        if (extra is { IsImplied: true, Entry: { Type: EntryType.Folder, Fault: null } })
        {
            return;
        }

        var (why, cause) = await deletions.JudgeAsync(extra.Entry, extra.Key, extra.Rival, cancel);
        if (why is not null)
        {
            sink.Spared(extra.Entry, why);
            return;
        }

        if (extra.IsImplied && rules.KeepsFolders)
        {
            // It stands where the source has a folder: what is in that waits until it is gone.
            _blocked.Add(extra.Key, this);
        }

        _folders.ParentOf(extra.Key)?.Touch();
        sink.DeletionDecided(new(extra.Entry, cause));
    }

    private async ValueTask EntryAsync(Entry entry, Entry? found, CancellationToken cancel)
    {
        var parent = _folders.ParentOf(source.Key);
        parent?.Fill();
        var clash = source.Rival ?? _files.Find(source.Key);
        if (clash is null && rules.MayClash && entry is { Type: not EntryType.Folder, Fault: null })
        {
            _files.Add(source.Key, entry);
        }

        if (found is null && clash is null)
        {
            found = await unlisted.FindAsync(entry.Path, source.Key, entry.Type, cancel);
        }

        var isDone = IsDone(entry.Path);
        if (isDone && _done is { } outcome && IsStale(outcome, entry, found))
        {
            await sink.RetractedAsync(outcome);
            isDone = false;
        }

        if (isDone)
        {
            Count(_done);
            deletions?.Heard(entry, source.Key, _done);
            if (entry.Type is EntryType.Folder && source.Rival is null)
            {
                var settled = new OpenFolder(entry, source.Key, found, parent, FolderState.Settled);
                settled.Stored();
                _folders.Open(settled);
            }

            return;
        }

        Matched += found is null ? 0 : 1;
        sink.Discovered(entry);
        var decision = clash is null ? rules.Decide(entry, found) : Rules.Clash(entry, clash);
        if (deletions is not null)
        {
            decision = await deletions.HearAsync(decision, source.Key, cancel);
        }

        await ActAsync(decision, entry, clash is null ? parent : null, cancel);
    }

    /// <param name="decision">What to do.</param>
    /// <param name="entry">The source's entry.</param>
    /// <param name="parent">The folder that it is in; null in the root, and for what gets no place at the target.</param>
    /// <param name="cancel">Stops it.</param>
    private async ValueTask ActAsync(Decision decision, Entry entry, OpenFolder? parent, CancellationToken cancel)
    {
        if (decision is { IsDeferred: true, Target: { } found })
        {
            sink.DeletionDecided(new(found, DeletionCause.Replaced));
        }

        if (_blocked.Find(source.Key) is not null)
        {
            decision = decision with { IsDeferred = decision.Step is not (Step.Exclude or Step.Unsupported or Step.Fail) };
        }

        if (decision.Step is Step.Copy or Step.Resolve or Step.CompareContent or Step.PutLink or Step.PutFolder)
        {
            parent?.Touch();
        }

        if (entry.Type is EntryType.Folder && source.Rival is null && _files.Find(source.Key) is null)
        {
            await FolderAsync(decision, parent, cancel);
        }
        else
        {
            await sink.DecidedAsync(decision with { Folder = parent }, cancel);
        }
    }

    private ValueTask FolderAsync(Decision decision, OpenFolder? parent, CancellationToken cancel)
    {
        var folder = new OpenFolder(decision.Source, source.Key, decision.Target, parent, StateOf(decision));
        _folders.Open(folder);
        if (decision.IsDeferred)
        {
            _blocked.Add(folder.Key, folder);
        }

        // A folder that failed is made too, for what could be listed of it. What lies in a deferred one is deferred with it.
        var isAwaited = rules.KeepsFolders && !decision.IsDeferred
            && (decision.Step is Step.PutFolder || decision is { Step: Step.Fail, Target: null });
        if (!isAwaited)
        {
            folder.Stored();
        }

        return folder.State is FolderState.Unmarked
            ? ValueTask.CompletedTask
            : sink.DecidedAsync(decision with { Folder = folder }, cancel);
    }

    private FolderState StateOf(Decision decision) => decision switch
    {
        { Step: Step.PutFolder, Target: null } when rules.MarksEmptyFoldersOnly => FolderState.Unmarked,
        { Step: Step.Fail or Step.Exclude or Step.Unsupported } => FolderState.Settled,
        _ when !rules.FinishesFolders => FolderState.Settled,
        { Step: Step.PutFolder or Step.SetMetadata } => FolderState.Changed,
        _ => FolderState.Unchanged,
    };

    private void Count(ItemOutcome? done)
    {
        var isStored = done?.Result is ItemResult.Transferred && !done.WasThere;
        Matched += isStored ? 0 : 1;
        Stored += isStored && done?.SourceTag is null ? 1 : 0;
    }

    // What an earlier attempt stored must still be there, and be what the source has by now: its outcome is told as this run's.
    private bool IsStale(ItemOutcome outcome, Entry entry, Entry? found)
    {
        if (outcome is not { Type: EntryType.File, Result: ItemResult.Transferred or ItemResult.NoTransferNeeded }
            || entry is not { Type: EntryType.File, Fault: null })
        {
            return false;
        }

        if (outcome.SourceTag is { } tag && tag != FileIdentity.Of(entry).Tag())
        {
            return true;
        }

        if (found is not { Type: EntryType.File } || found.SizeBytes != outcome.SizeBytes)
        {
            throw new TransferFaultException(new(StatusCodes.JobOther,
                $"The target changed after the run was stopped: {entry.Path} is missing or differs from what was stored. Nothing was "
                    + "deleted. Start over instead of resuming: run without --resume, or start a new job run."));
        }

        return rules.IsOther(entry, found);
    }

    private bool IsDone(EntryPath path)
    {
        while (_done is { } outcome)
        {
            var order = FoldedName.KeyOf(outcome.Path, rules.Folds).CompareTo(source.Key);
            order = order == 0 ? outcome.Path.CompareTo(path) : order;
            if (order >= 0)
            {
                return order == 0;
            }

            AdvanceDone();
        }

        return false;
    }

    private void AdvanceDone() => _done = done is not null && done.TryRead(out var next) ? next : null;
}
