using Microsoft.Extensions.DependencyInjection;
using Mover.Server.Settings;
using Mover.Server.Tests;
using Mover.State;
using Mover.State.Tests;

namespace Mover.Agent.Tests;

/// <summary>The real store of a server, with what an act costs there.</summary>
public sealed class CountedStore(IStateStore inner) : CountingStore(inner)
{
    public static ServerOptions Under(ServerOptions options) => options with
    {
        Store = new("sqlite", async (host, cancel) => new CountedStore(await StateEngine.Sqlite.OpenAsync(host, cancel))),
    };

    public static CountedStore Of(TestServer server) => (CountedStore)server.Engine;

    /// <summary>
    /// What an act costs: the least of several, because loops of the server ask in between.
    /// </summary>
    public async Task<(long Reads, long Lists, long Commits)> CostAsync(int times, Func<int, Task> act)
    {
        (long Reads, long Lists, long Commits) least = (int.MaxValue, 0, 0);
        for (var at = 0; at < times; at++)
        {
            var before = Counts;
            await act(at);
            var after = Counts;
            var cost = (after.Reads - before.Reads, after.Lists - before.Lists, after.Commits - before.Commits);
            least = Sum(cost) < Sum(least) ? cost : least;
        }

        return least;
    }

    private static long Sum((long Reads, long Lists, long Commits) cost) => cost.Reads + cost.Lists + cost.Commits;
}
