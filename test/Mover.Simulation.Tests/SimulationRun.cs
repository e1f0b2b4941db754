using System.Diagnostics;

namespace Mover.Simulation;

/// <summary>Runs simulations in processes of their own, each with a thread pool of one thread.</summary>
public sealed class SimulationRun : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mover-woven-").FullName;
    private readonly Lazy<string> _program;

    public SimulationRun() => _program = new(() => Weaver.Weave(_folder));

    internal async Task<Outcome> RunAsync(params string[] settings)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "exec", _program.Value },
            Environment =
            {
                ["DOTNET_ThreadPool_ForceMinWorkerThreads"] = "1",
                ["DOTNET_ThreadPool_ForceMaxWorkerThreads"] = "1",
                ["DOTNET_TieredPGO"] = "1",
            },
        };
        foreach (var setting in settings)
        {
            start.ArgumentList.Add(setting);
        }

        using var process = System.Diagnostics.Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        var said = process.StandardOutput.ReadToEndAsync();
        var complained = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new(process.ExitCode, await said + await complained);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

/// <summary>What a simulation said.</summary>
internal sealed record Outcome(int ExitCode, string Said)
{
    public string LastLine => Said.TrimEnd().Split('\n')[^1];

    public string Hash => LastLine.Split(' ').FirstOrDefault(part => part.StartsWith("hash=", StringComparison.Ordinal)) ?? string.Empty;
}
