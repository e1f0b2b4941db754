namespace Mover.Server.Access;

/// <summary>What became of an attempt to use an id.</summary>
internal enum ReplayVerdict
{
    /// <summary>It was not used before, and is now.</summary>
    First,

    /// <summary>It was used before.</summary>
    Replayed,

    /// <summary>Too many ids of this client are remembered to take another; nothing can be said.</summary>
    ClientFull,

    /// <summary>Too many ids of all clients are remembered to take another; nothing can be said.</summary>
    Full,
}

/// <summary>
/// Remembers the ids of assertions, by client, until those have expired. Bounded, in all and for each client, so that none takes the
/// others' room: when full it refuses rather than forgets. In memory: a restart forgets what is still alive, for at most an assertion's
/// lifetime. Safe for concurrent use.
/// </summary>
internal sealed class ReplayCache(int idsMax = ReplayCache.IdsMaxDefault, int clientIdsMax = ReplayCache.ClientIdsMaxDefault)
{
    /// <summary>About 30 MiB when full; far above one assertion an hour from each of a few thousand agents.</summary>
    public const int IdsMaxDefault = 100_000;

    /// <summary>Ids of one client: an agent asks for a token an hour, and a few more when it is started again.</summary>
    public const int ClientIdsMaxDefault = 100;

    private readonly Lock _gate = new();
    private readonly HashSet<(string Client, string Id)> _ids = [];
    private readonly Dictionary<string, int> _ofClient = new(StringComparer.Ordinal);
    private readonly PriorityQueue<(string Client, string Id), DateTimeOffset> _ends = new();

    /// <summary>Uses the client's id and remembers it until <paramref name="forgetAt"/>.</summary>
    public ReplayVerdict TryUse(string client, string id, DateTimeOffset forgetAt, DateTimeOffset now)
    {
        lock (_gate)
        {
            while (_ends.TryPeek(out var oldest, out var end) && end <= now)
            {
                _ends.Dequeue();
                Forget(oldest);
            }

            if (_ids.Contains((client, id)))
            {
                return ReplayVerdict.Replayed;
            }

            var known = _ofClient.GetValueOrDefault(client);
            if (known >= clientIdsMax || _ids.Count >= idsMax)
            {
                return known >= clientIdsMax ? ReplayVerdict.ClientFull : ReplayVerdict.Full;
            }

            _ids.Add((client, id));
            _ofClient[client] = known + 1;
            _ends.Enqueue((client, id), forgetAt);
            return ReplayVerdict.First;
        }
    }

    private void Forget((string Client, string Id) used)
    {
        _ids.Remove(used);
        if (_ofClient[used.Client] == 1)
        {
            _ofClient.Remove(used.Client);
        }
        else
        {
            _ofClient[used.Client]--;
        }
    }
}
