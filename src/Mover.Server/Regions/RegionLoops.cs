using System.Text.Json;
using Mover.Server.Background;
using Mover.Server.Documents;
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
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private readonly ILogger _logger = loggers.CreateLogger<RegionLoops>();
    private readonly byte[] _instance = Guid.NewGuid().ToByteArray();
    private string? _told;
    private string? _stale;
    private (DateTimeOffset Since, long SeenAt)? _draining;

    /// <summary>Works until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancel)
    {
        Task RepeatAsync(string name, TimeSpan pause, Func<CancellationToken, Task> work) =>
            TirelessLoop.RepeatAsync(name, pause, region.Clock, _logger, work, cancel);
        return region.Peer is not { } peer
            ? RepeatAsync("RegionRole", AskInterval, FollowRoleAsync)
            : Task.WhenAll(
                RepeatAsync("RegionRole", AskInterval, FollowRoleAsync),
                RepeatAsync("RegionPeer", AskInterval, stop => AskAsync(peer.Region, stop)),
                RepeatAsync("RegionMirror", AskInterval, stop => MirrorAsync(peer, stop)),
                RepeatAsync("RegionTidying", TidyInterval, TidyAsync),
                region.Options.Store.IsShared
                    ? RepeatAsync("RegionWitnessed", WitnessedMark.Pause, new WitnessedMark(region).TendAsync) : Task.CompletedTask,
                region is { Right: { } right, Succession: { } next }
                    ? RepeatAsync("RegionRight", right.Pause, stop => region.IsStandby ? next.LookAsync(stop) : right.RenewAsync(stop))
                    : Task.CompletedTask,
                region.Options is { MaxLag: not null, Store.IsShared: true }
                    ? RepeatAsync("RegionCopied", AskInterval, FollowCopiedAsync) : Task.CompletedTask);
    }

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
            // So that a failover here is above everything that the other region has done.
            if (word.Role.Epoch > role.Epoch || word.Role.ClaimEpochBase > role.ClaimEpochBase
                || (serves && word.Role.Epoch >= role.Epoch && (role.Holder != word.Region || role.WitnessId != word.WitnessId)))
            {
                var next = role with
                {
                    Epoch = Math.Max(role.Epoch, word.Role.Epoch),
                    Holder = serves ? word.Region : role.Holder,
                    WitnessId = serves ? word.WitnessId : role.WitnessId,
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
        else if (word.Role.Epoch <= role.Epoch)
        {
            await ResumeAsync(cancel);
        }
    }

    // A region that was drained, and whose pair does not take over, serves again.
    private async Task ResumeAsync(CancellationToken cancel)
    {
        if (region.Seat is not { Role: { Duty: RegionDuty.Draining } role } seat)
        {
            _draining = null;
            return;
        }

        if (_draining?.Since != role.Since)
        {
            _draining = (role.Since, region.Clock.GetTimestamp());
        }

        if (region.Clock.GetElapsedTime(_draining.Value.SeenAt) >= RegionHandover.DrainMax
            && await region.ChangeAsync(seat, RegionHandover.Resume(role, region.Clock.GetUtcNow()), [], cancel) is { Role: { } resumed })
        {
            Log.Resumed(_logger, region.Options.Region, resumed.Epoch);
        }
    }

    private async Task FollowRoleAsync(CancellationToken cancel)
    {
        var page = await region.Store.ListAsync(RegionRole.Key, null, 1, keysOnly: true, cancel);
        region.See(await RegionSeat.ReadAsync(region.Store, cancel));
        await HearAsync(RegionRole.Key, page.Revision, entry => region.See(RegionSeat.Of(entry)), cancel);
    }

    private async Task FollowCopiedAsync(CancellationToken cancel)
    {
        var page = await region.Store.ListAsync(RegionKeys.Copied, null, 1, keysOnly: true, cancel);
        await HearAsync(RegionKeys.Copied, page.Revision, Confirm, cancel);
    }

    private void Confirm(StateEntry entry)
    {
        if (JsonSerializer.Deserialize(entry.Value.Span, PeerJson.Default.CopiedUpTo) is { } copied)
        {
            region.Confirmation.Heard(copied);
        }
    }

    private async Task HearAsync(string key, long after, Action<StateEntry> see, CancellationToken cancel)
    {
        await foreach (var seen in region.Store.WatchAsync(key, after, cancel))
        {
            foreach (var change in seen.Changes)
            {
                if (change.Key == key && change.Entry is { } entry)
                {
                    see(entry);
                }
            }
        }
    }

    private async Task AskAsync(string peer, CancellationToken cancel)
    {
        await AskOnceAsync(cancel);
        Tell(peer, region.News.Problem);
    }

    // What became stale since the last look may still be read by a server that has not heard of it.
    private async Task TidyAsync(CancellationToken cancel)
    {
        var seat = region.Seat;
        var root = seat.Role is { Stale: [var first, ..] } ? first : null;
        if (root is not null && root == _stale && await StaleRoots.TidyAsync(region.Store, seat, cancel) is { } done)
        {
            region.See(done);
            Log.Tidied(_logger, root);
        }

        _stale = root;
    }

    // One instance of a standby keeps the copy; the others look again after the pause.
    private async Task MirrorAsync(PeerClient peer, CancellationToken cancel)
    {
        if (!region.IsStandby || !region.IsPeerHeard || region.News.Word?.Role.Duty is null or RegionDuty.Standby
            || await region.Store.GetAsync(MirroringKey, cancel) is not null)
        {
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
                await mirror.RunAsync(Advances, cancel);
            }
        }
        catch (StateException fault) when (fault.Fault is StateFault.Unavailable or StateFault.NotServing or StateFault.Damaged)
        {
            if (fault.Message != region.CopyProblem)
            {
                region.CopyProblem = fault.Message;
                Log.NotCopied(_logger, fault.Message);
            }
        }
        finally
        {
            region.MirrorWith(null);
        }
    }

    private bool Advances(RegionMirror mirror)
    {
        region.CopyProblem = mirror.CompleteAt is null ? region.CopyProblem : null;
        return false;
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

    private static partial class Log
    {
        [LoggerMessage(3465, LogLevel.Warning,
            "The region {Region} stops serving because {Pair} serves in the higher epoch {Epoch}. It is now the standby.")]
        public static partial void StepsDown(ILogger logger, string region, string pair, long epoch);

        [LoggerMessage(3466, LogLevel.Warning, "The region {Region} serves again in epoch {Epoch}: its pair did not take over.")]
        public static partial void Resumed(ILogger logger, string region, long epoch);

        [LoggerMessage(3470, LogLevel.Information, "Deleted an obsolete state under '{Root}'.")]
        public static partial void Tidied(ILogger logger, string root);

        [LoggerMessage(3469, LogLevel.Warning, "Cannot copy the other region's state right now. {Problem}")]
        public static partial void NotCopied(ILogger logger, string problem);

        [LoggerMessage(3467, LogLevel.Information, "The region {Region} responds.")]
        public static partial void Answers(ILogger logger, string region);

        [LoggerMessage(3468, LogLevel.Warning, "The region {Region} does not respond. {Problem}")]
        public static partial void Silent(ILogger logger, string region, string problem);
    }
}
