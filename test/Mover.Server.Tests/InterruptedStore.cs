using Microsoft.Extensions.DependencyInjection;
using Mover.Server.Settings;
using Mover.State;
using Mover.State.Tests;

namespace Mover.Server.Tests;

/// <summary>The real store in its file, with an act of the test between two steps of the server: each act is done once.</summary>
public sealed class InterruptedStore(IStateStore inner) : PassingStore(inner)
{
    private volatile string? _broken;
    private Func<string, Func<Task>?>? _afterRead;
    private Func<string, Func<Task>?>? _afterList;
    private Func<IReadOnlyList<StateWrite>, Func<Task>?>? _afterCommit;

    /// <summary>Lets a server of the tests keep its state here.</summary>
    public static ServerOptions Under(ServerOptions options) => options with
    {
        Store = new("sqlite", async (host, cancel) => new InterruptedStore(await StateEngine.Sqlite.OpenAsync(host, cancel))),
    };

    public static InterruptedStore Of(TestServer server) => (InterruptedStore)server.Engine;

    /// <summary>After the next read of the key, and before the server has its answer.</summary>
    public void AfterRead(string key, Func<Task> act) => _afterRead = read => read == key ? act : null;

    /// <summary>After the next page of what lies below such a prefix, and before the server has its answer.</summary>
    public void AfterList(Func<string, bool> wanted, Func<Task> act) => _afterList = prefix => wanted(prefix) ? act : null;

    /// <summary>After the next commit with such a write, and before the server has its answer.</summary>
    public void AfterCommit(Func<StateWrite, bool> wanted, Func<Task> act) => _afterCommit = writes => writes.Any(wanted) ? act : null;

    /// <summary>From here on reading the key fails; null ends it.</summary>
    public void BreakReads(string? key) => _broken = key;

    public override async ValueTask<StateRead> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        if (keys.Contains(_broken, StringComparer.OrdinalIgnoreCase))
        {
            throw new StateException(StateFault.Unavailable, $"'{_broken}' cannot be read.");
        }

        var read = await Inner.ReadAsync(keys, cancel);
        if (keys.Select(key => _afterRead?.Invoke(key)).FirstOrDefault(act => act is not null) is { } act)
        {
            _afterRead = null;
            await act();
        }

        return read;
    }

    public override async ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        var result = await Inner.CommitAsync(conditions, writes, cancel);
        if (_afterCommit?.Invoke(writes) is { } act)
        {
            _afterCommit = null;
            await act();
        }

        return result;
    }

    public override async ValueTask<StatePage> ListAsync(string prefix, string? after, int limit, bool keysOnly, CancellationToken cancel)
    {
        var page = await Inner.ListAsync(prefix, after, limit, keysOnly, cancel);
        if (_afterList?.Invoke(prefix) is { } act)
        {
            _afterList = null;
            await act();
        }

        return page;
    }
}
