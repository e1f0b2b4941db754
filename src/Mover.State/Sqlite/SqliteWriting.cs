namespace Mover.State.Sqlite;

/// <summary>
/// The writing connection and the one open transaction: what a group of commits does before it becomes durable together. Only the writer's
/// thread uses it.
/// </summary>
internal sealed class SqliteWriting : IDisposable
{
    private readonly SqliteDatabase _database;
    private readonly SqliteLeases _leases;
    private readonly SqliteWrites _do;
    private readonly HashSet<long> _endedLeases = [];
    private readonly List<byte[]> _changedKeys = [];
    private long _durable;
    private int _place;

    public SqliteWriting(SqliteDatabase database, SqliteLeases leases)
    {
        _database = database;
        _leases = leases;
        _do = new(database);
        _durable = Revision = database.Number("SELECT value FROM meta WHERE name = 'revision'");
    }

    /// <summary>The revision of the last commit, durable or in the open transaction.</summary>
    public long Revision { get; private set; }

    /// <summary>Keys changed in the open transaction.</summary>
    public IReadOnlyList<byte[]> ChangedKeys => _changedKeys;

    public void Begin() => _do.Begin.Run();

    /// <summary>Makes the open transaction durable.</summary>
    public void End()
    {
        if (Revision != _durable)
        {
            _do.SetMeta("revision"u8, Revision);
        }

        _do.Commit.Run();
        _durable = Revision;
        foreach (var id in _endedLeases)
        {
            _leases.Remove(id);
        }
    }

    /// <summary>Forgets what the last transaction changed, once it has been told.</summary>
    public void Forget()
    {
        _endedLeases.Clear();
        _changedKeys.Clear();
    }

    /// <summary>Takes the open transaction back, unless the failure did so already.</summary>
    public void Undo()
    {
        if (!_database.InAutoCommit)
        {
            _do.Rollback.Run();
        }

        Forget();
        Revision = _durable;
    }

    /// <summary>Checks the conditions, then the leases, then applies the writes: etcd's order.</summary>
    public CommitResult Commit(StateCommit commit)
    {
        for (var at = 0; at < commit.Conditions.Count; at++)
        {
            if (_do.ModRevision(commit.ConditionKeys[at]) != commit.Conditions[at].ModRevision)
            {
                return new(CommitOutcome.ConditionFailed, 0);
            }
        }

        foreach (var write in commit.Writes)
        {
            if (write.LeaseId != 0 && (_endedLeases.Contains(write.LeaseId) || !_leases.IsLive(write.LeaseId)))
            {
                return new(CommitOutcome.LeaseLapsed, 0);
            }
        }

        _place = 0;
        for (var at = 0; at < commit.Writes.Count; at++)
        {
            if (commit.Writes[at].Value is { } value)
            {
                Put(commit.WriteKeys[at], value.Span, commit.Writes[at].LeaseId);
            }
            else
            {
                Delete(commit.WriteKeys[at]);
            }
        }

        return new(CommitOutcome.Committed, Revision);
    }

    /// <summary>Grants a lease; ids are never used again.</summary>
    public long Grant(TimeSpan timeToLive) => _do.AddLease((long)timeToLive.TotalMilliseconds);

    /// <summary>Ends a lease: its keys are deleted in one commit, in key order. Ended already is no error.</summary>
    public bool EndLease(long id)
    {
        _place = 0;
        foreach (var key in _do.LeaseKeys(id))
        {
            Delete(key);
        }

        _do.RemoveLease(id);
        return _endedLeases.Add(id);
    }

    /// <summary>Starts the time of the leases that an earlier process granted.</summary>
    public void RenewLeases()
    {
        foreach (var (id, milliseconds) in _do.Leases())
        {
            _leases.Add(id, TimeSpan.FromMilliseconds(milliseconds));
        }
    }

    /// <summary>
    /// Notes the revision reached at a time, and drops one batch of the history that is older than the cut. Returns true when more is left
    /// to drop.
    /// </summary>
    public bool Trim(DateTimeOffset now, DateTimeOffset cut, int revisionsMax)
    {
        _do.Mark(Revision, now.ToUnixTimeMilliseconds());
        var upTo = _do.RevisionAt(cut.ToUnixTimeMilliseconds());
        var floor = _database.Number("SELECT value FROM meta WHERE name = 'history_floor'");
        if (upTo <= floor)
        {
            return false;
        }

        var next = Math.Min(upTo, floor + revisionsMax);
        _do.DropHistory(next);
        _do.SetMeta("history_floor"u8, next);
        return next < upTo;
    }

    public void Dispose() => _database.Dispose();

    private void Put(byte[] key, ReadOnlySpan<byte> value, long lease)
    {
        NextPlace();
        _do.Put(key, value, Revision, lease);
        _do.Record(SqliteSequence.Of(Revision, _place++), key, value, lease);
        _changedKeys.Add(key);
    }

    private void Delete(byte[] key)
    {
        if (_do.Delete(key))
        {
            NextPlace();
            _do.RecordDelete(SqliteSequence.Of(Revision, _place++), key);
            _changedKeys.Add(key);
        }
    }

    // The revision grows with the first change of a commit: deleting what is absent changes nothing.
    private void NextPlace()
    {
        if (_place == 0)
        {
            Revision++;
        }
    }
}
