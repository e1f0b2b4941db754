using Mover.Transfer.Contract;

namespace Mover.Transfer.Scan;

/// <summary>
/// Lists folders in parallel before the walk needs them, in the order it will. What is needed at once is listed whatever the limits say
/// (the caller does it itself), so that the walk always moves. Safe for concurrent use.
/// </summary>
internal sealed class FolderReadAhead : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly ListFolder _list;
    private readonly OrderedWalkOptions _options;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationToken _cancel;
    private readonly PriorityQueue<FolderNode, EntryPath> _wanted = new();
    private readonly HashSet<FolderListing> _spilled = [];
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private bool _isStopped;
    private long _heldBytes;

    public FolderReadAhead(ListFolder list, OrderedWalkOptions options, CancellationToken cancel)
    {
        _list = list;
        _options = options;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _cancel = _stop.Token;
    }

    /// <summary>True when nothing more should be read ahead.</summary>
    public bool IsFull => Volatile.Read(ref _heldBytes) >= _options.ReadAheadBytes;

    public void Hold(long bytes) => Interlocked.Add(ref _heldBytes, bytes);

    public void Release(long bytes)
    {
        if (bytes > 0)
        {
            Interlocked.Add(ref _heldBytes, -bytes);
            Pump();
        }
    }

    /// <summary>Makes the node of a folder and puts it in line; null for what is not a readable folder.</summary>
    public FolderNode? NodeFor(Entry entry)
    {
        if (entry.Type != EntryType.Folder || entry.Fault is not null)
        {
            return null;
        }

        var node = new FolderNode(entry.Path);
        lock (_lock)
        {
            _wanted.Enqueue(node, entry.Path);
        }

        return node;
    }

    /// <summary>The folder's listing: read ahead already, under way, or read here and then. The caller disposes it.</summary>
    public async ValueTask<FolderListing> TakeAsync(FolderNode node)
    {
        if (node.TryClaim())
        {
            await LoadAsync(node);
        }

        Pump();
        return await node.Listed.WaitAsync(_cancel);
    }

    /// <summary>Nobody will take these folders; what was read of them and below them is let go.</summary>
    public static void Forget(Stack<FolderNode> folders)
    {
        while (folders.TryPop(out var folder))
        {
            folder.Forget()?.LetGo(folders);
        }
    }

    public void Untrack(FolderListing listing)
    {
        lock (_lock)
        {
            _spilled.Remove(listing);
        }
    }

    /// <summary>Starts as many listings as the limits allow.</summary>
    public void Pump()
    {
        while (true)
        {
            lock (_lock)
            {
                FolderNode? node;
                while (_wanted.TryPeek(out node, out _) && node.IsClaimed)
                {
                    _wanted.Dequeue();
                }

                if (node is null || _running >= _options.FoldersAtOnce || IsFull || _isStopped)
                {
                    return;
                }

                _wanted.Dequeue();
                if (node.TryClaim())
                {
                    _running++;
                    _ = Task.Run(() => LoadAheadAsync(node), CancellationToken.None);
                }
            }
        }
    }

    /// <summary>Stops what is under way, waits for it and deletes the run files that are left.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isStopped = true;
            if (_running == 0)
            {
                _idle.TrySetResult();
            }
        }

        await _stop.CancelAsync();
        await _idle.Task;
        FolderListing[] left;
        lock (_lock)
        {
            left = [.. _spilled];
        }

        foreach (var listing in left)
        {
            listing.Dispose();
        }

        _stop.Dispose();
    }

    private async Task LoadAheadAsync(FolderNode node)
    {
        await LoadAsync(node);
        lock (_lock)
        {
            _running--;
            if (_isStopped && _running == 0)
            {
                _idle.TrySetResult();
            }
        }

        Pump();
    }

    /// <summary>Never throws: the outcome, whatever it is, is the node's.</summary>
    private async Task LoadAsync(FolderNode node)
    {
        try
        {
            var listing = await ListAsync(node.Path);
            if (!node.TryComplete(listing))
            {
                listing.Dispose();
            }
        }
        catch (Exception fault)
        {
            node.Fail(fault);
        }
    }

    private async Task<FolderListing> ListAsync(EntryPath folder)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var loading = new FolderLoading(this, _options);
            VolumeException? broken = null;
            try
            {
                await foreach (var batch in _list(folder, _cancel).WithCancellation(_cancel))
                {
                    loading.Add(folder, batch);
                }
            }
            catch (VolumeException e)
            {
                broken = e;
            }

            if (broken is not null && await RepeatsAsync(broken, attempt) is { } counted)
            {
                attempt = counted;
                continue;
            }

            var listing = loading.Finish(broken?.Fault);
            lock (_lock)
            {
                if (listing.IsSpilled)
                {
                    _spilled.Add(listing);
                }
            }

            return listing;
        }
    }

    /// <summary>The attempts that count so far when the folder should be listed again; null when its fault stands.</summary>
    private async ValueTask<int?> RepeatsAsync(VolumeException fault, int attempt)
    {
        try
        {
            return await _options.Patience(fault, attempt, _cancel);
        }
        catch (VolumeException)
        {
            return null;
        }
    }
}
