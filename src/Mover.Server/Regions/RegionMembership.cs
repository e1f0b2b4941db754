using Mover.Server.Documents;
using Mover.Server.Settings;
using Mover.State;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>What the other region said last.</summary>
/// <param name="Word">The words; null when it never answered.</param>
/// <param name="Problem">Why it does not answer; null while it does.</param>
/// <param name="SilentSince">Since when it does not answer; null while it does.</param>
internal sealed record PeerNews(PeerWord? Word, string? Problem, DateTimeOffset? SilentSince);

/// <summary>
/// This instance's region: what its store says of it, what its pair says, and how far the copy is. It outlives the apps that
/// <see cref="RegionHost"/> runs one after the other. Thread-safe.
/// </summary>
internal sealed class RegionMembership(ServerOptions options, IStateStore store, TimeProvider clock)
    : ICommitGuard, IRegion, IAsyncDisposable
{
    /// <summary>How long a region that served before it was started waits for a word of its pair, before it answers anybody.</summary>
    public static readonly TimeSpan FirstWordMax = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly long _begun = clock.GetTimestamp();
    private volatile RegionSeat _seat = new(null, 0);
    private volatile PeerNews _news = new(null, "It has not been asked yet.", null);
    private volatile RegionMirror? _mirror;
    private readonly CancellationTokenSource _ending = new();
    private CancellationTokenSource _silence = new();
    private Task<PeerWord?> _asking = Task.FromResult<PeerWord?>(null);
    private long? _asked;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A region that speaks to no other.</summary>
    public static RegionMembership Alone(ServerOptions options, IStateStore store, RegionSeat seat, TimeProvider clock)
    {
        var region = new RegionMembership(options, store, clock);
        region.See(seat);
        return region;
    }

    /// <summary>How this instance is run.</summary>
    public ServerOptions Options => options;

    /// <summary>The store, as the engine has it.</summary>
    public IStateStore Store => store;

    /// <summary>The clock.</summary>
    public TimeProvider Clock => clock;

    /// <summary>The name of the store; empty in a region without a pair.</summary>
    public string StoreId { get; init; } = string.Empty;

    /// <summary>This region served its pair before this instance was started: that may have taken over since.</summary>
    public bool HasServed { get; init; }

    /// <summary>How the servers of the two regions know each other; null without a pair.</summary>
    public RegionPass? Pass { get; init; }

    /// <summary>Speaks to the other region; null without a pair.</summary>
    public PeerClient? Peer { get; init; }

    /// <summary>Its right to serve; null where no witness decides that.</summary>
    public RegionRight? Right { get; private set; }

    /// <summary>What it does as a standby when nobody has that right; null where no witness decides that.</summary>
    public RegionSuccession? Succession { get; private set; }

    /// <summary>What the other region has confirmed of its copy.</summary>
    public CopyConfirmation Confirmation { get; } = new(clock);

    /// <summary>Other servers of this region ask a witness, and this one does not.</summary>
    public bool IsWitnessed { get; set; }

    /// <summary>Whether this instance may answer as one of the region that serves, when that is its role.</summary>
    public bool MayServe => Right is { } right ? right.IsHeld : !IsWitnessed;

    /// <summary>An app starts: what it writes to begin with is answered to nobody.</summary>
    public bool IsOpening { get; set; }

    /// <inheritdoc/>
    public bool MayCommit => IsOpening || MayServe;

    /// <summary>Where this instance is reached.</summary>
    public IReadOnlyList<string> OwnAddresses { get; set; } = [];

    /// <summary>The role as it was last seen.</summary>
    public RegionSeat Seat => _seat;

    /// <summary>Ends when whoever asked for a new role has their answer: the app that gives it lives until then.</summary>
    public Task Answering { get; set; } = Task.CompletedTask;

    /// <summary>What the other region said last.</summary>
    public PeerNews News => _news;

    /// <summary>What was written last up to this revision was written in the other region; 0 where this one never took over.</summary>
    public long ForeignUpTo => _seat switch
    {
        { Role.ServedFrom: > 0 and var from } => from,
        { Role.Base: not null, Revision: var taken } => taken,
        _ => 0,
    };

    /// <summary>
    /// Where clients find the other region: what its server says, and what this one was told, for a standby's servers do not know each
    /// other; empty without a pair.
    /// </summary>
    public IReadOnlyList<string> PairAddresses =>
    [
        .. (_news.Word?.Addresses ?? []).Union(
            options.Pair?.Addresses.Select(address => address.GetLeftPart(UriPartial.Authority)) ?? [], StringComparer.OrdinalIgnoreCase),
    ];

    /// <summary>Whether the other region answered within the last seconds.</summary>
    public bool IsPeerHeard => _news.Problem is null;

    /// <summary>
    /// The other region, which did not answer since this instance was started, may have taken over: when the power returns to two regions
    /// at once, the one that was given up may be up first. With a witness, that knows.
    /// </summary>
    public bool AwaitsWord => Peer is not null && Right is null && HasServed && !IsStandby && _news.Word is null
        && clock.GetElapsedTime(_begun) < FirstWordMax;

    /// <summary>Ends when the other region, which answered when this was asked for, does not any more.</summary>
    public CancellationToken Silence
    {
        get
        {
            lock (_gate)
            {
                return _silence.Token;
            }
        }
    }

    /// <summary>Why nothing is copied, when this instance is the one that copies; null while it is.</summary>
    public string? CopyProblem { get; set; }

    /// <summary>Whether this region keeps a copy of what its pair serves.</summary>
    public bool IsStandby => _seat.Role?.Duty == RegionDuty.Standby;

    /// <summary>The region that serves, as far as this one knows.</summary>
    public string Holder => _seat.Role?.Holder ?? options.Region;

    /// <summary>
    /// The copy holds everything that was acknowledged before this; null where there is none, or none that is whole.
    /// </summary>
    public DateTimeOffset? CompleteAt => _seat.Role is { Duty: RegionDuty.Standby, IsCopyWhole: true, Mirror: { } position }
        ? Later(_mirror?.CompleteAt, position.CompleteAt)
        : null;

    /// <summary>Ends when the role is another one than it was when this was asked for.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>A witness decides who serves.</summary>
    public void Heed(Witness witness, PeerClient peer, TimeProvider boot, ILoggerFactory loggers)
    {
        Right = new(this, witness, peer, boot, loggers.CreateLogger<RegionRight>());
        Succession = new(this, Right, peer.Region, boot, loggers.CreateLogger<RegionFailover>());
    }

    /// <summary>The role was read.</summary>
    public void See(RegionSeat seat)
    {
        TaskCompletionSource? changed = null;
        lock (_gate)
        {
            if (seat.Revision >= _seat.Revision)
            {
                if (_seat.Role?.Duty == RegionDuty.Standby && seat.Role?.Duty != RegionDuty.Standby)
                {
                    Confirmation.Begin();
                }

                (_seat, changed, _changed) = (seat, _changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
            }
        }

        changed?.SetResult();
    }

    /// <summary>Whoever waits for <see cref="Changed"/> looks again.</summary>
    public void Wake()
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
    }

    /// <inheritdoc/>
    public void Committed(long revision) => Confirmation.Committed(revision);

    /// <summary>
    /// Asks the other region who serves; what it says, or null when it does not answer, or not as the pair of this one. Whoever asks
    /// while somebody does waits for the same answer.
    /// </summary>
    public Task<PeerWord?> AskPeerAsync(CancellationToken cancel) => AskPeerAsync(TimeSpan.Zero, cancel);

    /// <summary>As above; one that was silent within <paramref name="recent"/> is not asked again.</summary>
    public Task<PeerWord?> AskPeerAsync(TimeSpan recent, CancellationToken cancel)
    {
        if (Peer is not { } peer)
        {
            return Task.FromResult<PeerWord?>(null);
        }

        lock (_gate)
        {
            var isSilent = _news.Problem is not null && _asked is { } at && clock.GetElapsedTime(at) < recent;
            if (_asking.IsCompleted && !isSilent)
            {
                _asking = AskAsync(peer, _ending.Token);
            }

            return _asking.WaitAsync(cancel);
        }
    }

    /// <summary>How far the copy is, is written soon; another instance that keeps it does so by itself within seconds.</summary>
    public void NoteNow() => _mirror?.NoteNow();

    /// <summary>This instance keeps the copy, or no longer.</summary>
    public void MirrorWith(RegionMirror? mirror) => _mirror = mirror;

    /// <summary>
    /// Puts another role in the place of the one that was seen; the new one, or null when another instance was faster.
    /// </summary>
    public Task<RegionSeat?> ChangeAsync(RegionSeat from, RegionRole to, IReadOnlyList<StateWrite> with, CancellationToken cancel) =>
        ChangeAsync(from, to, with, [], cancel);

    /// <summary>As above, on further conditions.</summary>
    public async Task<RegionSeat?> ChangeAsync(
        RegionSeat from, RegionRole to, IReadOnlyList<StateWrite> with, IReadOnlyList<StateCondition> conditions, CancellationToken cancel)
    {
        var next = await from.ChangeAsync(store, to, with, conditions, cancel);
        See(next ?? await RegionSeat.ReadAsync(store, cancel));
        return next;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await ((Task)_asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
        if (Right is { } right)
        {
            await right.DisposeAsync();
        }

        Peer?.Dispose();
        _silence.Dispose();
    }

    private async Task<PeerWord?> AskAsync(PeerClient peer, CancellationToken cancel)
    {
        string why;
        try
        {
            var word = await peer.AskAsync(cancel);
            if (RegionHandover.Refuse(word, options) is not { } refusal)
            {
                Hear(new(word, null, null));
                return word;
            }

            why = refusal;
        }
        catch (StateException fault)
        {
            why = fault.Message;
        }

        Hear(_news with { Problem = why, SilentSince = _news.SilentSince ?? clock.GetUtcNow() });
        return null;
    }

    private void Hear(PeerNews news)
    {
        CancellationTokenSource silence;
        lock (_gate)
        {
            if (news.Problem is null && _silence.IsCancellationRequested)
            {
                _silence.Dispose();
                _silence = new();
            }

            (_news, _asked, silence) = (news, clock.GetTimestamp(), _silence);
        }

        if (news.Problem is not null)
        {
            silence.Cancel();
        }
    }

    private static DateTimeOffset Later(DateTimeOffset? one, DateTimeOffset other) => one is { } at && at > other ? at : other;
}
