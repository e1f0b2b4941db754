using Mover.State;
using Mover.State.Mirror;

namespace Mover.Server.Regions.Drills;

/// <summary>Of all servers of a standby, one rehearses at a time: a key that lives as long as its lease.</summary>
internal sealed class DrillLease : IAsyncDisposable
{
    private const string Key = RegionKeys.Prefix + "drilling";
    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(10);

    private readonly IStateStore _store;
    private readonly TimeProvider _clock;
    private readonly long _lease;

    private DrillLease(IStateStore store, TimeProvider clock, long lease) => (_store, _clock, _lease) = (store, clock, lease);

    /// <summary>Takes it; null while another has it.</summary>
    public static async Task<DrillLease?> TryTakeAsync(IStateStore store, TimeProvider clock, CancellationToken cancel)
    {
        var lease = new DrillLease(store, clock, await store.GrantLeaseAsync(TimeToLive, cancel));
        try
        {
            var held = await store.CommitAsync([new(Key, 0)], [new(Key, Guid.NewGuid().ToByteArray(), lease._lease)], cancel);
            if (held.Outcome == CommitOutcome.Committed)
            {
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
