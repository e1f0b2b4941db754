using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Mover.Cli.Tests;

/// <summary>
/// An estate with one job in East US, its snapshot, a second control plane in West US, and a folder from which commands are pasted into a
/// real shell. East US can be lost.
/// </summary>
internal sealed class LostRegion : IAsyncDisposable
{
    /// <summary>The name of the snapshot's folder, which a shell would split.</summary>
    public const string SnapshotName = "the snapshot";

    private static readonly TimeSpan OnlineMax = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _agents = [];
    private RunningServer? _east;
    private RunningServer? _west;

    public RunningServer East => _east ?? throw new InvalidOperationException("East US is not started.");

    public RunningServer West => _west ?? throw new InvalidOperationException("West US is not started.");

    /// <summary>The folder in which commands are pasted.</summary>
    public string Work => _folder["work"];

    public string Snapshot => Path.Combine(Work, SnapshotName);

    /// <summary>The account that the job writes to, before the region is lost.</summary>
    public string EastAccount { get; private set; } = string.Empty;

    /// <summary>One that replaces it.</summary>
    public string WestAccount { get; private set; } = string.Empty;

    public string this[string name] => Path.Combine(Work, name);

    /// <summary>Both regions, and the estate in the first of them.</summary>
    /// <param name="location">The region of the estate.</param>
    /// <param name="eastFlags">More flags of the first server.</param>
    public static async Task<LostRegion> StartAsync(string location = "eastus", params string[] eastFlags)
    {
        var region = new LostRegion();
        try
        {
            Directory.CreateDirectory(region.Work);
            region._east = await RunningServer.StartAsync(eastFlags);
            region._west = await RunningServer.StartAsync("--region", "westus");
            await region.DefineAsync(location);
            return region;
        }
        catch
        {
            await region.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes the snapshot, signed when a key is named.</summary>
    public Task SnapshotAsync(params string[] more) => OkAsync(East, ["recovery", "snapshot", "-g", "g1", "--output", Snapshot, .. more]);

    public Task LoseAsync() => East.KillAsync();

    /// <summary>Runs a line as a person pastes it: a shell splits it, in the folder of the work, with nothing in the environment.</summary>
    public async Task<Ran> PasteAsync(string line)
    {
        using var process = Start(line);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output, await error);
    }

    /// <summary>The same for a line whose command is to end in a certain way.</summary>
    public async Task<Ran> PasteAsync(int exitCode, string line)
    {
        var ran = await PasteAsync(line);
        Assert.True(ran.ExitCode == exitCode, $"{line}\nended with {ran.ExitCode}, not {exitCode}:\n{ran.Out}\n{ran.Error}");
        return ran;
    }

    /// <summary>Pastes a line that goes on until the test ends.</summary>
    public async Task StayAsync(string line)
    {
        var process = Start(line);
        _agents.Add(process);
        _ = process.StandardError.ReadToEndAsync();
        Assert.StartsWith("ready ", await process.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
    }

    /// <summary>Pastes a line until its command ends well, as a person does who waits for an agent.</summary>
    public async Task<Ran> RepeatAsync(string line)
    {
        using var limit = new CancellationTokenSource(OnlineMax);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        while (true)
        {
            var ran = await PasteAsync(line);
            if (ran.ExitCode == ExitCodes.Ok)
            {
                return ran;
            }

            Assert.False(limit.IsCancellationRequested, ran.Out + ran.Error);
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public static async Task<Ran> OkAsync(RunningServer server, params string[] args)
    {
        var ran = await server.CreateShell().RunAsync(args);
        Assert.True(ran.ExitCode == ExitCodes.Ok, $"{string.Join(' ', args)}: {ran.Error}");
        return ran;
    }

    /// <summary>What a text names after a title, to the end of its line.</summary>
    public static string After(string text, string title)
    {
        var line = text.Split('\n').FirstOrDefault(one => one.StartsWith(title, StringComparison.Ordinal));
        return line is null ? throw new InvalidOperationException($"There is no '{title}' in:\n{text}") : line[title.Length..].Trim();
    }

    /// <summary>The indented lines of a text, which are for agents' hosts.</summary>
    public static IReadOnlyList<string> AgentLines(string text) =>
        [.. text.Split('\n').Where(line => line.StartsWith("  mover agent ", StringComparison.Ordinal)).Select(line => line.Trim())];

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents)
        {
            agent.Kill(entireProcessTree: true);
            await agent.WaitForExitAsync();
            agent.Dispose();
        }

        if (_west is not null)
        {
            await _west.DisposeAsync();
        }

        if (_east is not null)
        {
            await _east.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task DefineAsync(string location)
    {
        string[] mover = ["-g", "g1", "--storage-mover-name", "m1"];
        await OkAsync(East, "group", "create", "-n", "g1", "-l", location);
        await OkAsync(East, "storage-mover", "create", "-g", "g1", "-n", "m1", "-l", location);
        EastAccount = await AccountAsync(East, "g1", "acceast", location);
        await OkAsync(West, "group", "create", "-n", "data", "-l", "westus");
        WestAccount = await AccountAsync(West, "data", "accwest", "westus");
        await OkAsync(East, ["project", "create", .. mover, "-n", "p1"]);
        await OkAsync(East, ["endpoint", "create-for-nfs", .. mover, "-n", "src", "--host", "filer.test", "--export", "/export"]);
        await OkAsync(
            East,
            [
                "endpoint", "create-for-storage-container", .. mover, "-n", "dst", "--container-name", "container1", "--storage-account-id",
                EastAccount,
            ]);
        await OkAsync(
            East,
            [
                "job-definition", "create", .. mover, "--project-name", "p1", "-n", "j1", "--copy-mode", "Additive", "--source-name", "src",
                "--target-name", "dst",
            ]);
    }

    private static async Task<string> AccountAsync(RunningServer server, string group, string name, string location)
    {
        var made = await OkAsync(server, "storage-account", "create", "-g", group, "-n", name, "-l", location, "-o", "json");
        return JsonNode.Parse(made.Out)!["id"]!.ToString();
    }

    private Process Start(string line)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"mover() {{ exec \"$MOVER_PASTED\" \"$@\"; }}\n{line}"])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Work,
        };
        foreach (var name in start.Environment.Keys.Where(name =>
            name.StartsWith("MOVER_", StringComparison.Ordinal) || name.StartsWith("XDG_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["HOME"] = _folder["home"];
        start.Environment["MOVER_PASTED"] = Shell.Program;
        return Process.Start(start) ?? throw new InvalidOperationException("The shell did not start.");
    }
}
