using Mover.Core.Jobs;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Mirror;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Copy;

/// <summary>Acts on decisions: records what needs no work, queues what does, and keeps on disk what has to wait for the end.</summary>
internal sealed class RunSink(RunContext run, WorkQueue queue) : IDecisionSink, IDisposable
{
    /// <summary>Target items to delete, in path order.</summary>
    public EntryList Extras { get; } = new(run.Folder.NewSpill());

    /// <summary>Target items that a mirror keeps, each with the reason as its fault.</summary>
    public EntryList Spares { get; } = new(run.Folder.NewSpill());

    /// <summary>Source items that something else is in the way of, in path order.</summary>
    public EntryList Deferred { get; } = new(run.Folder.NewSpill());

    /// <summary>Folders that get their metadata at the end, as they were closed: children before their parents.</summary>
    public EntryList Finishing { get; } = new(run.Folder.NewSpill());

    public void Discovered(Entry source)
    {
        run.Counters.Discovered(RunContext.DiscoveredBytes(source));
        if (source is { IsMountPoint: true, Fault: null })
        {
            run.Counters.Crossed(source.Path);
        }
    }

    public void Spared(Entry target, VolumeFault why) => Spares.Add(FolderEntry.With(target, target.IsEmptyFolder, why));

    public ValueTask RetractedAsync(ItemOutcome outcome)
    {
        run.Counters.Retracted(outcome);
        return run.Journal.AppendAsync(outcome with { IsRetracted = true });
    }

    public void DeletionDecided(Deletion deletion) => Extras.Add(deletion.Target, (byte)deletion.Cause);

    public ValueTask DecidedAsync(Decision decision, CancellationToken cancel)
    {
        var source = decision.Source;
        if (decision.Step is Step.Keep or Step.Exclude or Step.Unsupported or Step.Fail)
        {
            return decision.LeavesOutcomeToClosing ? ValueTask.CompletedTask : SettleAsync(decision, source, cancel);
        }

        if (decision.IsDeferred)
        {
            Deferred.Add(source);
            return ValueTask.CompletedTask;
        }

        return decision is { Step: Step.SetMetadata, LeavesOutcomeToClosing: true }
            ? ValueTask.CompletedTask
            : queue.AddAsync(decision, cancel);
    }

    public async ValueTask ClosedAsync(OpenFolder folder, CancellationToken cancel)
    {
        switch (folder.State)
        {
            case FolderState.Settled:
                break;
            case FolderState.Touched or FolderState.Changed:
                Finishing.Add(folder.Source, (byte)folder.State);
                break;
            case FolderState.Unmarked:
                folder.Settle();
                await queue.AddAsync(new(Step.PutFolder, folder.Source, null, StatusCodes.Success, Folder: folder), cancel);
                break;
            default:
                await RecordAsync(new(Step.Keep, folder.Source, folder.Target, StatusCodes.ItemEqual), folder.Source);
                break;
        }
    }

    public void Dispose()
    {
        Extras.Dispose();
        Spares.Dispose();
        Deferred.Dispose();
        Finishing.Dispose();
    }

    private async ValueTask SettleAsync(Decision decision, Entry source, CancellationToken cancel)
    {
        await RecordAsync(decision, source);

        if (source.Type is not EntryType.Folder || decision is not { Step: Step.Fail, Target: null, Folder: { } folder })
        {
            return;
        }

        // What could be listed of a folder that failed is copied all the same, and needs the folder.
        if (run.Target.Traits.KeepsFolders && run.Target.Judge(source) is null)
        {
            await queue.AddAsync(new(Step.PutFolder, source, null, StatusCodes.Success, Folder: folder, IsSilent: true), cancel);
        }
        else
        {
            folder.Stored();
        }
    }

    private ValueTask RecordAsync(Decision decision, Entry source) => run.RecordAsync(
        new(source.Path, source.Type, Copier.Result(decision.Step), decision.Code, Copier.SizeOf(source), Details: decision.Why), source,
        decision.Target is not null);
}
