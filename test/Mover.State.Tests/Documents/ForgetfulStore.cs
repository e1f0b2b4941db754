namespace Mover.State.Tests.Documents;

/// <summary>
/// The real store, which does not say what became of some commits: it has not applied them, has applied them, or applies them later, when
/// others have been; and the call that finds out may end the same way.
/// </summary>
internal sealed class ForgetfulStore(IStateStore inner, int seed, double share) : PassingStore(inner)
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly List<(int After, Func<Task> Apply)> _late = [];

    /// <summary>Commits whose outcome was not told: not applied, applied, and applied later.</summary>
    public int[] Untold { get; } = new int[3];

    public override async ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        var (how, due) = Draw(conditions, writes);
        foreach (var late in due)
        {
            await late();
        }

        if (how < 0)
        {
            return await Inner.CommitAsync(conditions, writes, cancel);
        }

        if (how == 1)
        {
            await Inner.CommitAsync(conditions, writes, cancel);
        }

        throw new StateException(StateFault.OutcomeUnknown, "No answer.");
    }

    private (int How, List<Func<Task>> Due) Draw(IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes)
    {
        lock (_gate)
        {
            var how = _random.NextDouble() < share ? _random.Next(3) : -1;
            if (how >= 0)
            {
                Untold[how]++;
            }

            if (how == 2)
            {
                // The lists are the caller's: what is in flight is what they hold at this moment.
                List<StateCondition> required = [.. conditions];
                List<StateWrite> written = [.. writes];
                _late.Add((_random.Next(1, 4), async () => await Inner.CommitAsync(required, written, CancellationToken.None)));
            }

            var due = _late.Where(late => late.After <= 0).Select(late => late.Apply).ToList();
            _late.RemoveAll(late => late.After <= 0);
            for (var at = 0; at < _late.Count; at++)
            {
                _late[at] = (_late[at].After - 1, _late[at].Apply);
            }

            return (how, due);
        }
    }
}
