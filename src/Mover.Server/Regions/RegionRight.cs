using Mover.Core;
using Mover.Core.Arm;
using Mover.State;
using Mover.State.Documents;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>What was heard of the witness last.</summary>
/// <param name="Read">What it said; null when it never answered.</param>
/// <param name="Problem">Why it does not answer; null while it does.</param>
internal sealed record WitnessNews(WitnessRead? Read, string? Problem);

/// <summary>
/// The right of a region to serve. It lasts while two of three agree: this region, and the witness or the pair. The witness gives it under
/// a lease; the pair, asked when the witness does not, promises not to take over. An instance judges by itself how long that lasts, from
/// before it asked, and answers nothing afterwards. Thread-safe.
/// </summary>
internal sealed partial class RegionRight(
    RegionMembership region, Witness witness, PeerClient peer, TimeProvider boot, ILogger<RegionRight> logger) : IAsyncDisposable
{
    // Of a lease: how often it is kept, how long an answer takes at most, and what clocks that run at different speeds may differ by.
    private const int RoundsOfLease = 8;
    private const int AnswersOfLease = 4;
    private const int MarginOfLease = 10;

    private readonly TimeSpan _lease = region.Options.WitnessLease;
    private volatile WitnessNews _news = new(null, "It has not been asked yet.");
    private long _until = long.MinValue;
    private DateTimeOffset? _lapsesAt;
    private string? _told;

    /// <summary>How long one answer of the witness or of the pair may take.</summary>
    public static TimeSpan AnswerMax(TimeSpan lease) => lease / AnswersOfLease;

    /// <summary>How often it is asked for.</summary>
    public TimeSpan Pause => _lease / RoundsOfLease;

    /// <summary>How long the right lasts after it was given.</summary>
    public TimeSpan Lease => _lease;

    /// <summary>What was heard of the witness last.</summary>
    public WitnessNews News => _news;

    /// <summary>How it is shown.</summary>
    public string WitnessName => witness.Name;

    /// <summary>The highest epoch in which a region has served, as far as the witness was heard; 0 for none.</summary>
    public long LastEpoch => _news.Read?.Last?.Epoch ?? 0;

    /// <summary>Whether this region may serve at this moment, as far as this instance knows.</summary>
    public bool IsHeld => region.Seat.Role is { IsWithoutWitness: true } || boot.GetTimestamp() < Volatile.Read(ref _until);

    /// <summary>Until when this region served, when it does not any more; null when it has not since it started.</summary>
    public DateTimeOffset? LapsedAt => IsHeld ? null : _lapsesAt;

    /// <summary>Asks for the right for another while. Nothing is thrown when nobody gives it.</summary>
    public async Task RenewAsync(CancellationToken cancel)
    {
        if (region.Seat is not { Role: { Duty: not RegionDuty.Standby } role } seat)
        {
            return;
        }

        // A witness that was silent may be so for as long as an answer may take: the pair is asked first then.
        if (_news.Problem is null ? await KeepAsync(seat, role, cancel) || await PromiseAsync(role, cancel)
            : await PromiseAsync(role, cancel) | await KeepAsync(seat, role, cancel))
        {
            return;
        }

        if (!IsHeld)
        {
            Tell($"Neither the witness nor '{peer.Region}' confirms that this region serves. {_news.Problem ?? Holder(_news.Read)}");
        }
    }

    /// <summary>
    /// Takes the right before this region begins to serve; null when it is taken, otherwise why not. One that may do without, because the
    /// other region has handed over or a person insists, is not refused.
    /// </summary>
    public async Task<ArmError?> TakeAsync(RegionRole role, bool mayDoWithout, CancellationToken cancel)
    {
        var refusal = await TryTakeAsync(role, mayDoWithout, cancel);
        return mayDoWithout ? null : refusal;
    }

    /// <summary>A standby does not serve, whatever it had before.</summary>
    public void Lapse() => Volatile.Write(ref _until, long.MinValue);

    /// <summary>Gives up a right that was taken in vain.</summary>
    public async Task ReleaseAsync(CancellationToken cancel)
    {
        if (await HearAsync(cancel) is { } read && IsOwn(read.Held))
        {
            await TryAsync(async () =>
            {
                await witness.ReleaseAsync(read.LeaseId, cancel);
                return true;
            });
        }
    }

    /// <summary>Asks the witness who has the right; null when it does not answer, and then <see cref="News"/> says why.</summary>
    public async Task<WitnessRead?> HearAsync(CancellationToken cancel)
    {
        try
        {
            var read = await witness.ReadAsync(cancel);
            _news = new(read, null);
            return read;
        }
        catch (StateException fault)
        {
            _news = _news with { Problem = fault.Message };
            return null;
        }
    }

    /// <summary>Whether it is this region that has the right, with the store that it has now.</summary>
    public bool IsOwn(ServingRecord? held) => held?.Region == region.Options.Region && held.StoreId == region.StoreId;

    /// <summary>Logs what the right comes to, once for as long as it stays so.</summary>
    public void Tell(string? what)
    {
        if (what != _told)
        {
            _told = what;
            if (what is not null)
            {
                Log.Told(logger, what);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => witness.DisposeAsync();

    private async Task<bool> KeepAsync(RegionSeat seat, RegionRole role, CancellationToken cancel)
    {
        var since = boot.GetTimestamp();
        return await HearAsync(cancel) is { } read && await TryAsync(() => HoldAsync(read, seat, role, cancel)) && Extend(since);
    }

    private async Task<bool> PromiseAsync(RegionRole role, CancellationToken cancel)
    {
        var since = boot.GetTimestamp();
        var request = new PromiseRequest(role.Epoch, region.StoreId, _lease.TotalSeconds);
        return await TryAsync(() => peer.PromiseAsync(request, AnswerMax(_lease), cancel)) && Extend(since);
    }

    // A region that was restored, or that another one has served after, has no right although nobody else has it.
    private async Task<bool> HoldAsync(WitnessRead read, RegionSeat seat, RegionRole role, CancellationToken cancel)
    {
        var own = Own(role.Epoch);
        if (!role.IsWithoutWitness && read.Last is { } last && last.Epoch >= own.Epoch && last != own)
        {
            return false;
        }

        var isHeld = IsOwn(read.Held)
            ? (read.Last == own || await witness.NoteAsync(read, own, cancel)) && await witness.KeepAsync(read.LeaseId, cancel)
            : (read.Held is null || role.IsWithoutWitness) && await witness.TakeAsync(read, own, serves: true, _lease, cancel);
        if (isHeld && role.IsWithoutWitness)
        {
            await region.ChangeAsync(seat, role with { IsWithoutWitness = false }, [], cancel);
        }

        return isHeld;
    }

    private async Task<ArmError?> TryTakeAsync(RegionRole role, bool takesAway, CancellationToken cancel)
    {
        if (await HearAsync(cancel) is not { } read)
        {
            return ArmErrors.WitnessUnreachable(peer.Region, _news.Problem);
        }

        // What was acknowledged in a later epoch is not in this copy.
        if (read.Last is { } last && last.Epoch > role.Epoch && !takesAway)
        {
            return ArmErrors.CopyOfOlderEpoch(region.Options.Region, role.Epoch, last.Region, last.Epoch);
        }

        var isOwn = IsOwn(read.Held);
        if (read.Held is not null && !isOwn && !takesAway)
        {
            return ArmErrors.RegionHasRight(peer.Region, _lease);
        }

        try
        {
            return (isOwn ? await witness.KeepAsync(read.LeaseId, cancel)
                : await witness.TakeAsync(read, Own(Math.Max(role.Epoch, LastEpoch) + 1), serves: false, _lease, cancel))
                    ? null
                    : ArmErrors.RegionHasRight(peer.Region, _lease);
        }
        catch (StateException fault)
        {
            return ArmErrors.WitnessUnreachable(peer.Region, fault.Message);
        }
    }

    private async Task<bool> TryAsync(Func<Task<bool>> ask)
    {
        try
        {
            return await ask();
        }
        catch (StateException fault)
        {
            Log.NotAsked(logger, fault.Message);
            return false;
        }
    }

    private bool Extend(long since)
    {
        var was = IsHeld;
        var until = since + (long)((_lease - (_lease / MarginOfLease)).TotalSeconds * boot.TimestampFrequency);
        if (until <= Volatile.Read(ref _until))
        {
            return true;
        }

        Volatile.Write(ref _until, until);
        _lapsesAt = region.Clock.GetUtcNow() + boot.GetElapsedTime(boot.GetTimestamp(), until);
        if (!was)
        {
            Tell(null);
            Log.Given(logger, region.Options.Region);
            region.Wake();
        }

        return true;
    }

    private static string Holder(WitnessRead? read) => read?.Held is { } held ? $"'{held.Region}' has the right to serve."
        : read?.Last is { } last ? $"'{last.Region}' served last, in epoch {last.Epoch}." : "No region has the right to serve.";

    private ServingRecord Own(long epoch) => new(region.Options.Region, region.StoreId, epoch);

    private static partial class Log
    {
        [LoggerMessage(3474, LogLevel.Warning, "{What}")]
        public static partial void Told(ILogger logger, string what);

        [LoggerMessage(3475, LogLevel.Information, "The region {Region} has the right to serve.")]
        public static partial void Given(ILogger logger, string region);

        [LoggerMessage(3476, LogLevel.Debug, "The region did not get the right to serve. {Why}")]
        public static partial void NotAsked(ILogger logger, string why);
    }
}
