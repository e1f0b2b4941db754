namespace Mover.State.Tests.Copies;

/// <summary>A store whose user dies at one of its commits: before it is applied, or before it is heard of. Nothing works afterwards.</summary>
internal sealed class DyingStore(IStateStore store, int dieAt, bool applies) : PassingStore(store)
{
    private int _commits;
    private IReadOnlyList<StateWrite>? _last;

    public int Commits => Volatile.Read(ref _commits);

    public override async ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        // One that is repeated, because a busy store did not answer in time, is the same one.
        var number = ReferenceEquals(writes, _last) ? Commits : Interlocked.Increment(ref _commits);
        _last = writes;
        if (number == dieAt && applies)
        {
            await base.CommitAsync(conditions, writes, cancel);
        }

        return number >= dieAt ? throw new InvalidOperationException("Killed.") : await base.CommitAsync(conditions, writes, cancel);
    }
}
