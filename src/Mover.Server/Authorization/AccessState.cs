using Mover.Core.Access;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Authorization;

/// <summary>
/// The role assignments and custom roles that requests are judged by, in memory. <see cref="AccessLoop"/> follows the store; whoever writes
/// one here calls <see cref="RefreshAsync"/> before answering, so that nobody is judged by less than what was acknowledged. While the store
/// cannot be followed nobody is judged at all. Thread-safe.
/// </summary>
internal sealed class AccessState(IStateStore store, TimeProvider clock)
{
    /// <summary>Where assignments are kept; the key goes on with the assignment's id.</summary>
    public const string AssignmentsArea = "roleassignments";

    /// <summary>Where custom roles are kept.</summary>
    public const string RolesArea = "roledefinitions";

    /// <summary>The prefix of both, and of nothing else.</summary>
    public const string Prefix = "role";

    /// <summary>How long a request waits for the rights to be there.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();

    // Keys that were read here ahead of the watch, and at which revision: what the watch tells later of earlier changes is passed over.
    private readonly Dictionary<string, long> _readAt = new(StringComparer.Ordinal);
    private volatile TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile AccessSnapshot _snapshot = AccessSnapshot.Empty;

    /// <summary>True while the store is followed.</summary>
    public bool IsFollowed => _ready.Task.IsCompletedSuccessfully;

    /// <summary>What requests are judged by now; waits while it is not there.</summary>
    public ValueTask<AccessSnapshot> CurrentAsync(CancellationToken cancel) =>
        _ready.Task.IsCompletedSuccessfully ? ValueTask.FromResult(_snapshot) : WaitAsync(cancel);

    /// <summary>Reads everything and answers the revision to follow from.</summary>
    public async Task<long> LoadAsync(CancellationToken cancel)
    {
        var loaded = AccessSnapshot.Empty;
        var revision = -1L;
        string? after = null;
        StatePage page;
        do
        {
            page = await store.ListAsync(Prefix, after, StateLimits.PageEntriesMax, cancel);
            revision = revision < 0 ? page.Revision : revision;
            foreach (var entry in page.Entries)
            {
                after = entry.Key;
                loaded = Applied(loaded, entry.Key, entry);
            }
        }
        while (page.HasMore);

        lock (_gate)
        {
            _readAt.Clear();
            _snapshot = loaded;
        }

        _ready.TrySetResult();
        return revision;
    }

    /// <summary>Takes a change that the watch told of.</summary>
    public void Apply(StateChange change)
    {
        lock (_gate)
        {
            if (_readAt.TryGetValue(change.Key, out var read) && change.Revision <= read)
            {
                return;
            }

            _readAt.Remove(change.Key);
            _snapshot = Applied(_snapshot, change.Key, change.Entry);
        }
    }

    /// <summary>Reads one key ahead of the watch: what was written here counts from the next request on.</summary>
    public async Task RefreshAsync(DocumentKey key, CancellationToken cancel)
    {
        var page = await store.ListAsync(key.Stored, null, 1, cancel);
        var entry = page.Entries.Count > 0 && page.Entries[0].Key == key.Stored ? page.Entries[0] : null;
        lock (_gate)
        {
            if (!_readAt.TryGetValue(key.Stored, out var read) || read < page.Revision)
            {
                _readAt[key.Stored] = page.Revision;
                _snapshot = Applied(_snapshot, key.Stored, entry);
            }
        }
    }

    /// <summary>The store cannot be followed: requests wait until it has been read again.</summary>
    public void Lose()
    {
        if (_ready.Task.IsCompleted)
        {
            _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private async ValueTask<AccessSnapshot> WaitAsync(CancellationToken cancel)
    {
        try
        {
            await _ready.Task.WaitAsync(WaitMax, clock, cancel);
            return _snapshot;
        }
        catch (TimeoutException late)
        {
            throw new StateException(StateFault.Unavailable, "The role assignments could not be read.", late);
        }
    }

    private static AccessSnapshot Applied(AccessSnapshot before, string key, StateEntry? entry)
    {
        if (key.StartsWith(AssignmentsArea + "/", StringComparison.Ordinal))
        {
            return entry is null
                ? before.Without(key[AssignmentsArea.Length..])
                : before.With(DocumentStore.Open(entry, AuthorizationJson.Default.RoleAssignment).Value);
        }

        if (!key.StartsWith(RolesArea + "/", StringComparison.Ordinal))
        {
            return before;
        }

        return entry is null
            ? before.WithoutRole(key[(RolesArea.Length + 1)..])
            : before.With(DocumentStore.Open(entry, AuthorizationJson.Default.RoleDefinition).Value);
    }
}
