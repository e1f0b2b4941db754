using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Mover.Cli.Tests;

/// <summary><c>mover recovery snapshot | watch | new-key</c> against a real server and the real git.</summary>
public sealed class RecoveryVerbTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartAsync();
        await OkAsync("group", "create", "-n", "g1", "-l", "eastus");
        await OkAsync("storage-mover", "create", "-g", "g1", "-n", "m1");
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_snapshot_is_committed_once_and_then_unchanged_until_something_is()
    {
        await OkAsync("recovery", "new-key", _folder["key"]);

        var first = await OkAsync("recovery", "snapshot", "-g", "g1", "--repository", _folder["r"], "--sign-key", _folder["key"]);
        var second = await OkAsync("recovery", "snapshot", "-g", "g1", "--repository", _folder["r"], "--sign-key", _folder["key"]);
        await OkAsync("project", "create", "-g", "g1", "--storage-mover-name", "m1", "-n", "p1");
        var third = await OkAsync("recovery", "snapshot", "-g", "g1", "--storage-mover", "m1", "--repository", _folder["r"], "-m", "by hand");

        Assert.Matches(@"\Acommitted [0-9a-f]{40} First snapshot of resource group g1: 1 resource\n\z", first.Out);
        Assert.Equal(first.Out.Split(' ')[1], second.Out.Split(' ')[1]);
        Assert.StartsWith("unchanged ", second.Out, StringComparison.Ordinal);
        Assert.EndsWith(" by hand\n", third.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_are_written_without_git_and_wrong_flags_are_said()
    {
        var written = await OkAsync("recovery", "snapshot", "-g", "g1", "--output", _folder["out"]);
        var twice = await RunAsync("recovery", "snapshot", "-g", "g1", "--output", _folder["out"], "--repository", _folder["r"]);
        var push = await RunAsync("recovery", "snapshot", "-g", "g1", "--output", _folder["out"], "--push");
        var path = await RunAsync("recovery", "snapshot", "-g", "g1", "--repository", _folder["r"], "--path", "../out");
        var group = await RunAsync("recovery", "snapshot", "-g", "g9", "--repository", _folder["r"]);
        var every = await RunAsync("recovery", "watch", "-g", "g1", "--repository", _folder["r"], "--every", "15");

        Assert.Contains(_folder["out"], written.Out, StringComparison.Ordinal);
        Assert.Single(JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_folder["out"], "template.json")))!["resources"]!.AsArray());
        Assert.All(new[] { twice, push, path, every }, ran => Assert.Equal(ExitCodes.Usage, ran.ExitCode));
        Assert.Equal(ExitCodes.NotFound, group.ExitCode);
        Assert.Contains("ResourceGroupNotFound", group.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_without_git_is_told_of_output_to_a_folder()
    {
        var ran = await Shell.RunProgramAsync(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["MOVER_DATA"] = _server.DataFolder, ["PATH"] = "/nowhere" },
            "recovery", "snapshot", "-g", "g1", "--repository", _folder["r"]);

        Assert.Equal(ExitCodes.NotReady, ran.ExitCode);
        Assert.Contains("GitMissing", ran.Error, StringComparison.Ordinal);
        Assert.Contains("--output DIR", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_takes_what_there_is_and_ends_well_when_it_is_stopped()
    {
        using var watch = Process.Start(new ProcessStartInfo(
            Shell.Program, ["recovery", "watch", "-g", "g1", "--repository", _folder["r"], "--settle", "1s", "--min-interval", "1s"])
        {
            RedirectStandardOutput = true, UseShellExecute = false, Environment = { ["MOVER_DATA"] = _server.DataFolder },
        })!;
        var first = await watch.StandardOutput.ReadLineAsync();
        await OkAsync("project", "create", "-g", "g1", "--storage-mover-name", "m1", "-n", "p1");
        var second = await watch.StandardOutput.ReadLineAsync();

        using var stop = Process.Start("kill", ["-TERM", watch.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await watch.WaitForExitAsync();

        Assert.Contains("First snapshot of resource group g1: 1 resource", first, StringComparison.Ordinal);
        Assert.Contains("project p1 added", second, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Ok, watch.ExitCode);
        Assert.Contains("stopped; the last good snapshot is", await watch.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
    }

    private async Task<Ran> OkAsync(params string[] args)
    {
        var ran = await RunAsync(args);
        Assert.True(ran.ExitCode == ExitCodes.Ok, ran.Error);
        return ran;
    }

    private Task<Ran> RunAsync(params string[] args) => _server.CreateShell().RunAsync(args);
}
