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
        var kinds = new Queue<FaultKind>();
        for (var fault = 0; fault < count; fault++)
        {
            if (kinds.Count == 0)
            {
                var all = FaultKind.All.ToArray();
                random.Shuffle(all);
                kinds = new(all);
            }

            yield return new(kinds.Dequeue(), random.Next(3) > 0, random.Next(2), Shortest + ((Longest - Shortest) * random.NextDouble()));
        }
    }
}
