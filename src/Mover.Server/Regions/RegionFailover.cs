using Mover.Core;
using Mover.Core.Arm;
using Mover.Server.Background;
using Mover.State;
using Mover.State.Copies;
using Mover.State.Documents;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>One step of a failover.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Detail">What it found.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record FailoverStep(string Name, string Detail, double Seconds);

/// <summary>What a failover did.</summary>
/// <param name="Region">The region that serves.</param>
/// <param name="Epoch">The epoch in which it does.</param>
/// <param name="Steps">The steps, in order.</param>
/// <param name="CompleteAt">The state holds everything that was acknowledged before this; null when nothing at all is lost.</param>
internal sealed record FailoverResult(string Region, long Epoch, IReadOnlyList<FailoverStep> Steps, DateTimeOffset? CompleteAt);

/// <summary>What is asked for.</summary>
/// <param name="Unplanned">The name of the region that is lost; null for a planned move, which loses nothing.</param>
/// <param name="Force">Also while the lost region answers.</param>
internal sealed record FailoverRequest(string? Unplanned, bool Force);

/// <summary>Makes a standby the region that serves.</summary>
internal sealed partial class RegionFailover(RegionMembership region, ILogger<RegionFailover> logger)
{
    // A planned move stops writes while the copy catches up: one that is further behind would stop them for long.
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(15);

    private long LastEpoch => region.Right?.LastEpoch ?? 0;

    /// <summary>
    /// Carries it out, and refuses what would lose more than was said. It comes to its end although whoever asked is gone: half a move is
    /// a region that takes no writes.
    /// </summary>
    public async Task<Result<FailoverResult>> RunAsync(FailoverRequest request, WriteStamp stamp)
    {
        var steps = new Steps(region.Clock);
        var own = region.Options.Region;
        if (region.Peer is not { } peer)
        {
            return ArmErrors.RegionHasNoPair(own);
        }

        // It would take over without the right that the other servers wait for.
        if (region.IsWitnessed)
        {
            return ArmErrors.WitnessNotAsked(own, StandbyGate.RetryAfter);
        }

        if (region.Seat is not { Role: { Duty: RegionDuty.Standby } role })
        {
            return region is { Right.IsHeld: false, Seat.Role: not null } && request is { Unplanned: not null, Force: true }
                ? await InsistAsync(request.Unplanned, peer, steps, stamp, CancellationToken.None)
                : ArmErrors.RegionIsServing(own, region.Seat.Role?.Epoch ?? 0);
        }

        await using var lease = await RegionLease.TryTakeAsync(region.Store, RegionLease.Moving, region.Clock, CancellationToken.None);
        if (lease is null)
        {
            return ArmErrors.RegionMoveUnderWay(own);
        }

        Result<FailoverResult> result = ArmErrors.RegionRoleChanged();
        await Together.UntilOneEndsAsync(
            CancellationToken.None,
            async stop => result = await MoveAsync(request, role, peer, lease, steps, stamp, stop),
            lease.KeepAsync);
        return result;
    }

    private async Task<Result<FailoverResult>> MoveAsync(
        FailoverRequest request, RegionRole role, PeerClient peer, RegionLease lease, Steps steps, WriteStamp stamp,
        CancellationToken cancel)
    {
        var word = await region.AskPeerAsync(request.Unplanned is null ? TimeSpan.Zero : RegionLoops.AskInterval, cancel);
        steps.Did("ask", word is null ? $"'{peer.Region}' does not respond." : $"'{peer.Region}' responds as {Name(word.Role.Duty)}.");
        return !role.IsCopyWhole ? ArmErrors.CopyNotWhole(region.Options.Region, role.Holder)
            : request.Unplanned is null ? await PlannedAsync(peer, word, lease, steps, stamp, cancel)
            : await UnplannedAsync(request.Unplanned, new(lease, IsHandedOver: false, request.Force), peer, word, steps, stamp, cancel);
    }

