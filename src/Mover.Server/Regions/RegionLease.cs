using Mover.State;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>What one server of a region does at a time: a key that lives as long as its lease.</summary>
internal sealed class RegionLease : IAsyncDisposable
{
    /// <summary>Rehearsing a failover.</summary>
    public const string Drilling = RegionKeys.Prefix + "drilling";

    /// <summary>Taking over.</summary>
    public const string Moving = RegionKeys.Prefix + "moving";

    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(10);

    private readonly IStateStore _store;
    private readonly TimeProvider _clock;
    private readonly long _lease;

    private RegionLease(IStateStore store, TimeProvider clock, long lease) => (_store, _clock, _lease) = (store, clock, lease);

    /// <summary>Holds while it is this one that has it.</summary>
    public StateCondition IsHeld { get; private set; }

    /// <summary>Takes it; null while another has it.</summary>
    public static async Task<RegionLease?> TryTakeAsync(IStateStore store, string key, TimeProvider clock, CancellationToken cancel)
    {
        var lease = new RegionLease(store, clock, await store.GrantLeaseAsync(TimeToLive, cancel));
        try
        {
            var held = await store.CommitAsync([new(key, 0)], [new(key, Guid.NewGuid().ToByteArray(), lease._lease)], cancel);
            if (held.Outcome == CommitOutcome.Committed)
            {
                lease.IsHeld = new(key, held.Revision);
                return lease;
            }
        }
        catch
        {
            await lease.DisposeAsync();
            throw;
        }

        await lease.DisposeAsync();
        return null;
    }

    /// <summary>Keeps it until it is cancelled, or it is lost.</summary>
    public async Task KeepAsync(CancellationToken cancel)
    {
        do
        {
            await Task.Delay(TimeToLive / 4, _clock, cancel);
        }
        while (await _store.KeepLeaseAsync(_lease, cancel));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _store.RevokeLeaseAsync(_lease, CancellationToken.None);
}
