using System.Globalization;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.State;
using Mover.State.Mirror;

namespace Mover.Server.Regions.Drills;

/// <summary>Who asks for a drill.</summary>
/// <param name="Subscription">The subscription that it is asked in.</param>
/// <param name="Authorization">The caller's Authorization header: the scratch control plane judges it anew.</param>
/// <param name="By">The caller's name.</param>
internal sealed record DrillOrder(string Subscription, string Authorization, string By);

/// <summary>
/// Rehearses the loss of the region that serves, without touching it: the standby's copy, as it is at one revision, is taken over in a
/// scratch store, in the way in which the copy itself would be, and looked at.
/// </summary>
internal sealed partial class RegionDrill(
    RegionMembership region, StartScratch start, IHostApplicationLifetime lifetime, ILoggerFactory loggers, ILogger<RegionDrill> logger)
{
    /// <summary>How long a drill may take: less than a client waits for its answer.</summary>
    public static readonly TimeSpan DrillMax = TimeSpan.FromSeconds(90);

    /// <summary>Carries one out, or refuses to.</summary>
    public async Task<Result<DrillResult>> RunAsync(DrillOrder order, CancellationToken cancel)
    {
        var own = region.Options.Region;
        if (region.Peer is not { } peer)
        {
            return ArmErrors.RegionHasNoPair(own);
        }

        if (region.Seat.Role is not { Duty: RegionDuty.Standby } role)
        {
            return ArmErrors.DrillIsForStandby(own, peer.Region);
        }

        if (!role.IsCopyWhole)
        {
            return ArmErrors.CopyNotWhole(own, role.Holder);
        }

        await using var lease = await RegionLease.TryTakeAsync(region.Store, RegionLease.Drilling, region.Clock, cancel);
        if (lease is null)
        {
            return ArmErrors.DrillUnderWay(own);
        }

        using var limit = new CancellationTokenSource(DrillMax, region.Clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token, lifetime.ApplicationStopping);
        var steps = new Steps(region.Clock);
        Result<DrillResult> result = ArmErrors.DrillUnderWay(own);
        try
        {
            await Background.Together.UntilOneEndsAsync(
                stop.Token, async until => result = await RehearseAsync(order, peer.Region, steps, until), lease.KeepAsync);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            steps.Failed("end", $"It did not finish within {DrillMax.TotalSeconds:F0} s.");
            result = steps.ToResult(own, peer.Region, 0, null);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            // The standby is wanted for more than a rehearsal.
            return ArmErrors.RegionMoving();
        }

        if (result.Try(out var drill, out _))
        {
            Log.Drilled(logger, peer.Region, drill.IsGood, order.By);
            if (drill is { IsGood: true, SecondsToServing: { } seconds })
            {
                await new DrillRecord(region.Clock.GetUtcNow(), seconds, drill.AgeSeconds, order.By).SaveAsync(region.Store, cancel);
            }
        }

        return result;
    }

    private async Task<Result<DrillResult>> RehearseAsync(DrillOrder order, string lost, Steps steps, CancellationToken cancel)
    {
        var (own, clock) = (region.Options.Region, region.Clock);
        using var folder = DrillFolder.Make(region.Options.DataFolder);
        var engine = await region.Options.Store.SnapshotAsync(new(region.Options.DataFolder, MustExist: true, clock, loggers), cancel);
        var role = RegionSeat.Of(await engine.FindAsync(RegionRole.Key, cancel)).Role;
        await using var copy = await RegionSnapshot.OfAsync(engine, cancel);
        if (role is not { Duty: RegionDuty.Standby, IsCopyWhole: true } || region.CompleteAt is not { } completeAt)
        {
            return ArmErrors.CopyNotWhole(own, lost);
        }

        var age = Math.Round(Math.Max(0.001, (copy.TakenAt - completeAt).TotalSeconds), 3);
        steps.Did("age", $"The copy is {age:0.###} s old: if '{lost}' were lost now, writes of that time would be lost.");
        if (DrillFolder.Refuse(folder.Path, await BytesOfAsync(copy, cancel), DrillFolder.FreeBytes(folder.Path)) is { } noRoom)
        {
            return noRoom;
        }

        using var problems = new DrillLog();
        TimeSpan? toServing = null;
        try
        {
            var counts = await DrillCounts.OfStateAsync(copy, order.Subscription, cancel);
            var copied = await DrillScratch.CopyAsync(copy, role, folder.Path, clock, loggers, cancel);
            steps.Did("copy", string.Create(
                CultureInfo.InvariantCulture, $"{copied.Sum.Entries} entries at revision {copy.Revision}; two reads match."));
            await using var scratch = await DrillScratch.StartAsync(
                folder.Path, region.Options, lost, clock, logging => logging.AddProvider(problems), start, cancel);
            steps.Did("start", "The copy was set up as an isolated standby.");
            using var client = new DrillClient(scratch.Url, scratch.AuthorityFile, order.Authorization, clock);
            var checks = new DrillChecks(client, order.Subscription, clock);
            await steps.CheckAsync("token", () => checks.TokenAsync(cancel));
            var isServed = await steps.CheckAsync("take over", async () =>
            {
                (var detail, toServing) = await checks.TakeOverAsync(lost, own, cancel);
                return detail;
            });
            if (isServed)
            {
                await steps.CheckAsync("token afterwards", () => checks.TokenAsync(cancel));
                await steps.CheckAsync("start of a job", () => checks.StartAsync(own, cancel));
                await steps.CheckAsync("deletion", () => checks.DeleteAsync(cancel));
                await steps.CheckAsync("lists", () => checks.ListsAsync(counts, cancel));
            }
        }
        catch (Exception fault) when (fault is StateException or DataFolders.DataFolderException or IOException)
        {
            steps.Failed("serve", fault.Message);
        }

        if (problems.First is { } problem && !steps.AreGood)
        {
            steps.Failed("log", problem);
        }

        return steps.ToResult(own, lost, age, toServing);
    }

    private static async Task<long> BytesOfAsync(IStateSnapshot copy, CancellationToken cancel)
    {
        var bytes = 0L;
        await foreach (var entry in copy.ReadAsync(cancel))
        {
            bytes += entry.Key.Length + entry.Value.Length;
        }

        return bytes;
    }

    private sealed class Steps(TimeProvider clock)
    {
        private readonly List<DrillStep> _all = [];
        private long _last = clock.GetTimestamp();

        public bool AreGood => _all.TrueForAll(step => step.Held);

        public void Did(string name, string detail) => Add(name, held: true, detail);

        public void Failed(string name, string detail) => Add(name, held: false, detail);

        /// <summary>Runs a check; false when it did not hold.</summary>
        public async Task<bool> CheckAsync(string name, Func<Task<string>> check)
        {
            try
            {
                Did(name, await check());
                return true;
            }
            catch (DrillException broken)
            {
                Failed(name, broken.Message);
                return false;
            }
        }

        public DrillResult ToResult(string own, string lost, double age, TimeSpan? toServing) => new(
            own, lost, AreGood, age, toServing is { } time ? Math.Round(time.TotalSeconds, 3) : null, _all);

        private void Add(string name, bool held, string detail)
        {
            _all.Add(new(name, held, Math.Round(clock.GetElapsedTime(_last).TotalSeconds, 3), detail));
            _last = clock.GetTimestamp();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3480, LogLevel.Information, "Rehearsed the loss of {Lost} for {By}; all checks passed: {IsGood}.")]
        public static partial void Drilled(ILogger logger, string lost, bool isGood, string by);
    }
}
