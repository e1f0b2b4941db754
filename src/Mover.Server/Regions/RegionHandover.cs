using Mover.Server.Settings;
using Mover.State;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>
/// The changes of who serves. Each is one commit on the role in this region's own store; what the other region does follows from the higher
/// epoch, which it hears of sooner or later.
/// </summary>
internal static class RegionHandover
{
    /// <summary>How long a region that was asked to drain waits for its pair to take over, before it serves again.</summary>
    public static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(60);

    /// <summary>How long the pair may take after it asked; well before <see cref="DrainMax"/>.</summary>
    public static readonly TimeSpan TakeMax = TimeSpan.FromSeconds(20);

    // A run is claimed less than a million times within one epoch of a region; as in a restore.
    private const int ClaimBits = 20;

    /// <summary>The role of a store that joins a pair.</summary>
    public static RegionRole First(ServerOptions options, DateTimeOffset now) => options.Pair is { StartsAsStandby: true } pair
        ? new(0, pair.Region, RegionDuty.Standby, null, 0, now, "server")
        : new(1, options.Region, RegionDuty.Serving, string.Empty, 0, now, "server");

    /// <summary>A standby begins to serve.</summary>
    /// <param name="role">Its role.</param>
    /// <param name="region">Its region.</param>
    /// <param name="peer">The other region's role, when it is known.</param>
    /// <param name="last">The highest epoch that the witness knows of; 0 for none.</param>
    /// <param name="now">When.</param>
    /// <param name="by">Who says so.</param>
    public static RegionRole Take(RegionRole role, string region, RegionRole? peer, long last, DateTimeOffset now, string by) => role with
    {
        Epoch = Highest(role, peer, last) + 1,
        Holder = region,
        Duty = RegionDuty.Serving,
        ClaimEpochBase = NextBase(Math.Max(role.ClaimEpochBase, peer?.ClaimEpochBase ?? 0), now),
        Base = role.Mirror,
        Mirror = null,
        ServedFrom = 0,
        DrainedAt = 0,
        WitnessId = null,
        Since = now,
        By = by,
        Stale = role.Mirror?.Sync is { } sync ? [.. role.Stale, sync.Root] : role.Stale,
    };

    /// <summary>A region that serves takes no more writes; asked again, its pair has <see cref="TakeMax"/> again.</summary>
    public static RegionRole Drain(RegionRole role, DateTimeOffset now) =>
        role with { Duty = RegionDuty.Draining, Since = now, By = "the pair" };

    /// <summary>A region that nobody lets serve does so on a person's word.</summary>
    public static RegionRole Insist(RegionRole role, RegionRole? peer, long last, DateTimeOffset now, string by) => role with
    {
        // A take-over that it does not know of is lower: two regions never serve in one epoch.
        Epoch = Highest(role, peer, last) + 2,
        Duty = RegionDuty.Serving,
        ClaimEpochBase = NextBase(Math.Max(role.ClaimEpochBase, peer?.ClaimEpochBase ?? 0), now),
        DrainedAt = 0,
        IsWithoutWitness = true,
        Since = now,
        By = by,
    };

    /// <summary>A region that was drained serves again, because its pair did not take over.</summary>
    public static RegionRole Resume(RegionRole role, DateTimeOffset now) => role with
    {
        // One that was on its way is lower.
        Epoch = role.Epoch + 2,
        Duty = RegionDuty.Serving,
        ClaimEpochBase = NextBase(role.ClaimEpochBase, now),
        DrainedAt = 0,
        Since = now,
        By = "server",
    };

    /// <summary>
    /// A region learns that its pair serves under a higher epoch. What was handed over in good order is gone on with; what was written here
    /// and did not reach the pair stays as a state of its own, for a person to look at.
    /// </summary>
    public static RegionRole StepDown(RegionRole role, string storeId, PeerWord peer, DateTimeOffset now)
    {
        var isWhole = peer.Role.Base is { } handed && handed.SourceId == storeId && role.DrainedAt > 0 && handed.Revision >= role.DrainedAt
            && peer.Role.ServedFrom > 0;
        var from = peer.Role.Base is { } known && known.SourceId == storeId ? known.Revision : 0;
        return role with
        {
            Epoch = peer.Role.Epoch,
            Holder = peer.Region,
            Duty = RegionDuty.Standby,
            Mirror = isWhole ? new(peer.StoreId, peer.Role.Epoch, peer.Role.ServedFrom, now) : null,
            Base = null,
            ServedFrom = 0,
            DrainedAt = 0,
            Diverged = isWhole ? role.Diverged : [.. role.Diverged, new(role.Root ?? string.Empty, role.Epoch, from, now)],
            ClaimEpochBase = Math.Max(role.ClaimEpochBase, peer.Role.ClaimEpochBase),
            IsWithoutWitness = false,
            WitnessId = peer.WitnessId,
            Since = now,
            By = "server",
        };
    }

    /// <summary>Null when what a peer says of itself fits; otherwise why it is not spoken to.</summary>
    public static string? Refuse(PeerWord word, ServerOptions options)
    {
        if (options.Pair is not { } pair || word.Region != pair.Region)
        {
            return $"The server there serves '{word.Region}', but this region is paired with '{options.Pair?.Region}'.";
        }

        return RegionPair.RefuseGeography(options.OwnRegion.Geography, word.Region, word.Geography) is { } why
            ? $"Not copying: {why}."
            : null;
    }

    private static long Highest(RegionRole role, RegionRole? peer, long last) =>
        Math.Max(Math.Max(role.Epoch, peer?.Epoch ?? 0), last);

    private static long NextBase(long before, DateTimeOffset now) =>
        Math.Max(now.ToUnixTimeSeconds() << ClaimBits, before + (1L << ClaimBits));
}
