using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.State.Documents;

namespace Mover.Server.Activity;

/// <summary>
/// Denials on their way into the audit log. A principal gets a number of records a minute; what goes beyond is counted and told in one, so
/// that nobody can fill the store by asking, nor the server's log, which tells of those that have a record and of the counts. What is not
/// written yet is lost with the process.
/// Thread-safe.
/// </summary>
internal sealed class DenialLog(TimeProvider clock)
{
    /// <summary>Records of one principal in one window.</summary>
    public const int RecordsMax = 20;

    /// <summary>Principals that are counted at once; what others do in the same window shares one count.</summary>
    public const int PrincipalsMax = 1000;

    /// <summary>Records that wait to be written.</summary>
    public const int WaitingMax = 2000;

    /// <summary>Characters of a scope: no id in the store has more.</summary>
    public const int ScopeCharsMax = 2000;

    /// <summary>How long counts last.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private const string Others = "";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Count> _counts = new(StringComparer.OrdinalIgnoreCase);
    private readonly Queue<AuditRecord> _waiting = new();
    private long? _windowBegan;

    /// <summary>Notes a denial; never waits. True when it gets a record of its own, false when it is only counted.</summary>
    public bool Add(Principal principal, ArmAction action, string correlationId)
    {
        var now = clock.GetUtcNow();
        var record = new AuditRecord(now, principal.CreatedBy, principal.CreatedByType, correlationId, [])
        {
            Action = action.Name,
            Scope = PrintedText.Of(action.Scope, ScopeCharsMax),
            ObjectId = principal.ObjectId,
            IsDenied = true,
        };
        lock (_gate)
        {
            Roll();
            var key = _counts.ContainsKey(principal.Identity) || _counts.Count < PrincipalsMax ? principal.Identity : Others;
            var count = _counts.GetValueOrDefault(key);
            if (count.Records < RecordsMax && _waiting.Count < WaitingMax)
            {
                _waiting.Enqueue(record);
                _counts[key] = count with { Records = count.Records + 1 };
                return true;
            }

            _counts[key] = count with { More = count.More + 1, Last = record };
            return false;
        }
    }

    /// <summary>Takes what waits, at most <paramref name="recordsMax"/>, oldest first.</summary>
    public IReadOnlyList<AuditRecord> Take(int recordsMax)
    {
        lock (_gate)
        {
            Roll();
            var taken = new List<AuditRecord>(Math.Min(recordsMax, _waiting.Count));
            while (taken.Count < recordsMax && _waiting.TryDequeue(out var record))
            {
                taken.Add(record);
            }

            return taken;
        }
    }

    private void Roll()
    {
        if (_windowBegan is { } began && clock.GetElapsedTime(began) < Window)
        {
            return;
        }

        foreach (var (_, count) in _counts)
        {
            if (count is { More: > 0, Last: { } last })
            {
                _waiting.Enqueue(last with { Repeats = count.More });
            }
        }

        _counts.Clear();
        _windowBegan = clock.GetTimestamp();
    }

    private readonly record struct Count(int Records, long More, AuditRecord? Last);
}
