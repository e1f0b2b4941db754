using Microsoft.Extensions.Logging;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Journal;
using Mover.Transfer.Mirror;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Copy;

/// <summary>One pass over both sides: merge and workers at once, then deletions, then what waited for them, then the folders'
/// times.</summary>
internal sealed partial class Pass(RunContext run, SpillOptions spill, MergeOrder order)
{
    private readonly WorkQueue _queue = new();
    private readonly Copier _copier = new(run);
    private readonly Retrier _retrier = new(run.Sides);

    /// <summary>Called when every source item is known.</summary>
    public required Action Scanned { get; init; }

    public async Task RunAsync()
    {
        var cancel = run.Stopped;
        using var sink = new RunSink(run, _queue);
        var workers = new Task[run.Gate.Limit];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = Task.Run(() => WorkAsync(cancel), CancellationToken.None);
        }

        var deletions = run.Options.Mode is CopyMode.Mirror ? new DeletionRule(run.Source, run.Rules.KeepsFolders) : null;
        long sourceItems = 0;
        var (matched, stored) = (0L, 0L);
        try
        {
            var folds = order.Folds;
            var isFolded = folds is not NameFoldings.None;
            await using var source = new EntryStream(
                run.Source, Side.Source, order.SortsSource || isFolded ? spill : null, folds, _retrier.PatienceOf(Side.Source), cancel,
                run.Options.Only);
            await using var target = new EntryStream(
                run.Target, Side.Target, order.SortsTarget || isFolded ? spill : null, folds, _retrier.PatienceOf(Side.Target), cancel,
                run.Options.Only);
            using var done = run.Earlier.ReadDone();
            var unlisted = new UnlistedNames(run.Sides, folds);
            var roots = new RootWatch(run.Sides);
            await roots.StartAsync(cancel);
            var comparison = new Comparison(source, target, unlisted, roots, done, run.Rules, deletions, sink);
            await comparison.RunAsync(cancel);
            (sourceItems, matched, stored) = (source.Count, comparison.Matched, comparison.Stored);
            Scanned();
        }
        catch (TransferFaultException e)
        {
            run.Stop(e.Fault);
            run.ThrowIfStopped();
            throw;
        }
        finally
        {
            _queue.Complete();
            await Task.WhenAll(workers);
        }

        var extras = sink.Extras.Count;
        await EndAsync(sink, new(extras, extras + matched, sourceItems, deletions?.LargestEmptied) { IsExact = stored == 0 }, cancel);
    }

    private async Task EndAsync(RunSink sink, DeletionPlan plan, CancellationToken cancel)
    {
        var guard = run.Options.DeleteGuard;
        if (GuardRule.Check(guard, plan.After(guard.IsStated ? null : GuardMark.Read(run.Options.GuardMarkPath))) is { } fault)
        {
            // Stopped first: a mark that cannot be written stops the run as well, and says why.
            run.Stop(fault);
            GuardMark.Write(plan.IsExact ? run.Options.GuardMarkPath : null, plan.TargetItems);
        }

        run.ThrowIfStopped();
        await new Deletions(run).RunAsync(sink.Extras, sink.Spares, cancel);
        GuardMark.Clear(run.Options.Mode is CopyMode.Mirror ? run.Options.GuardMarkPath : null);
        await CopyDeferredAsync(sink.Deferred, cancel);
        await new FolderFinish(run).RunAsync(sink.Finishing, cancel);
    }

    /// <summary>What something else was in the way of, in path order: folders before their contents.</summary>
    private async Task CopyDeferredAsync(EntryList deferred, CancellationToken cancel)
    {
        var scratch = new byte[Copier.ScratchBytes];
        foreach (var (entry, _) in deferred.Forwards())
        {
            run.ThrowIfStopped();
            ItemOutcome? outcome;
            try
            {
                var found = await _copier.FindTargetAsync(entry.Path, cancel);
                outcome = await _copier.ExecuteAsync(run.Rules.Decide(entry, found) with { Folder = null }, scratch, cancel);
            }
            catch (ItemFaultException e)
            {
                outcome = Copier.Failed(entry, FaultCodes.OfItem(e.Fault, e.Side), e.Fault.Message);
            }

            if (outcome is not null && !(entry.Type is EntryType.Folder && run.Rules.FinishesFolders))
            {
                // Whatever it took the place of was there.
                await run.RecordAsync(outcome, entry, wasThere: true);
            }
        }
    }

    private async Task WorkAsync(CancellationToken cancel)
    {
        var scratch = new byte[Copier.ScratchBytes];
        try
        {
            while (await _queue.WaitAsync(cancel))
            {
                while (_queue.TryTake(out var item))
                {
                    run.ThrowIfStopped();
                    if (await _copier.ExecuteAsync(item, scratch, cancel) is { } outcome
                        && item is { IsSilent: false, LeavesOutcomeToClosing: false })
                    {
                        await run.RecordAsync(outcome, item.Source, item.Target is not null);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (run.IsStopped)
        {
            // The run was stopped: what is not recorded is done by the next attempt.
        }
        catch (Exception e)
        {
            Log.Broken(run.Logger, e);
            run.Stop(new JobFault(Core.Jobs.StatusCodes.JobOther, $"The engine failed: {e.Message}"));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(6030, LogLevel.Error, "A worker failed; stopping the run.")]
        public static partial void Broken(ILogger logger, Exception e);
    }
}
