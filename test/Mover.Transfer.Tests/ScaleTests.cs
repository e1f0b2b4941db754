using Mover.Testing;

namespace Mover.Transfer.Tests;

[Collection(nameof(Alone))]
public sealed class ScaleTests
{
    private const int Files = 1_000_000;

    /// <summary>Whatever the number of entries, this is what the engine may hold on to: batches, queues, sorts and buffers.</summary>
    private const long HeldBytesMax = 64L * 1024 * 1024;

    [Fact]
    public async Task A_million_entries_are_held_in_constant_memory_and_in_a_hundred_bytes_each_on_disk()
    {
        using var bench = new Bench();
        var source = new SyntheticSource(Files, 16);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        var seen = 0;
        bench.Options = bench.Options with
        {
            ItemDone = _ =>
            {
                if (++seen % 100_000 == 0)
                {
                    most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
                }
            },
        };

        var summary = await bench.CopyAsync(source, new NullTarget());

        Assert.Equal((RunOutcome.Succeeded, Files + (Files / 1000)), (summary.Outcome, summary.Counters.ItemsTransferred));
        Assert.InRange(most, 1, HeldBytesMax);
        Assert.InRange(new FileInfo(summary.LedgerPath!).Length / Files, 1, 100);
    }
}

/// <summary>For tests that measure the memory of the process: no others run beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
