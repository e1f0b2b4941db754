namespace Mover.Server.Access;

/// <summary>What became of an attempt to use an id.</summary>
internal enum ReplayVerdict
{
    /// <summary>It was not used before, and is now.</summary>
    First,

    /// <summary>It was used before.</summary>
    Replayed,

    /// <summary>Too many ids are remembered to take another; nothing can be said.</summary>
    Full,
}

/// <summary>
/// Remembers the ids of assertions until those have expired. Bounded: when full it refuses rather than forgets. In memory: a restart
/// forgets what is still alive, for at most an assertion's lifetime. Safe for concurrent use.
/// </summary>
internal sealed class ReplayCache(int idsMax = ReplayCache.IdsMaxDefault)
{
    /// <summary>About 30 MiB when full; far above one assertion an hour from each of a few thousand agents.</summary>
    public const int IdsMaxDefault = 100_000;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, DateTimeOffset ForgetAt)> _order = new();

    /// <summary>Uses the id and remembers it until <paramref name="forgetAt"/>.</summary>
    public ReplayVerdict TryUse(string id, DateTimeOffset forgetAt, DateTimeOffset now)
    {
        lock (_gate)
        {
            while (_order.TryPeek(out var oldest) && oldest.ForgetAt <= now)
            {
                _order.Dequeue();
                _ids.Remove(oldest.Id);
            }

            if (_ids.Contains(id))
            {
                return ReplayVerdict.Replayed;
            }

            if (_ids.Count >= idsMax)
            {
                return ReplayVerdict.Full;
            }

            _ids.Add(id);
            _order.Enqueue((id, forgetAt));
            return ReplayVerdict.First;
        }
    }
}
