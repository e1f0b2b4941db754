using System.Diagnostics;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Arm;
using Mover.State;
using Mover.State.Documents;
using Mover.State.Sqlite;

namespace Mover.State.Bench;

/// <summary>
/// Measures the embedded state store on the folder given (a new one in the temporary folder otherwise): commits and reads a second.
/// Run: <c>dotnet run -c Release --project bench/state [folder]</c>.
/// </summary>
internal static class Program
{
    private const int ValueBytes = 1024;
    private const int ReadCount = 400_000;
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(3);

    public static async Task Main(string[] arguments)
    {
        var folder = arguments.Length > 0 ? arguments[0] : Directory.CreateTempSubdirectory("mover-bench-").FullName;
        await using var store = SqliteStateStore.Open(
            new() { Path = Path.Combine(folder, $"bench-{Environment.ProcessId}.db") },
            TimeProvider.System,
            NullLogger<SqliteStateStore>.Instance);
        foreach (var writers in new[] { 1, 8, 64, 256 })
        {
            Console.WriteLine($"commits/s, {writers,3} writers: {await CommitsAsync(store, writers),10:N0}");
        }

        Console.WriteLine($"document puts/s, 64 writers: {await DocumentsAsync(store),7:N0}");
        Console.WriteLine($"gets/s, 1 reader:  {await GetsAsync(store, 1),12:N0}");
        Console.WriteLine($"gets/s, 4 readers: {await GetsAsync(store, 4),12:N0}");
        Console.WriteLine($"pages/s of 100:    {await PagesAsync(store),12:N0}");
    }

    private static Task<double> CommitsAsync(SqliteStateStore store, int writers) => RateAsync(writers, async (writer, at) =>
    {
        var value = new byte[ValueBytes];
        await store.CommitAsync([], [new($"k/{writer:D4}/{at % 1000:D4}", value)], CancellationToken.None);
    });

    private static Task<double> DocumentsAsync(SqliteStateStore store)
    {
        var documents = new DocumentStore(store);
        var group = ResourceId.OfGroup("s", "g").Provider("Microsoft.StorageMover/storageMovers", "m");
        var stamp = new WriteStamp("bench", "User", DateTimeOffset.UnixEpoch, "bench");
        return RateAsync(64, async (writer, at) =>
        {
            var id = group.Child("endpoints", $"e{writer}-{at}");
            await documents.PutAsync(
                id, new Thing("x", at), BenchJson.Default.Thing, DocumentCondition.Always, stamp, CancellationToken.None);
        });
    }

    private static async Task<double> GetsAsync(SqliteStateStore store, int readers)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, readers).Select(_ => Task.Run(async () =>
        {
            for (var at = 0; at < ReadCount / readers; at++)
            {
                await store.GetAsync($"k/0000/{at % 1000:D4}", CancellationToken.None);
            }
        })));
        return ReadCount / watch.Elapsed.TotalSeconds;
    }

    private static Task<double> PagesAsync(SqliteStateStore store) =>
        RateAsync(1, async (_, _) => await store.ListAsync("k/0000/", null, 100, CancellationToken.None));

    private static async Task<double> RateAsync(int workers, Func<int, int, Task> work)
    {
        var watch = Stopwatch.StartNew();
        var done = await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(async () =>
        {
            var at = 0;
            for (; watch.Elapsed < Span; at++)
            {
                await work(worker, at);
            }

            return at;
        })));
        return done.Sum() / watch.Elapsed.TotalSeconds;
    }
}

internal sealed record Thing(string Name, int Count);

[JsonSerializable(typeof(Thing))]
internal sealed partial class BenchJson : JsonSerializerContext;
