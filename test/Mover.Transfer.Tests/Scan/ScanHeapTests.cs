using Mover.Transfer.Scan;

namespace Mover.Transfer.Tests.Scan;

public sealed class ScanHeapTests
{
    private const long Alive = 50_000_000;
    private long _heap = Alive;
    private int _collections;

    [Fact]
    public void Garbage_goes_when_it_is_as_much_as_it_may_be()
    {
        var heap = New(afterwards: Alive);

        Grow(heap, ScanHeap.GrowthBytesMax);
        var before = _collections;
        Grow(heap, 1);

        Assert.Equal((0, 1, Alive), (before, _collections, _heap));
    }

    [Fact]
    public void What_stays_alive_is_not_collected_again_and_again()
    {
        var heap = New(afterwards: Alive + ScanHeap.GrowthBytesMax);

        Grow(heap, ScanHeap.GrowthBytesMax + 1);
        Grow(heap, ScanHeap.GrowthBytesMax);

        Assert.Equal(1, _collections);
    }

    [Fact]
    public void A_heap_that_shrank_by_itself_may_grow_from_there()
    {
        var heap = New(afterwards: Alive);

        Grow(heap, -Alive / 2);
        Grow(heap, ScanHeap.GrowthBytesMax + 1);

        Assert.Equal(1, _collections);
    }

    private ScanHeap New(long afterwards) => new(() => _heap, () => (_heap, _collections) = (afterwards, _collections + 1));

    private void Grow(ScanHeap heap, long bytes)
    {
        _heap += bytes;
        heap.Look();
    }
}
