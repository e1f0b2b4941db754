using System.Diagnostics;
using System.Globalization;

namespace Mover.Simulation;

/// <summary>One simulation: <c>SEED</c> and settings as <c>NAME=VALUE</c>. Ends with 0 when nothing was violated.</summary>
internal static class Program
{
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(40);

    public static int Main(string[] args)
    {
        if (args is ["weave", var to, ..])
        {
            Console.WriteLine(Weaver.Weave(to, args is [_, _, var plant] ? plant : string.Empty));
            return 0;
        }

        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        var settings = Settings.Read(args);
        ThreadPool.GetMaxThreads(out var threads, out _);
        if (threads != 1)
        {
            Console.Error.WriteLine("The thread pool has more than one thread: start it with DOTNET_ThreadPool_ForceMaxWorkerThreads=1.");
            return 2;
        }

        Lot.Begin(settings.Seed);
        var place = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var folder = Directory.CreateDirectory(Path.Combine(place, $"mover-sim-{Environment.ProcessId}")).FullName;
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            return Run(settings, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Run(Settings settings, string folder)
    {
        var took = Stopwatch.StartNew();
        var world = new World(settings.Seed);
        using var trace = settings.TraceFile is { } file ? new StreamWriter(file) { AutoFlush = true } : null;
        world.Trace = trace;
        var simulation = new Simulation(world, settings, folder);
        world.Start(simulation.RunAsync);
        var (steps, since) = (-1L, took.Elapsed);
#pragma warning disable VSTHRD002 // The pool's one thread is the simulation's; this one watches it.
        while (!world.Over.Wait(TimeSpan.FromSeconds(1)))
        {
            if (world.Steps != steps)
            {
                (steps, since) = (world.Steps, took.Elapsed);
            }
            else if (took.Elapsed - since > StuckAfter)
            {
                var processor = System.Diagnostics.Process.GetCurrentProcess().TotalProcessorTime;
                Console.WriteLine(
                    $"STUCK seed {settings.Seed} at {world.UtcNow:u} after {world.Steps} steps: {ThreadPool.PendingWorkItemCount} waiting, "
                        + $"{ThreadPool.CompletedWorkItemCount} done, {processor.TotalSeconds:0} s of processor");
                return 3;
            }
        }

        var violated = world.Over.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        if (violated is not null)
        {
            foreach (var line in world.Recent)
            {
                Console.WriteLine(line);
            }

            Console.WriteLine($"VIOLATED seed {settings.Seed}: {violated}");
            Console.WriteLine($"Replay: {settings.Replay}");
        }

        Console.WriteLine(
            $"{(violated is null ? "OK" : "FAILED")} seed={settings.Seed} hash={world.Hash:x16} steps={world.Steps} "
                + $"time={TimeSpan.FromTicks(world.Now).TotalHours:0.##}h {simulation.Told} took={took.Elapsed.TotalSeconds:0.0}s "
                + $"processor={System.Diagnostics.Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds:0.0}s");
        return violated is null ? 0 : 1;
    }
}
