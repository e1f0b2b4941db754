using System.Globalization;

namespace Mover.SystemTests.Faults;

/// <summary>
/// Short histories of a key from a seed: requests that overlap, each taking effect at one moment of its own, some without an answer; and in every
/// second one a lie: an answer that names another version, a moment that was another, or a write that happened twice or not at all.
/// </summary>
internal static class RandomHistory
{
    private const int RequestsMax = 12;
    private const int TimeMax = 40;

    public static IReadOnlyList<Attempt> Of(int seed)
    {
        var random = new Random(seed);
        var requests = Enumerable.Range(0, random.Next(3, RequestsMax)).Select(_ => random.Next(TimeMax)).Order().ToList();
        var lie = seed % 2 == 0 ? random.Next(requests.Count) : -1;
        var (version, value, attempts) = (0L, (string?)null, new List<Attempt>());
        for (var at = 0; at < requests.Count; at++)
        {
            var attempt = Make(random, at, requests[at], version, value);
            var (happens, times) = Effect(random, attempt, version);
            if (at == lie)
            {
                (attempt, times) = Lie(random, attempt, times);
            }

            (version, value) = happens && times > 0 ? (version + times, attempt.Value) : (version, value);
            attempts.Add(attempt with { Version = attempt.Outcome != Outcome.Done || !attempt.IsWrite ? attempt.Version : at == lie && times == 0 ? version + 1 : version });
        }

        return attempts;
    }

    private static Attempt Make(Random random, int number, int moment, long version, string? value)
    {
        var (begin, end) = (moment - random.Next(6), moment + random.Next(6));
        if (random.Next(2) == 0)
        {
            return new() { Key = "key", IsWrite = false, Value = value, Begin = begin, End = end, Version = version };
        }

        long? expected = random.Next(3) == 0 ? Math.Max(0, version - random.Next(2)) : null;
        var outcome = random.Next(4) == 0 ? Outcome.Unknown : expected is not null && expected != version ? Outcome.ConditionFailed : Outcome.Done;
        return new()
        {
            Key = "key", IsWrite = true, Value = number.ToString(CultureInfo.InvariantCulture), Begin = begin, End = end, Expected = expected, Outcome = outcome,
        };
    }

    private static (bool Happens, int Times) Effect(Random random, Attempt attempt, long version) =>
        attempt is { IsWrite: true, Outcome: Outcome.Done }
        || (attempt is { IsWrite: true, Outcome: Outcome.Unknown } && (attempt.Expected is null || attempt.Expected == version) && random.Next(2) == 0)
            ? (true, 1) : (false, 0);

    private static (Attempt Attempt, int Times) Lie(Random random, Attempt attempt, int times) => random.Next(3) switch
    {
        0 when !attempt.IsWrite => (attempt.Version > 1 ? attempt with { Version = attempt.Version - 1 } : attempt, times),
        0 => (attempt, times * 2),
        1 => (attempt with { Begin = attempt.Begin + TimeMax, End = attempt.End + TimeMax }, times),
        _ => (attempt, 0),
    };
}
