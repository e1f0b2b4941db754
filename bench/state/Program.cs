using System.Diagnostics;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Arm;
using Mover.State;
using Mover.State.Documents;
using Mover.State.Etcd;
using Mover.State.Sqlite;

namespace Mover.State.Bench;

/// <summary>
/// Measures the embedded state store on the folder given (a new one in the temporary folder otherwise), or the one over etcd at the
/// addresses given: commits and reads a second. Run: <c>dotnet run -c Release --project bench/state [folder | http://member:2379 …]</c>.
/// </summary>
internal static class Program
{
    private const int ValueBytes = 1024;
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(3);

    public static async Task Main(string[] arguments)
    {
        if (arguments is ["moves", var mover, var data, var documents, .. var more])
        {
            await Moves.RunAsync(mover, data, int.Parse(documents, System.Globalization.CultureInfo.InvariantCulture), more.FirstOrDefault());
            return;
        }

        await using var store = await OpenAsync(arguments);
        foreach (var writers in new[] { 1, 8, 32, 64, 256 })
        {
            Console.WriteLine($"commits/s, {writers,3} writers: {await CommitsAsync(store, writers),10:N0}");
        }

        Console.WriteLine($"document puts/s, 64 writers: {await DocumentsAsync(store),7:N0}");
        Console.WriteLine($"gets/s, 1 reader:  {await GetsAsync(store, 1),12:N0}");
        Console.WriteLine($"gets/s, 4 readers: {await GetsAsync(store, 4),12:N0}");
        Console.WriteLine($"gets/s, 32 readers: {await GetsAsync(store, 32),11:N0}");
        Console.WriteLine($"pages/s of 100:    {await PagesAsync(store),12:N0}");
    }

    private static async Task<IStateStore> OpenAsync(string[] arguments)
    {
        if (arguments.Length > 0 && arguments[0].StartsWith("http", StringComparison.Ordinal))
        {
            return await EtcdStateStore.OpenAsync(
                new() { Endpoints = [.. arguments.Select(address => new Uri(address))], CallTimeout = TimeSpan.FromSeconds(5) },
                TimeProvider.System,
                NullLogger<EtcdStateStore>.Instance,
                CancellationToken.None);
        }

        var folder = arguments.Length > 0 ? arguments[0] : Directory.CreateTempSubdirectory("mover-bench-").FullName;
        return SqliteStateStore.Open(
            new() { Path = Path.Combine(folder, $"bench-{Environment.ProcessId}.db") },
            TimeProvider.System,
            NullLogger<SqliteStateStore>.Instance);
    }

    private static Task<double> CommitsAsync(IStateStore store, int writers) => RateAsync(writers, async (writer, at) =>
    {
        var value = new byte[ValueBytes];
        await store.CommitAsync([], [new($"k/{writer:D4}/{at % 1000:D4}", value)], CancellationToken.None);
    });

    private static Task<double> DocumentsAsync(IStateStore store)
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

    private static Task<double> GetsAsync(IStateStore store, int readers) =>
        RateAsync(readers, async (_, at) => await store.GetAsync($"k/0000/{at % 1000:D4}", CancellationToken.None));

    private static Task<double> PagesAsync(IStateStore store) =>
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
