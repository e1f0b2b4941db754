using Mover.Core.Jobs;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Mirror;

namespace Mover.Transfer.Copy;

/// <summary>
/// Gives folders their metadata after everything in them is written, because writing moves their times; then their outcome. As many at once
/// as the target gains from, and children before their parents: a parent that may no longer be entered locks its children away.
/// </summary>
internal sealed class FolderFinish(RunContext run)
{
    private readonly Retrier _retrier = new(run.Sides);
    private readonly PutOptions _put = new(run.Options.PreserveMetadata);

    public async Task RunAsync(EntryList folders, CancellationToken cancel)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = run.Gate.Limit, CancellationToken = cancel };
        foreach (var batch in EntryList.Batches(folders.Forwards()))
        {
            await Parallel.ForEachAsync(batch, options, RecordAsync);
        }
    }

    private async ValueTask RecordAsync((Entry Entry, byte Mark) folder, CancellationToken cancel)
    {
        run.ThrowIfStopped();
        var state = (FolderState)folder.Mark;
        // Whether it was there only counts for the delete guard, which has passed.
        await run.RecordAsync(await FinishAsync(folder.Entry, state, cancel), folder.Entry, wasThere: false);
    }

    private async ValueTask<ItemOutcome> FinishAsync(Entry folder, FolderState state, CancellationToken cancel)
    {
        try
        {
            var found = await _retrier.CallAsync(Side.Target, token => run.Target.FindAsync(folder.Path, token), cancel);
            if (found is null)
            {
                await _retrier.CallAsync(Side.Target, token => run.Target.PutFolderAsync(folder, _put, token), cancel);
            }
            else if (!run.Target.HasSameMetadata(folder, found))
            {
                await _retrier.CallAsync(Side.Target, token => run.Target.SetMetadataAsync(folder, found, _put, token), cancel);
            }

            // What is in a folder can have been written without a change of its own: then it needed nothing.
            return state is FolderState.Changed
                ? new(folder.Path, folder.Type, ItemResult.Transferred, StatusCodes.Success, 0)
                : new(folder.Path, folder.Type, ItemResult.NoTransferNeeded, StatusCodes.ItemEqual, 0);
        }
        catch (ItemFaultException e)
        {
            return new(folder.Path, folder.Type, ItemResult.Failed, FaultCodes.OfItem(e.Fault, e.Side), 0, Details: e.Fault.Message);
        }
    }
}
