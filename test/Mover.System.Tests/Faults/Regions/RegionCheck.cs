using System.Globalization;

namespace Mover.SystemTests.Faults.Regions;

/// <summary>What a failover lost.</summary>
/// <param name="Writes">How many acknowledged writes and deletions.</param>
/// <param name="Predicted">From what the command said to be complete to the last acknowledgement of the region that was given up, before.</param>
/// <param name="Found">From the first acknowledgement that was lost to that one.</param>
/// <param name="Late">How many of them the lost region acknowledged although they were sent when the other had taken over.</param>
internal sealed record Loss(int Writes, TimeSpan Predicted, TimeSpan Found, int Late);

/// <summary>
/// Whether clients of two regions were told the truth. What a region had acknowledged when another took over from it without its help, and
/// that one did not have, is taken out first: it has to be acknowledged after the moment that the failover named, and be listed where it was
/// written. The rest has to be the linearizable history of one state; so has each part that was taken out, with what came before it.
/// </summary>
internal sealed class RegionCheck
{
    private readonly ILookup<string, Attempt> _byKey;
    private readonly List<Reign> _reigns;
    private readonly List<Fork> _forks;
    private readonly Func<DateTimeOffset, long> _clock;
    private readonly long[] _began;
    private readonly List<Attempt>[] _lost;
    private readonly HashSet<Attempt> _allLost = new(ReferenceEqualityComparer.Instance);

    public RegionCheck(ILookup<string, Attempt> byKey, RegionEvents events)
    {
        _byKey = byKey;
        (_reigns, _forks, _clock) = (events.Reigns, events.Forks, events.TimestampOf);
        _began = [.. _reigns.Select((reign, at) => Acknowledged(reign.Region)
            .Where(write => write.End > reign.From && write.Begin < (at + 1 < _reigns.Count ? _reigns[at + 1].From : long.MaxValue))
            .Select(write => write.End).DefaultIfEmpty(long.MaxValue).Min())];
        _lost = [.. _forks.Select(_ => new List<Attempt>())];
    }

    public List<string> Violations { get; } = [];

    /// <summary>Reads that were not marked as from a copy, and showed what had been overwritten in the other region: after a hand-over.</summary>
    public int OldReadsAfterHandover { get; private set; }

    /// <summary>The same after a failover from a region that lived.</summary>
    public int OldReadsAfterFailover { get; private set; }

    /// <summary>Reads that were marked as from a copy.</summary>
    public int MarkedReads { get; private set; }

    /// <summary>What each fork lost, in their order.</summary>
    public IReadOnlyList<Loss> Losses { get; private set; } = [];

    /// <summary>How long after a reign's command its region acknowledged the first write; null when none was.</summary>
    public TimeSpan? FirstWrite(Reign reign)
    {
        var at = _reigns.IndexOf(reign);
        return _began[at] == long.MaxValue ? null : TimeProvider.System.GetElapsedTime(reign.From, _began[at]);
    }

    /// <summary>The longest time between two acknowledged writes of whichever client.</summary>
    public TimeSpan LongestPause(long from, long to)
    {
        var ends = _byKey.SelectMany(key => key).Where(one => one is { IsWrite: true, Outcome: Outcome.Done } && one.End > from && one.End < to)
            .Select(one => one.End).Append(from).Append(to).Order().ToList();
        return ends.Zip(ends.Skip(1)).Select(pair => TimeProvider.System.GetElapsedTime(pair.First, pair.Second)).Max();
    }

    public RegionCheck Run()
    {
        foreach (var key in _byKey)
        {
            CheckKey(key.Key, [.. key]);
        }

        CheckOverlaps();
        Losses = [.. _forks.Select((fork, at) => LossOf(fork, _lost[at]))];
        Violations.AddRange(_forks.Zip(Losses).Where(one => !one.First.LivedOn && one.Second.Late > 0).Select(one =>
            $"'{one.First.Lost}' was gone, came back, and acknowledged {one.Second.Late} writes in epoch {one.First.Epoch} although another had taken over."));
        return this;
    }

