using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Mover.Server;
using Mover.Server.Tests;
using Mover.State;
using Mover.State.Sqlite;

namespace Mover.Agent.Tests;

/// <summary>The real store with a count of what is asked of it: reads, listings and commits, each a round trip to a store that is elsewhere.</summary>
public sealed class CountedStore(IStateStore inner) : IStateStore
{
    private int _reads;
    private int _lists;
    private int _commits;

    public static ServerOptions Under(ServerOptions options) => options with
    {
        Logging = logging => logging.Services.AddSingleton<IStateStore>(services => new CountedStore(SqliteStateStore.Open(
            new() { Path = Path.Combine(options.DataFolder, "state.db") },
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<SqliteStateStore>>()))),
    };

    public static CountedStore Of(TestServer server) => (CountedStore)server.Services.GetRequiredService<IStateStore>();

    /// <summary>
    /// What an act costs: the least of several, because loops of the server ask in between.
    /// </summary>
    public async Task<(int Reads, int Lists, int Commits)> CostAsync(int times, Func<int, Task> act)
    {
        var least = (int.MaxValue, 0, 0);
        for (var at = 0; at < times; at++)
        {
            var before = (_reads, _lists, _commits);
            await act(at);
            var cost = (_reads - before._reads, _lists - before._lists, _commits - before._commits);
            least = Sum(cost) < Sum(least) ? cost : least;
        }

        return least;
    }

    public ValueTask<StateRead> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        Interlocked.Increment(ref _reads);
        return inner.ReadAsync(keys, cancel);
    }

    public ValueTask<StatePage> ListAsync(string prefix, string? after, int limit, bool keysOnly, CancellationToken cancel)
    {
        Interlocked.Increment(ref _lists);
        return inner.ListAsync(prefix, after, limit, keysOnly, cancel);
    }

    public ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        Interlocked.Increment(ref _commits);
        return inner.CommitAsync(conditions, writes, cancel);
    }

    public IAsyncEnumerable<StateChanges> WatchAsync(string prefix, long afterRevision, CancellationToken cancel) =>
        inner.WatchAsync(prefix, afterRevision, cancel);

    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancel) => inner.GrantLeaseAsync(timeToLive, cancel);

    public ValueTask<bool> KeepLeaseAsync(long leaseId, CancellationToken cancel) => inner.KeepLeaseAsync(leaseId, cancel);

    public ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancel) => inner.RevokeLeaseAsync(leaseId, cancel);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static long Sum((int Reads, int Lists, int Commits) cost) => (long)cost.Reads + cost.Lists + cost.Commits;
}
