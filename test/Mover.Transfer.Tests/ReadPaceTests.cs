using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Transfer.Copy;

namespace Mover.Transfer.Tests;

public sealed class ReadPaceTests
{
    private readonly List<int> _widened = [];

    [Fact]
    public void Slow_reads_get_more_threads_once()
    {
        var pace = new ReadPace(32, _widened.Add);

        Read(pace, 3 * ReadPace.ReadsPerLook, ReadPace.Slow * 2);

        Assert.Equal([32], _widened);
    }

    [Fact]
    public void Fast_reads_and_a_slow_one_among_them_get_none()
    {
        var pace = new ReadPace(32, _widened.Add);

        Read(pace, 10 * ReadPace.ReadsPerLook, ReadPace.Slow / 10);
        Read(pace, 1, ReadPace.Slow * 20);
        Read(pace, 10 * ReadPace.ReadsPerLook, ReadPace.Slow / 10);

        Assert.Empty(_widened);
    }

    [Fact]
    public void A_source_that_becomes_slow_is_noticed()
    {
        var pace = new ReadPace(32, _widened.Add);

        Read(pace, ReadPace.ReadsPerLook, ReadPace.Slow / 10);
        Read(pace, ReadPace.ReadsPerLook, ReadPace.Slow * 2);

        Assert.Equal([32], _widened);
    }

    [Fact]
    public async Task A_copy_from_a_source_that_holds_its_threads_gets_one_for_each_request()
    {
        using var bench = new Bench();
        var requests = Environment.ProcessorCount * 4;
        bench.Options = bench.Options with { Concurrency = requests };
        foreach (var i in Enumerable.Range(0, 2 * ReadPace.ReadsPerLook))
        {
            bench.Source.AddFile($"f{i}", "1");
        }

        var source = new FaultVolume(bench.Source)
        {
            Meanwhile = (call, cancel) =>
            {
                if (call.Operation == "ReadWhole")
                {
                    using var never = new ManualResetEventSlim();
                    never.Wait(ReadPace.Slow * 2, cancel);
                }

                return ValueTask.CompletedTask;
            },
        };

        await bench.CopyAsync(source);

        ThreadPool.GetMinThreads(out var threads, out _);
        Assert.True(threads >= requests, $"{threads} threads for {requests} requests");
    }

    private static void Read(ReadPace pace, int reads, TimeSpan each)
    {
        for (var i = 0; i < reads; i++)
        {
            pace.Held(each);
        }
    }
}
