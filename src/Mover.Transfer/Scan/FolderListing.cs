using Mover.Transfer.Contract;

namespace Mover.Transfer.Scan;

/// <summary>A folder whose listing is wanted: listed at most once, taken by at most one. Safe for concurrent use.</summary>
internal sealed class FolderNode(EntryPath path)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<FolderListing> _listed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FolderListing? _listing;
    private bool _isClaimed;
    private bool _isForgotten;

    public EntryPath Path { get; } = path;

    /// <summary>True when someone lists it, has listed it, or nobody wants it any more.</summary>
    public bool IsClaimed => Volatile.Read(ref _isClaimed);

    public bool IsReady => _listed.Task.IsCompleted;

    public Task<FolderListing> Listed => _listed.Task;

    /// <summary>True for the one who shall list it.</summary>
    public bool TryClaim() => !Interlocked.Exchange(ref _isClaimed, true);

    /// <summary>Hands over the listing; false when nobody wants it any more.</summary>
    public bool TryComplete(FolderListing listing)
    {
        lock (_lock)
        {
            _listing = listing;
            if (_isForgotten)
            {
                return false;
            }
        }

        _listed.TrySetResult(listing);
        return true;
    }

    public void Fail(Exception fault)
    {
        _listed.TrySetException(fault);
        _ = _listed.Task.Exception;
    }

    /// <summary>Nobody will take it; returns the listing when there already is one.</summary>
    public FolderListing? Forget()
    {
        lock (_lock)
        {
            _isForgotten = true;
            _isClaimed = true;
            return _listing;
        }
    }
}

/// <summary>One folder's children in path order: in memory, or in a run file when they weigh too much. Read once, by one reader.</summary>
internal sealed class FolderListing : IDisposable
{
    /// <summary>How many entries of a run file are looked at in advance, to list the folders among them ahead.</summary>
    private const int LookAheadEntries = 256;

    /// <summary>Releasing one by one would make a shared counter hot.</summary>
    private const int ReleaseAtBytes = 64 * 1024;

    private readonly FolderReadAhead _ahead;
    private readonly Queue<(Entry Entry, FolderNode? Folder, long OffsetBytes)> _window = new();
    private readonly string? _runPath;
    private readonly RunReader<Entry>? _run;
    private (Entry Entry, FolderNode? Folder)[] _entries = [];
    private int _next;
    private long _heldBytes;
    private long _releasedBytes;
    private bool _runEnded;

    public FolderListing(FolderReadAhead ahead, (Entry Entry, FolderNode? Folder)[] entries, long heldBytes, VolumeFault? fault)
    {
        _ahead = ahead;
        _entries = entries;
        _heldBytes = heldBytes;
        Fault = fault;
        IsEmpty = entries.Length == 0;
    }

    public FolderListing(FolderReadAhead ahead, string runPath, VolumeFault? fault)
    {
        _ahead = ahead;
        _runPath = runPath;
        _run = new RunReader<Entry>(runPath, EntryCodec.Instance);
        Fault = fault;
    }

    public bool IsEmpty { get; }

    public bool IsSpilled => _runPath is not null;

    public VolumeFault? Fault { get; }

    public bool TryPeek(out Entry entry, out FolderNode? folder)
    {
        if (_run is null)
        {
            var has = _next < _entries.Length;
            (entry, folder) = has ? _entries[_next] : default;
            return has;
        }

        if (_window.Count <= LookAheadEntries / 2)
        {
            FillWindow();
        }

        var any = _window.TryPeek(out var first);
        (entry, folder) = (first.Entry, first.Folder);
        return any;
    }

    public void Advance()
    {
        Entry passed;
        if (_run is null)
        {
            passed = _entries[_next].Entry;
            _entries[_next++] = default;
        }
        else
        {
            passed = _window.Dequeue().Entry;
        }

        _releasedBytes += EntryCodec.Instance.WeightBytes(passed);
        if (_releasedBytes >= ReleaseAtBytes)
        {
            Release();
        }
    }

    /// <summary>Gives back the run's file and buffer while a subfolder is walked; under pressure also what was looked at in
    /// advance.</summary>
    public void Suspend()
    {
        Release();
        if (_run is null)
        {
            return;
        }

        var offset = _run.OffsetBytes;
        if (_ahead.IsFull && _window.TryPeek(out var first))
        {
            offset = first.OffsetBytes;
            _runEnded = false;
            DropWindow();
        }

        _run.Suspend(offset);
    }

    public void Dispose()
    {
        var folders = new Stack<FolderNode>();
        LetGo(folders);
        FolderReadAhead.Forget(folders);
    }

    /// <summary>Disposes this listing and leaves the folders it knew to the caller: without recursion, because trees are deep.</summary>
    public void LetGo(Stack<FolderNode> folders)
    {
        TakeFolders(folders);
        _entries = [];
        _ahead.Release(_heldBytes);
        _heldBytes = 0;
        _releasedBytes = 0;
        _run?.Dispose();
        if (_runPath is not null)
        {
            File.Delete(_runPath);
            _ahead.Untrack(this);
        }
    }

    private void FillWindow()
    {
        var wanted = _ahead.IsFull ? 1 : LookAheadEntries;
        while (!_runEnded && _window.Count < wanted)
        {
            var offset = _run!.OffsetBytes;
            if (!_run.TryRead(out var entry))
            {
                _runEnded = true;
                break;
            }

            var weight = EntryCodec.Instance.WeightBytes(entry);
            _heldBytes += weight;
            _ahead.Hold(weight);
            _window.Enqueue((entry, _ahead.NodeFor(entry), offset));
        }

        _ahead.Pump();
    }

    private void DropWindow()
    {
        var folders = new Stack<FolderNode>();
        foreach (var (entry, _, _) in _window)
        {
            _releasedBytes += EntryCodec.Instance.WeightBytes(entry);
        }

        TakeFolders(folders);
        Release();
        FolderReadAhead.Forget(folders);
    }

    private void TakeFolders(Stack<FolderNode> folders)
    {
        while (_window.TryDequeue(out var dropped))
        {
            if (dropped.Folder is { } folder)
            {
                folders.Push(folder);
            }
        }

        foreach (var (_, folder) in _entries.AsSpan(_next))
        {
            if (folder is not null)
            {
                folders.Push(folder);
            }
        }
    }

    private void Release()
    {
        var released = Math.Min(_releasedBytes, _heldBytes);
        _heldBytes -= released;
        _releasedBytes = 0;
        _ahead.Release(released);
    }
}
