using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.Server.Presence;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Backups;

/// <summary>
/// Holds the indexes to what they are about. Takes the entries in key order, in which the resources come before the areas; keeps what the
/// indexes should hold until it has come by, so memory grows with schedules and active runs alone. What is being deleted is passed over:
/// its parts go one after the other.
/// </summary>
internal sealed class IndexCheck(Action<StateProblem> tell)
{
    private const string Queue = "queue";

    // By the key of the entry: what it is about, and the schedule's text.
    private readonly Dictionary<string, (string Resource, string? Text)> _wanted = new(StringComparer.Ordinal);

    // By the key of the run: the run's id, and the place of its agent's queue.
    private readonly Dictionary<string, (string Run, string Place)> _queued = new(StringComparer.Ordinal);

    // By the key of the agent: the key of a hold.
    private readonly Dictionary<string, string> _heard = new(StringComparer.Ordinal);
    private readonly List<string> _deleting = [];
    private readonly HashSet<string> _usable = new(StringComparer.Ordinal);
    private string _mover = string.Empty;

    /// <summary>Entries of indexes so far.</summary>
    public long Count { get; private set; }

    /// <summary>Takes the next document, which matches its digest.</summary>
    public void Take(StateEntry entry, DocumentInfo info)
    {
        if (entry.Key[0] == '/')
        {
            TakeResource(entry, info.Key.Id);
            return;
        }

        var area = entry.Key[..Math.Max(0, entry.Key.IndexOf('/', StringComparison.Ordinal))];
        Count += area is "scheduled" or "active" or Queue or "heard" ? 1 : 0;
        switch (area)
        {
            case "scheduled":
                TakeScheduled(entry);
                break;
            case "active" when Open(entry, RunsJson.Default.ActiveRun) is { } active && !_wanted.Remove(entry.Key):
                Extra(entry, "exists although its run has ended or was deleted", active.Value.RunId);
                break;
            case Queue:
                TakeQueued(entry);
                break;
            case "heard":
                TakeHeard(entry);
                break;
            case PresenceKeys.Records:
                _heard.Remove(PresenceKeys.AgentOfRecord(entry.Key));
                break;
            default:
                break;
        }
    }

    /// <summary>All was taken: tells what is missing.</summary>
    public void End()
    {
        foreach (var (key, (resource, _)) in _wanted)
        {
            tell(new(key, "is missing", resource));
        }

        foreach (var (_, (run, place)) in _queued)
        {
            tell(new(place, $"has no entry for the waiting run '{run}'", run));
        }

        foreach (var (agent, key) in _heard)
        {
            tell(new(key, "exists although its agent has no record", agent));
        }
    }

    private void TakeResource(StateEntry entry, ResourceId id)
    {
        if (entry.Value.Span.IndexOf("\"Deleting\""u8) >= 0
            && DocumentStore.OpenWhole(entry, DocumentsJson.Default.AnyResource, _ => { })?.Value is { IsDeleting: true })
        {
            _deleting.Add(entry.Key);
        }

        if (IsDeleting(entry.Key))
        {
            return;
        }

        switch (DescribedTypes.Find(id.Type)?.Name)
        {
            case ResourceTypes.JobDefinition:
                TakeDefinition(entry, id);
                break;
            case ResourceTypes.JobRun:
                TakeRun(entry, id);
                break;
            case { } type when JobDefinition.Uses.Any(used => used.Type == type):
                Usable(id.Parent.Key).Add(entry.Key);
                break;
            default:
                break;
        }
    }

    private void TakeDefinition(StateEntry entry, ResourceId id)
    {
        if (Open(entry, MoverJson.Wire.JobDefinition)?.Value.Properties is { Schedule: { IsActive: true } schedule })
        {
            _wanted[ScheduledJob.KeyOf(id).Stored] = (id.Text, ScheduledJob.TextOf(schedule));
        }
    }

    private void TakeRun(StateEntry entry, ResourceId id)
    {
        if (Open(entry, MoverJson.Wire.JobRun)?.Value.Properties is not { } run || !JobRunStatuses.IsActive(run.Status))
        {
            return;
        }

        // A start writes an entry for what there is of what the run uses, which then stays until the run is over.
        foreach (var used in ActiveRun.UsedBy(id, run).Where(used => Usable(used.Parent.Key).Contains(used.Key)))
        {
            _wanted[ActiveRun.KeyOf(used, id).Stored] = (id.Text, null);
        }

        if (run.Status == JobRunStatuses.Queued && ResourceId.TryParse(run.AgentResourceId, out var agent))
        {
            _queued[id.Key] = (id.Text, string.Join('/', QueuedRun.PlaceOf(agent)));
        }
    }

    private void TakeScheduled(StateEntry entry)
    {
        if (Open(entry, IndexesJson.Default.ScheduledJob) is not { } scheduled)
        {
            return;
        }

        if (!_wanted.Remove(entry.Key, out var wanted))
        {
            Extra(entry, "exists although its definition has no active schedule or was deleted", scheduled.Value.DefinitionId);
        }
        else if (wanted.Text != ScheduledJob.TextOf(scheduled.Value.Schedule))
        {
            tell(new(entry.Key, "has a different schedule than its definition", wanted.Resource));
        }
    }

    private void TakeQueued(StateEntry entry)
    {
        if (Open(entry, MoverJson.Wire.QueuedRun) is not { } queued)
        {
            return;
        }

        if (!ResourceId.TryParse(queued.Value.RunId, out var run) || !_queued.TryGetValue(run.Key, out var wanted)
            || !entry.Key.StartsWith(wanted.Place + "/", StringComparison.Ordinal))
        {
            Extra(entry, "exists although its run does not wait for this agent", queued.Value.RunId);
            return;
        }

        _queued.Remove(run.Key);
    }

    private void TakeHeard(StateEntry entry)
    {
        var (agent, _) = PresenceKeys.ReadHold(entry.Key);
        if (entry.LeaseId == 0)
        {
            Extra(entry, "has no lease, so it would never expire", agent);
        }
        else
        {
            _heard[agent] = entry.Key;
        }
    }

    private void Extra(StateEntry entry, string what, string resource)
    {
        if (!IsDeleting(entry.Key[entry.Key.IndexOf('/', StringComparison.Ordinal)..]))
        {
            tell(new(entry.Key, what, resource));
        }
    }

    private Document<T>? Open<T>(StateEntry entry, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        DocumentStore.OpenWhole(entry, type, _ => tell(new(entry.Key, "does not match its key")));

    private bool IsDeleting(string key) =>
        _deleting.Exists(one => key.StartsWith(one, StringComparison.Ordinal) && (key.Length == one.Length || key[one.Length] == '/'));

    // What lies directly in a storage mover comes before its projects.
    private HashSet<string> Usable(string mover)
    {
        if (_mover != mover)
        {
            _mover = mover;
            _usable.Clear();
        }

        return _usable;
    }
}
