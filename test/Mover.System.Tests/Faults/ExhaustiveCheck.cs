namespace Mover.SystemTests.Faults;

/// <summary>
/// The same question as <see cref="HistoryCheck"/>, answered by trying every order of a few requests (Wing and Gong's search). It shares nothing
/// with the other but what an attempt is.
/// </summary>
internal static class ExhaustiveCheck
{
    /// <summary>As many as one history may have.</summary>
    public const int AttemptsMax = 40;

    // Earlier writes without an answer that may still come, at most.
    private const int OpenMax = 6;

    /// <summary>Whether an order of the requests explains all answers, from a version and a value on.</summary>
    public static bool IsLinearizable(IReadOnlyList<Attempt> attempts, long version = 0, string? value = null)
    {
        var relevant = attempts.Where(attempt => attempt.Outcome != Outcome.Refused && (attempt.IsWrite || attempt.Outcome == Outcome.Done)).ToArray();
        Assert.InRange(relevant.Length, 0, AttemptsMax);
        return Search(relevant, 0, new(version, value), []);
    }

    /// <summary>
    /// Cuts the history of a key where no request was under way, and tries each part; answers how many parts were tried and the first
    /// that no order explains. A part that is too long, or that too many open writes may still touch, is passed over.
    /// </summary>
    public static (int Tried, IReadOnlyList<Attempt>? Bad) Windows(IReadOnlyList<Attempt> attempts)
    {
        var (tried, state, open) = (0, new State(0, null), new List<Attempt>());
        foreach (var window in Cut(attempts))
        {
            if (window.Count + open.Count <= AttemptsMax && open.Count <= OpenMax)
            {
                tried++;
                if (!IsLinearizable([.. open, .. window], state.Version, state.Value))
                {
                    return (tried, [.. open, .. window]);
                }
            }

            open.AddRange(window.Where(attempt => attempt is { IsWrite: true, Outcome: Outcome.Unknown }));
            var newest = window.Where(attempt => attempt.Outcome == Outcome.Done).MaxBy(attempt => attempt.Version);
            state = newest is not null && newest.Version >= state.Version ? new(newest.Version, newest.Value) : state;
            open.RemoveAll(write => window.Any(attempt => !attempt.IsWrite && attempt.Value == write.Value));
        }

        return (tried, null);
    }

    private static IEnumerable<List<Attempt>> Cut(IReadOnlyList<Attempt> attempts)
    {
        var (window, busyUntil) = (new List<Attempt>(), long.MinValue);
        foreach (var attempt in attempts.OrderBy(attempt => attempt.Begin))
        {
            if (attempt.Begin > busyUntil && window.Count > 0)
            {
                yield return window;
                window = [];
            }

            window.Add(attempt);
            busyUntil = attempt.Outcome == Outcome.Unknown ? busyUntil : Math.Max(busyUntil, attempt.End);
        }

        if (window.Count > 0)
        {
            yield return window;
        }
    }

    private static bool Search(Attempt[] attempts, ulong done, State state, HashSet<(ulong Done, State State)> seen)
    {
        if (!seen.Add((done, state)))
        {
            return false;
        }

        var firstEnd = long.MaxValue;
        var isOver = true;
        for (var at = 0; at < attempts.Length; at++)
        {
            if ((done & (1UL << at)) == 0 && attempts[at].Outcome != Outcome.Unknown)
            {
                (firstEnd, isOver) = (Math.Min(firstEnd, attempts[at].End), false);
            }
        }

        if (isOver)
        {
            return true;
        }

        for (var at = 0; at < attempts.Length; at++)
        {
            if ((done & (1UL << at)) == 0 && attempts[at].Begin <= firstEnd && After(attempts[at], state) is { } next
                && Search(attempts, done | (1UL << at), next, seen))
            {
                return true;
            }
        }

        return false;
    }

    // The state when the request took effect at this one; null when its answer says that it did not.
    private static State? After(Attempt attempt, State state)
    {
        var holds = attempt.Expected is null || attempt.Expected == state.Version;
        return (attempt.IsWrite, attempt.Outcome) switch
        {
            (false, _) => attempt.Version == state.Version && attempt.Value == state.Value ? state : null,
            (true, Outcome.ConditionFailed) => attempt.Expected < state.Version ? state : null,
            (true, Outcome.Done) when attempt.Version != state.Version + 1 => null,
            _ => holds ? new(state.Version + 1, attempt.Value) : null,
        };
    }

    private readonly record struct State(long Version, string? Value);
}
