using Microsoft.Extensions.Logging;

namespace Mover.State.Sqlite;

/// <summary>Drops watch history that is older than it is to be kept: a little at a time, so that commits go on between.</summary>
internal sealed class HistoryLoop : IAsyncDisposable
{
    private const int BatchRevisions = 500;
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly SqliteWriter _writer;
    private readonly SqliteStateOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly RunningLoop _running;

    public HistoryLoop(SqliteWriter writer, SqliteStateOptions options, TimeProvider clock, ILogger logger)
    {
        _writer = writer;
        _options = options;
        _clock = clock;
        _logger = logger;
        _running = new(RunAsync);
    }

    public ValueTask DisposeAsync() => _running.DisposeAsync();

    private async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Period, _clock);
        do
        {
            try
            {
                await TrimAsync(cancel);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                SqliteLog.TrimFailed(_logger, fault);
            }
        }
        while (await timer.WaitForNextTickAsync(cancel));
    }

    private async Task TrimAsync(CancellationToken cancel)
    {
        var now = _clock.GetUtcNow();
        while (await _writer.RunAsync(writing => writing.Trim(now, now - _options.HistoryKept, BatchRevisions), cancel))
        {
        }
    }
}
