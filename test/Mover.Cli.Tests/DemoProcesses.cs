using System.Diagnostics;
using System.Globalization;
using Mover.Testing;

namespace Mover.Cli.Tests;

/// <summary>Demos as processes of their own.</summary>
internal static class DemoProcesses
{
    public static async Task UntilAsync(Process demo, string line)
    {
        string? read;
        do
        {
            read = await demo.StandardError.ReadLineAsync();
        }
        while (read?.Contains(line, StringComparison.Ordinal) == false);

        Assert.NotNull(read);
    }

    // With those that shells of it started. A child belongs to the thread that started it.
    public static IEnumerable<Process> ChildrenOf(int process)
    {
        var children = string.Concat(Directory.GetDirectories($"/proc/{process}/task").Select(one => File.ReadAllText($"{one}/children")));
        return children.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(child => Process.GetProcessById(int.Parse(child, CultureInfo.InvariantCulture)))
            .SelectMany(child => ChildrenOf(child.Id).Append(child));
    }

    public static async Task AssertEndAsync(List<Process> processes)
    {
        Assert.NotEmpty(processes);
        using var bound = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        foreach (var process in processes)
        {
            await process.WaitForExitAsync(bound.Token);
            process.Dispose();
        }
    }

    public static Process Start(TemporaryFolder temporary, ContractFolder contract, params string[] more)
    {
        var start = new ProcessStartInfo(Shell.Program, ["demo", .. more])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TMPDIR"] = temporary.Path;
        start.Environment["XDG_STATE_HOME"] = temporary.Path;
        foreach (var (name, value) in contract.Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException("The demo did not start.");
    }
}
