using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Mover.Core.Jobs;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Copy;
using Mover.Transfer.Journal;
using Mover.Transfer.Mirror;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Plan;

/// <summary>Makes a plan's actions with the same merge and the same rules as a run.</summary>
internal sealed partial class Planner(
    TransferSides sides, TransferOptions options, RunFolder folder, ChannelWriter<PlannedAction> actions)
{
    private readonly ToldBefore _told = new();
    private readonly Retrier _retrier = new(sides);
    private readonly BufferSlab _slab = new(options.BufferBytes);
    private Rules _rules = new(sides.Source, sides.Target, options, sides.Target.Traits.Folds);

    /// <summary>Completes the channel, with the fault if there is one; does not throw.</summary>
    public async Task RunAsync()
    {
        Exception? fault = null;
        try
        {
            while (!await TryPlanAsync(new SpillOptions(folder.Spill, options.SortBytes), sides.Stopped))
            {
                // Again, with the target's names told apart as it does.
            }
        }
        catch (Exception e)
        {
            fault = sides.FaultOf(e) is { } ended ? new TransferFaultException(ended, e) : e;
        }

        actions.TryComplete(fault);
    }

    /// <summary>False when the merge has to start again; what was told is not told again.</summary>
    private async Task<bool> TryPlanAsync(SpillOptions spill, CancellationToken cancel)
    {
        try
        {
            await PlanAsync(spill, cancel);
            return true;
        }
        catch (FoldedNamesException e)
        {
            _told.Add(_rules.Folds, e.Path);
            _rules = new(sides.Source, sides.Target, options, e.Folds);
            return false;
        }
    }

    private async Task PlanAsync(SpillOptions spill, CancellationToken cancel)
    {
        using var sink = new Sink(this);
        var deletions = options.Mode is CopyMode.Mirror ? new DeletionRule(sides.Source, _rules.KeepsFolders) : null;
        long sourceItems;
        long targetItems;
        await using (var here = EntryStream.OpenSorted(
            sides.Source, Side.Source, spill, _rules.Folds, _retrier.PatienceOf(Side.Source), cancel))
        await using (var there = EntryStream.OpenSorted(
            sides.Target, Side.Target, spill, _rules.Folds, _retrier.PatienceOf(Side.Target), cancel))
        {
            var unlisted = new UnlistedNames(sides, _rules.Folds);
            var roots = new RootWatch(sides);
            await roots.StartAsync(cancel);
            var comparison = new Comparison(here, there, unlisted, roots, null, _rules, deletions, sink);
            await comparison.RunAsync(cancel);
            (sourceItems, targetItems) = (here.Count, sink.Extras.Count + comparison.Matched);
        }

        if (GuardRule.Check(options.DeleteGuard, new(sink.Extras.Count, targetItems, sourceItems, deletions?.LargestEmptied)) is { } fault)
        {
            throw new TransferFaultException(fault);
        }

        foreach (var (spared, _) in sink.Spares.Forwards())
        {
            await actions.WriteAsync(
                new(PlannedActionKind.NotDeleted, spared.Path, spared.Type, spared.SizeBytes, spared.Fault?.Code ?? StatusCodes.ItemOther,
                    spared.Fault?.Message),
                cancel);
        }

        foreach (var (extra, _) in sink.Extras.Backwards())
        {
            await actions.WriteAsync(
                new(PlannedActionKind.Delete, extra.Path, extra.Type, extra.SizeBytes, StatusCodes.Success), cancel);
        }
    }

    private async ValueTask WriteAsync(Decision decision, CancellationToken cancel)
    {
        var entry = decision.Source;
        var kind = decision.Step switch
        {
            Step.Keep => PlannedActionKind.Keep,
            Step.Exclude => PlannedActionKind.Exclude,
            Step.Unsupported => PlannedActionKind.Unsupported,
            Step.Copy => PlannedActionKind.Copy,
            Step.PutLink => PlannedActionKind.PutLink,
            Step.PutFolder => PlannedActionKind.PutFolder,
            Step.SetMetadata => PlannedActionKind.SetMetadata,
            _ => PlannedActionKind.Fail,
        };
        await actions.WriteAsync(new(kind, entry.Path, entry.Type, Copier.SizeOf(entry), decision.Code, decision.Why), cancel);
    }

    /// <summary>Does the reading that a run would do to decide.</summary>
    private async ValueTask<Decision> ExamineAsync(Decision decision, CancellationToken cancel)
    {
        var entry = decision.Source;
        try
        {
            if (decision.Step is Step.Resolve)
            {
                var (resolved, fault) = await _retrier.CallAsync(
                    Side.Source, token => sides.Source.ResolveAsync(entry, token), cancel);
                decision = resolved is not null
                    ? _rules.Decide(resolved, decision.Target)
                    : decision with { Step = Step.Fail, Code = fault?.Code ?? StatusCodes.ItemSourceIo, Why = fault?.Message };
                entry = decision.Source;
            }

            if (decision is { Step: Step.CompareContent, Target: { } found })
            {
                decision = _rules.Known(entry, found, await IsSameAsync(entry, found, cancel), StatusCodes.ItemEqual);
            }

            return decision;
        }
        catch (ItemFaultException e)
        {
            Log.Unread(sides.Logger, entry.Path, e.Message, sides.Clock.GetUtcNow());
            return decision with { Step = Step.Fail, Code = FaultCodes.OfItem(e.Fault, e.Side), Why = e.Fault.Message };
        }
    }

    private async ValueTask<bool> IsSameAsync(Entry entry, Entry found, CancellationToken cancel)
    {
        if (found.ContentMd5 is { } stored && options.Compare is not CompareBy.Content)
        {
            var md5 = await _retrier.CallAsync(Side.Source, token => Contents.Md5Async(sides.Source, entry, _slab, token), cancel);
            return md5.AsSpan().SequenceEqual(stored.Span);
        }

        var (here, _) = await _retrier.CallAsync(Side.Source, token => Contents.Crc64Async(sides.Source, entry, _slab, token), cancel);
        var (there, _) = await _retrier.CallAsync(Side.Target, token => Contents.Crc64Async(sides.Target, found, _slab, token), cancel);
        return here == there;
    }

    private sealed class Sink(Planner planner) : IDecisionSink, IDisposable
    {
        public EntryList Extras { get; } = new(planner.NewSpill());

        public EntryList Spares { get; } = new(planner.NewSpill());

        public void Discovered(Entry source)
        {
            // A plan counts nothing.
        }

        public void Spared(Entry target, VolumeFault why) => Spares.Add(FolderEntry.With(target, target.IsEmptyFolder, why));

        public ValueTask RetractedAsync(ItemOutcome outcome) => ValueTask.CompletedTask;

        public void DeletionDecided(Deletion deletion) => Extras.Add(deletion.Target);

        public async ValueTask DecidedAsync(Decision decision, CancellationToken cancel)
        {
            if (planner._told.Has(decision.Source.Path))
            {
                return;
            }

            await planner.WriteAsync(
                decision.Step is Step.Resolve or Step.CompareContent ? await planner.ExamineAsync(decision, cancel) : decision, cancel);
        }

        public ValueTask ClosedAsync(OpenFolder folder, CancellationToken cancel) =>
            folder.State switch
            {
                FolderState.Unmarked => planner.WriteAsync(new(Step.PutFolder, folder.Source, null, StatusCodes.Success), cancel),
                FolderState.Implied => planner.WriteAsync(new(Step.Keep, folder.Source, null, StatusCodes.ItemEqual), cancel),
                _ => ValueTask.CompletedTask,
            };

        public void Dispose()
        {
            Extras.Dispose();
            Spares.Dispose();
        }
    }

    private string NewSpill() => folder.NewSpill();

    private static partial class Log
    {
        [LoggerMessage(6040, LogLevel.Debug, "Cannot read {Path} for the plan at {At}: {Message}")]
        public static partial void Unread(ILogger logger, EntryPath path, string message, DateTimeOffset at);
    }
}
