namespace Mover.SystemTests.Faults;

/// <summary>A fault of a schedule: of what kind, at the zone that leads or at another, and for how long.</summary>
internal sealed record PlannedFault(FaultKind Kind, bool AtLeader, int Which, TimeSpan Duration);

/// <summary>Faults from a seed: every kind once in an order of chance, then all again in another one.</summary>
internal static class FaultSchedule
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(4);

    public static IEnumerable<PlannedFault> Of(int seed, int count)
    {
        var random = new Random(seed);
        foreach (var kind in Rounds(random, FaultKind.All).Take(count))
        {
            yield return new(kind, random.Next(3) > 0, random.Next(2), Shortest + ((Longest - Shortest) * random.NextDouble()));
        }
    }

    /// <summary>Without end: all of them in an order of chance, then all again in another one.</summary>
    public static IEnumerable<T> Rounds<T>(Random random, IReadOnlyList<T> all)
    {
        while (true)
        {
            var round = all.ToArray();
            random.Shuffle(round);
            foreach (var one in round)
            {
                yield return one;
            }
        }
    }
}
