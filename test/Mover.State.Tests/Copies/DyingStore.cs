namespace Mover.State.Tests.Copies;

/// <summary>A store whose user dies at one of its commits: before it is applied, or before it is heard of. Nothing works afterwards.</summary>
internal sealed class DyingStore(IStateStore store, int dieAt, bool applies) : PassingStore(store)
{
    private int _commits;

    public int Commits => Volatile.Read(ref _commits);

    public override async ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        var number = Interlocked.Increment(ref _commits);
        if (number == dieAt && applies)
        {
            await base.CommitAsync(conditions, writes, cancel);
        }

        return number >= dieAt ? throw new InvalidOperationException("Killed.") : await base.CommitAsync(conditions, writes, cancel);
    }
}
