using System.Buffers;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Journal;

/// <summary>
/// Appends records by group commit: whatever arrives within <see cref="GroupDelay"/> becomes one frame, one write and one fsync. Blocks do
/// not wait for the delay, and their callers wait until the operating system has the frame, so that a killed process never re-sends an
/// acknowledged block. Thread-safe. When the disk refuses, the writer stops for good and says so once, through the callback it was given.
/// </summary>
internal sealed class JournalWriter : IAsyncDisposable
{
    /// <summary>How long records wait for company.</summary>
    public static readonly TimeSpan GroupDelay = TimeSpan.FromMilliseconds(20);

    /// <summary>Above this, producers wait for the disk.</summary>
    private const int PendingBytesMax = 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Stream _file;
    private readonly TimeProvider _clock;
    private readonly Action<ItemOutcome>? _durable;
    private readonly Action<Exception> _broken;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Task _loop;
    private ArrayBufferWriter<byte> _filling = new(64 * 1024);
    private ArrayBufferWriter<byte> _spare = new(64 * 1024);
    private List<ItemOutcome> _unreported = [];
    private EntryPath _previous;
    private TaskCompletionSource _written = NewSource();
    private TaskCompletionSource _hurry = NewSource();
    private bool _isWoken;
    private bool _isClosing;
    private bool _isBroken;

    /// <param name="file">The journal, positioned at its end; owned by the writer.</param>
    /// <param name="clock">For the group delay.</param>
    /// <param name="durable">Called for each outcome when it is on disk; null for none.</param>
    /// <param name="broken">Called once when the journal can no longer be written.</param>
    public JournalWriter(Stream file, TimeProvider clock, Action<ItemOutcome>? durable, Action<Exception> broken)
    {
        (_file, _clock, _durable, _broken) = (file, clock, durable, broken);
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>Bytes that reached the file.</summary>
    public long WrittenBytes { get; private set; }

    /// <summary>Records an outcome; completes at once unless the disk is behind.</summary>
    public ValueTask AppendAsync(ItemOutcome outcome)
    {
        lock (_gate)
        {
            JournalRecord.Write(_filling, outcome, _previous);
            _previous = outcome.Path;
            if (_durable is not null && !outcome.IsRetracted)
            {
                _unreported.Add(outcome);
            }

            return Wake(mustHurry: false) ? new(_written.Task) : ValueTask.CompletedTask;
        }
    }

    /// <summary>Records that a mirror deleted an item, so that a run that goes on counts it; completes at once unless the disk is
    /// behind.</summary>
    public ValueTask AppendDeletionAsync() => AppendAsync(JournalRecord.Deletion);

    /// <summary>Records that this attempt begins to delete; completes at once unless the disk is behind.</summary>
    public ValueTask AppendDeletionsBeginAsync() => AppendAsync(JournalRecord.DeletionsBegin);

    private ValueTask AppendAsync(byte kind)
    {
        lock (_gate)
        {
            _filling.Write([kind]);
            return Wake(mustHurry: false) ? new(_written.Task) : ValueTask.CompletedTask;
        }
    }

    /// <summary>Records that a file begins; completes when the operating system has it.</summary>
    public Task AppendAsync(BlocksBegun begun)
    {
        lock (_gate)
        {
            JournalRecord.Write(_filling, begun);
            Wake(mustHurry: true);
            return _written.Task;
        }
    }

    /// <summary>Records an acknowledged block; completes when the operating system has it.</summary>
    public Task AppendAsync(BlockDone block)
    {
        lock (_gate)
        {
            JournalRecord.Write(_filling, block);
            Wake(mustHurry: true);
            return _written.Task;
        }
    }

    /// <summary>Writes and syncs what is left, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isClosing)
            {
                return;
            }

            _isClosing = true;
            Wake(mustHurry: true);
        }

        await _loop;
        await _file.DisposeAsync();
        _wake.Dispose();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True when the disk is behind.</summary>
    private bool Wake(bool mustHurry)
    {
        if (_isBroken)
        {
            _written.TrySetResult();
            return false;
        }

        if (!_isWoken)
        {
            _isWoken = true;
            _wake.Release();
        }

        var isBehind = _filling.WrittenCount > PendingBytesMax;
        if (mustHurry || isBehind)
        {
            _hurry.TrySetResult();
        }

        return isBehind;
    }

    private async Task LoopAsync()
    {
        try
        {
            for (var isClosing = false; !isClosing;)
            {
                await _wake.WaitAsync();
                using (var waiting = new CancellationTokenSource())
                {
                    await Task.WhenAny(Task.Delay(GroupDelay, _clock, waiting.Token), _hurry.Task);
                    await waiting.CancelAsync();
                }

                isClosing = Commit();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Break();
            _broken(e);
        }
    }

    private bool Commit()
    {
        ArrayBufferWriter<byte> full;
        List<ItemOutcome> outcomes;
        TaskCompletionSource written;
        bool isClosing;
        lock (_gate)
        {
            (full, _filling, _spare) = (_filling, _spare, _filling);
            (outcomes, _unreported) = (_unreported, _durable is null ? _unreported : []);
            (written, _written, _hurry) = (_written, NewSource(), NewSource());
            (_previous, _isWoken, isClosing) = (default, false, _isClosing);
        }

        try
        {
            if (full.WrittenCount > 0)
            {
                Append(_file, full.WrittenSpan);
                WrittenBytes += full.WrittenCount + JournalFormat.HeaderBytes;
            }
        }
        finally
        {
            written.TrySetResult();
        }

        Sync();
        full.ResetWrittenCount();
        foreach (var outcome in outcomes)
        {
            _durable?.Invoke(outcome);
        }

        return isClosing;
    }

    /// <summary>One frame in one write.</summary>
    public static void Append(Stream file, ReadOnlySpan<byte> payload)
    {
        var frame = ArrayPool<byte>.Shared.Rent(payload.Length + JournalFormat.HeaderBytes);
        JournalFormat.WriteHeader(frame, payload);
        payload.CopyTo(frame.AsSpan(JournalFormat.HeaderBytes));
        file.Write(frame, 0, payload.Length + JournalFormat.HeaderBytes);
        ArrayPool<byte>.Shared.Return(frame);
    }

    private void Sync()
    {
        if (_file is FileStream file)
        {
            file.Flush(flushToDisk: true);
        }
    }

    private void Break()
    {
        lock (_gate)
        {
            _isBroken = true;
            _written.TrySetResult();
        }
    }
}
