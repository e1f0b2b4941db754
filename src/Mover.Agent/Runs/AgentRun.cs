using Mover.Core.AgentProtocol;
using Mover.Core.Arm;

namespace Mover.Agent;

/// <summary>Why a run's work is to end before its time.</summary>
internal enum RunStop
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>The agent's process ends; the run goes on when it is back.</summary>
    Leaving,

    /// <summary>Somebody asked to stop the run.</summary>
    CancelRequested,

    /// <summary>Somebody else owns the run, or it is gone: nothing more is written.</summary>
    Lost,
}

/// <summary>One run that this process works on. Thread-safe.</summary>
internal sealed class AgentRun(ResourceId id, AgentRunFolder folder, RunRecord record) : IDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _gate = new();
    private RunRecord _record = record;
    private long _sequence;

    /// <summary>The run's ARM id.</summary>
    public ResourceId Id { get; } = id;

    /// <summary>Its folder.</summary>
    public AgentRunFolder Folder { get; } = folder;

    /// <summary>The claim as it is on disk.</summary>
    public RunRecord Record => Volatile.Read(ref _record);

    /// <summary>The epoch of the claim.</summary>
    public long Epoch => Record.Order.Epoch;

    /// <summary>Why it should end.</summary>
    public RunStop Why { get; private set; }

    /// <summary>Cancelled when the run should end.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>The next report's number.</summary>
    public long NextSequence() => Interlocked.Increment(ref _sequence);

    /// <summary>Ends the run's work; a stronger reason replaces a weaker one.</summary>
    public void Stop(RunStop why)
    {
        lock (_gate)
        {
            // After a request to stop, leaving changes nothing: the end is reported now or at the next start.
            if (why <= Why)
            {
                return;
            }

            Why = why;
        }

        _ended.Cancel();
    }

    /// <summary>Keeps the last report on disk before it is sent.</summary>
    public void SetFinal(RunReport report)
    {
        var ended = Record with { Final = report };
        Folder.Write(ended);
        Volatile.Write(ref _record, ended);
    }

    /// <summary>Remembers the last report when the disk does not take it: the run is claimed again if the process dies first.</summary>
    public void RememberFinal(RunReport report) => Volatile.Write(ref _record, Record with { Final = report });

    /// <inheritdoc/>
    public void Dispose() => _ended.Dispose();
}
