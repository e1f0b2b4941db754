using Mover.Server.Settings;
using Mover.State;
using Mover.State.Tests;

namespace Mover.Server.Tests.Operations;

/// <summary>
/// One instance's way to a store that others share. From a commit on it is dead, as the process behind it would be: that commit is applied
/// or not, and nothing is heard or said any more.
/// </summary>
public sealed class SharedStore(IStateStore inner) : PassingStore(inner, ownsInner: false)
{
    private readonly CancellationTokenSource _death = new();
    private int _commitsLeft = int.MaxValue;
    private bool _appliesLast;

    public bool IsDead => _death.IsCancellationRequested;

    public static ServerOptions Under(ServerOptions options, string instance, IStateStore store) => options with
    {
        InstanceName = instance,
        Store = new("shared", (_, _) => Task.FromResult(store)),
    };

    /// <summary>The instance dies at its n-th commit from here, counted from 1.</summary>
    public void DieAt(int commit, bool applies)
    {
        _appliesLast = applies;
        Volatile.Write(ref _commitsLeft, commit);
    }

    public void Die() => _death.Cancel();

    public override ValueTask<StateRead> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancel) => AliveAsync(() => Inner.ReadAsync(keys, cancel));

    public override ValueTask<StatePage> ListAsync(string prefix, string? after, int limit, bool keysOnly, CancellationToken cancel) =>
        AliveAsync(() => Inner.ListAsync(prefix, after, limit, keysOnly, cancel));

    public override async ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        var left = Interlocked.Decrement(ref _commitsLeft);
        if (left == 0 && _appliesLast)
        {
            await Inner.CommitAsync(conditions, writes, cancel);
        }

        if (left == 0)
        {
            await _death.CancelAsync();
        }

        return await AliveAsync(() => Inner.CommitAsync(conditions, writes, cancel));
    }

    public override async IAsyncEnumerable<StateChanges> WatchAsync(
        string prefix, long afterRevision, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, _death.Token);
        await using var watch = Inner.WatchAsync(prefix, afterRevision, both.Token).GetAsyncEnumerator(CancellationToken.None);
        while (await NextAsync(watch))
        {
            yield return watch.Current;
        }
    }

    public override ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancel) =>
        AliveAsync(() => Inner.GrantLeaseAsync(timeToLive, cancel));

    public override ValueTask<bool> KeepLeaseAsync(long leaseId, CancellationToken cancel) => AliveAsync(() => Inner.KeepLeaseAsync(leaseId, cancel));

    public override ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancel) => IsDead ? throw Dead() : Inner.RevokeLeaseAsync(leaseId, cancel);

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
