using Mover.Server.Background;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Operations;

/// <summary>
/// Does async operations one after the other, whichever instance took them: those that are pending when it starts, and every new one.
/// </summary>
internal sealed partial class OperationLoop(
    IStateStore store, DocumentStore documents, LoopShares shares, CascadingDelete deletions, TimeProvider clock,
    ILogger<OperationLoop> logger)
    : OwnedLoop(LoopNames.Operations, store, documents, shares, clock, logger)
{
    /// <summary>How long the status of an operation that is done can be asked for.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Time between two looks at the runs that a deletion waits for.</summary>
    private static readonly TimeSpan LookAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TidyEvery = TimeSpan.FromHours(1);
    private const int Page = 100;
    private const string Pending = "pending-operations";

    private readonly LoopSignal _signal = new();

    /// <inheritdoc/>
    protected override async Task OwnAsync(CancellationToken cancel)
    {
        var start = (await Store.ListAsync(Pending + "/", null, 1, keysOnly: true, cancel)).Revision;
        await Together.UntilOneEndsAsync(cancel, stop => FollowAsync(Pending + "/", start, _signal, stop), DoAllAsync);
    }

    private async Task DoAllAsync(CancellationToken cancel)
    {
        long? tidied = null;
        while (true)
        {
            var again = await DoPendingAsync(cancel);
            if (tidied is not { } last || Clock.GetElapsedTime(last) >= TidyEvery)
            {
                await TidyAsync(cancel);
                tidied = Clock.GetTimestamp();
            }

            await _signal.WaitAsync(again, Clock, cancel);
        }
    }

    // One that fails or waits does not hold up the others. Answers when to look again; null when everything is done.
    private async Task<TimeSpan?> DoPendingAsync(CancellationToken cancel)
    {
        TimeSpan? again = null;
        string? after = null;
        do
        {
            var page = await Documents.ListInternalAsync(
                DocumentKey.Internal(Pending), OperationsJson.Default.PendingOperation, after, Page, cancel,
                fault => Log.Skipped(logger, fault.Message));
            foreach (var pending in page.Documents)
            {
                if (await TryDoAsync(pending.Value.Name, cancel) is { } wait && (again is null || wait < again))
                {
                    again = wait;
                }
            }

            after = page.Next;
        }
        while (after is not null);
        return again;
    }

    private async Task<TimeSpan?> TryDoAsync(string name, CancellationToken cancel)
    {
        try
        {
            return await Documents.GetAsync(Operation.KeyOf(name), OperationsJson.Default.Operation, cancel) is { } operation
                && !await deletions.ExecuteAsync(operation.Value, cancel)
                    ? LookAfter
                    : null;
        }
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            Log.OneFailed(logger, fault, name, RetryAfter);
            return RetryAfter;
        }
    }

    private async Task TidyAsync(CancellationToken cancel)
    {
        var stamp = new WriteStamp(Arm.Caller.Service.Name, Arm.Caller.Service.Type, Clock.GetUtcNow(), nameof(OperationLoop),
            Routine: true);
        string? after = null;
        do
        {
            var page = await Documents.ListInternalAsync(DocumentKey.Internal("operations"), OperationsJson.Default.Operation, after, Page,
                cancel, fault => Log.Skipped(logger, fault.Message));
            var old = page.Documents.Where(o => o.Value.EndTime < stamp.At - Kept).Select(o => DocumentWrite.Delete(o.Key)).ToList();
            if (old.Count > 0)
            {
                await Documents.CommitAsync(old, stamp, cancel);
            }

            after = page.Next;
        }
        while (after is not null);
        await Documents.TidyAsync(stamp.At - Kept, cancel);
    }

    private static partial class Log
    {
        [LoggerMessage(2212, LogLevel.Error, "Skipped a damaged async operation. {Damage}")]
        public static partial void Skipped(ILogger logger, string damage);

        [LoggerMessage(2211, LogLevel.Error, "Async operation {Operation} failed; retrying in {RetryAfter}.")]
        public static partial void OneFailed(ILogger logger, Exception fault, string operation, TimeSpan retryAfter);
    }
}
