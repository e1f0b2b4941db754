using System.Text.Json.Nodes;

namespace Mover.SystemTests.Harness;

/// <summary>That a run which has succeeded was carried out once, under one claim, as its agent tells it and has it on disk.</summary>
internal static class RunOnce
{
    private static readonly TimeSpan ToldMax = TimeSpan.FromMinutes(2);

    /// <summary>Checks it; answers how often the control plane asked again for what had ended.</summary>
    public static async Task<int> AssertAsync(Estate estate, string runId, JsonNode run)
    {
        var name = runId.Split('/')[^1];
        var file = Path.Combine(estate.AgentData, "runs", name, "ended.json");
        await UntilToldAsync(estate, file);
        FirstMigrationTests.AssertSucceeded(run, estate);
        FirstMigrationTests.AssertCountersAddUp(run);
        estate.ReadLedger(runId).AssertEveryItemOnce(run);
        var said = estate.Outputs.Split('\n').Where(line => line.Contains(name, StringComparison.Ordinal)).ToList();
        var begun = said.Where(line => line.Contains($"Run {name} started in epoch", StringComparison.Ordinal)).ToList();
        Assert.True(begun.Count == 1, $"The run was begun {begun.Count} times:\n{string.Join('\n', said)}");
        Assert.DoesNotContain(said, line => line.Contains("no longer belongs", StringComparison.Ordinal)
            || line.Contains("will not continue", StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(estate.AgentData, "runs"), $"{name}.*.lost"));

        // The claim that it ended under is the one that it was begun under, or one that was told of its end and nothing else.
        var ended = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        var epoch = FormattableString.Invariant($"epoch {ended["order"]!["epoch"]!.GetValue<long>()}.");
        var toldAgain = said.Count(line => line.Contains("was offered again although it already ended", StringComparison.Ordinal));
        Assert.True(toldAgain > 0 || begun[0].Contains(epoch, StringComparison.Ordinal), $"Not {epoch}\n{string.Join('\n', said)}");
        return toldAgain;
    }

    // The control plane knows the end before the agent knows that: the answer may be lost, and the end is told again.
    private static async Task UntilToldAsync(Estate estate, string ended)
    {
        using var limit = new CancellationTokenSource(ToldMax);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!File.Exists(ended))
        {
            Assert.False(limit.IsCancellationRequested, $"The agent does not know that its run has ended: no {ended}\n{estate.Outputs}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
