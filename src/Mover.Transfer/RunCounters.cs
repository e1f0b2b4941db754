using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Transfer;

/// <summary>
/// The twelve counters while they grow. An item is discovered by the scan and finished by its outcome; when its size turned out to be
/// another one in between, the scanned bytes follow, so that the identity holds. Thread-safe.
/// </summary>
internal sealed class RunCounters
{
    private const int Results = 5;

    /// <summary>How many mount points are named.</summary>
    private const int MountPointsMax = 20;
    private readonly Lock _gate = new();
    private readonly long[] _items = new long[Results];
    private readonly long[] _bytes = new long[Results];
    private readonly Dictionary<EntryPath, long> _inFlight = [];
    private long _itemsScanned;
    private long _bytesScanned;
    private long _sent;
    private long _deleted;
    private long _notDeleted;
    private long _notListed;
    private long _handledBefore;
    private long _toDelete;
    private List<string> _mountPoints = [];

    public long BytesSent => Interlocked.Read(ref _sent);

    public long ItemsDeleted => Interlocked.Read(ref _deleted);

    public long ItemsNotDeleted => Interlocked.Read(ref _notDeleted);

    /// <summary>Source folders whose listing failed: what they hold is not known.</summary>
    public long FoldersNotListed => Interlocked.Read(ref _notListed);

    /// <summary>File systems that are mounted in the source, the first of them.</summary>
    public IReadOnlyList<string> MountPoints => Volatile.Read(ref _mountPoints);

    /// <summary>The scan, which is one thread, crosses into another file system.</summary>
    public void Crossed(EntryPath mountPoint)
    {
        if (_mountPoints.Count < MountPointsMax)
        {
            Volatile.Write(ref _mountPoints, [.. _mountPoints, mountPoint.ToString()]);
        }
    }

    /// <summary>The scan met an item.</summary>
    public void Discovered(long sizeBytes)
    {
        lock (_gate)
        {
            _itemsScanned++;
            _bytesScanned += sizeBytes;
        }
    }

    /// <summary>A discovered item got its outcome.</summary>
    public void Finished(ItemOutcome outcome, long discoveredBytes)
    {
        lock (_gate)
        {
            if (_inFlight.Count > 0)
            {
                _inFlight.Remove(outcome.Path);
            }

            _items[(int)outcome.Result]++;
            _notListed += outcome.Result is ItemResult.Failed && TransferExceptions.IsFolderNotListed(outcome.Type, outcome.Code) ? 1 : 0;
            _bytes[(int)BytesBucket(outcome)] += outcome.SizeBytes;
            _bytesScanned += outcome.SizeBytes - discoveredBytes;
        }
    }

    /// <summary>An item was finished by an earlier attempt at this run.</summary>
    public void Replayed(ItemOutcome outcome)
    {
        Discovered(outcome.SizeBytes);
        Finished(outcome, outcome.SizeBytes);
    }

    /// <summary>What an earlier attempt finished no longer holds: the item is looked at again.</summary>
    public void Retracted(ItemOutcome outcome)
    {
        lock (_gate)
        {
            _itemsScanned--;
            _bytesScanned -= outcome.SizeBytes;
            _items[(int)outcome.Result]--;
            _bytes[(int)BytesBucket(outcome)] -= outcome.SizeBytes;
        }
    }

    /// <summary>
    /// An item whose metadata alone was written is transferred, but its bytes did not move: they count as not needing to. Its code says
    /// why the content was left alone. See docs/decisions/counting-metadata-changes.md.
    /// </summary>
    public static ItemResult BytesBucket(ItemOutcome outcome) =>
        outcome.Result is ItemResult.Transferred && outcome.Code != StatusCodes.Success ? ItemResult.NoTransferNeeded : outcome.Result;

    /// <summary>A file in blocks begins, or begins again.</summary>
    public void Begun(EntryPath file)
    {
        lock (_gate)
        {
            _inFlight[file] = 0;
        }
    }

    /// <summary>The target has taken so many bytes of a file in blocks.</summary>
    public void Taken(EntryPath file, long bytes)
    {
        lock (_gate)
        {
            _inFlight[file] = _inFlight.GetValueOrDefault(file) + bytes;
        }
    }

    /// <summary>The files in blocks that have no outcome yet; null when there are none.</summary>
    public FilesInFlight? InFlight
    {
        get
        {
            lock (_gate)
            {
                return _inFlight.Count == 0 ? null : new(_inFlight.Count, _inFlight.Values.Sum());
            }
        }
    }

    public void Sent(long bytes) => Interlocked.Add(ref _sent, bytes);

    public void Deleted() => Interlocked.Increment(ref _deleted);

    public void NotDeleted() => Interlocked.Increment(ref _notDeleted);

    /// <summary>The deletions of this attempt begin; it is known how many they are.</summary>
    public void DeletionsBegin(long count)
    {
        _handledBefore = ItemsDeleted + ItemsNotDeleted;
        Volatile.Write(ref _toDelete, count);
    }

    /// <summary>How far the deletions are; null before they begin and when there are none.</summary>
    public DeletionProgress? Deletions => Volatile.Read(ref _toDelete) is > 0 and var total
        ? new(ItemsDeleted + ItemsNotDeleted - _handledBefore, total)
        : null;

    public TransferCounters ToCounters()
    {
        lock (_gate)
        {
            return new(
                _itemsScanned, _items[0], _items[1], _items[2], _items[3], _items[4],
                _bytesScanned, _bytes[0], _bytes[1], _bytes[2], _bytes[3], _bytes[4]);
        }
    }
}
