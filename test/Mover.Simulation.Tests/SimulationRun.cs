using System.Diagnostics;

namespace Mover.Simulation;

/// <summary>Runs simulations in processes of their own, each with a thread pool of one thread; as many at a time as there are cores.</summary>
public sealed class SimulationRun : IDisposable
{
    private static readonly SemaphoreSlim Turn = new(Math.Max(1, Environment.ProcessorCount));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mover-woven-");
    private readonly Lazy<string> _program;
    private readonly Lazy<string> _dueTwice;

    public SimulationRun()
    {
        _program = new(() => Weaver.Weave(_folder.CreateSubdirectory("plain").FullName, string.Empty));
        _dueTwice = new(() => Weaver.Weave(_folder.CreateSubdirectory("due-twice").FullName, Plants.DueTwice));
    }

    internal async Task<Outcome> RunAsync(params string[] settings)
    {
        var program = settings.Contains("plant=" + Plants.DueTwice) ? _dueTwice.Value : _program.Value;
        await Turn.WaitAsync();
        try
        {
            return await RunAsync(program, settings);
        }
        finally
        {
            Turn.Release();
        }
    }

    /// <summary>Runs several; the outcomes are in their order.</summary>
    internal async Task<IReadOnlyList<Outcome>> RunAllAsync(IEnumerable<string[]> runs) => await Task.WhenAll(runs.Select(RunAsync));

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task<Outcome> RunAsync(string program, string[] settings)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "exec", program },
            Environment =
            {
                ["DOTNET_ThreadPool_ForceMinWorkerThreads"] = "1",
                ["DOTNET_ThreadPool_ForceMaxWorkerThreads"] = "1",
                ["DOTNET_EnableWriteXorExecute"] = "0",
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
}

/// <summary>What a simulation said.</summary>
internal sealed record Outcome(int ExitCode, string Said)
{
    public bool IsGood => ExitCode == 0;

    public string LastLine => Said.TrimEnd().Split('\n')[^1];

    public string Hash => LastLine.Split(' ').FirstOrDefault(part => part.StartsWith("hash=", StringComparison.Ordinal)) ?? string.Empty;

    /// <summary>The rule that was violated; null for none.</summary>
    public string? Violated
    {
        get
        {
            var line = Said.Split('\n').FirstOrDefault(one => one.StartsWith("VIOLATED", StringComparison.Ordinal));
            var (from, to) = (line?.IndexOf('[', StringComparison.Ordinal) ?? -1, line?.IndexOf(']', StringComparison.Ordinal) ?? -1);
            return line is not null && from >= 0 && to > from ? line[(from + 1)..to] : null;
        }
    }
}
