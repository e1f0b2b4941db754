using System.Collections.Concurrent;
using Mover.Core.Arm;
using Mover.Server.Documents;

namespace Mover.Server.JobRuns;

/// <summary>Wakes the calls for work that wait in this instance. Thread-safe.</summary>
internal sealed class WorkSignals
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _signals = new(StringComparer.Ordinal);

    /// <summary>Completes when something is queued for the agent after this call.</summary>
    public Task NextAsync(ResourceId agent) => SignalOf(string.Join('/', MirroredArea.PartsOf(agent))).Task;

    /// <summary>Something was queued under a key of the store: <c>queue/{agent parts}/{run}</c>.</summary>
    public void Raise(string queueKey)
    {
        var from = queueKey.IndexOf('/', StringComparison.Ordinal) + 1;
        var to = queueKey.LastIndexOf('/');
        if (to > from && _signals.TryRemove(queueKey[from..to], out var signal))
        {
            signal.TrySetResult();
        }
    }

    /// <summary>Something may have been missed: everybody looks again.</summary>
    public void RaiseAll()
    {
        foreach (var (agent, _) in _signals)
        {
            if (_signals.TryRemove(agent, out var signal))
            {
                signal.TrySetResult();
            }
        }
    }

    private TaskCompletionSource SignalOf(string agent) =>
        _signals.GetOrAdd(agent, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
