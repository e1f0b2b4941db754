using System.Text;
using Mover.State.Mirror;

namespace Mover.State.Tests.Contract;

/// <summary>
/// What every engine of the state store must do: one test for each sentence of <see cref="IStateStore"/>. An engine derives from it, says
/// how it is opened and restarted, and how time passes for it.
/// </summary>
public abstract partial class StateContract : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    // Only ends a test that would hang.
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));
    private IStateStore? _store;

    private IStateStore Store => _store ?? throw new InvalidOperationException("The store is not open.");

    public async Task InitializeAsync() => _store = await ShownAsync(await OpenAsync());

    public async Task DisposeAsync()
    {
        await Store.DisposeAsync();
        _patience.Dispose();
        await CleanAsync();
    }

    /// <summary>Opens the store; the second time in a test, with what it held.</summary>
    protected abstract ValueTask<IStateStore> OpenAsync();

    /// <summary>The role under which the state is served: as callers see it, a store is always one of a region.</summary>
    protected virtual ValueTask<RegionSeat> SeatAsync(IStateStore engine) => ValueTask.FromResult(new RegionSeat(null, 0));

    /// <summary>Removes what the test left.</summary>
    protected abstract ValueTask CleanAsync();

    /// <summary>Lets at least so much time pass for the store.</summary>
    protected abstract ValueTask PassAsync(TimeSpan time);

    /// <summary>Lets time pass until the store has dropped the history up to a revision.</summary>
    protected abstract ValueTask DropHistoryAsync(long upTo);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static StateWrite Put(string key, string value, long lease = 0) => new(key, Bytes(value), lease);

    private static StateWrite Delete(string key) => new(key, null);

    private static async Task<StateException> FaultAsync(Func<Task> act) => await Assert.ThrowsAsync<StateException>(act);

    private static string Show(StateChange change) =>
        change.Entry is { } entry ? $"{change.Key}={Encoding.UTF8.GetString(entry.Value.Span)}" : $"{change.Key} gone";

    private async Task RestartAsync()
    {
        await Store.DisposeAsync();
        _store = await ShownAsync(await OpenAsync());
    }

    private async Task<IStateStore> ShownAsync(IStateStore engine) => new RegionStore(engine, await SeatAsync(engine), owns: true);

    private async Task<long> CommitAsync(params StateWrite[] writes)
    {
        var result = await Store.CommitAsync([], writes, None);
        Assert.Equal(CommitOutcome.Committed, result.Outcome);
        return result.Revision;
    }

    private async Task<string?> ValueAsync(string key) =>
        await Store.GetAsync(key, None) is { } entry ? Encoding.UTF8.GetString(entry.Value.Span) : null;

    private async Task<List<string>> KeysAsync(string prefix, string? after = null, int limit = StateLimits.PageEntriesMax) =>
        [.. (await Store.ListAsync(prefix, after, limit, None)).Entries.Select(entry => entry.Key)];

    private async Task<List<StateChange>> ChangesAsync(string prefix, long after, int count)
    {
        var changes = new List<StateChange>();
        await foreach (var seen in Store.WatchAsync(prefix, after, _patience.Token))
        {
            changes.AddRange(seen.Changes);
            if (changes.Count >= count)
            {
                break;
            }
        }

        return [.. changes.Take(count)];
    }

    // Up to the first element with a change.
    private static async Task<StateChange> NextChangeAsync(IAsyncEnumerator<StateChanges> watch)
    {
        while (await watch.MoveNextAsync())
        {
            if (watch.Current.Changes.Count > 0)
            {
                return watch.Current.Changes[0];
            }
        }

        throw new InvalidOperationException("The watch ended.");
    }
}
