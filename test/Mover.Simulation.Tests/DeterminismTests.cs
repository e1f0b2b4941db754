namespace Mover.Simulation;

public class DeterminismTests(SimulationRun simulation) : IClassFixture<SimulationRun>
{
    [Fact]
    public async Task A_seed_gives_the_same_trace_in_another_process()
    {
        string[] settings = ["seed=7", "hours=1", "agents=4"];

        var (one, other) = (await simulation.RunAsync(settings), await simulation.RunAsync(settings));

        Assert.True(one.ExitCode == 0, one.Said);
        Assert.Equal(one.Hash, other.Hash);
    }
}
