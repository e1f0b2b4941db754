using System.Globalization;
using Mover.Testing;
using Xunit.Abstractions;

namespace Mover.Simulation;

/// <summary>Simulations of the whole, from seeds. What is run, and how more is run, is in docs/simulation.md.</summary>
[Collection(nameof(SimulationRun))]
public class SeedTests(SimulationRun simulation, ITestOutputHelper output)
{
    // Agent-hours of one simulation of the campaign, in which the regions' own work is shared by many agents.
    private const int CampaignAgents = 100;
    private const int CampaignHours = 6;

    [Fact]
    public async Task Nothing_is_violated_in_a_region_whose_parts_fail() => await HoldsAsync(
        Enumerable.Range(1, 1).Select(seed => (string[])[$"seed={seed}", "hours=0.5", "agents=12", "faults=3"]));

    [Fact]
    public async Task Nothing_is_violated_in_a_pair_of_regions_that_are_moved_lost_and_cut_off() => await HoldsAsync(
        Enumerable.Range(1, 1).Select(seed => (string[])[$"seed={seed}", "hours=0.4", "agents=6", "pair=1", "faults=3"]));

    /// <summary><c>MOVER_SEED</c> with <c>MOVER_SIM</c>, as a failure names them.</summary>
    [OnDemandFact("MOVER_SIM")]
    public async Task One_seed_is_replayed() =>
        await HoldsAsync([[$"seed={Number("MOVER_SEED")}", .. Variable("MOVER_SIM").Split(' ', StringSplitOptions.RemoveEmptyEntries)]]);

    /// <summary><c>MOVER_SIM_DAYS</c> agent-days, in simulations with seeds from <c>MOVER_SEED</c> on.</summary>
    [OnDemandFact("MOVER_SIM_DAYS")]
    public async Task The_campaign_violates_nothing()
    {
        var count = (int)Math.Ceiling(Number("MOVER_SIM_DAYS") * 24.0 / (CampaignAgents * CampaignHours));
        await HoldsAsync(Enumerable.Range(Number("MOVER_SEED"), count).Select(seed => (string[])
        [
            $"seed={seed}", $"hours={CampaignHours}", $"agents={CampaignAgents}", $"pair={seed % 2}", "faults=2",
        ]));
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? string.Empty;

    private static int Number(string name) => int.TryParse(Variable(name), CultureInfo.InvariantCulture, out var number) ? number : 1;

    private async Task HoldsAsync(IEnumerable<string[]> runs)
    {
        var outcomes = await simulation.RunAllAsync(runs);
        foreach (var outcome in outcomes)
        {
            output.WriteLine(outcome.LastLine);
        }

        Assert.All(outcomes, outcome => Assert.True(outcome.IsGood, outcome.Said));
    }
}