    private async Task<Result<FailoverResult>> PlannedAsync(
        PeerClient peer, PeerWord? word, RegionLease lease, Steps steps, WriteStamp stamp, CancellationToken cancel)
    {
        if (word?.Role.Duty is null or RegionDuty.Standby)
        {
            return word is null ? ArmErrors.RegionUnreachable(peer.Region) : ArmErrors.PairIsStandby(peer.Region);
        }

        if (region.Clock.GetUtcNow() - region.CompleteAt is { } age && age > AgeMax)
        {
            return ArmErrors.CopyTooOld(age, AgeMax);
        }

        var asked = region.Clock.GetTimestamp();
        PeerWord drained;
        try
        {
            drained = await peer.DrainAsync(word.Role.Epoch, cancel);
        }
        catch (StateException fault)
        {
            return ArmErrors.RegionNotDrained(peer.Region, fault.Message);
        }

        var last = drained.Role.DrainedAt;
        steps.Did("drain", $"'{peer.Region}' accepts no writes after revision {last}.");
        if (!await CatchUpAsync(last, asked, cancel))
        {
            await GiveUpAsync(peer, drained);
            return ArmErrors.CopyNotCaughtUp(peer.Region, last, RegionHandover.TakeMax, RegionHandover.DrainMax);
        }

        steps.Did("catch up", $"The copy is complete at revision {last}: nothing is lost.");
        var done = await TakeAsync(drained, new(lease, IsHandedOver: true, IsForced: false), steps, completeAt: null, stamp, cancel);
        if (!done.Try(out _, out _))
        {
            await GiveUpAsync(peer, drained);
        }

        return done;
    }

    // Whoever has the lease has taken nothing over, and nobody else can before it is given back.
    private async Task GiveUpAsync(PeerClient peer, PeerWord drained)
    {
        try
        {
            await peer.ResumeAsync(new(drained.Role.Epoch, drained.Role.Since), CancellationToken.None);
        }
        catch (StateException fault)
        {
            Log.NotResumed(logger, peer.Region, RegionHandover.DrainMax, fault.Message);
        }
    }

    private async Task<Result<FailoverResult>> UnplannedAsync(
        string lost, Word said, PeerClient peer, PeerWord? word, Steps steps, WriteStamp stamp, CancellationToken cancel)
    {
        if (!lost.Equals(peer.Region, StringComparison.OrdinalIgnoreCase))
        {
            return ArmErrors.RegionMismatch(lost, peer.Region);
        }

        if (word is { Role.Duty: not RegionDuty.Standby })
        {
            if (!said.IsForced)
            {
                return ArmErrors.RegionAnswers(peer.Region);
            }

            // It is the fence: what it acknowledges after this would be lost.
            try
            {
                word = await peer.DrainAsync(word.Role.Epoch, cancel);
                steps.Did("fence", $"'{peer.Region}' no longer accepts writes.");
            }
            catch (StateException fault)
            {
                steps.Did("fence", $"Cannot tell '{peer.Region}' to stop: {fault.Message}");
            }
        }
        else
        {
            steps.Did("fence", $"'{peer.Region}' is unreachable; it becomes the standby when it learns of the higher epoch.");
        }

        var completeAt = region.CompleteAt;
        steps.Did("loss", $"Everything acknowledged before {completeAt:u} is here; later writes may be lost.");
        return await TakeAsync(word, said, steps, completeAt, stamp, cancel);
    }

    // Both the witness and the pair are lost, or the witness knows another state: a person says that this one serves.
    private async Task<Result<FailoverResult>> InsistAsync(
        string lost, PeerClient peer, Steps steps, WriteStamp stamp, CancellationToken cancel)
    {
        if (!lost.Equals(peer.Region, StringComparison.OrdinalIgnoreCase))
        {
            return ArmErrors.RegionMismatch(lost, peer.Region);
        }

        var word = await region.AskPeerAsync(cancel);
        var seat = await RegionSeat.ReadAsync(region.Store, cancel);
        if (word is { Role.Duty: not RegionDuty.Standby } || seat.Role is not { Duty: not RegionDuty.Standby } role)
        {
            return word is null ? ArmErrors.RegionRoleChanged() : ArmErrors.RegionAnswers(peer.Region);
        }

        var next = RegionHandover.Insist(role, word?.Role, LastEpoch, region.Clock.GetUtcNow(), stamp.By);
        if (await region.ChangeAsync(seat, next, [RegionAudit.Of(next, stamp)], cancel) is null)
        {
            return ArmErrors.RegionRoleChanged();
        }

        steps.Did("serve", $"'{region.Options.Region}' serves in epoch {next.Epoch} without the witness.");
        Log.Took(logger, region.Options.Region, next.Epoch, stamp.By);
        return new FailoverResult(region.Options.Region, next.Epoch, steps.All, CompleteAt: null);
    }

    private async Task<Result<FailoverResult>> TakeAsync(
        PeerWord? peer, Word word, Steps steps, DateTimeOffset? completeAt, WriteStamp stamp, CancellationToken cancel)
    {
        if (region is not { Right: { } right, Seat.Role: { } known })
        {
            return await PromoteAsync(peer, word, steps, completeAt, stamp, cancel);
        }

        if (await right.TakeAsync(known, word.IsHandedOver || word.IsForced, cancel) is { } refusal)
        {
            return refusal;
        }

        steps.Did("witness", right.News.Problem ?? "The witness gives this region the right to serve.");
        var done = await PromoteAsync(peer, word, steps, completeAt, stamp, cancel);
        await (done.Try(out _, out _) ? right.RenewAsync(cancel) : right.ReleaseAsync(cancel));
        return done;
    }

