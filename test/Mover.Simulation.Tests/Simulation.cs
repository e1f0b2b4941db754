using Mover.Agent;

namespace Mover.Simulation;

/// <summary>An estate, its work and its faults, from beginning to end.</summary>
internal sealed class Simulation(World world, Settings settings, string folder)
{
    private static readonly TimeSpan SettleMax = TimeSpan.FromHours(4);

    private readonly List<Register> _registers = [];
    private Estate? _estate;
    private Mischief? _mischief;
    private Deletions? _deletions;
    private Chief? _chief;

    public string Told => _estate is null ? "not begun"
        : $"started={_estate.Runs.Started} ended={_estate.Runs.Ended} scheduled={_estate.Runs.Scheduled} effects={_estate.Runs.Effects} "
            + $"written={_registers.Sum(register => register.Acknowledged)} deleted={_deletions?.Done} "
            + $"copies={_estate.Checks.Sum(check => check.Compared)} {_mischief?.Told} {_chief?.Told}";

    public async Task RunAsync()
    {
        var estate = _estate = new Estate(world, settings, folder);
        await estate.BeginAsync();
        _mischief = new(estate, settings.Faults);
        _deletions = new(estate);
        for (var at = 0; at < 3; at++)
        {
            var register = new Register(estate, at);
            _registers.Add(register);
            Begin(register.CountAsync());
        }

        Begin(_deletions.GoOnAsync());
        if (settings is { HasPair: true, Faults: > 0 })
        {
            // A time that a region tells is compared with the right one.
            _mischief.SetsClocks = false;
            _chief = new(estate, Lose, isResting => _registers.ForEach(register => register.IsResting = isResting));
            Begin(_chief.GoOnAsync());
        }

        if (settings.Faults > 0)
        {
            Begin(_mischief.GoOnAsync());
        }

        await WorkAsync(estate, world.Now + TimeSpan.FromHours(settings.Hours).Ticks);
        _mischief.IsOver = true;
        if (_chief is { } chief)
        {
            chief.IsOver = true;
            while (!chief.IsIdle)
            {
                await estate.Person.PauseAsync(TimeSpan.FromSeconds(10));
            }
        }

        await SettleAsync(estate);
        await FinishAsync(estate);
    }

    private void Lose(DateTimeOffset since)
    {
        world.Tell("lost", () => $"what came after {since:O}");
        _registers.ForEach(register => register.Lose(since));
        _deletions?.Lose(since);
    }

    // What people ask for while all that goes on.
    private async Task WorkAsync(Estate estate, long until)
    {
        while (world.Now < until)
        {
            await estate.Person.PauseAsync(world.Between(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(240.0 / settings.Agents)));
            var agent = estate.Agents[world.Dice.Next(estate.Agents.Count)];
            var kind = world.Chance(0.8) ? "job" : "cron";
            if (world.Chance(0.3))
            {
                estate.Source(agent, kind).AddFile(
                    $"n{world.Dice.Next(20)}", $"{world.Now}", new(world.UtcNow.ToUnixTimeSeconds(), 0));
            }

            var what = world.Chance(0.9) ? "startJob" : "stopJob";
            await estate.Person.AskAsync("POST", $"{estate.Definition(agent, kind)}/{what}{Estate.Version}");
        }
    }

    // Everything that was begun comes to its end when nothing goes wrong any more.
    private async Task SettleAsync(Estate estate)
    {
        var until = world.Now + SettleMax.Ticks;
        foreach (var agent in estate.Agents)
        {
            var off = await estate.Person.AskAsync(
                "PATCH", estate.Definition(agent, "cron") + Estate.Version, """{"properties":{"schedule":{"frequency":"None","isActive":false,"startDate":"2020-01-01T00:00:00Z","endDate":"2021-01-01T00:00:00Z","cronExpression":"7 * * * *"}}}""");
            if (!off.IsDone)
            {
                world.Violated(Rule.Rest, $"The schedule of {agent.Name} could not be switched off: {off.Status} {off.Text}");
            }
        }

        while (_mischief is { IsIdle: false } || estate.Runs.Active.Any() || estate.Agents.Any(agent => !agent.IsUp) || _deletions is { IsIdle: false }
            || estate.Servers.Any(server => !server.IsUp) || estate.Checks.Count(check => check.Serves) != 1)
        {
            _deletions?.Rest();
            await estate.Person.PauseAsync(TimeSpan.FromSeconds(10));
            if (world.Now > until)
            {
                world.Violated(
                    Rule.Rest, $"After {SettleMax} of rest: {string.Join(", ", estate.Runs.Active)}; deletions idle: {_deletions?.IsIdle}");
                return;
            }
        }
    }

    // One last run of each job, which brings over what is there; then what agents know is what is shown.
    private async Task FinishAsync(Estate estate)
    {
        foreach (var agent in estate.Agents)
        {
            await FinishAsync(estate, agent);
        }

        foreach (var register in _registers)
        {
            register.IsResting = true;
            for (var tries = 0; !await register.ReadAsync(); tries++)
            {
                if (tries > 100)
                {
                    world.Violated(Rule.Rest, "No server answers a read.");
                    return;
                }
            }
        }

        _deletions?.CheckAll();
        foreach (var agent in estate.Agents)
        {
            await agent.StopAsync();
            CheckFolder(estate, agent);
        }
    }

    private async Task FinishAsync(Estate estate, AgentNode agent)
    {
        var started = await estate.Person.AskAsync("POST", estate.Definition(agent) + "/startJob" + Estate.Version);
        var run = started.Json?["jobRunResourceId"]?.ToString();
        if (!started.IsDone || run is null)
        {
            world.Violated(Rule.Rest, $"The last job of {agent.Name} was not started: {started.Status} {started.Text}");
            return;
        }

        var key = run.ToLowerInvariant();
        for (var waited = 0; estate.Runs.Active.Any(); waited++)
        {
            await estate.Person.PauseAsync(TimeSpan.FromSeconds(5));
            if (waited > 500)
            {
                world.Violated(Rule.Rest, $"The last run {run} does not end: {estate.Runs.StatusOf(key)}");
                return;
            }
        }

        if (estate.Runs.StatusOf(key) != "Succeeded")
        {
            world.Violated(Rule.Rest, $"The last run {run} ended as {estate.Runs.StatusOf(key)}.");
        }

        var (from, to) = (estate.Source(agent, "job").Describe(), estate.Target(agent, "job").Describe());
        if (!from.SequenceEqual(to))
        {
            world.Violated(Rule.Rest, $"After its last run the target of {agent.Name} has {to.Count} items, and the source {from.Count}.");
        }
    }

    private void CheckFolder(Estate estate, AgentNode agent)
    {
        using var opened = AgentFolder.Open(agent.Folder);
        foreach (var run in opened.FindEnded(DateTimeOffset.MinValue))
        {
            if (run.ReadEnded() is { Final: { } final } record)
            {
                var shown = estate.Runs.StatusOf(record.Order.RunId.ToLowerInvariant());
                if (shown != final.Status.ToString())
                {
                    world.Violated(Rule.Reports, $"{record.Order.RunId} ended as {final.Status} at its agent, and is shown as {shown}.");
                }
            }
        }
    }

    private void Begin(Task work) => _ = WatchAsync(work);

    private async Task WatchAsync(Task work)
    {
        try
        {
            await work;
        }
        catch (Exception fault)
        {
            world.Fail($"The simulation broke: {fault}");
        }
    }
}
