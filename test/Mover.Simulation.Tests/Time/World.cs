using System.Text;

namespace Mover.Simulation;

/// <summary>
/// Virtual time and its events. The world is one work item of a thread pool that has one thread: it fires the next event when nothing else
/// is queued there, so everything that the product starts is done before time goes on, and in an order that the seed decides.
/// </summary>
internal sealed class World : IThreadPoolWorkItem
{
    /// <summary>When virtual time begins: before the times that the host gives files.</summary>
    public static readonly DateTimeOffset Epoch = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private const int StepsAtOneTimeMax = 2_000_000;

    private readonly PriorityQueue<Happening, (long At, uint Tie, long Number)> _happenings = new();
    private readonly TaskCompletionSource<string?> _over = new();
    private readonly Queue<string> _recent = new();
    private readonly byte[] _buffer = new byte[4096];
    private ulong _hash = 14695981039346656037;
    private long _numbered;
    private int _stepsHere;
    private bool _isOver;

    public World(int seed)
    {
        Seed = seed;
        Dice = new(seed);
        Ties = new(seed ^ 0x5EED);
    }

    public int Seed { get; }

    /// <summary>What the simulation draws from: faults, delays, choices.</summary>
    public Random Dice { get; }

    private Random Ties { get; }

    /// <summary>Virtual time since the beginning, in ticks of 100 ns.</summary>
    public long Now { get; private set; }

    /// <summary>Reading a clock takes a microsecond: whoever looks at it until it has moved on sees it move.</summary>
    public void Tick() => Now += TimeSpan.TicksPerMicrosecond;

    public DateTimeOffset UtcNow => Epoch.AddTicks(Now);

    /// <summary>Events that were fired.</summary>
    public long Steps { get; private set; }

    /// <summary>What happened so far, as one number: two runs of a seed have the same.</summary>
    public ulong Hash => _hash;

    /// <summary>Null when it ended well; else what was violated.</summary>
    public Task<string?> Over => _over.Task;

    public IEnumerable<string> Recent => _recent;

    public void Start(Func<Task> main)
    {
        Schedule(0, null, () => _ = RunAsync(main));
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Something was violated: the run ends, and says so.</summary>
    public void Fail(string what)
    {
        if (_isOver)
        {
            return;
        }

        Note("failed", what);
        _isOver = true;
        _over.TrySetResult($"{UtcNow:yyyy-MM-dd HH:mm:ss.fff} {what}");
    }

    public Happening Schedule(long after, Process? owner, Action act)
    {
        var happening = new Happening(owner, act);
        Enqueue(happening, Now + Math.Max(0, after));
        return happening;
    }

    public Happening Schedule(TimeSpan after, Process? owner, Action act) => Schedule(after.Ticks, owner, act);

    public Task DelayAsync(TimeSpan time, Process? owner)
    {
        var done = new TaskCompletionSource();
        Schedule(time.Ticks, owner, () => done.TrySetResult());
        return done.Task;
    }

    /// <summary>A time between two, drawn.</summary>
    public TimeSpan Between(TimeSpan least, TimeSpan most) => TimeSpan.FromTicks(Dice.NextInt64(least.Ticks, most.Ticks + 1));

    public bool Chance(double share) => Dice.NextDouble() < share;

    /// <summary>Adds to the trace that <see cref="Hash"/> is over; the last entries are kept to be shown.</summary>
    public void Note(string kind, string what)
    {
        var written = Encoding.UTF8.GetBytes(what.AsSpan(0, Math.Min(what.Length, 1200)), _buffer);
        _hash ^= (ulong)Now;
        foreach (var one in _buffer.AsSpan(0, written))
        {
            _hash = (_hash ^ one) * 1099511628211;
        }

        Tell(kind, () => what);
    }

    /// <summary>Shows something without adding it to <see cref="Hash"/>.</summary>
    public void Tell(string kind, Func<string> what)
    {
        if (!_isOver)
        {
            var line = $"{UtcNow:dd HH:mm:ss.ffffff} {kind,-8} {what()}";
            Trace?.WriteLine(line);
            _recent.Enqueue(line);
            if (_recent.Count > 400)
            {
                _recent.Dequeue();
            }
        }
    }

    /// <summary>Where the whole trace goes; null for nowhere.</summary>
    public TextWriter? Trace { get; set; }

    public void Execute()
    {
        if (_isOver)
        {
            return;
        }

        if (ThreadPool.PendingWorkItemCount == 0)
        {
            Step();
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    internal void Enqueue(Happening happening, long at) =>
        _happenings.Enqueue(happening, (at, (uint)Ties.Next(), _numbered++));

    private async Task RunAsync(Func<Task> main)
    {
        try
        {
            await main();
            _isOver = true;
            _over.TrySetResult(null);
        }
        catch (Exception fault)
        {
            Fail(fault.ToString());
        }
    }

    private void Step()
    {
        while (_happenings.TryDequeue(out var happening, out var place))
        {
            if (happening.IsCancelled || happening.Owner?.Takes(happening) == false)
            {
                continue;
            }

            _stepsHere = place.At == Now ? _stepsHere + 1 : 0;
            if (_stepsHere > StepsAtOneTimeMax)
            {
                Fail("Virtual time stands still.");
                return;
            }

            Now = Math.Max(Now, place.At);
            Steps++;
            happening.Fire();
            return;
        }

        Fail("Nothing will ever happen again.");
    }
}

/// <summary>Something that happens at a time, unless it is cancelled or its process is gone.</summary>
internal sealed class Happening(Process? owner, Action act)
{
    public Process? Owner => owner;

    public bool IsCancelled { get; private set; }

    public void Cancel() => IsCancelled = true;

    public void Fire() => act();
}
