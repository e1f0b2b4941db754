using System.Text.Json.Serialization.Metadata;
using Mover.Core.Access;
using Mover.Server.Arm;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Authorization;

/// <summary>
/// The role assignments, custom roles and applications that requests are judged by, in memory. <see cref="AccessLoop"/> follows the store;
/// whoever writes one here calls <see cref="RefreshAsync"/> before answering, so that nobody is judged by less than what was acknowledged.
/// What it has seen it never gives up for an older state. While the store cannot be followed, or has not been heard of for
/// <see cref="StaleAfter"/>, requests wait. A damaged document gives nothing, and is logged. Thread-safe.
/// </summary>
internal sealed partial class AccessState(IStateStore store, TimeProvider clock, ILogger<AccessState> logger) : IDisposable
{
    /// <summary>Where assignments are kept; the key goes on with the assignment's id.</summary>
    public const string AssignmentsArea = "roleassignments";

    /// <summary>Where custom roles are kept.</summary>
    public const string RolesArea = "roledefinitions";

    /// <summary>What is followed: assignments with roles, and service principals.</summary>
    public static readonly IReadOnlyList<string> Prefixes = ["role", Programs];

    private const string Programs = ServicePrincipals.Place + "/";

    /// <summary>How long a request waits for the rights to be there.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(5);

    /// <summary>Rights that are known to be older count no longer: what was taken away since may be missing.</summary>
    public static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _asOf = Prefixes.ToDictionary(prefix => prefix, _ => 0L, StringComparer.Ordinal);

    private readonly Dictionary<string, KnownRevisions> _known =
        Prefixes.ToDictionary(prefix => prefix, _ => new KnownRevisions(), StringComparer.Ordinal);

    private volatile bool _loaded;
    private volatile CancellationTokenSource _doubt = new();
    private int _isDoubted;
    private volatile TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _oldest;
    private volatile AccessSnapshot _snapshot = AccessSnapshot.Empty;

    /// <summary>True while the store is followed and has been heard of lately.</summary>
    public bool IsFollowed => _loaded && clock.GetElapsedTime(Volatile.Read(ref _oldest)) <= StaleAfter;

    /// <summary>Cancelled when a request finds the rights too old to judge by: the watches are to be begun again.</summary>
    public CancellationToken Doubted => _doubt.Token;

    /// <summary>What requests are judged by now; waits while it is not there.</summary>
    public ValueTask<AccessSnapshot> CurrentAsync(CancellationToken cancel) =>
        IsFollowed ? ValueTask.FromResult(_snapshot) : WaitAsync(cancel);

    /// <summary>Reads everything below a prefix and answers the revision to follow from.</summary>
    public async Task<long> LoadAsync(string prefix, CancellationToken cancel)
    {
        var start = clock.GetTimestamp();
        lock (_gate)
        {
            _known[prefix].StartListing();
        }

        var revision = -1L;
        string? after = null;
        StatePage page;
        do
        {
            page = await store.ListAsync(prefix, after, StateLimits.PageEntriesMax, cancel);
            revision = revision < 0 ? page.Revision : revision;
            after = TakePage(prefix, page, after);
        }
        while (page.HasMore);
        IsAsOf(prefix, start);
        return revision;
    }

    /// <summary>Everything has been read: requests are judged.</summary>
    public void Ready()
    {
        _loaded = true;
        _isDoubted = 0;
        Wake();
    }

    /// <summary>Takes what a prefix's watch told of.</summary>
    public void Apply(string prefix, StateChanges seen)
    {
        foreach (var change in seen.Changes)
        {
            lock (_gate)
            {
                if (_known[prefix].TakeChange(change.Key, change.Revision))
                {
                    _snapshot = Applied(_snapshot, change.Key, change.Entry);
                }
            }
        }

        if (seen.AsOf is { } asOf)
        {
            IsAsOf(prefix, asOf);
            _isDoubted = IsFollowed ? 0 : _isDoubted;
            Wake();
        }
    }

    /// <summary>Reads one key ahead of the watch: what was written here counts from the next request on.</summary>
    public async Task RefreshAsync(DocumentKey key, CancellationToken cancel)
    {
        var page = await store.ListAsync(key.Stored, null, 1, cancel);
        var entry = page.Entries.Count > 0 && page.Entries[0].Key == key.Stored ? page.Entries[0] : null;
        lock (_gate)
        {
            if (KnownOf(key.Stored).TakeRead(key.Stored, page.Revision))
            {
                _snapshot = Applied(_snapshot, key.Stored, entry);
            }
        }
    }