    private void CheckKey(string key, List<Attempt> all)
    {
        var final = all.Where(one => one is { IsWrite: false, Outcome: Outcome.Done, StaleAsOf: null }).MaxBy(one => one.End);
        if (final is null)
        {
            Violations.Add($"{key}: it could not be read at the end.");
            return;
        }

        if (key.StartsWith(FaultLoad.Gone, StringComparison.Ordinal))
        {
            CheckDeleted(key, all, final);
            return;
        }

        for (var at = 0; at < _forks.Count; at++)
        {
            var fork = _forks[at];
            var kept = fork.Bases.TryGetValue(key, out var known) ? known : BaseOf(fork, all, final);
            var lost = all.Where(one => one is { Outcome: Outcome.Done, StaleAsOf: null } && IsIn(fork, one) && one.Version > kept).ToList();
            var refused = all.Where(one => one.Outcome == Outcome.ConditionFailed && IsIn(fork, one) && one.Expected + 1 > kept).ToList();
            Lose(key, at, lost.Where(one => one.IsWrite), lost);
            _allLost.UnionWith(refused);
        }

        for (var at = 0; at < _forks.Count; at++)
        {
            CheckBranch(key, _forks[at], at, all);
        }

        CheckMain(key, [.. all.Where(one => !_allLost.Contains(one) && (one.Basis is null || !_allLost.Contains(one.Basis)))]);
    }

    // Keys that are written until it succeeds and never again: what is there at the end tells.
    private static long BaseOf(Fork fork, List<Attempt> all, Attempt final)
    {
        var done = all.Find(one => one is { IsWrite: true, Outcome: Outcome.Done } && IsIn(fork, one));
        return done is null ? long.MaxValue : final.Value == done.Value || final.Version > done.Version ? done.Version : done.Version - 1;
    }

    private void CheckDeleted(string key, List<Attempt> all, Attempt final)
    {
        var isOpen = all.Exists(one => one is { IsWrite: true, Outcome: Outcome.Unknown, Value: not null } && one.Value == final.Value);
        var made = all.Find(one => one is { IsWrite: true, Value: not null, Outcome: Outcome.Done });
        var deleted = all.Find(one => one is { IsWrite: true, Value: null, Outcome: Outcome.Done });
        var wasDeleted = all.Exists(one => one is { IsWrite: true, Value: null, Outcome: Outcome.Done or Outcome.Unknown });
        var lost = final.Value is not null && !isOpen ? deleted : final.Value is null && !wasDeleted ? made : null;
        if (lost is null)
        {
            // What was made and deleted there leaves nothing to list.
            for (var at = 0; at < _forks.Count && final.Value is null && wasDeleted; at++)
            {
                _lost[at].AddRange(all.Where(one => one is { IsWrite: true, Outcome: Outcome.Done } && IsIn(_forks[at], one) && one.Begin > _forks[at].TakenOver));
            }

            return;
        }

        for (var at = 0; at < _forks.Count; at++)
        {
            if (IsIn(_forks[at], lost))
            {
                Lose(key, at, [lost], [lost]);
                return;
            }
        }

        Violations.Add($"{key}: {(lost == deleted ? "it was deleted and is there again" : "it was made and is gone")}: {lost}.");
    }

    private void Lose(string key, int fork, IEnumerable<Attempt> writes, IEnumerable<Attempt> all)
    {
        foreach (var write in writes)
        {
            _lost[fork].Add(write);
            if (write.End < _forks[fork].CompleteAt)
            {
                Violations.Add($"{key}: it was lost although it had been acknowledged {Seconds(write.End, _forks[fork].CompleteAt)} s before the moment "
                    + $"that the failover named: {write}.");
            }

            if (!_forks[fork].Listed[key].Any(listed => listed.Epoch == _forks[fork].Epoch && (write.Value is null || listed.HereVersion >= write.Version)))
            {
                Violations.Add($"{key}: it was lost and is not listed in '{_forks[fork].Lost}' for epoch {_forks[fork].Epoch}: {write}; "
                    + $"listed: {string.Join(", ", _forks[fork].Listed[key])}.");
            }
        }

        _allLost.UnionWith(all);
    }

