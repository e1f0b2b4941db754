namespace Mover.Simulation;

/// <summary>Each planted bug is found by the rule that is there for it, within a few seeds: the rules can fail.</summary>
[Collection(nameof(SimulationRun))]
public class PlantTests(SimulationRun simulation)
{
    private const int SeedsMax = 4;

    [Theory]
    [InlineData(Plants.CommitAgain, Rule.AcknowledgedWrites, "hours=0.5 agents=1")]
    [InlineData(Plants.WatchSkips, Rule.Copy, "hours=0.2 agents=2 pair=1")]
    [InlineData(Plants.MirrorForgets, Rule.Copy, "hours=0.2 agents=2 pair=1")]
    [InlineData(Plants.MirrorReorders, Rule.Copy, "hours=1 agents=4 pair=1 faults=4")]
    [InlineData(Plants.NoFence, Rule.Fence, "hours=2 agents=4 pair=1 faults=4")]
    [InlineData(Plants.EpochUnchecked, Rule.Reports, "hours=0.5 agents=4 faults=8 call=60")]
    [InlineData(Plants.DueTwice, Rule.DueTimes, "hours=0.5 agents=12 faults=8")]
    public async Task A_planted_bug_is_found(string plant, string rule, string settings)
    {
        for (var seed = 1; seed <= SeedsMax; seed++)
        {
            var outcome = await simulation.RunAsync([$"seed={seed}", "plant=" + plant, .. settings.Split(' ')]);
            if (!outcome.IsGood)
            {
                Assert.True(outcome.Violated == rule, outcome.Said);
                return;
            }
        }

        Assert.Fail($"'{plant}' was not found in {SeedsMax} seeds of '{settings}'.");
    }
}
