using System.Security.Cryptography;
using System.Text;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Background;

/// <summary>Names this instance among those that share a store.</summary>
/// <param name="Name">The same after a restart, so that an instance finds its own work again at once; no two have the same.</param>
internal sealed record Instance(string Name)
{
    /// <summary>As a part of keys, which has no slash.</summary>
    public string Holder { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Name)).AsSpan(0, 8));
}

/// <summary>Who does the work of a loop.</summary>
internal sealed record LoopOwner(string Instance);

/// <summary>
/// Background work that one of all instances does: whoever holds the lease on <c>loops/{name}</c>. The others wait for the key to vanish
/// and take over within a lease's time; one that stops in good order hands over at once, and so does one that has more than its share
/// (<see cref="LoopShares"/>). The lease saves double work. It is no guard: an instance that was paused may go on for a moment, so every
/// commit of such work states what it relies on.
/// </summary>
internal abstract partial class OwnedLoop(
    string name, IStateStore store, DocumentStore documents, LoopShares shares, TimeProvider clock, ILogger logger)
    : TirelessLoop(TimeSpan.FromSeconds(1), clock, logger)
{
    /// <summary>The work of an instance that is gone is taken over within this time.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    /// <summary>The area of the claims: <c>loops/{name}</c>.</summary>
    public const string Area = "loops";

    private readonly DocumentKey _key = DocumentKey.Internal(Area, name);
    private readonly Instance _instance = shares.Own;
    private long? _keptSince;

    /// <summary>The store, which is not the loop's own.</summary>
    protected IStateStore Store => store;

    /// <summary>The documents in it.</summary>
    protected DocumentStore Documents => documents;

    /// <summary>Works until it is cancelled, which also says that another instance may have taken over.</summary>
    protected abstract Task OwnAsync(CancellationToken cancel);

    /// <summary>Raises the signal for what appears or changes below a prefix after a revision.</summary>
    protected async Task FollowAsync(string prefix, long revision, LoopSignal signal, CancellationToken cancel)
    {
        await foreach (var seen in store.WatchAsync(prefix, revision, cancel))
        {
            if (seen.Changes.Any(change => change.Entry is not null))
            {
                signal.Raise();
            }
        }
    }

    /// <inheritdoc/>
    protected sealed override async Task WorkAsync(CancellationToken cancel)
    {
        var found = await documents.GetAsync(_key, LoopJson.Default.LoopOwner, cancel);
        if (found is not null && found.Value.Instance != _instance.Name)
        {
            await WaitAsync(cancel);
            return;
        }

        if (found is null && shares.IsAnothers(name))
        {
            await Task.Delay(LoopShares.LeaveTime, Clock, cancel);
            if (await documents.GetInfoAsync(_key, cancel) is not null)
            {
                return;
            }

            // Whoever it belongs to may not be able to take it.
            _keptSince = Clock.GetTimestamp();
        }

        var lease = await store.GrantLeaseAsync(Lease, cancel);
        try
        {
            if (await TakeAsync(found, lease, cancel))
            {
                await Together.UntilOneEndsAsync(cancel, OwnAsync, stop => KeepAsync(lease, stop), LeaveAsync);
            }
        }
        finally
        {
            // Also when the server stops: the next owner does not wait for the lease to lapse.
            await store.RevokeLeaseAsync(lease, CancellationToken.None);
        }
    }

    // Only this instance's own claim, of before a restart, is replaced.
    private async Task<bool> TakeAsync(Document<LoopOwner>? found, long lease, CancellationToken cancel)
    {
        var stamp = new WriteStamp(
            Arm.Caller.Service.Name, Arm.Caller.Service.Type, Clock.GetUtcNow(), Guid.NewGuid().ToString(), Routine: true);
        var commit = await documents.CommitAsync(
            [
                DocumentWrite.Put(
                    _key, new LoopOwner(_instance.Name), LoopJson.Default.LoopOwner, DocumentCondition.AsRead(found?.Info), lease),
            ],
            stamp,
            cancel);
        if (commit.Committed)
        {
            Log.Taken(Logger, name, _instance.Name);
        }

        return commit.Committed;
    }

    // Ends when the work belongs to another instance.
    private async Task LeaveAsync(CancellationToken cancel)
    {
        while (!shares.IsAnothers(name) || (_keptSince is { } since && Clock.GetElapsedTime(since) < LoopShares.KeepTime))
        {
            await Task.Delay(LoopShares.LookInterval, Clock, cancel);
        }

        _keptSince = null;
        Log.Left(Logger, name, _instance.Name);
    }

    // Ends when the lease is lost, or may be: its time is counted from before the last question that was answered well.
    private async Task KeepAsync(long lease, CancellationToken cancel)
    {
        var kept = Clock.GetTimestamp();
        while (true)
        {
            await Task.Delay(Lease / 4, Clock, cancel);
            var asked = Clock.GetTimestamp();
            try
            {
                if (!await store.KeepLeaseAsync(lease, cancel))
                {
                    Log.Lost(Logger, name, _instance.Name);
                    return;
                }

                kept = asked;
            }
            catch (StateException fault) when (Clock.GetElapsedTime(kept) < Lease / 2)
            {
                Log.NotKept(Logger, name, fault);
            }
        }
    }

    // Until the owner's key vanishes.
    private async Task WaitAsync(CancellationToken cancel)
    {
        var page = await store.ListAsync(_key.Stored, null, 1, keysOnly: true, cancel);
        if (page.Entries.Count == 0)
        {
            return;
        }

        await foreach (var seen in store.WatchAsync(_key.Stored, page.Revision, cancel))
        {
            if (seen.Changes.Any(change => change.Entry is null))
            {
                return;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4111, LogLevel.Information, "{Loop} now runs on instance {Instance}.")]
        public static partial void Taken(ILogger logger, string loop, string instance);

        [LoggerMessage(4112, LogLevel.Warning,
            "{Loop} stopped on instance {Instance} because its lease expired. The next instance to take it continues it.")]
        public static partial void Lost(ILogger logger, string loop, string instance);

        [LoggerMessage(4114, LogLevel.Information, "Instance {Instance}, which has more than its share of the loops, hands over {Loop}.")]
        public static partial void Left(ILogger logger, string loop, string instance);

        [LoggerMessage(4113, LogLevel.Warning, "Cannot renew the lease of {Loop}; retrying.")]
        public static partial void NotKept(ILogger logger, string loop, StateException fault);
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(LoopOwner))]
internal sealed partial class LoopJson : System.Text.Json.Serialization.JsonSerializerContext;
