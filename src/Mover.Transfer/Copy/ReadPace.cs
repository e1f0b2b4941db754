namespace Mover.Transfer.Copy;

/// <summary>
/// Watches how long reads of the source hold their threads. The thread pool begins with one for each core, which is best while reads come
/// from memory, and adds to waiting ones about one in half a second. A disk or a mounted share that takes its time gets a thread for each
/// request at the target instead, as soon as that shows. Thread-safe.
/// </summary>
/// <param name="threads">How many threads slow reads are worth.</param>
/// <param name="widen">Gives the pool at least so many threads.</param>
internal sealed class ReadPace(int threads, Action<int> widen)
{
    /// <summary>How many reads are looked at together.</summary>
    public const int ReadsPerLook = 64;

    /// <summary>Reads that take this long on average wait for something other than the processor.</summary>
    public static readonly TimeSpan Slow = TimeSpan.FromMicroseconds(500);

    private long _ticks;
    private int _reads;
    private bool _isWide;

    /// <summary>Watches for the process' own thread pool.</summary>
    public ReadPace(int threads)
        : this(threads, Widen)
    {
    }

    /// <summary>A read that held its thread for so long.</summary>
    public void Held(TimeSpan duration)
    {
        if (Volatile.Read(ref _isWide))
        {
            return;
        }

        Interlocked.Add(ref _ticks, duration.Ticks);
        if (Interlocked.Increment(ref _reads) % ReadsPerLook == 0
            && Interlocked.Exchange(ref _ticks, 0) > Slow.Ticks * ReadsPerLook
            && !Interlocked.Exchange(ref _isWide, true))
        {
            widen(threads);
        }
    }

    private static void Widen(int threads)
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        if (workers < threads)
        {
            ThreadPool.SetMinThreads(threads, completions);
        }
    }
}
