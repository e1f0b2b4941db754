using Mover.Server.Background;
using Mover.State;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>
/// What a server of a region pair does whatever its role is: it follows the role in its store, asks the other region who serves, keeps the
/// copy while it is a standby, and steps down when the other region serves under a higher epoch.
/// </summary>
internal sealed partial class RegionLoops(RegionMembership region, ILoggerFactory loggers)
{
    /// <summary>How often the other region is asked.</summary>
    public static readonly TimeSpan AskInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan TidyInterval = TimeSpan.FromSeconds(5);

    private const string MirroringKey = RegionKeys.Prefix + "mirroring";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private readonly ILogger _logger = loggers.CreateLogger<RegionLoops>();
    private readonly byte[] _instance = Guid.NewGuid().ToByteArray();
    private string? _told;
    private long? _drainingSince;

    /// <summary>Works until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancel) => region.Peer is not { } peer
        ? TirelesslyAsync(FollowAsync, cancel)
        : Task.WhenAll(
            TirelesslyAsync(FollowAsync, cancel), TirelesslyAsync(stop => AskAsync(peer.Region, stop), cancel),
            TirelesslyAsync(MirrorAsync, cancel),
            TirelesslyAsync(TidyAsync, cancel));

    /// <summary>Asks once, and does what follows from the answer.</summary>
    public async Task AskOnceAsync(CancellationToken cancel)
    {
        if (await region.AskPeerAsync(cancel) is { } word)
        {
            await HeedAsync(word, cancel);
        }
        else
        {
            await ResumeAsync(cancel);
        }
    }

    private async Task HeedAsync(PeerWord word, CancellationToken cancel)
    {
        var seat = region.Seat;
        if (seat.Role is not { } role)
        {
            return;
        }

        var serves = word.Role.Duty == RegionDuty.Serving;
        if (role.Duty == RegionDuty.Standby)
        {
            // So that a fail-over here is above everything that the other region has done.
            if (word.Role.Epoch > role.Epoch || word.Role.ClaimEpochBase > role.ClaimEpochBase
                || (serves && role.Holder != word.Region && word.Role.Epoch >= role.Epoch))
            {
                var next = role with
                {
                    Epoch = Math.Max(role.Epoch, word.Role.Epoch),
                    Holder = serves ? word.Region : role.Holder,
                    ClaimEpochBase = Math.Max(role.ClaimEpochBase, word.Role.ClaimEpochBase),
                };
                await region.ChangeAsync(seat, next, [], cancel);
            }
        }
        else if (word.Role.Epoch > role.Epoch && (!serves || word.Role.ServedFrom > 0))
        {
            Log.StepsDown(_logger, region.Options.Region, word.Region, word.Role.Epoch);
            await region.ChangeAsync(
                seat, RegionHandover.StepDown(role, region.StoreId, word, region.Clock.GetUtcNow()), [], cancel);
        }
        else if (role is { Duty: RegionDuty.Serving, ServedFrom: 0, Base: not null })
        {
            // Whoever took over was cut off before it could note from where on.
            await region.ChangeAsync(seat, role with { ServedFrom = seat.Revision - 1 }, [], cancel);
        }
        else
        {
            await ResumeAsync(cancel);
        }
    }

    // A region that was drained, and whose pair does not take over, serves again.
    private async Task ResumeAsync(CancellationToken cancel)
    {
        if (region.Seat is not { Role: { Duty: RegionDuty.Draining } role } seat)
        {
            _drainingSince = null;
            return;
        }

        _drainingSince ??= region.Clock.GetTimestamp();
        if (region.Clock.GetElapsedTime(_drainingSince.Value) >= RegionHandover.DrainMax
            && await region.ChangeAsync(seat, RegionHandover.Resume(role, region.Clock.GetUtcNow()), [], cancel) is { Role: { } resumed })
        {
            Log.Resumed(_logger, region.Options.Region, resumed.Epoch);
        }
    }

    private async Task FollowAsync(CancellationToken cancel)
    {
        var page = await region.Store.ListAsync(RegionRole.Key, null, 1, keysOnly: true, cancel);
        region.See(await RegionSeat.ReadAsync(region.Store, cancel));
        await foreach (var seen in region.Store.WatchAsync(RegionRole.Key, page.Revision, cancel))
        {
            foreach (var change in seen.Changes)
            {
                if (change is { Key: RegionRole.Key, Entry: { } entry })
                {
                    region.See(RegionSeat.Of(entry));
                }
            }
        }
    }

