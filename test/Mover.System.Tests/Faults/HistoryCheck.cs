namespace Mover.SystemTests.Faults;

/// <summary>
/// Whether the history of one key is linearizable, unknown outcomes included. Answers name versions, so the order of the writes is known, and it
/// remains to find a moment for each version: after every request that did not see it yet had begun, before any that saw it had ended, and
/// no earlier than the version before. Takes time that grows with the number of requests, but for sorting.
/// </summary>
internal sealed class HistoryCheck
{
    private readonly IReadOnlyList<Attempt> _attempts;
    private readonly SortedDictionary<long, Attempt> _writers = [];
    private readonly List<string> _violations = [];

    private HistoryCheck(IReadOnlyList<Attempt> attempts) => _attempts = attempts;

    /// <summary>What is wrong with the history of a key; empty when nothing is.</summary>
    public static IReadOnlyList<string> Violations(IReadOnlyList<Attempt> attempts)
    {
        var check = new HistoryCheck(attempts);
        check.NameWriters();
        check.NameWritersByReads();
        if (check._violations.Count == 0)
        {
            check.CheckConditions();
            check.CheckOrder(check.Latest());
        }

        return check._violations;
    }

    private void NameWriters()
    {
        foreach (var write in _attempts.Where(attempt => attempt is { IsWrite: true, Outcome: Outcome.Done }))
        {
            if (!_writers.TryAdd(write.Version, write))
            {
                _violations.Add($"One version was given twice: {_writers[write.Version]} and {write}.");
            }
        }
    }

    // A write without an answer got the version that a read saw its value at.
    private void NameWritersByReads()
    {
        var byValue = _attempts.Where(attempt => attempt.IsWrite).ToDictionary(write => write.Value!, StringComparer.Ordinal);
        var given = _writers.ToDictionary(one => one.Value, one => one.Key);
        foreach (var read in _attempts.Where(attempt => attempt is { IsWrite: false, Outcome: Outcome.Done }))
        {
            if (read.Version == 0 && read.Value is null)
            {
                continue;
            }

            if (read.Value is null || read.Version == 0 || !byValue.TryGetValue(read.Value, out var write))
            {
                _violations.Add($"Nobody wrote what was read: {read}.");
            }
            else if (write.Outcome is Outcome.Refused or Outcome.ConditionFailed)
            {
                _violations.Add($"A write that was refused was carried out: {write}, {read}.");
            }
            else if (given.TryGetValue(write, out var version) && version != read.Version)
            {
                _violations.Add($"One write has two versions: {write} has {version}, {read}.");
            }
            else if (_writers.TryGetValue(read.Version, out var other) && other != write)
            {
                _violations.Add($"One version has two values: {other}, {read}.");
            }
            else
            {
                (given[write], _writers[read.Version]) = (read.Version, write);
            }
        }
    }

    private void CheckConditions()
    {
        foreach (var (version, write) in _writers.Where(one => one.Value.Expected is { } expected && expected + 1 != one.Key))
        {
            _violations.Add($"A write happened although version {write.Expected} was not the newest: it made version {version}: {write}.");
        }
    }

    // By when each version was certainly there: it or a later one was seen.
    private Deadline[] Latest()
    {
        var seen = _attempts.Select(attempt => (Version: SeenBy(attempt), Attempt: attempt)).Where(one => one.Version is not null).ToList();
        var latest = new Deadline[(seen.Count == 0 ? 0 : seen.Max(one => one.Version!.Value)) + 1];
        Array.Fill(latest, new(long.MaxValue, null));
        foreach (var (version, attempt) in seen)
        {
            latest[version!.Value] = attempt.End < latest[version.Value].Time ? new(attempt.End, attempt) : latest[version.Value];
        }

        for (var version = latest.Length - 2; version >= 0; version--)
        {
            latest[version] = latest[version + 1].Time < latest[version].Time ? latest[version + 1] : latest[version];
        }

        return latest;
    }

    private void CheckOrder(Deadline[] latest)
    {
        NameWritersOfGaps(latest);
        foreach (var (version, write) in _writers.Where(one => one.Key < latest.Length))
        {
            CheckBefore(latest[version], write);
        }

        foreach (var read in _attempts.Where(attempt => attempt is { IsWrite: false, Outcome: Outcome.Done } && attempt.Version + 1 < latest.Length))
        {
            CheckBefore(latest[read.Version + 1], read);
        }
    }

    private void CheckBefore(Deadline deadline, Attempt attempt)
    {
        if (attempt.Begin > deadline.Time)
        {
            _violations.Add($"What was there before is missing: {attempt} began after the end of {deadline.SeenBy}.");
        }
    }

    // A version that nobody is known to have written is that of a write without an answer, begun before it was seen.
    private void NameWritersOfGaps(Deadline[] latest)
    {
        var named = _writers.Values.ToHashSet(ReferenceEqualityComparer.Instance);
        var open = _attempts.Where(attempt => attempt is { IsWrite: true, Outcome: Outcome.Unknown } && !named.Contains(attempt)).ToList();
        var anyTime = new Queue<Attempt>(open.Where(write => write.Expected is null).OrderBy(write => write.Begin));
        var byExpected = open.Where(write => write.Expected is not null).GroupBy(write => write.Expected!.Value)
            .ToDictionary(group => group.Key, group => group.MinBy(write => write.Begin)!);
        for (var version = 1L; version < latest.Length; version++)
        {
            if (_writers.ContainsKey(version))
            {
                continue;
            }

            if (byExpected.TryGetValue(version - 1, out var write) && write.Begin <= latest[version].Time)
            {
                _writers[version] = write;
            }
            else if (anyTime.TryDequeue(out write))
            {
                _writers[version] = write;
            }
            else
            {
                _violations.Add($"Nobody wrote version {version}, so a write was applied twice; {latest[version].SeenBy} came after it.");
            }
        }
    }

    // The version that was certainly there when the request ended; null when it says nothing.
    private static long? SeenBy(Attempt attempt) => attempt.Outcome switch
    {
        Outcome.Done => attempt.Version,
        Outcome.ConditionFailed => attempt.Expected + 1,
        _ => null,
    };

    private readonly record struct Deadline(long Time, Attempt? SeenBy);
}
