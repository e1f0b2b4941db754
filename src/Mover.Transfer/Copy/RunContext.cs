using Microsoft.Extensions.Logging;
using Mover.Core.Jobs;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Journal;

namespace Mover.Transfer.Copy;

/// <summary>What the parts of one pass share.</summary>
internal sealed class RunContext
{
    public required TransferSides Sides { get; init; }

    public IVolume Source => Sides.Source;

    public ITargetVolume Target => Sides.Target;

    public TransferOptions Options => Sides.Options;

    public TimeProvider Clock => Sides.Clock;

    public ILogger Logger => Sides.Logger;

    public RequestGate Gate => Sides.Gate;

    public required Rules Rules { get; init; }

    public required RunCounters Counters { get; init; }

    public required JournalWriter Journal { get; init; }

    public required JournalState Earlier { get; init; }

    public required RunFolder Folder { get; init; }

    public required Pacer Pacer { get; init; }

    public required BufferSlab Slab { get; init; }

    public required ReadPace Pace { get; init; }

    /// <summary>Set when the run is cancelled or ends with a fault of the job; after that nothing is written.</summary>
    public CancellationToken Stopped => Sides.Stopped;

    /// <summary>True at once when the run is to stop.</summary>
    public bool IsStopped => Sides.IsStopped;

    /// <summary>Watches over one side.</summary>
    public SideWatch WatchOf(Side side) => Sides.WatchOf(side);

    /// <summary>Ends the run; the first fault counts.</summary>
    public void Stop(JobFault fault) => Sides.Stop(fault);

    /// <summary>
    /// Records how an item ended. What was done before the run was stopped is recorded even so: the next attempt must not find it
    /// "unchanged". A failure is not, because stopping may have caused it.
    /// </summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="discovered">The source item as the scan saw it.</param>
    /// <param name="wasThere">True when the target held something of its name before the run.</param>
    public ValueTask RecordAsync(ItemOutcome outcome, Entry discovered, bool wasThere)
    {
        if (outcome.Result is ItemResult.Failed)
        {
            ThrowIfStopped();
        }

        Counters.Finished(outcome, DiscoveredBytes(discovered));
        return Journal.AppendAsync(outcome with { SourceTag = FileIdentity.Of(discovered).Tag(), WasThere = wasThere });
    }

    /// <summary>Records a target item that a mirror keeps, with the reason. Not after a stop, which may be the reason.</summary>
    public ValueTask RecordKeptAsync(Entry target, StatusCode code, string why)
    {
        ThrowIfStopped();
        Counters.NotDeleted();
        return Journal.AppendAsync(new ItemOutcome(target.Path, target.Type, ItemResult.NotDeleted, code, target.SizeBytes, Details: why));
    }

    /// <summary>Throws when the run is to stop.</summary>
    public void ThrowIfStopped() => Sides.ThrowIfStopped();

    /// <summary>The bytes an item counts for when the scan meets it.</summary>
    public static long DiscoveredBytes(Entry entry) => entry.Type is EntryType.File ? entry.SizeBytes : 0;
}
