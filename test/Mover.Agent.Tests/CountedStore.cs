using Microsoft.Extensions.DependencyInjection;
using Mover.Server;
using Mover.Server.Tests;
using Mover.State;
using Mover.State.Tests;

namespace Mover.Agent.Tests;

/// <summary>The real store with a count of what is asked of it: reads, listings and commits, each a round trip to a store that is elsewhere.</summary>
public sealed class CountedStore(IStateStore inner) : PassingStore(inner)
{
    private int _reads;
    private int _lists;
    private int _commits;

    public static ServerOptions Under(ServerOptions options) => options with
    {
        Store = new("sqlite", async (host, cancel) => new CountedStore(await StateEngine.Sqlite.OpenAsync(host, cancel))),
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

    public override ValueTask<StateRead> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        Interlocked.Increment(ref _reads);
        return Inner.ReadAsync(keys, cancel);
    }

    public override ValueTask<StatePage> ListAsync(string prefix, string? after, int limit, bool keysOnly, CancellationToken cancel)
    {
        Interlocked.Increment(ref _lists);
        return Inner.ListAsync(prefix, after, limit, keysOnly, cancel);
    }

    public override ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        Interlocked.Increment(ref _commits);
        return Inner.CommitAsync(conditions, writes, cancel);
    }

    private static long Sum((int Reads, int Lists, int Commits) cost) => (long)cost.Reads + cost.Lists + cost.Commits;
}
