using System.Collections.Concurrent;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;

namespace Mover.Agent;

/// <summary>The runs of this process, and what it has last heard that concerns them all. Thread-safe.</summary>
internal sealed class AgentRuns(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, AgentRun> _runs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _resting = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<UploadLimitWindow> _uploadLimits = [];
    private volatile TaskCompletionSource _changed = NewSignal();

    /// <summary>How long a run rests whose folder could not be written.</summary>
    public static readonly TimeSpan RestTime = TimeSpan.FromSeconds(30);

    /// <summary>Names this process towards the control plane.</summary>
    public string Instance { get; } = Guid.NewGuid().ToString("N");

    /// <summary>How many there are.</summary>
    public int Count => _runs.Count;

    /// <summary>Completes at the next start or end of a run.</summary>
    public Task Changed => _changed.Task;

    /// <summary>The upload limit schedule.</summary>
    public IReadOnlyList<UploadLimitWindow> UploadLimits
    {
        get => _uploadLimits;
        set => _uploadLimits = value;
    }

    /// <summary>The runs, for a beat.</summary>
    public IReadOnlyList<HeldRun> Held() => [.. _runs.Values.Select(r => new HeldRun(r.Id.Text, r.Epoch))];

    /// <summary>Whether this process works on a run.</summary>
    public bool Holds(string runName) => _runs.ContainsKey(runName);

    /// <summary>A run whose folder could not be written is left alone for <see cref="RestTime"/>.</summary>
    public void Rest(string runName) => _resting[runName] = clock.GetTimestamp();

    /// <summary>Whether a run is to be left alone for now.</summary>
    public bool Rests(string runName) =>
        _resting.TryGetValue(runName, out var since) && clock.GetElapsedTime(since) < RestTime;

    /// <summary>Adds a run; false when it is there already.</summary>
    public bool TryAdd(AgentRun run)
    {
        var added = _runs.TryAdd(run.Id.Name, run);
        Signal();
        return added;
    }

    /// <summary>Takes a run out.</summary>
    public void Remove(AgentRun run)
    {
        _runs.TryRemove(new(run.Id.Name, run));
        Signal();
    }

    /// <summary>Passes on what the control plane said about runs.</summary>
    public void Stop(IEnumerable<string> runIds, RunStop why)
    {
        foreach (var text in runIds)
        {
            if (ResourceId.TryParse(text, out var id) && _runs.TryGetValue(id.Name, out var run))
            {
                run.Stop(why);
            }
        }
    }

    /// <summary>The process is leaving.</summary>
    public void StopAll()
    {
        foreach (var run in _runs.Values)
        {
            run.Stop(RunStop.Leaving);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Something that the next beat should tell at once.</summary>
    public void Signal() => Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();
}