    /// <summary>The store cannot be followed: requests wait until it has been read again.</summary>
    public void Lose() => _loaded = false;

    /// <inheritdoc/>
    public void Dispose() => _doubt.Dispose();

    private async ValueTask<AccessSnapshot> WaitAsync(CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(WaitMax, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            while (true)
            {
                var news = _news.Task;
                if (IsFollowed)
                {
                    return _snapshot;
                }

                Doubt();
                await news.WaitAsync(both.Token);
            }
        }
        catch (OperationCanceledException late) when (!cancel.IsCancellationRequested)
        {
            throw new StateException(StateFault.Unavailable, "The role assignments cannot be read.", late);
        }
    }

    // Once, until the watches have been heard again: however many requests wait.
    private void Doubt()
    {
        if (_loaded && Interlocked.Exchange(ref _isDoubted, 1) == 0)
        {
            Interlocked.Exchange(ref _doubt, new()).Cancel();
        }
    }

    private void IsAsOf(string prefix, long timestamp)
    {
        lock (_gate)
        {
            _asOf[prefix] = Math.Max(_asOf[prefix], timestamp);
            Volatile.Write(ref _oldest, _asOf.Values.Min());
        }
    }

    private void Wake() => Interlocked.Exchange(ref _news, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    // What the page holds, and that it does not hold what is known between its ends. Answers the last key.
    private string? TakePage(string prefix, StatePage page, string? after)
    {
        var found = page.Entries.ToDictionary(entry => entry.Key, StringComparer.Ordinal);
        var last = page.HasMore ? page.Entries[^1].Key : null;
        lock (_gate)
        {
            var gone = KeysOf(_snapshot).Where(key => key.StartsWith(prefix, StringComparison.Ordinal)
                && !found.ContainsKey(key)
                && (after is null || string.CompareOrdinal(key, after) > 0)
                && (last is null || string.CompareOrdinal(key, last) <= 0));
            foreach (var key in found.Keys.Concat(gone).Where(key => _known[prefix].IsNews(key, page.Revision)).ToList())
            {
                _snapshot = Applied(_snapshot, key, found.GetValueOrDefault(key));
            }

            _known[prefix].Listed(last, page.Revision);
        }

        return last;
    }

    private static IEnumerable<string> KeysOf(AccessSnapshot snapshot) =>
        snapshot.Assignments.Keys.Select(id => AssignmentsArea + id)
            .Concat(snapshot.CustomRoles.Keys.Select(name => $"{RolesArea}/{name}"))
            .Concat(snapshot.Applications.Keys.Select(id => Programs + id));

    private KnownRevisions KnownOf(string key) => _known[Prefixes.First(prefix => key.StartsWith(prefix, StringComparison.Ordinal))];

    private AccessSnapshot Applied(AccessSnapshot before, string key, StateEntry? entry)
    {
        if (key.StartsWith(AssignmentsArea + "/", StringComparison.Ordinal))
        {
            return ValueOf(entry, AuthorizationJson.Default.RoleAssignment) is { } assignment
                ? before.With(assignment)
                : before.Without(key[AssignmentsArea.Length..]);
        }

        if (key.StartsWith(RolesArea + "/", StringComparison.Ordinal))
        {
            return ValueOf(entry, AuthorizationJson.Default.RoleDefinition) is { } role
                ? before.With(role)
                : before.WithoutRole(key[(RolesArea.Length + 1)..]);
        }

        if (!key.StartsWith(Programs, StringComparison.Ordinal))
        {
            return before;
        }

        return ValueOf(entry, PrincipalsJson.Default.ServicePrincipal) is { } application
            ? before.With(key[Programs.Length..], new(application.ObjectId, application.Hash.Fingerprint))
            : before.WithoutApplication(key[Programs.Length..]);
    }

    private T? ValueOf<T>(StateEntry? entry, JsonTypeInfo<T> type)
        where T : class =>
        entry is null ? null : DocumentStore.OpenWhole(entry, type, fault => Log.GivesNothing(logger, fault.Message))?.Value;

    private static partial class Log
    {
        [LoggerMessage(3217, LogLevel.Error, "Skipped a damaged role or role assignment; it grants nothing until it is restored or "
            + "written again. {Damage}")]
        public static partial void GivesNothing(ILogger logger, string damage);
    }
}
