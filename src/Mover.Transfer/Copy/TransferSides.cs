using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Copy;

/// <summary>
/// Both sides of a run, a plan or a verification, and what ends it: a person, or a fault of one side. A side that is away holds up all that
/// is asked of it (<see cref="SideWatch"/>). Thread-safe.
/// </summary>
internal sealed class TransferSides : IDisposable
{
    private readonly IVolume? _source;
    private readonly bool _writes;
    private readonly CancellationToken _cancel;
    private readonly CancellationTokenSource _stop;
    private readonly SideWatch _sourceWatch;
    private readonly SideWatch _targetWatch;
    private readonly string?[] _waiting = new string?[2];
    private JobFault? _fault;

    /// <param name="source">The source; null where nothing is asked of one.</param>
    /// <param name="target">The target.</param>
    /// <param name="writes">True when the target has to be writable.</param>
    /// <param name="options">How often and how long faults are tried again, and who hears of them.</param>
    /// <param name="clock">The clock of the waits.</param>
    /// <param name="logger">The log.</param>
    /// <param name="cancel">The person's end.</param>
    public TransferSides(
        IVolume? source, ITargetVolume target, bool writes, TransferOptions options, TimeProvider clock, ILogger logger,
        CancellationToken cancel)
    {
        (_source, Target, _writes, Options, Clock, Logger, _cancel) = (source, target, writes, options, clock, logger, cancel);
        Gate = new(Math.Max(1, options.Concurrency ?? target.Traits.ConcurrencyHint), clock);
        _sourceWatch = new(Side.Source, this);
        _targetWatch = new(Side.Target, this);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Stopped = _stop.Token;
    }

    public IVolume Source => _source ?? throw new UnreachableException();

    public ITargetVolume Target { get; }

    public TransferOptions Options { get; }

    public TimeProvider Clock { get; }

    public ILogger Logger { get; }

    public RequestGate Gate { get; }

    /// <summary>Set when it is cancelled or ends with a fault of the job; after that nothing is written.</summary>
    public CancellationToken Stopped { get; }

    /// <summary>True at once when it is to stop; <see cref="Stopped"/> may hear of the caller's cancellation a little later.</summary>
    public bool IsStopped => _cancel.IsCancellationRequested || Stopped.IsCancellationRequested;

    /// <summary>The fault that ended it; null when there is none.</summary>
    public JobFault? Fault => Volatile.Read(ref _fault);

    /// <summary>Why it waits for one of its sides, in a sentence; null when it does not.</summary>
    public string? WaitsFor => Volatile.Read(ref _waiting[0]) ?? Volatile.Read(ref _waiting[1]);

    /// <summary>Watches over one side.</summary>
    public SideWatch WatchOf(Side side) => side is Side.Source ? _sourceWatch : _targetWatch;

    public IVolume VolumeOf(Side side) => side is Side.Source ? Source : Target;

    /// <summary>Throws the fault when the side does not answer, or does not take what is to be written.</summary>
    public ValueTask ProbeAsync(Side side, CancellationToken cancel) =>
        side is Side.Target && _writes ? Target.ProbeWriteAsync(cancel) : VolumeOf(side).ProbeAsync(cancel);

    /// <summary>Notes why it waits for a side, or with null that it no longer does.</summary>
    public void Waiting(Side side, string? why) => Volatile.Write(ref _waiting[(int)side], why);

    /// <summary>Ends it; the first fault counts.</summary>
    public void Stop(JobFault fault)
    {
        if (Interlocked.CompareExchange(ref _fault, fault, null) is null)
        {
            _stop.Cancel();
        }
    }

    /// <summary>Throws when it is to stop.</summary>
    public void ThrowIfStopped()
    {
        if (IsStopped)
        {
            throw new OperationCanceledException(Stopped);
        }
    }

    /// <summary>The fault of the job that an exception stands for; null when it is no fault of a side.</summary>
    public JobFault? FaultOf(Exception e) => Fault ?? e switch
    {
        ScanFaultException scan => new(FaultCodes.OfJob(scan.Fault, scan.Side), scan.Fault.Message),
        OutOfOrderException order => FaultCodes.OfOrder(order),
        _ => null,
    };

    public void Dispose() => _stop.Dispose();
}
