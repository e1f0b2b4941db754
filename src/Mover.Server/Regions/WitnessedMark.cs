using Mover.Server.Settings;
using Mover.State;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>
/// Tells the servers of a region that some of them ask a witness: one that does not would go on when those stop. Servers that ask keep a
/// mark under a lease; the others refuse to start while there is one, and answer nothing when one comes. For one loop.
/// </summary>
internal sealed class WitnessedMark(RegionMembership region)
{
    /// <summary>How long the mark stays when the last server that keeps it is gone.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    /// <summary>How often it is looked at.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private long _lease;

    /// <summary>Refuses a server that asks no witness beside others that do. Throws <see cref="StateException"/>.</summary>
    public static async Task CheckAsync(ServerOptions options, IStateStore store, CancellationToken cancel)
    {
        if (options is { Pair: not null, Witness: null } && await store.GetAsync(RegionKeys.Witnessed, cancel) is not null)
        {
            throw new StateException(
                StateFault.Unavailable, $"Other servers of '{options.Region}' use a witness, but this one would keep serving when they "
                    + "stop. Start it with --witness too. To run without a witness, stop all of them, and start them "
                    + $"{Lease.TotalSeconds:0} s later.");
        }
    }

    /// <summary>Keeps the mark, or looks whether there is one.</summary>
    public async Task TendAsync(CancellationToken cancel)
    {
        var found = await region.Store.GetAsync(RegionKeys.Witnessed, cancel);
        if (region.Right is null)
        {
            region.IsWitnessed = found is not null;
            return;
        }

        if (_lease == 0 || !await region.Store.KeepLeaseAsync(_lease, cancel))
        {
            _lease = await region.Store.GrantLeaseAsync(Lease, cancel);
        }

        if (found is null)
        {
            await region.Store.CommitAsync(
                [new(RegionKeys.Witnessed, 0)], [new(RegionKeys.Witnessed, Array.Empty<byte>(), _lease)], cancel);
        }
    }
}
