using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Server;
using Mover.State;
using Mover.State.Tests;

namespace Mover.Bench.Agents;

/// <summary>
/// The child process: instances of the control plane over one store. Prints their addresses, then a line of counts for each line that it is
/// sent, until its input ends.
/// </summary>
internal static class Instances
{
    public static async Task ServeAsync(string folder, int count)
    {
        Directory.CreateDirectory(folder);
        await using var store = await StateEngine.Sqlite.OpenAsync(
            new(folder, MustExist: false, TimeProvider.System, NullLoggerFactory.Instance), default);
        var counted = new List<CountingStore>();
        var instances = new List<WebApplication>();
        for (var at = 0; at < count; at++)
        {
            var own = new CountingStore(store, ownsInner: false);
            counted.Add(own);
            instances.Add(await ServerApp.CreateAsync(new()
            {
                DataFolder = folder,
                Urls = ["https://127.0.0.1:0"],
                InstanceName = string.Create(CultureInfo.InvariantCulture, $"instance-{at}"),
                Store = new("shared", (_, _) => Task.FromResult<IStateStore>(own)),
            }));
            await instances[at].StartAsync();
        }

        await Console.Out.WriteLineAsync(string.Join(' ', instances.Select(one => one.Urls.First())));
        while (await Console.In.ReadLineAsync() is not null)
        {
            using var self = Process.GetCurrentProcess();
            var all = counted.Select(one => one.Counts).ToList();
            await Console.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{all.Sum(c => c.Reads)} {all.Sum(c => c.Lists)} {all.Sum(c => c.Commits)} "
                    + $"{(long)self.TotalProcessorTime.TotalMilliseconds} {GC.GetTotalMemory(true)} {self.WorkingSet64}"));
        }

        foreach (var instance in instances)
        {
            await instance.DisposeAsync();
        }
    }
}

/// <summary>What the child has counted.</summary>
internal sealed record Counts(long Reads, long Lists, long Commits, long CpuMilliseconds, long HeapBytes, long ResidentBytes)
{
    public static Counts Parse(string line)
    {
        var parts = line.Split(' ').Select(part => long.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return new(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
    }
}