    private async Task AskAsync(string peer, CancellationToken cancel)
    {
        while (true)
        {
            await AskOnceAsync(cancel);
            Tell(peer, region.News.Problem);
            await Task.Delay(AskInterval, region.Clock, cancel);
        }
    }

    private async Task TidyAsync(CancellationToken cancel)
    {
        await Task.Delay(TidyInterval, region.Clock, cancel);
        if (region.Seat is { Role: { Stale.Count: > 0 } role } seat)
        {
            var root = role.Stale[0];
            if (await StaleRoots.TidyAsync(region.Store, seat, cancel) is { } done)
            {
                region.See(done);
                Log.Tidied(_logger, root);
            }
        }
    }

    // One instance of a standby keeps the copy.
    private async Task MirrorAsync(CancellationToken cancel)
    {
        var changed = region.Changed;
        if (!region.IsStandby || region.Peer is not { } peer || !region.IsPeerHeard
            || region.News.Word?.Role.Duty is null or RegionDuty.Standby)
        {
            await Task.WhenAny(changed, Task.Delay(AskInterval, region.Clock, cancel));
            return;
        }

        var lease = await region.Store.GrantLeaseAsync(Lease, cancel);
        try
        {
            var held = await region.Store.CommitAsync([new(MirroringKey, 0)], [new(MirroringKey, _instance, lease)], cancel);
            if (held.Outcome == CommitOutcome.Committed)
            {
                await Together.UntilOneEndsAsync(
                    cancel, stop => CopyAsync(peer, stop), stop => KeepAsync(lease, stop), LeaveAsync);
            }
        }
        finally
        {
            await region.Store.RevokeLeaseAsync(lease, CancellationToken.None);
        }
    }

    private async Task CopyAsync(PeerClient peer, CancellationToken cancel)
    {
        var mirror = new RegionMirror(new PeerSource(peer), region.Store, region.Clock, _logger);
        region.MirrorWith(mirror);
        try
        {
            // Others change the role as well: it is read anew, and the copy goes on.
            while (region.IsStandby && !cancel.IsCancellationRequested)
            {
                await mirror.RunAsync(null, cancel);
            }
        }
        finally
        {
            region.MirrorWith(null);
        }
    }

    private async Task LeaveAsync(CancellationToken cancel)
    {
        while (region.IsStandby)
        {
            await region.Changed.WaitAsync(cancel);
        }
    }

    private async Task KeepAsync(long lease, CancellationToken cancel)
    {
        do
        {
            await Task.Delay(Lease / 4, region.Clock, cancel);
        }
        while (await region.Store.KeepLeaseAsync(lease, cancel));
    }

    private void Tell(string peer, string? problem)
    {
        if (problem != _told)
        {
            _told = problem;
            if (problem is null)
            {
                Log.Answers(_logger, peer);
            }
            else
            {
                Log.Silent(_logger, peer, problem);
            }
        }
    }

    private async Task TirelesslyAsync(Func<CancellationToken, Task> work, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await work(cancel);
                continue;
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Log.Failed(_logger, Pause, fault);
            }

            await Task.Delay(Pause, region.Clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3465, LogLevel.Warning,
            "The region {Region} stops serving: {Pair} serves under the higher epoch {Epoch}. It keeps a copy from here on.")]
        public static partial void StepsDown(ILogger logger, string region, string pair, long epoch);

        [LoggerMessage(3466, LogLevel.Warning, "The region {Region} serves again in epoch {Epoch}: its pair did not take over.")]
        public static partial void Resumed(ILogger logger, string region, long epoch);

        [LoggerMessage(3470, LogLevel.Information, "A state that is of no more use was deleted; it lay under '{Root}'.")]
        public static partial void Tidied(ILogger logger, string root);

        [LoggerMessage(3467, LogLevel.Information, "The region {Region} answers.")]
        public static partial void Answers(ILogger logger, string region);

        [LoggerMessage(3468, LogLevel.Warning, "The region {Region} does not answer. {Problem}")]
        public static partial void Silent(ILogger logger, string region, string problem);

        [LoggerMessage(3469, LogLevel.Warning, "What keeps the region and its pair together failed; it begins again in {Pause}.")]
        public static partial void Failed(ILogger logger, TimeSpan pause, Exception fault);
    }
}
