using Microsoft.Extensions.Logging;

namespace Mover.State.Sqlite;

/// <summary>
/// Ends leases whose time is over. Wakes at the first deadline; when a lapse cannot be written it tries again a little later.
/// </summary>
internal sealed class LeaseLoop : IAsyncDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly SqliteWriter _writer;
    private readonly SqliteLeases _leases;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly RunningLoop _running;

    public LeaseLoop(SqliteWriter writer, SqliteLeases leases, TimeProvider clock, ILogger logger)
    {
        _writer = writer;
        _leases = leases;
        _clock = clock;
        _logger = logger;
        _running = new(RunAsync);
    }

    public ValueTask DisposeAsync() => _running.DisposeAsync();

    private async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            await _leases.WaitAsync(cancel);
            try
            {
                await Task.WhenAll(_leases.Lapsed().Select(id => LapseAsync(id, cancel)));
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                SqliteLog.LapseFailed(_logger, fault);
                await Task.Delay(RetryDelay, _clock, cancel);
            }
        }
    }

    private async Task LapseAsync(long id, CancellationToken cancel)
    {
        await _writer.RunAsync(writing => writing.EndLease(id), cancel);
        SqliteLog.LeaseLapsed(_logger, id);
    }
}
