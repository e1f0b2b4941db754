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
/// before it asked, and answers nothing afterwards. At a standby it takes over by itself when nobody has the right. Thread-safe.
/// </summary>
internal sealed partial class RegionRight(
    RegionMembership region, Witness witness, PeerClient peer, TimeProvider boot, ILoggerFactory loggers) : IAsyncDisposable
{
    // Of a lease: how often it is kept, how long an answer takes at most, how long nobody has it before the pair takes it, and what clocks
    // that run at different speeds may differ by.
    private const int RoundsOfLease = 8;
    private const int AnswersOfLease = 4;
    private const int GraceOfLease = 4;
    private const int MarginOfLease = 10;

    private readonly ILogger _logger = loggers.CreateLogger<RegionRight>();
    private readonly TimeSpan _lease = region.Options.WitnessLease;
    private volatile WitnessNews _news = new(null, "It was not asked yet.");
    private long _until = long.MinValue;
    private DateTimeOffset? _lapsesAt;
    private long? _freeSince;
    private string? _told;

    /// <summary>How long one answer of the witness or of the pair may take.</summary>
    public static TimeSpan AnswerMax(TimeSpan lease) => lease / AnswersOfLease;

    /// <summary>How often <see cref="RoundAsync"/> is called.</summary>
    public TimeSpan Pause => _lease / RoundsOfLease;

    /// <summary>How long the right lasts after it was given.</summary>
    public TimeSpan Lease => _lease;

    /// <summary>What was heard of the witness last.</summary>
    public WitnessNews News => _news;

    /// <summary>How it is shown.</summary>
    public string WitnessName => witness.Name;

    /// <summary>Why a standby does not take over by itself although nobody serves; null while nothing holds it back.</summary>
    public string? HeldBack { get; private set; }

    /// <summary>Whether this region may serve at this moment, as far as this instance knows.</summary>
    public bool IsHeld => region.Seat.Role is { IsWithoutWitness: true } || boot.GetTimestamp() < Volatile.Read(ref _until);

    /// <summary>Until when this region served, when it does not any more; null when it has not since it started.</summary>
    public DateTimeOffset? LapsedAt => IsHeld ? null : _lapsesAt;

    /// <summary>Keeps the right, or looks whether it is to be taken.</summary>
    public Task RoundAsync(CancellationToken cancel) => region.IsStandby ? WatchOverAsync(cancel) : RenewAsync(cancel);

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
            Tell($"Neither the witness nor '{peer.Region}' lets this region serve. {_news.Problem ?? Holder(_news.Read)}");
        }
    }

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

    /// <summary>
    /// Takes the right before this region begins to serve. Null when it is taken, or may be done without: when the other region has handed
    /// over, or with force. Otherwise why not.
    /// </summary>
    public async Task<ArmError?> TakeAsync(RegionRole role, bool isHandedOver, bool isForced, CancellationToken cancel)
    {
        if (await HearAsync(cancel) is not { } read)
        {
            return isHandedOver || isForced ? null : ArmErrors.WitnessUnreachable(peer.Region, _news.Problem);
        }

        var isOwn = IsOwn(read.Held);
        if (read.Held is not null && !isOwn && !isHandedOver && !isForced)
        {
            return ArmErrors.RegionHasRight(peer.Region, _lease);
        }

        try
        {
            return (isOwn ? await witness.KeepAsync(read.LeaseId, cancel)
                : await witness.TakeAsync(read, Own(role.Epoch + 1), serves: false, _lease, cancel))
                    ? null
                    : isHandedOver || isForced ? null : ArmErrors.RegionHasRight(peer.Region, _lease);
        }
        catch (StateException fault)
        {
            return isHandedOver || isForced ? null : ArmErrors.WitnessUnreachable(peer.Region, fault.Message);
        }
    }

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

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => witness.DisposeAsync();

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

    private async Task WatchOverAsync(CancellationToken cancel)
    {
        Volatile.Write(ref _until, long.MinValue);
        var read = await HearAsync(cancel);
        if (read is null || region.Seat.Role is not { IsCopyWhole: true } role || WhyNot(read, role) is not null)
        {
            HeldBack = read is null ? $"The witness does not answer: {_news.Problem}" : null;
            _freeSince = null;
            return;
        }

        _freeSince ??= boot.GetTimestamp();
        if (boot.GetElapsedTime(_freeSince.Value) < _lease / GraceOfLease)
        {
            return;
        }

        // A right that is taken in vain keeps the other region from taking it.
        if (await region.Store.GetAsync(RegionKeys.Promise, cancel) is not null)
        {
            HeldBack = ArmErrors.RegionPromised(region.Options.Region, peer.Region, _lease).Message;
            return;
        }

        var (command, most) = ($"mover region failover --unplanned {peer.Region}", region.Options.AutomaticAgeMax);
        HeldBack = !region.Options.IsFailoverAutomatic ? $"Nobody serves. Take over: {command}"
            : region.Clock.GetUtcNow() - region.CompleteAt is not { } age || age > most
                ? $"Nobody serves, and the copy is older than {most.TotalSeconds:0} s. To take over with what it has: {command}"
                : null;
        if (HeldBack is not null)
        {
            Tell(HeldBack);
            return;
        }

        Tell($"'{peer.Region}' has lost the right to serve. This region takes over.");
        var stamp = new WriteStamp("witness", "System", region.Clock.GetUtcNow(), Guid.NewGuid().ToString());
        var done = await new RegionFailover(region, loggers.CreateLogger<RegionFailover>()).RunAsync(
            new(peer.Region, Force: false), stamp, cancel);
        if (!done.Try(out _, out var refusal))
        {
            HeldBack = refusal.Message;
            Tell(refusal.Message);
        }
    }

    // Somebody has the right; the region that served does not keep it at this witness, or answers; or the copy is of an older epoch.
    private string? WhyNot(WitnessRead read, RegionRole role) =>
        read.Held is not null && !IsOwn(read.Held) ? Holder(read)
        : read.WitnessId != role.WitnessId ? "the region that serves does not ask this witness"
        : read.Last?.Epoch > role.Epoch ? "another region served since"
        : region is { IsPeerHeard: true, News.Word.Role.Duty: not RegionDuty.Standby } ? "it answers"
        : null;

    private async Task<WitnessRead?> HearAsync(CancellationToken cancel)
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

    private async Task<bool> TryAsync(Func<Task<bool>> ask)
    {
        try
        {
            return await ask();
        }
        catch (StateException fault)
        {
            Log.NotAsked(_logger, fault.Message);
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
            Log.Given(_logger, region.Options.Region);
            region.Wake();
        }

        return true;
    }

    private ServingRecord Own(long epoch) => new(region.Options.Region, region.StoreId, epoch);

    private bool IsOwn(ServingRecord? held) => held?.Region == region.Options.Region && held.StoreId == region.StoreId;

    private static string Holder(WitnessRead? read) => read?.Held is { } held ? $"'{held.Region}' has the right to serve."
        : read?.Last is { } last ? $"'{last.Region}' served last, in epoch {last.Epoch}." : "Nobody has the right to serve.";

    private void Tell(string? what)
    {
        if (what != _told)
        {
            _told = what;
            if (what is not null)
            {
                Log.Told(_logger, what);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3474, LogLevel.Warning, "{What}")]
        public static partial void Told(ILogger logger, string what);

        [LoggerMessage(3475, LogLevel.Information, "The region {Region} has the right to serve.")]
        public static partial void Given(ILogger logger, string region);

        [LoggerMessage(3476, LogLevel.Debug, "The right to serve was not given. {Why}")]
        public static partial void NotAsked(ILogger logger, string why);
    }
}
