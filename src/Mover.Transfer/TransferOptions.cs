namespace Mover.Transfer;

/// <summary>What happens to target items that the source does not have.</summary>
public enum CopyMode
{
    /// <summary>They stay.</summary>
    Additive,

    /// <summary>They are deleted, after a complete scan and within the <see cref="DeleteGuard"/>.</summary>
    Mirror,
}

/// <summary>Which digests are kept and checked beside the CRC-64 that every upload carries.</summary>
public enum IntegrityMode
{
    /// <summary>CRC-64 on the way only.</summary>
    None,

    /// <summary>An MD5 is computed while reading and stored with the item.</summary>
    SaveFileMd5,

    /// <summary>As <see cref="SaveFileMd5"/>; afterwards the item is read back from the target and its MD5 compared.</summary>
    SaveVerifyFileMd5,
}

/// <summary>What tells that a file is at the target already.</summary>
public enum CompareBy
{
    /// <summary>Size and modification time, and the change time where both sides have it; content where those leave a doubt.</summary>
    Times,

    /// <summary>The content: both sides are read, however equal they look.</summary>
    Content,
}

/// <summary>What becomes of symbolic links.</summary>
public enum SymlinkPolicy
{
    /// <summary><see cref="Preserve"/> when the target keeps both links and folders, otherwise <see cref="Resolve"/>: Storage Mover's
    /// table.</summary>
    ByTraits,

    /// <summary>The content of the file they point to is stored under the link's name; a link that leads elsewhere fails.</summary>
    Resolve,

    /// <summary>Stored as links; unsupported at a target that cannot.</summary>
    Preserve,

    /// <summary>Counted as excluded.</summary>
    Skip,
}

/// <summary>
/// Stops a mirror that would delete too much, before it deletes anything. It acts when at least <paramref name="ItemsMin"/> items and more
/// than <paramref name="ShareMax"/> of what the target held before would go, and whenever the source is empty and the target is not.
/// </summary>
/// <param name="ShareMax">0 to 1; 1 switches the guard off.</param>
/// <param name="ItemsMin">Fewer deletions than this are always allowed (unless the source is empty).</param>
public sealed record DeleteGuard(double ShareMax = 0.5, long ItemsMin = DeleteGuard.DefaultItemsMin)
{
    /// <summary>Fewer deletions than this stop nothing, unless a person states a share.</summary>
    public const long DefaultItemsMin = 100;

    /// <summary>True when a person has stated the share for this run: an earlier stop does not count then.</summary>
    public bool IsStated { get; init; }
}

/// <summary>How often and how long faults that may pass are tried again. The same limits hold for every request of a run.</summary>
public sealed record RetryPolicy
{
    /// <summary>How long a side may be away before the run fails by name; 30 minutes by default.</summary>
    public TimeSpan AwayMax { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A side that asks for a wait this long is probed at once, so that the wait is said.</summary>
    public TimeSpan LongRetryAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Attempts per step of an item, the first included.</summary>
    public int AttemptsMax { get; init; } = 6;

    /// <summary>Delay before the second attempt; doubled each time, with jitter between half and all of it.</summary>
    public TimeSpan DelayMin { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest delay, also for what the other side asks.</summary>
    public TimeSpan DelayMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The longest time between two probes of a side that is away, unless it asks for more. A probe is cheap and everything waits for the
    /// one that succeeds, so an outage costs at most this much more than it lasts.
    /// </summary>
    public TimeSpan ProbeDelayMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a file that changed while it was read is looked at again.</summary>
    public int ChangedMax { get; init; } = 3;

    /// <summary>How often a full target or refused credentials are tried again before the run ends.</summary>
    public int JobFaultAttemptsMax { get; init; } = 3;

    /// <summary>The wait after an attempt: what the other side asks for or the doubled delay with jitter, within the longest.</summary>
    internal TimeSpan DelayAfter(int attempt, TimeSpan? asked, TimeProvider clock) => Delay(attempt, TimeSpan.MaxValue, asked, clock);

    /// <summary>The wait after a probe that failed.</summary>
    internal TimeSpan DelayOfProbe(int failures, TimeSpan? asked, TimeProvider clock) => Delay(failures, ProbeDelayMax, asked, clock);

    private TimeSpan Delay(int attempt, TimeSpan ceilingMax, TimeSpan? asked, TimeProvider clock)
    {
        var ceiling = DelayMin * Math.Pow(2, Math.Min(attempt - 1, 20));
        ceiling = ceiling < ceilingMax ? ceiling : ceilingMax;
        var jitter = 0.5 + (0.5 * ((ulong)clock.GetTimestamp() * 0x9E3779B97F4A7C15 >> 40) / (1 << 24));
        var delay = ceiling * jitter;
        delay = asked > delay ? asked.Value : delay;
        return delay < DelayMax ? delay : DelayMax;
    }
}

/// <summary>Everything a run can be told. Immutable; units in the names.</summary>
public sealed record TransferOptions
{
    /// <summary>What happens to target items that the source does not have.</summary>
    public CopyMode Mode { get; init; } = CopyMode.Additive;

    /// <summary>
    /// The items that the run is limited to; null for all of the source. Such a run deletes nothing, whatever its mode: it does not see
    /// what the source holds.
    /// </summary>
    public Scan.NamedItems? Only { get; init; }

    /// <summary>Keep owner, permissions and times.</summary>
    public bool PreserveMetadata { get; init; } = true;

    /// <summary>Digests to keep and check.</summary>
    public IntegrityMode Integrity { get; init; } = IntegrityMode.None;

    /// <summary>What tells that a file is at the target already.</summary>
    public CompareBy Compare { get; init; } = CompareBy.Times;

    /// <summary>
    /// Where Mover keeps the state of runs, in the words of <see cref="Contract.VolumeTraits.Place"/>: it is left out when it lies in the
    /// source, and a mirror leaves it alone. Null for none.
    /// </summary>
    public string? StatePlace { get; init; }

    /// <summary>What becomes of symbolic links.</summary>
    public SymlinkPolicy Symlinks { get; init; } = SymlinkPolicy.ByTraits;

    /// <summary>The limit on deletions of a mirror.</summary>
    public DeleteGuard DeleteGuard { get; init; } = new();

    /// <summary>The file in which a stop by the delete guard is remembered for these two ends; null remembers none.</summary>
    public string? GuardMarkPath { get; init; }

    /// <summary>Requests at once; null takes the target's hint.</summary>
    public int? Concurrency { get; init; }

    /// <summary>Bytes for content on its way; 16 MiB to 64 GiB.</summary>
    public long BufferBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Bytes a sort may hold before it spills to disk.</summary>
    public int SortBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Retries.</summary>
    public RetryPolicy Retry { get; init; } = new();

    /// <summary>Bytes per second for uploads at the start of the run; null for no limit, 0 to pause. See
    /// <see cref="TransferRun.UploadLimit"/>.</summary>
    public long? UploadLimit { get; init; }

    /// <summary>
    /// Called for each item when its outcome is durable, one at a time, in order of completion; must be quick and must not throw.
    /// A resumed run does not call it again for items that were done before.
    /// </summary>
    public Action<ItemOutcome>? ItemDone { get; init; }

    /// <summary>
    /// Called with a sentence for a person when a side of the run stops answering and when it answers again; must be quick and must not
    /// throw.
    /// </summary>
    public Action<string>? Notice { get; init; }
}
