using Mover.Core.Arm;
using Mover.State;
using Mover.State.Documents;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>
/// What a standby does by itself where a witness decides who serves: it watches who has the right, and takes over when nobody has had it
/// for a while. For one loop.
/// </summary>
internal sealed class RegionSuccession(
    RegionMembership region, RegionRight right, string pair, TimeProvider boot, ILogger<RegionFailover> logger)
{
    // Of a lease: how long nobody has the right before it is taken.
    private const int GraceOfLease = 4;

    private long? _freeSince;

    /// <summary>Why this region does not take over although nobody serves; null while nothing holds it back.</summary>
    public string? HeldBack { get; private set; }

    /// <summary>Looks once, and takes over when that is due.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        right.Lapse();
        var read = await right.HearAsync(cancel);
        if (read is null || region.Seat.Role is not { IsCopyWhole: true } role || !IsFree(read, role))
        {
            HeldBack = read is null ? $"The witness does not respond: {right.News.Problem}" : null;
            _freeSince = null;
            return;
        }

        _freeSince ??= boot.GetTimestamp();
        if (boot.GetElapsedTime(_freeSince.Value) < right.Lease / GraceOfLease)
        {
            return;
        }

        // A right that is taken in vain keeps the other region from taking it.
        HeldBack = await region.Store.GetAsync(RegionKeys.Promise, cancel) is not null
            ? ArmErrors.RegionPromised(region.Options.Region, pair, right.Lease).Message
            : Unwilling();
        if (HeldBack is null)
        {
            await TakeOverAsync();
        }
        else
        {
            right.Tell(HeldBack);
        }
    }

    // Nobody has the right; the region that served kept it at this witness, and does not answer; and the copy is of the last epoch.
    private bool IsFree(WitnessRead read, RegionRole role) =>
        (read.Held is null || right.IsOwn(read.Held)) && read.WitnessId == role.WitnessId && !(read.Last?.Epoch > role.Epoch)
        && region is not { IsPeerHeard: true, News.Word.Role.Duty: not RegionDuty.Standby };

    private string? Unwilling()
    {
        var (command, most) = ($"mover region failover --unplanned {pair}", region.Options.AutomaticAgeMax);
        return !region.Options.IsFailoverAutomatic ? $"No region serves. To take over: {command}"
            : region.Clock.GetUtcNow() - region.CompleteAt is not { } age || age > most
                ? $"No region serves, and the copy is older than {most.TotalSeconds:0} s. To take over anyway: {command}"
                : null;
    }

    private async Task TakeOverAsync()
    {
        right.Tell($"'{pair}' has lost the right to serve. This region takes over.");
        var stamp = new WriteStamp("witness", "System", region.Clock.GetUtcNow(), Guid.NewGuid().ToString());
        var done = await new RegionFailover(region, logger).RunAsync(new(pair, Force: false), stamp);
        if (!done.Try(out _, out var refusal))
        {
            HeldBack = refusal.Message;
            right.Tell(refusal.Message);
        }
    }
}