    private void CheckBranch(string key, Fork fork, int number, List<Attempt> all)
    {
        if (!all.Exists(one => IsIn(fork, one) && _allLost.Contains(one)))
        {
            return;
        }

        var others = _lost.Where((_, at) => at != number).SelectMany(one => one).ToHashSet(ReferenceEqualityComparer.Instance);
        var branch = all.Where(one => one.StaleAsOf is null && !others.Contains(one)
            && (one.Outcome == Outcome.Unknown ? one.Begin < fork.Closed : one.Region == fork.Lost ? one.Begin < fork.Closed : one.End < fork.TakenOver)
            && (IsIn(fork, one) || !_allLost.Contains(one))
            && (one.IsWrite || (one.Region == fork.Lost && one.Begin >= fork.TakenOver) || InChargeBefore(one) is null)
            && (one.Basis is null || one.Basis.Region == fork.Lost || one.Basis.End < fork.TakenOver)).ToList();
        Violations.AddRange(HistoryCheck.Violations(branch).Select(what => $"{key}, in what '{fork.Lost}' had in epoch {fork.Epoch}: {what}"));
    }

    private void CheckMain(string key, List<Attempt> main)
    {
        var acknowledged = main.Where(one => one is { IsWrite: true, Outcome: Outcome.Done }).ToList();
        var linear = new List<Attempt>();
        foreach (var one in main)
        {
            var isRead = one is { IsWrite: false, Outcome: Outcome.Done };
            if (isRead && one.StaleAsOf is { } asOf)
            {
                MarkedReads++;
                var until = Math.Min(_clock(asOf), one.Begin);
                var missing = acknowledged.Find(write => write.End < until && write.Version > one.Version);
                if (missing is not null)
                {
                    Violations.Add($"{key}: a copy that says it is complete as of {asOf:O} ({_clock(asOf)}) does not have {missing}: {one}.");
                }
            }
            else if (isRead && InChargeBefore(one) is { } reign)
            {
                var isOld = acknowledged.Exists(write => write.End < one.Begin && write.Version > one.Version);
                OldReadsAfterHandover += isOld && reign.IsPlanned ? 1 : 0;
                OldReadsAfterFailover += isOld && !reign.IsPlanned ? 1 : 0;
            }
            else
            {
                linear.Add(one);
            }
        }

        Violations.AddRange(HistoryCheck.Violations(linear).Select(what => $"{key}: {what}"));
    }

    // What is acknowledged elsewhere after the first acknowledgement of a reign must be lost, and thus listed.
    private void CheckOverlaps()
    {
        var listed = _lost.SelectMany(one => one).ToHashSet(ReferenceEqualityComparer.Instance);
        foreach (var write in _byKey.SelectMany(key => key).Where(one => one is { IsWrite: true, Outcome: Outcome.Done } && !listed.Contains(one)))
        {
            if (InChargeBefore(write) is { } reign)
            {
                Violations.Add($"{write.Key}: '{write.Region}' acknowledged what was sent when '{reign.Region}' served in epoch {reign.Epoch}: {write}.");
            }
        }
    }

    // The reign of another region that had acknowledged something before a request was sent, unless its own region was asked to serve again.
    private Reign? InChargeBefore(Attempt one)
    {
        for (var at = _reigns.Count - 1; at >= 0; at--)
        {
            if (_reigns[at].Region == one.Region && _reigns[at].From <= one.End)
            {
                return null;
            }

            if (_began[at] < one.Begin && _reigns[at].Region != one.Region)
            {
                return _reigns[at];
            }
        }

        return null;
    }

    private Loss LossOf(Fork fork, List<Attempt> lost)
    {
        var last = Acknowledged(fork.Lost).Where(write => write.End > fork.From && write.Begin < fork.TakenOver).Select(write => write.End)
            .DefaultIfEmpty(fork.CompleteAt).Max();
        var before = lost.Where(write => write.Begin < fork.TakenOver).ToList();
        return new(
            lost.Count, last > fork.CompleteAt ? TimeProvider.System.GetElapsedTime(fork.CompleteAt, last) : TimeSpan.Zero,
            before.Count > 0 ? TimeProvider.System.GetElapsedTime(before.Min(write => write.End), last) : TimeSpan.Zero, lost.Count - before.Count);
    }

    private IEnumerable<Attempt> Acknowledged(string region) =>
        _byKey.SelectMany(key => key).Where(one => one is { IsWrite: true, Outcome: Outcome.Done } && one.Region == region);

    private static bool IsIn(Fork fork, Attempt one) => one.Region == fork.Lost && one.End > fork.From && one.Begin < fork.Closed;

    private static string Seconds(long from, long to) =>
        TimeProvider.System.GetElapsedTime(from, to).TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
}
