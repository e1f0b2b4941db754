using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Mover.State;

namespace Mover.Server.Tests.Operations;

/// <summary>
/// One instance's way to a store that others share. From a commit on it is dead, as the process behind it would be: that commit is applied
/// or not, and nothing is heard or said any more.
/// </summary>
public sealed class SharedStore(IStateStore inner) : IStateStore
{
    private readonly CancellationTokenSource _death = new();
    private int _commitsLeft = int.MaxValue;
    private bool _appliesLast;

    public bool IsDead => _death.IsCancellationRequested;

    public static ServerOptions Under(ServerOptions options, string instance, IStateStore store) => options with
    {
        InstanceName = instance,
        Logging = logging => logging.Services.AddSingleton(store),
    };

    /// <summary>The instance dies at its n-th commit from here, counted from 1.</summary>
    public void DieAt(int commit, bool applies)
    {
        _appliesLast = applies;
        Volatile.Write(ref _commitsLeft, commit);
    }

    public void Die() => _death.Cancel();

    public ValueTask<StateRead> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancel) => AliveAsync(() => inner.ReadAsync(keys, cancel));

    public ValueTask<StatePage> ListAsync(string prefix, string? after, int limit, bool keysOnly, CancellationToken cancel) =>
        AliveAsync(() => inner.ListAsync(prefix, after, limit, keysOnly, cancel));

    public async ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        var left = Interlocked.Decrement(ref _commitsLeft);
        if (left == 0 && _appliesLast)
        {
            await inner.CommitAsync(conditions, writes, cancel);
        }

        if (left == 0)
        {
            await _death.CancelAsync();
        }

        return await AliveAsync(() => inner.CommitAsync(conditions, writes, cancel));
    }

    public async IAsyncEnumerable<StateChanges> WatchAsync(
        string prefix, long afterRevision, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, _death.Token);
        await using var watch = inner.WatchAsync(prefix, afterRevision, both.Token).GetAsyncEnumerator(CancellationToken.None);
        while (await NextAsync(watch))
        {
            yield return watch.Current;
        }
    }

    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancel) =>
        AliveAsync(() => inner.GrantLeaseAsync(timeToLive, cancel));

    public ValueTask<bool> KeepLeaseAsync(long leaseId, CancellationToken cancel) => AliveAsync(() => inner.KeepLeaseAsync(leaseId, cancel));

    public ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancel) => IsDead ? throw Dead() : inner.RevokeLeaseAsync(leaseId, cancel);

    // The store is the test's, not the instance's.
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<bool> NextAsync(IAsyncEnumerator<StateChanges> watch)
    {
        try
        {
            return await watch.MoveNextAsync();
        }
        catch (OperationCanceledException) when (IsDead)
        {
            throw Dead();
        }
    }

    private async ValueTask<T> AliveAsync<T>(Func<ValueTask<T>> ask)
    {
        if (IsDead)
        {
            throw Dead();
        }

        var answer = await ask();
        return IsDead ? throw Dead() : answer;
    }

    private static StateException Dead() => new(StateFault.Unavailable, "The instance is dead.");
}
