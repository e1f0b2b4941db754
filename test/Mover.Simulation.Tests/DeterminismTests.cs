namespace Mover.Simulation;

/// <summary>What a seed gives is the same in every process: else nothing that is found could be looked at again.</summary>
[Collection(nameof(SimulationRun))]
public class DeterminismTests(SimulationRun simulation)
{
    [Fact]
    public async Task A_seed_gives_the_same_trace_in_another_process()
    {
        string[] settings = ["seed=7", "hours=0.1", "agents=3", "pair=1", "faults=6"];

        var runs = await simulation.RunAllAsync([settings, settings]);

        Assert.All(runs, run => Assert.True(run.IsGood, run.Said));
        Assert.Equal(runs[0].Hash, runs[1].Hash);
    }

    [Fact]
    public async Task Another_seed_gives_another_trace()
    {
        var runs = await simulation.RunAllAsync([["seed=1", "hours=0.05", "agents=1"], ["seed=2", "hours=0.05", "agents=1"]]);

        Assert.NotEqual(runs[0].Hash, runs[1].Hash);
    }
}

/// <summary>The simulations of a test run share one woven copy of the product.</summary>
[CollectionDefinition(nameof(SimulationRun))]
public class SimulationRuns : ICollectionFixture<SimulationRun>;
