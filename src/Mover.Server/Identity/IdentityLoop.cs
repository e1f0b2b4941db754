using Mover.Server.Background;
using Mover.Server.Tls;
using Mover.State;

namespace Mover.Server.Identity;

/// <summary>
/// Keeps the identity in memory, and its copies in the data folder, as the store has it; does what is due. A failure is logged and tried
/// again.
/// </summary>
internal sealed partial class IdentityLoop(
    IStateStore store, DeploymentIdentity identity, IdentityUpkeep upkeep, IdentityFiles files, TlsFiles tls,
    ServerCertificate certificate, TimeProvider clock, ILogger<IdentityLoop> logger)
    : TirelessLoop(TimeSpan.FromSeconds(1), clock, logger)
{
    /// <summary>Time between two looks at what is due: how long a certificate may be served that does not hold.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override Task WorkAsync(CancellationToken cancel) => Together.UntilOneEndsAsync(cancel, FollowAsync, TendAsync);

    private async Task FollowAsync(CancellationToken cancel)
    {
        var place = DeploymentIdentity.Key.Stored;
        var revision = (await store.ListAsync(place, null, 1, keysOnly: true, cancel)).Revision;
        await UseAsync(cancel);
        await foreach (var seen in store.WatchAsync(place, revision, cancel))
        {
            if (seen.Changes.Count > 0)
            {
                await UseAsync(cancel);
            }
        }
    }

    private async Task UseAsync(CancellationToken cancel)
    {
        await identity.ReadAsync(cancel);
        IdentityOpening.WriteCopies(identity.Current, files, tls);
        certificate.Refresh();
    }

    private async Task TendAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Pace, Clock);
        do
        {
            await upkeep.TendAsync(cancel);
            certificate.Refresh();
        }
        while (await timer.WaitForNextTickAsync(cancel));
    }
}
