using System.Collections.Concurrent;
using Mover.Transfer.Contract;

namespace Mover.Volumes.Nfs;

/// <summary>
/// Runs calls on a fixed number of connections, each on its own thread, because libnfs blocks and its contexts belong to one thread.
/// Callers wait in a bounded queue. A call that does not come back in time is given up: its caller gets a Timeout, and a fresh thread
/// takes the stuck one's place. Safe for concurrent use.
/// </summary>
internal sealed class NfsPool : IAsyncDisposable
{
    private readonly NfsOptions _options;
    private readonly BlockingCollection<NfsCall> _queue = [];
    private readonly SemaphoreSlim _places;
    private readonly Lock _lock = new();
    private readonly List<Worker> _workers = [];
    private readonly ITimer _watch;
    private bool _isClosed;

    public NfsPool(NfsOptions options, int version)
    {
        (_options, Version) = (options, version);
        _places = new SemaphoreSlim(options.Connections * 4);
        for (var i = 0; i < options.Connections; i++)
        {
            _workers.Add(Start());
        }

        _watch = options.Clock.CreateTimer(_ => ReplaceStuck(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>The version that is spoken: 3 or 4.</summary>
    public int Version { get; }

    /// <summary>
    /// Runs a call on any connection; a connection that breaks is made anew and the call repeated once, since all calls only read.
    /// </summary>
    public async Task<T> RunAsync<T>(Func<NfsSession, NfsCall, T> body, CancellationToken cancel)
    {
        var call = new NfsCall<T>(body);
        await _places.WaitAsync(cancel);
        Enqueue(call);
        await using var stop = cancel.UnsafeRegister(
            static (state, token) => (state as NfsCall)?.GiveUp(new OperationCanceledException(token)), call);
        return await call.Result;
    }

    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync();
        Task[] ends;
        lock (_lock)
        {
            _isClosed = true;
            _queue.CompleteAdding();
            ends = [.. _workers.Select(w => w.Ended.Task)];
        }

        // A thread stuck in libnfs ends by its own timeout; waiting longer than that would only hang the caller.
        await Task.WhenAny(Task.WhenAll(ends), Task.Delay(_options.CallTimeout, _options.Clock));
        while (_queue.TryTake(out var left))
        {
            left.GiveUp(new ObjectDisposedException(nameof(NfsVolume)));
        }

        _places.Dispose();
        _queue.Dispose();
    }

    private Worker Start()
    {
        var worker = new Worker();
        new Thread(() => Work(worker)) { IsBackground = true, Name = "nfs" }.Start();
        return worker;
    }

    private void ReplaceStuck()
    {
        // libnfs has its own timeout for each message; a call of several messages gets three times that.
        var limit = _options.CallTimeout * 3;
        lock (_lock)
        {
            for (var i = 0; i < _workers.Count && !_isClosed; i++)
            {
                if (_workers[i].Current is { } running && _options.Clock.GetElapsedTime(running.Since) > limit)
                {
                    var late = $"The NFS server {_options.Host} did not respond within {limit.TotalSeconds:0} s.";
                    running.Call.GiveUp(new VolumeException(new(VolumeFaultKind.Timeout, late, IsTransient: true)));
                    _workers[i].IsReplaced = true;
                    _workers[i] = Start();
                }
            }
        }
    }

    private void Work(Worker worker)
    {
        var session = new NfsSession(_options, Version);
        try
        {
            while (!worker.IsReplaced && Next() is { } call)
            {
                worker.Current = new(call, _options.Clock.GetTimestamp());
                session.Sweep(static reader => reader is NfsEntryReader { IsClosed: true });
                Run(call, session);
                worker.Current = null;
            }
        }
        finally
        {
            session.Disconnect();
            worker.Ended.TrySetResult();
        }
    }

    private static void Run(NfsCall call, NfsSession session)
    {
        var wasConnected = session.IsConnected;
        try
        {
            call.Run(session);
        }
        catch (VolumeException) when (wasConnected && !session.IsConnected)
        {
            Repeat(call, session);
        }
        catch (Exception fault)
        {
            call.GiveUp(fault);
        }
    }

    private static void Repeat(NfsCall call, NfsSession session)
    {
        try
        {
            call.Run(session);
        }
        catch (Exception fault)
        {
            call.GiveUp(fault);
        }
    }

    private void Enqueue(NfsCall call)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _queue.Add(call);
        }
    }

    /// <summary>Waits on this thread, which has nothing else to do; null when the pool is closed.</summary>
    private NfsCall? Next()
    {
        if (!_queue.TryTake(out var call, Timeout.Infinite))
        {
            return null;
        }

        _places.Release();
        return call;
    }

    private sealed record Running(NfsCall Call, long Since);

    /// <summary>A thread of the pool; its fields change as calls come and go and are read by the watch.</summary>
    private sealed class Worker
    {
        public volatile Running? Current;
        public volatile bool IsReplaced;

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>A call on its way through the pool.</summary>
internal abstract class NfsCall
{
    private readonly Lock _lock = new();
    private bool _isGivenUp;

    public abstract void Run(NfsSession session);

    /// <summary>Copies into the caller's memory, unless the caller has given up and may use it for something else.</summary>
    public void Copy(ReadOnlySpan<byte> from, Memory<byte> to)
    {
        lock (_lock)
        {
            if (_isGivenUp)
            {
                throw new OperationCanceledException();
            }

            from.CopyTo(to.Span);
        }
    }

    /// <summary>Ends the call for its caller; after this nothing is copied.</summary>
    public void GiveUp(Exception why)
    {
        lock (_lock)
        {
            _isGivenUp = true;
        }

        Fail(why);
    }

    protected abstract void Fail(Exception why);
}

/// <summary>A call with an answer.</summary>
internal sealed class NfsCall<T>(Func<NfsSession, NfsCall, T> body) : NfsCall
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Result => _result.Task;

    public override void Run(NfsSession session)
    {
        if (!_result.Task.IsCompleted)
        {
            _result.TrySetResult(body(session, this));
        }
    }

    protected override void Fail(Exception why)
    {
        if (why is OperationCanceledException canceled)
        {
            _result.TrySetCanceled(canceled.CancellationToken);
        }
        else
        {
            _result.TrySetException(why);
        }
    }
}
