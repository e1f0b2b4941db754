using System.Threading.Channels;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.Operations;

/// <summary>Wakes the loop; several calls before it looks count as one.</summary>
internal sealed class OperationSignal
{
    private readonly Channel<bool> _raised =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Raise() => _raised.Writer.TryWrite(true);

    public async Task WaitAsync(CancellationToken cancel) => await _raised.Reader.ReadAsync(cancel);
}

/// <summary>Does async operations one after the other: those that a stopped server left, and every new one.</summary>
internal sealed partial class OperationLoop(
    DocumentStore documents, Deletions deletions, OperationSignal signal, TimeProvider clock, ILogger<OperationLoop> logger)
        : BackgroundService
{
    /// <summary>How long the status of an operation that is done can be asked for.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TidyEvery = TimeSpan.FromHours(1);
    private const int Page = 100;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var tidied = DateTimeOffset.MinValue;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var failed = await DoPendingAsync(stoppingToken);
                if (clock.GetUtcNow() - tidied >= TidyEvery)
                {
                    await TidyAsync(stoppingToken);
                    tidied = clock.GetUtcNow();
                }

                await (failed ? WaitAsync(stoppingToken) : signal.WaitAsync(stoppingToken));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Log.Failed(logger, fault, RetryAfter);
                await Task.Delay(RetryAfter, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // One that fails does not hold up the others.
    private async Task<bool> DoPendingAsync(CancellationToken cancel)
    {
        var failed = false;
        string? after = null;
        do
        {
            var page = await documents.ListInternalAsync(
                DocumentKey.Internal("pending-operations"), ServerJson.Default.PendingOperation, after, Page, cancel);
            foreach (var pending in page.Documents)
            {
                failed |= !await TryDoAsync(pending.Value.Name, cancel);
            }

            after = page.Next;
        }
        while (after is not null);
        return failed;
    }

    private async Task<bool> TryDoAsync(string name, CancellationToken cancel)
    {
        try
        {
            if (await documents.GetAsync(Operation.KeyOf(name), ServerJson.Default.Operation, cancel) is { } operation)
            {
                await deletions.ExecuteAsync(operation.Value, cancel);
            }

            return true;
        }
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            Log.OneFailed(logger, fault, name, RetryAfter);
            return false;
        }
    }

    private Task WaitAsync(CancellationToken cancel) => Task.Delay(RetryAfter, clock, cancel);

    private async Task TidyAsync(CancellationToken cancel)
    {
        var stamp = new WriteStamp(Arm.Caller.Service.Name, Arm.Caller.Service.Type, clock.GetUtcNow(), nameof(OperationLoop),
            Routine: true);
        string? after = null;
        do
        {
            var page = await documents.ListInternalAsync(DocumentKey.Internal("operations"), ServerJson.Default.Operation, after, Page,
                cancel);
            var old = page.Documents.Where(o => o.Value.EndTime < stamp.At - Kept).Select(o => DocumentWrite.Delete(o.Key)).ToList();
            if (old.Count > 0)
            {
                await documents.CommitAsync(old, stamp, cancel);
            }

            after = page.Next;
        }
        while (after is not null);
    }

    private static partial class Log
    {
        [LoggerMessage(2210, LogLevel.Error, "Async operations failed; they go on in {RetryAfter}.")]
        public static partial void Failed(ILogger logger, Exception fault, TimeSpan retryAfter);

        [LoggerMessage(2211, LogLevel.Error, "Async operation {Operation} failed; it goes on in {RetryAfter}.")]
        public static partial void OneFailed(ILogger logger, Exception fault, string operation, TimeSpan retryAfter);
    }
}
