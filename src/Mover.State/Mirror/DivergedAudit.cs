using System.Text.Json;
using Mover.State.Documents;

namespace Mover.State.Mirror;

/// <summary>What the audit records of a state that was left behind say of the documents that were written after its copy.</summary>
internal sealed class DivergedAudit
{
    /// <summary>Documents that are held at a time.</summary>
    public const int DocumentsMax = 20_000;

    private readonly Dictionary<string, Written> _written = new(StringComparer.Ordinal);

    private DivergedAudit()
    {
    }

    /// <summary>There were more than that, or a record could not be read: some deletions are not known.</summary>
    public bool IsCut { get; private set; }

    /// <summary>What was deleted last, in the order of its keys.</summary>
    public IEnumerable<(string Key, AuditRecord Record)> Deleted => _written.Where(one => one.Value.IsDeleted)
        .OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => (one.Key, one.Value.Last));

    /// <summary>Reads the records of a state.</summary>
    public static async Task<DivergedAudit> ReadAsync(
        IStateStore store, DivergedRoot diverged, Func<string, bool> belongs, CancellationToken cancel)
    {
        var audit = new DivergedAudit();
        await foreach (var entry in store.ListAllAsync(diverged.Root + AuditLog.Prefix, cancel))
        {
            if (entry.ModRevision > diverged.FromRevision)
            {
                audit.Add(entry, belongs);
            }
        }

        return audit;
    }

    /// <summary>Whether a document was deleted here.</summary>
    public bool IsDeleted(string key) => _written.TryGetValue(key, out var written) && written.IsDeleted;

    /// <summary>The version that both states had when they parted, 0 for none; null when no record tells.</summary>
    public long? BaseOf(string key) => _written.TryGetValue(key, out var written) ? written.Base : null;

    // The record of a commit has its revision; records are kept in the order of the writers' clocks.
    private void Add(StateEntry entry, Func<string, bool> belongs)
    {
        AuditRecord? record;
        try
        {
            record = JsonSerializer.Deserialize(entry.Value.Span, AuditJson.Default.AuditRecord);
        }
        catch (JsonException)
        {
            IsCut = true;
            return;
        }

        foreach (var change in record is null or { IsVoid: true } or { IsDenied: true } ? [] : record.Changes)
        {
            var key = Core.Arm.ArmCase.Lower(change.Key);
            if (record is null || !belongs(key))
            {
                continue;
            }

            var before = change.What == "deleted" ? change.Version : change.Version - 1;
            var seen = new Written(entry.ModRevision, before, entry.ModRevision, change.What == "deleted", record);
            if (_written.TryGetValue(key, out var known))
            {
                _written[key] = known.With(seen);
            }
            else if (_written.Count < DocumentsMax)
            {
                _written[key] = seen;
            }
            else
            {
                IsCut = true;
            }
        }
    }

    private sealed record Written(long FirstRevision, long Base, long LastRevision, bool IsDeleted, AuditRecord Last)
    {
        public Written With(Written other)
        {
            var (first, last) = (other.FirstRevision < FirstRevision ? other : this, other.LastRevision > LastRevision ? other : this);
            return new(first.FirstRevision, first.Base, last.LastRevision, last.IsDeleted, last.Last);
        }
    }
}
