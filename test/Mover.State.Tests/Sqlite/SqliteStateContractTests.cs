using Microsoft.Extensions.Logging.Abstractions;
using Mover.State.Sqlite;
using Mover.State.Tests.Contract;

namespace Mover.State.Tests.Sqlite;

/// <summary>The embedded engine keeps the contract.</summary>
public class SqliteStateContractTests : StateContract
{
    private readonly TempFolder _folder = new();
    private readonly TestClock _clock = new();
    private SqliteStateStore? _open;

    protected override ValueTask<IStateStore> OpenAsync()
    {
        _open = SqliteStateStore.Open(new() { Path = _folder.File("state.db") }, _clock, NullLogger<SqliteStateStore>.Instance);
        return new(_open);
    }

    protected override ValueTask CleanAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask PassAsync(TimeSpan time)
    {
        _clock.Advance(time);
        return ValueTask.CompletedTask;
    }

    protected override async ValueTask DropHistoryAsync(long upTo)
    {
        // The loop notes a revision on one tick and drops it when the note has aged; a watch from the start tells when that is done.
        while (await IsKeptAsync(upTo - 1))
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
        }
    }

    private async Task<bool> IsKeptAsync(long revision)
    {
        using var stop = new CancellationTokenSource();
        await using var watch = (_open ?? throw new InvalidOperationException()).WatchAsync("", revision, stop.Token).GetAsyncEnumerator();
        try
        {
            return await watch.MoveNextAsync();
        }
        catch (StateException gone) when (gone.Fault == StateFault.HistoryGone)
        {
            return false;
        }
    }
}
