namespace Mover.Transfer.Scan;

/// <summary>
/// Keeps the heap of a long scan as small as that of a short one. What entries leave behind lives just long enough to be promoted, and the
/// collector then lets it lie until there is a lot of it; here it goes when it is <see cref="GrowthBytesMax"/>. Not thread-safe.
/// </summary>
/// <param name="heapBytes">The size of the heap at this moment.</param>
/// <param name="collect">Collects all of it.</param>
internal sealed class ScanHeap(Func<long> heapBytes, Action collect)
{
    /// <summary>
    /// How far the heap may grow above what was alive last: about half a second's garbage, which costs some 15 ms to collect. Half as much
    /// saves no memory; twice as much saves a tenth of the CPU of an unchanged tree (<c>bench/transfer.sh</c>) and costs 16 MiB.
    /// </summary>
    public const long GrowthBytesMax = 16 * 1024 * 1024;

    private long _floorBytes = heapBytes();

    /// <summary>Watches the heap of the process.</summary>
    public ScanHeap()
        : this(static () => GC.GetTotalMemory(forceFullCollection: false), static () => GC.Collect())
    {
    }

    /// <summary>Looks, and collects when it is time.</summary>
    public void Look()
    {
        var now = heapBytes();
        if (now - _floorBytes > GrowthBytesMax)
        {
            collect();
            now = heapBytes();
            _floorBytes = now;
        }

        _floorBytes = Math.Min(_floorBytes, now);
    }
}
