using System.Threading.Channels;

namespace Mover.State.Sqlite;

/// <summary>
/// The one that writes. Whatever waits is taken as a group into one transaction and made durable by one flush; each piece of work sees the
/// ones before it. A group that fails over one of its pieces is tried again one by one, so that only that piece is refused.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int GroupMax = 256;
    private const int WaitingMax = 4096;

    private readonly SqliteWriting _writing;
    private readonly WatchHub _hub;
    private readonly string _path;
    private readonly Channel<SqliteWork> _queue =
        Channel.CreateBounded<SqliteWork>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    private readonly Task _running;

    public SqliteWriter(SqliteWriting writing, WatchHub hub, string path)
    {
        _writing = writing;
        _hub = hub;
        _path = path;
        _running = Task.Run(RunAsync);
    }

    /// <summary>
    /// Runs work in the writer's transaction and answers once it is durable. Cancelling works until the writer takes it; after that the
    /// outcome is awaited, so that a cancelled call never leaves its outcome open.
    /// </summary>
    public async ValueTask<T> RunAsync<T>(Func<SqliteWriting, T> work, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var waiting = new SqliteWork<T>(work);
        try
        {
            await _queue.Writer.WriteAsync(waiting, cancel);
        }
        catch (ChannelClosedException closed)
        {
            throw SqliteFaults.Closed(_path, closed);
        }

        await using (cancel.UnsafeRegister(static (state, token) => (state as SqliteWork)?.TryCancel(token), waiting))
        {
            return await waiting.WaitAsync();
        }
    }

    /// <summary>Finishes what waits and refuses what comes later.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _running;
        _writing.Dispose();
    }

    private async Task RunAsync()
    {
        var group = new List<SqliteWork>(GroupMax);
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (group.Count < GroupMax && _queue.Reader.TryRead(out var work))
            {
                if (work.TryClaim())
                {
                    group.Add(work);
                }
            }

            Write(group);
            group.Clear();
        }
    }

    private void Write(List<SqliteWork> group)
    {
        if (group.Count == 0 || TryWrite(group) is not { } fault)
        {
            return;
        }

        // One that is too large for what is left, or that trips over a mistake, must not fail its neighbours; a file that cannot
        // be written at all fails everyone at once.
        if (group.Count > 1 && fault is not StateException { Fault: StateFault.OutcomeUnknown or StateFault.Unavailable })
        {
            group.ForEach(work => Write([work]));
        }
        else
        {
            group.ForEach(work => work.Fail(fault));
        }
    }

    // Whatever goes wrong belongs to those who wait, whose calls it fails; the writer goes on.
    private Exception? TryWrite(List<SqliteWork> group)
    {
        try
        {
            _writing.Begin();
            group.ForEach(work => work.Apply(_writing));
            Flush();
        }
        catch (Exception fault)
        {
            return Undo(fault);
        }

        if (_writing.ChangedKeys.Count > 0)
        {
            _hub.Publish(_writing.Revision, _writing.ChangedKeys);
        }

        _writing.Forget();
        group.ForEach(work => work.Complete());
        return null;
    }

    private void Flush()
    {
        try
        {
            _writing.End();
        }
        catch (StateException fault) when (fault.Fault == StateFault.Unavailable)
        {
            throw new StateException(
                StateFault.OutcomeUnknown,
                $"The state file '{_path}' failed while flushing commits; read to find out which were applied. {fault.Message}",
                fault);
        }
    }

    private Exception Undo(Exception fault)
    {
        try
        {
            _writing.Undo();
            return fault;
        }
        catch (StateException second)
        {
            return new StateException(second.Fault, second.Message, fault);
        }
    }
}
