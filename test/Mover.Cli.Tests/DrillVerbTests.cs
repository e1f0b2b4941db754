using System.Globalization;

namespace Mover.Cli.Tests;

/// <summary><c>mover recovery drill --clean</c> removes what drills left that have ended, and nothing else.</summary>
public sealed class DrillVerbTests
{
    [Fact]
    public async Task Groups_of_ended_drills_are_removed_and_those_of_others_are_left()
    {
        await using var west = await RunningServer.StartAsync("--region", "westus");
        await CreateAsync(west, "mover-drill-aaaaaa", "mover-recovery=0123456789ab");
        await CreateAsync(west, "mover-drill-bbbbbb", "mover-recovery=0123456789ab", Mark(TimeSpan.FromHours(1)));
        await CreateAsync(west, "mover-drill-cccccc", "mover-recovery=0123456789ab", Mark(TimeSpan.FromHours(25)));
        await CreateAsync(west, "mover-drill-dddddd", "team=eng");

        var cleaned = await west.CreateShell().RunAsync("recovery", "drill", "--from", "none", "--to", "westus", "--clean");
        var groups = await west.CreateShell().RunAsync("group", "list", "-o", "tsv");

        Assert.True(cleaned.ExitCode == ExitCodes.Ok, cleaned.Error);
        Assert.Contains("Leaving mover-drill-bbbbbb: a drill of another user or machine (elsewhere) created it 1 h 00 min ago", cleaned.Error,
            StringComparison.Ordinal);
        Assert.Equal(
            ["mover-drill-bbbbbb", "mover-drill-dddddd"],
            groups.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')[0]).Order(StringComparer.Ordinal));
    }

    private static string Mark(TimeSpan age) => string.Create(
        CultureInfo.InvariantCulture,
        $"mover-recovery-drill=elsewhere {TimeProvider.System.GetUtcNow().UtcDateTime - age:yyyy-MM-dd'T'HH:mm:ss'Z'} /drills/1");

    private static async Task CreateAsync(RunningServer server, string name, params string[] tags)
    {
        var made = await server.CreateShell().RunAsync(["group", "create", "-n", name, "-l", "westus", "--tags", .. tags]);
        Assert.True(made.ExitCode == ExitCodes.Ok, made.Error);
    }
}
