// The engine alone, between a source that generates its files and a target that discards them: the cost of one item without the I/O
// of volumes. Journal, digests and ledger are on. Usage: Mover.Bench.Engine [files] [bytes per file]
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Testing;
using Mover.Transfer;

var files = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
var fileBytes = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 4_096;
var folder = Directory.CreateTempSubdirectory("mover-bench-").FullName;
var source = new SyntheticSource(files, fileBytes);
#pragma warning disable RS0030 // A benchmark is a program of its own and speaks to the terminal.
try
{
    await MeasureAsync("warm-up", new SyntheticSource(files / 10, fileBytes), new NullTarget());
    await MeasureAsync("copy", source, new NullTarget());
    await MeasureAsync("unchanged", source, new NullTarget(source));
}
finally
{
    Directory.Delete(folder, recursive: true);
}

async Task MeasureAsync(string name, SyntheticSource from, NullTarget to)
{
    var (cpu, allocated, started) = (Process.GetCurrentProcess().TotalProcessorTime, GC.GetTotalAllocatedBytes(), Stopwatch.GetTimestamp());
    var summary = await TransferRun.RunAsync(
        from, to, new TransferOptions(), Path.Combine(folder, name), TimeProvider.System, NullLogger.Instance, CancellationToken.None);
    var (seconds, items) = (Stopwatch.GetElapsedTime(started).TotalSeconds, summary.Counters.ItemsScanned);
    var used = Process.GetCurrentProcess().TotalProcessorTime - cpu;
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-10} {items,9} items {items / seconds,9:F0} items/s {used.TotalMicroseconds / items,6:F2} us CPU/item {(GC.GetTotalAllocatedBytes() - allocated) / items,5} B/item allocated, peak {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB, ledger {new FileInfo(summary.LedgerPath ?? throw new UnreachableException()).Length / items} B/item, {summary.Outcome}"));
}