    private async Task<Result<FailoverResult>> PromoteAsync(
        PeerWord? peer, Word word, Steps steps, DateTimeOffset? completeAt, WriteStamp stamp, CancellationToken cancel)
    {
        var promised = !word.IsHandedOver && !word.IsForced;
        StateCondition[] conditions = [word.Lease.IsHeld, .. promised ? (StateCondition[])[new(RegionKeys.Promise, 0)] : []];

        // The mirror writes all the time; one that is overtaken by it looks again.
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var seat = await RegionSeat.ReadAsync(region.Store, cancel);
            if (seat.Role is not { Duty: RegionDuty.Standby, IsCopyWhole: true } role)
            {
                break;
            }

            var next = RegionHandover.Take(
                role with { ClaimEpochBase = Math.Max(role.ClaimEpochBase, await RestoredBaseAsync(seat, cancel)) },
                region.Options.Region, peer?.Role, LastEpoch, region.Clock.GetUtcNow(), stamp.By);
            next = next with { IsWithoutWitness = word.IsForced && region.Right is not null };
            var audit = RegionAudit.Of(next, stamp);
            if (promised && await region.Store.GetAsync(RegionKeys.Promise, cancel) is not null)
            {
                return ArmErrors.RegionPromised(region.Options.Region, role.Holder, region.Options.WitnessLease);
            }

            if (await region.ChangeAsync(seat, next, [audit], conditions, cancel) is { } taken)
            {
                steps.Did("take over", $"'{region.Options.Region}' serves in epoch {next.Epoch}.");
                Log.Took(logger, region.Options.Region, next.Epoch, stamp.By);
                await region.ChangeAsync(taken, next with { ServedFrom = taken.Revision - 1 }, [], cancel);
                return new FailoverResult(region.Options.Region, next.Epoch, steps.All, completeAt);
            }
        }

        return ArmErrors.RegionRoleChanged();
    }

    // Claims that were made since the copied state was restored from a backup are above the base of that.
    private async Task<long> RestoredBaseAsync(RegionSeat seat, CancellationToken cancel)
    {
        await using var copy = new RegionStore(region.Store, seat, owns: false);
        var documents = new DocumentStore(copy, region.Clock);
        return (await documents.GetAsync(RestoreMark.Key, StoreMarksJson.Default.RestoreMark, cancel))?.Value.EpochBase ?? 0;
    }

    private async Task<bool> CatchUpAsync(long revision, long asked, CancellationToken cancel)
    {
        while (true)
        {
            var changed = region.Changed;
            region.NoteNow();
            var seat = await RegionSeat.ReadAsync(region.Store, cancel);
            if (seat.Role is { Mirror: { Sync: null } position } && position.Revision >= revision)
            {
                return true;
            }

            var left = RegionHandover.TakeMax - region.Clock.GetElapsedTime(asked);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            await Task.WhenAny(changed, Task.Delay(left, region.Clock, cancel));
            cancel.ThrowIfCancellationRequested();
        }
    }

    private static string Name(RegionDuty duty) => duty switch
    {
        RegionDuty.Serving => "the one that serves",
        RegionDuty.Draining => "the one that hands over",
        _ => "a standby",
    };

    // What a standby takes over on: the lease of whoever moves, and that the other region has handed over, or that a person insists.
    private sealed record Word(RegionLease Lease, bool IsHandedOver, bool IsForced);

    private sealed class Steps(TimeProvider clock)
    {
        private readonly List<FailoverStep> _all = [];
        private long _last = clock.GetTimestamp();

        public IReadOnlyList<FailoverStep> All => _all;

        public void Did(string name, string detail)
        {
            _all.Add(new(name, detail, Math.Round(clock.GetElapsedTime(_last).TotalSeconds, 3)));
            _last = clock.GetTimestamp();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3464, LogLevel.Warning, "The region {Region} took over in epoch {Epoch}, requested by {By}.")]
        public static partial void Took(ILogger logger, string region, long epoch, string by);

        [LoggerMessage(3479, LogLevel.Warning,
            "Cannot tell region {Region} that the takeover was canceled; it serves again {Limit} after it was drained. {Why}")]
        public static partial void NotResumed(ILogger logger, string region, TimeSpan limit, string why);
    }
}
