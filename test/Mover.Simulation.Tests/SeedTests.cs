using System.Globalization;
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
        Enumerable.Range(1, 1).Select(seed => (string[])[$"seed={seed}", "hours=1", "agents=12", "faults=3"]));

    [Fact]
    public async Task Nothing_is_violated_in_a_pair_of_regions_that_are_moved_lost_and_cut_off() => await HoldsAsync(
        Enumerable.Range(1, 1).Select(seed => (string[])[$"seed={seed}", "hours=0.7", "agents=6", "pair=1", "faults=3"]));

    /// <summary><c>MOVER_SEED</c> with <c>MOVER_SIM</c> as a failure names them; nothing otherwise.</summary>
    [Fact]
    public async Task One_seed_is_replayed()
    {
        if (Environment.GetEnvironmentVariable("MOVER_SEED") is { Length: > 0 } seed)
        {
            var settings = (Environment.GetEnvironmentVariable("MOVER_SIM") ?? string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            await HoldsAsync([[$"seed={seed}", .. settings]]);
        }
    }

    /// <summary><c>MOVER_SIM_DAYS</c> agent-days, in simulations with seeds from <c>MOVER_SEED</c> on; nothing otherwise.</summary>
    [Fact]
    public async Task The_campaign_violates_nothing()
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("MOVER_SIM_DAYS"), CultureInfo.InvariantCulture, out var days))
        {
            _ = int.TryParse(Environment.GetEnvironmentVariable("MOVER_SEED"), CultureInfo.InvariantCulture, out var first);
            var count = (int)Math.Ceiling(days * 24.0 / (CampaignAgents * CampaignHours));
            await HoldsAsync(Enumerable.Range(first, count).Select(seed => (string[])
            [
                $"seed={seed}", $"hours={CampaignHours}", $"agents={CampaignAgents}", $"pair={seed % 2}", "faults=2",
            ]));
        }
    }

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
