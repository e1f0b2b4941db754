using System.Collections.Concurrent;
using Mover.Core.AgentProtocol;

namespace Mover.Agent;

/// <summary>
/// Runs that cannot be worked on until a person has looked at this host: shown with the agent, and not asked for meanwhile. Thread-safe.
/// </summary>
internal sealed class Troubles
{
    private readonly ConcurrentDictionary<string, Trouble> _byRun = new(StringComparer.Ordinal);

    /// <summary>True when there is any.</summary>
    public bool Any => !_byRun.IsEmpty;

    /// <summary>What the agent shows: the first trouble, and how many there are; null when there is none.</summary>
    public AgentProblem? Problem =>
        _byRun.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => t.Value.Problem).FirstOrDefault() is not { } first ? null
        : _byRun.Count == 1 ? first
        : first with { Message = $"{first.Message} ({_byRun.Count - 1} more runs have problems; see the agent's log.)" };

    /// <summary>The names of the runs.</summary>
    public IEnumerable<string> RunNames => _byRun.Keys;

    /// <summary>ARM ids of the runs that were offered in vain; they are not to be offered again.</summary>
    public IEnumerable<string> RunIds => _byRun.Values.Where(t => t.RunId is not null).Select(t => t.RunId ?? string.Empty);

    /// <summary>Notes a trouble; true when it is new.</summary>
    /// <param name="runName">The run's name.</param>
    /// <param name="problem">What, where, and what to do.</param>
    /// <param name="runId">The run's ARM id; null when nobody has told it.</param>
    public bool Set(string runName, AgentProblem problem, string? runId = null)
    {
        var before = _byRun.GetValueOrDefault(runName);
        _byRun[runName] = new(problem, runId ?? before?.RunId);
        return before?.Problem != problem;
    }

    /// <summary>The trouble is over; true when there was one.</summary>
    public bool Clear(string runName) => _byRun.TryRemove(runName, out _);

    private sealed record Trouble(AgentProblem Problem, string? RunId);
}
