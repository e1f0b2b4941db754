using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Mover.State.Sqlite;

/// <summary>
/// The embedded engine: one SQLite file in WAL mode with full flushes. Commits go through one writer that makes many of them durable with
/// one flush; reads run beside it on their own connections. One process at a time holds the file.
/// </summary>
public sealed class SqliteStateStore : IStateStore
{
    private readonly SqliteFile _file;
    private readonly SqliteReaders _readers;
    private readonly SqliteWriter _writer;
    private readonly SqliteLeases _leases;
    private readonly WatchHub _hub;
    private readonly LeaseLoop _leaseLoop;
    private readonly HistoryLoop _historyLoop;
    private readonly string _path;
    private int _disposed;

    private SqliteStateStore(
        SqliteFile file,
        SqliteReaders readers,
        SqliteWriting writing,
        SqliteLeases leases,
        SqliteStateOptions options,
        TimeProvider clock,
        ILogger logger)
    {
        _file = file;
        _path = options.Path;
        _readers = readers;
        _leases = leases;
        _hub = new(writing.Revision, options.Path, clock);
        _writer = new(writing, _hub, options.Path);
        _leaseLoop = new(_writer, leases, clock, logger);
        _historyLoop = new(_writer, options, clock, logger);
    }

    /// <summary>
    /// Opens the file, makes it when absent and brings its schema up to date. Throws <see cref="StateException"/> with
    /// <see cref="StateFault.Unavailable"/>, saying which file and what to do, when it is in use, damaged, not writable, of a newer or
    /// another program, or gone although <see cref="SqliteStateOptions.MustExist"/>.
    /// </summary>
    public static SqliteStateStore Open(SqliteStateOptions options, TimeProvider clock, ILogger<SqliteStateStore> logger)
    {
        if (options.HistoryKept < StateLimits.HistoryMin)
        {
            throw new ArgumentException($"Watch history must be kept for at least {StateLimits.HistoryMin}.", nameof(options));
        }

        var opened = new Stack<IDisposable>();
        try
        {
            var file = SqliteFile.Hold(options);
            opened.Push(file);
            var database = file.Connect();
            opened.Push(database);
            SqliteSchema.Migrate(database, options.MustExist);
            var leases = new SqliteLeases(clock);
            var writing = new SqliteWriting(database, leases);
            writing.RenewLeases();
            var readers = new SqliteReaders(file, options);
            SqliteLog.Opened(logger, options.Path, writing.Revision);
            file.BeginServing();
            return new(file, readers, writing, leases, options, clock, logger);
        }
        catch
        {
            while (opened.TryPop(out var part))
            {
                part.Dispose();
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<StateRead> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        var bytes = StateRules.Keys(keys);
        return _readers.ReadAsync(reader => reader.Read(keys, bytes), cancel);
    }

    /// <inheritdoc/>
    public ValueTask<StatePage> ListAsync(string prefix, string? after, int limit, bool keysOnly, CancellationToken cancel)
    {
        StateRules.CheckPage(limit);
        var (start, end) = StateRules.Range(prefix, after);

        return _readers.ReadAsync(reader => reader.List(start, end, limit, keysOnly), cancel);
    }

    /// <inheritdoc/>
    public ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        var commit = StateCommit.Check(conditions, writes);
        return _writer.RunAsync(writing => writing.Commit(commit), cancel);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StateChanges> WatchAsync(
        string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(afterRevision);
        var start = StateRules.Prefix(prefix);
        var end = StateRules.PrefixEnd(start);
        using var watcher = _hub.Join(start, afterRevision);
        while (true)
        {
            var range = await watcher.NextAsync(cancel);
            var seen = range.After;
            while (seen < range.UpTo)
            {
                var from = seen;
                (var changes, seen) = await _readers.ReadAsync(reader => reader.Changes(start, end, from, range.UpTo), cancel);
                cancel.ThrowIfCancellationRequested();
                yield return new(changes, seen, seen == range.UpTo ? range.AsOf : null);
            }

            if (range.After == range.UpTo)
            {
                yield return new([], range.UpTo, range.AsOf);
            }

            watcher.Done(range.UpTo);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancel)
    {
        StateRules.CheckLease(timeToLive);
        var id = await _writer.RunAsync(writing => writing.Grant(timeToLive), cancel);
        _leases.Add(id, timeToLive);
        return id;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> KeepLeaseAsync(long leaseId, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (_leases.TryKeep(leaseId))
        {
            return true;
        }

        // Its keys are gone before the holder hears that it has lost them.
        await EndLeaseAsync(leaseId, cancel);
        return false;
    }

    /// <inheritdoc/>
    public async ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancel) => await EndLeaseAsync(leaseId, cancel);

    /// <inheritdoc/>
    public ValueTask<StoreMembers> ReadMembersAsync(CancellationToken cancel)
    {
        var file = new FileInfo(_path);
        return ValueTask.FromResult(StoreMembers.OfOneMachine(file.Name, file.Exists ? file.Length : null));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        await _leaseLoop.DisposeAsync();
        await _historyLoop.DisposeAsync();
        _hub.Close();
        _file.EndServing();
        await _readers.DisposeAsync();
        await _writer.DisposeAsync();
        _file.Dispose();
    }

    private async ValueTask EndLeaseAsync(long leaseId, CancellationToken cancel)
    {
        if (_leases.Contains(leaseId))
        {
            await _writer.RunAsync(writing => writing.EndLease(leaseId), cancel);
        }
    }
}
