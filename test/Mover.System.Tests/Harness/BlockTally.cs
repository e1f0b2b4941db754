using System.Collections.Concurrent;

namespace Mover.SystemTests.Harness;

/// <summary>Counts Put Block requests at a proxy: what came in, what was acknowledged, and what came again.</summary>
internal sealed class BlockTally
{
    private readonly ConcurrentDictionary<string, bool> _acknowledged = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private (int Count, TaskCompletionSource Reached) _awaited = (int.MaxValue, new());
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private int _openMost;
    private int _received;
    private int _again;

    public BlockTally(BlobProxy proxy)
    {
        proxy.Received = request => Note(request, Receive);
        proxy.Acknowledged = request => Note(request, Acknowledge);
    }

    /// <summary>Blocks that were acknowledged at least once.</summary>
    public int Acknowledged => _acknowledged.Count;

    /// <summary>Requests that came in whole.</summary>
    public int Received => Volatile.Read(ref _received);

    /// <summary>Requests for blocks that had been acknowledged before.</summary>
    public int SentAgain => Volatile.Read(ref _again);

    /// <summary>The most blocks that were on their way at once: the open streams.</summary>
    public int StreamsMost => Volatile.Read(ref _openMost);

    /// <summary>Completes as soon as so many blocks are acknowledged.</summary>
    public Task WaitForAsync(int count)
    {
        lock (_gate)
        {
            _awaited = (count, new(TaskCreationOptions.RunContinuationsAsynchronously));
            Signal();
            return _awaited.Reached.Task.WaitAsync(TimeSpan.FromMinutes(2));
        }
    }

    /// <summary>The sender was killed: what was on its way is so no longer.</summary>
    public void Killed()
    {
        lock (_gate)
        {
            _open.Clear();
        }
    }

    private static void Note(BlobRequest request, Action<string> note)
    {
        if (request.Operation == "PutBlock")
        {
            note(request.BlockId);
        }
    }

    private void Receive(string block)
    {
        Interlocked.Increment(ref _received);
        lock (_gate)
        {
            _open.Add(block);
            _openMost = Math.Max(_openMost, _open.Count);
        }

        if (_acknowledged.ContainsKey(block))
        {
            Interlocked.Increment(ref _again);
        }
    }

    private void Acknowledge(string block)
    {
        _acknowledged[block] = true;
        lock (_gate)
        {
            _open.Remove(block);
            Signal();
        }
    }

    private void Signal()
    {
        if (_acknowledged.Count >= _awaited.Count)
        {
            _awaited.Reached.TrySetResult();
        }
    }
}
