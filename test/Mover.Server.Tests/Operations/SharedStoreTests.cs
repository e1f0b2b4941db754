using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.State;

namespace Mover.Server.Tests.Operations;

/// <summary>Tests of instances that share one real store; the store and its folder go when the test is over.</summary>
public abstract class SharedStoreTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();

    /// <summary>The store, past every instance.</summary>
    protected IStateStore Store { get; private set; } = null!;

    /// <summary>The data folder that the instances share, unless they are given another.</summary>
    protected string Folder => _folder.Path;

    public virtual async Task InitializeAsync() =>
        Store = await StateEngine.Sqlite.OpenAsync(new(Folder, MustExist: false, TimeProvider.System, NullLoggerFactory.Instance), default);

    public virtual async Task DisposeAsync()
    {
        await Store.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>An instance that reaches the store through <paramref name="store"/>.</summary>
    private protected Task<TestServer> StartAsync(string name, IStateStore store, TimeProvider? clock = null) =>
        TestServer.StartAsync(options => SharedStore.Under(options, name, store), clock, Folder);

    /// <summary>Ends an instance that may have been killed: how a dead one ends is not what is looked at.</summary>
    private protected static async Task EndAsync(TestServer? server)
    {
        try
        {
            await (server?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (StateException fault) when (fault.Fault == StateFault.Unavailable)
        {
            // It was killed.
        }
    }

    /// <summary>The loops that an instance holds.</summary>
    private protected async Task<List<StateEntry>> LoopsAsync(string instance) =>
        [.. (await Store.ListAsync("loops/", null, 20, default)).Entries
            .Where(loop => Encoding.UTF8.GetString(loop.Value.Span).Contains($"\"{instance}\"", StringComparison.Ordinal))];

    /// <summary>What the time of its leases does to an instance that keeps them no longer.</summary>
    private protected async Task LapseAsync(string instance)
    {
        foreach (var loop in await LoopsAsync(instance))
        {
            await Store.RevokeLeaseAsync(loop.LeaseId, default);
        }
    }
}
