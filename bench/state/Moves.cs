using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Arm;
using Mover.State.Documents;

namespace Mover.State.Bench;

/// <summary>
/// Measures the verbs of <c>mover state</c> over a state of many documents, each as a program of its own: seconds, and the most memory that
/// it had. The state is a control plane's, which a server has made in the data folder given; the documents are added to it.
/// </summary>
internal static class Moves
{
    private const string Prefix = "?prefix=bench";
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);

    /// <summary>Runs: <c>moves MOVER DATA-FOLDER DOCUMENTS [etcd://HOST:PORT]</c>.</summary>
    public static async Task RunAsync(string mover, string data, int documents, string? etcd)
    {
        await FillAsync(data, documents);
        var work = Directory.CreateTempSubdirectory("mover-moves-").FullName;
        var ring = Path.Combine(data, "access", "key-ring");
        var stores = new List<(string Name, string Store)> { ("SQLite", $"sqlite:{data}") };
        Console.WriteLine("| what | s | MiB at most |\n|---|---|---|");
        await RunAsync(mover, "copy SQLite to SQLite", ["copy", "--from", $"sqlite:{data}", "--to", $"sqlite:{work}/copy"]);
        if (etcd is not null)
        {
            stores.Add(("etcd", $"{etcd}{Prefix}1/"));
            await RunAsync(mover, "copy SQLite to etcd", ["copy", "--from", $"sqlite:{data}", "--to", $"{etcd}{Prefix}1/"]);
            await RunAsync(mover, "copy etcd to SQLite", ["copy", "--from", $"{etcd}{Prefix}1/", "--to", $"sqlite:{work}/back"]);
        }

        foreach (var (name, store) in stores)
        {
            await RunAsync(mover, $"backup of {name}", ["backup", $"{work}/{name}", "--store", store, "--data", data, "--key-ring", ring]);
            await RunAsync(mover, $"verify {name}", ["verify", "--store", store]);
        }

        string[] sealedWith = ["--key-ring", ring];
        await RunAsync(mover, "verify the backup", ["verify", $"{work}/SQLite", .. sealedWith]);
        await RunAsync(mover, "restore into SQLite", ["restore", $"{work}/SQLite", "--store", $"sqlite:{work}/restored", .. sealedWith]);
        if (etcd is not null)
        {
            await RunAsync(mover, "restore into etcd", ["restore", $"{work}/SQLite", "--store", $"{etcd}{Prefix}2/", .. sealedWith]);
        }

        Console.WriteLine($"\nThe backup has {new FileInfo($"{work}/SQLite").Length / 1048576.0:F0} MiB.");
        Directory.Delete(work, recursive: true);
    }

    private static async Task FillAsync(string data, int count)
    {
        await using var store = await StateEngine.Sqlite.OpenAsync(
            new(data, true, TimeProvider.System, NullLoggerFactory.Instance), CancellationToken.None);
        var documents = new DocumentStore(store);
        var project = ResourceId.OfGroup("s", "bench").Provider("Microsoft.StorageMover/storageMovers", "m");
        var stamp = new WriteStamp("bench", "User", TimeProvider.System.GetUtcNow(), "bench", Routine: true);
        var thing = new Thing(new string('x', 400), 1);
        foreach (var batch in Enumerable.Range(0, count).Chunk(100))
        {
            await documents.CommitAsync(
                [.. batch.Select(at => DocumentWrite.Put(project.Child("things", $"t{at:D7}"), thing, BenchJson.Default.Thing))],
                stamp,
                CancellationToken.None);
        }
    }

    private static async Task RunAsync(string mover, string what, string[] arguments)
    {
        var start = new ProcessStartInfo(mover, ["state", .. arguments])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var talk = process.StandardError.ReadToEndAsync();
        var results = process.StandardOutput.ReadToEndAsync();
        var most = 0L;
        while (!process.HasExited)
        {
            most = Math.Max(most, Peak(process.Id));
            await Task.Delay(LookEvery);
        }

        await results;
        Console.WriteLine(process.ExitCode == 0
            ? string.Create(CultureInfo.InvariantCulture, $"| {what} | {watch.Elapsed.TotalSeconds:F1} | {most / 1024} |")
            : $"{what} failed: {await talk}");
    }

    private static long Peak(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmHWM", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
