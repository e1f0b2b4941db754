using Microsoft.Extensions.Logging;
using Mover.Core.Jobs;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Journal;

namespace Mover.Transfer.Copy;

/// <summary>What the parts of one pass share.</summary>
internal sealed class RunContext : IDisposable
{
    private readonly CancellationToken _cancel;
    private readonly CancellationTokenSource _stop;
    private readonly SideWatch _sourceWatch;
    private readonly SideWatch _targetWatch;
    private readonly string?[] _waiting = new string?[2];
    private JobFault? _fault;

    public RunContext(CancellationToken cancel)
    {
        _sourceWatch = new(Side.Source, this);
        _targetWatch = new(Side.Target, this);
        _cancel = cancel;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Stopped = _stop.Token;
    }

    public required IVolume Source { get; init; }

    public required ITargetVolume Target { get; init; }

    public required TransferOptions Options { get; init; }

    public required Rules Rules { get; init; }

    public required TimeProvider Clock { get; init; }

    public required ILogger Logger { get; init; }

    public required RunCounters Counters { get; init; }

    public required JournalWriter Journal { get; init; }

    public required JournalState Earlier { get; init; }

    public required RunFolder Folder { get; init; }

    public required Pacer Pacer { get; init; }

    public required RequestGate Gate { get; init; }

    public required BufferSlab Slab { get; init; }

    public required ReadPace Pace { get; init; }

    /// <summary>Set when the run is cancelled or ends with a fault of the job; after that nothing is written.</summary>
    public CancellationToken Stopped { get; }

    /// <summary>True at once when the run is to stop; <see cref="Stopped"/> may hear of the caller's cancellation a little later.</summary>
    public bool IsStopped => _cancel.IsCancellationRequested || Stopped.IsCancellationRequested;

    /// <summary>The fault that ended the run; null when there is none.</summary>
    public JobFault? Fault => Volatile.Read(ref _fault);

    /// <summary>Why the run waits for one of its sides, in a sentence; null when it does not.</summary>
    public string? WaitsFor => Volatile.Read(ref _waiting[0]) ?? Volatile.Read(ref _waiting[1]);

    /// <summary>Watches over one side.</summary>
    public SideWatch WatchOf(Side side) => side is Side.Source ? _sourceWatch : _targetWatch;

    /// <summary>Notes why the run waits for a side, or with null that it no longer does.</summary>
    public void Waiting(Side side, string? why) => Volatile.Write(ref _waiting[(int)side], why);

    /// <summary>Ends the run; the first fault counts.</summary>
    public void Stop(JobFault fault)
    {
        if (Interlocked.CompareExchange(ref _fault, fault, null) is null)
        {
            _stop.Cancel();
        }
    }

    /// <summary>
    /// Records how an item ended. What was done before the run was stopped is recorded even so: the next attempt must not find it
    /// "unchanged". A failure is not, because stopping may have caused it.
    /// </summary>
    public ValueTask RecordAsync(ItemOutcome outcome, Entry discovered)
    {
        if (outcome.Result is ItemResult.Failed)
        {
            ThrowIfStopped();
        }

        Counters.Finished(outcome, DiscoveredBytes(discovered));
        return Journal.AppendAsync(outcome);
    }

    /// <summary>Records a target item that a mirror keeps, with the reason. Not after a stop, which may be the reason.</summary>
    public ValueTask RecordKeptAsync(Entry target, StatusCode code, string why)
    {
        ThrowIfStopped();
        Counters.NotDeleted();
        return Journal.AppendAsync(new ItemOutcome(target.Path, target.Type, ItemResult.NotDeleted, code, target.SizeBytes, Details: why));
    }

    /// <summary>Throws when the run is to stop.</summary>
    public void ThrowIfStopped()
    {
        if (IsStopped)
        {
            throw new OperationCanceledException(Stopped);
        }
    }

    /// <summary>The bytes an item counts for when the scan meets it.</summary>
    public static long DiscoveredBytes(Entry entry) => entry.Type is EntryType.File ? entry.SizeBytes : 0;

    public void Dispose() => _stop.Dispose();
}
