namespace Mover.Simulation;

/// <summary>An estate, its work and its faults, from beginning to end.</summary>
internal sealed class Simulation(World world, Settings settings, string folder)
{
    private int _started;

    public string Told => $"runs={_started}";

    public async Task RunAsync()
    {
        var estate = new Estate(world, new(settings.Agents, settings.Servers, settings.HasPair, TimeSpan.FromHours(settings.Hours)), folder);
        await estate.BeginAsync();
        var end = world.Now + TimeSpan.FromHours(settings.Hours).Ticks;
        while (world.Now < end)
        {
            await estate.Person.PauseAsync(world.Between(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(2)));
            var agent = estate.Agents[world.Dice.Next(estate.Agents.Count)];
            var answer = await estate.Person.AskAsync("POST", estate.Definition(agent) + "/startJob" + Estate.Version);
            _started += answer.IsDone ? 1 : 0;
        }
    }
}
