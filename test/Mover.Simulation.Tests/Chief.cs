using System.Globalization;

namespace Mover.Simulation;

/// <summary>What happens to regions as a whole: planned moves, losses, links that are cut, and both back at once.</summary>
internal sealed class Chief(Estate estate, Action<DateTimeOffset> lose, Action<bool> rest)
{
    private readonly Operator _person = new(estate.World, estate.Network, estate.Servers, "chief");
    private readonly Dictionary<string, int> _done = new(StringComparer.Ordinal);

    private World World => estate.World;

    public bool IsOver { get; set; }

    public bool IsIdle { get; private set; }

    public string Told => string.Join(' ', _done.Select(one => $"{one.Key}={one.Value}"));

    private Region Serving => estate.Regions.Single(region => region.Name == estate.Serving.Name);

    private Region Standby => estate.Regions.Single(region => region.Name != estate.Serving.Name);

    public async Task GoOnAsync()
    {
        while (!IsOver)
        {
            await PauseAsync(TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(25));
            if (!IsOver)
            {
                await (World.Dice.Next(6) switch
                {
                    0 => MoveAsync(),
                    1 => MoveWhileOneStandsStillAsync(),
                    2 => LoseRegionAsync(),
                    3 => CutLinkAsync(),
                    4 => LoseBothAsync(),
                    _ => IsolateAsync(),
                });
            }
        }

        IsIdle = true;
    }

    private async Task MoveAsync()
    {
        Did("move");
        await FailOverAsync(Standby, null, TimeSpan.FromMinutes(2));
    }

    // What it had begun before it stood still comes late.
    private async Task MoveWhileOneStandsStillAsync()
    {
        var process = Serving.Servers[World.Dice.Next(Serving.Servers.Count)].Process;
        Did("move-paused");
        process?.Pause();
        await FailOverAsync(Standby, null, TimeSpan.FromMinutes(1));
        await PauseAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        process?.Resume();
    }

    private async Task LoseRegionAsync()
    {
        var (lost, other) = (Serving, Standby);
        Did("lose-region");
        await DownAsync(lost);
        await PauseAsync(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        await FailOverAsync(other, lost.Name, TimeSpan.FromMinutes(10));
        await PauseAsync(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(20));
        await UpAsync(lost);
    }

    private async Task CutLinkAsync()
    {
        Did("cut-link");
        Link(isCut: true);
        await PauseAsync(TimeSpan.FromSeconds(5), World.Chance(0.2) ? TimeSpan.FromMinutes(30) : TimeSpan.FromMinutes(5));
        Link(isCut: false);
    }

    private async Task LoseBothAsync()
    {
        Did("lose-both");
        foreach (var region in estate.Regions)
        {
            await DownAsync(region);
        }

        await PauseAsync(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5));
        foreach (var region in estate.Regions)
        {
            await UpAsync(region);
        }
    }

    // Nobody counts meanwhile: without a witness both serve until the one that was cut off hears of it.
    private async Task IsolateAsync()
    {
        var (isolated, other) = (Serving, Standby);
        Did("isolate");
        rest(true);
        await PauseAsync(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(40));
        Link(isCut: true);
        await PauseAsync(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(2));
        await FailOverAsync(other, isolated.Name, TimeSpan.FromMinutes(10));
        await PauseAsync(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5));
        Link(isCut: false);
        for (var tries = 0; estate.Checks.Count(check => check.Serves) > 1 && tries < 200; tries++)
        {
            await PauseAsync(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));
        }

        rest(false);
    }

    private async Task FailOverAsync(Region to, string? unplanned, TimeSpan patience)
    {
        var body = $$"""{"unplanned":{{(unplanned is null ? "null" : $"\"{unplanned}\"")}},"force":{{(unplanned is null ? "false" : "true")}}}""";
        var until = World.Now + patience.Ticks;
        var epoch = estate.Checks.Max(check => check.Role?.Epoch ?? 0);
        while (World.Now < until)
        {
            var answer = await _person.AskOnceAsync(
                "POST", $"/subscriptions/{estate.Subscription}/region/failover", body,
                server: to.Servers[World.Dice.Next(to.Servers.Count)]);
            World.Note("failover", $"to {to.Name} {answer?.Status} {answer?.Text}");
            if (answer is { Status: 200 } && answer.Json?["completeAt"]?.ToString() is { } at)
            {
                lose(DateTimeOffset.Parse(at, CultureInfo.InvariantCulture));
            }

            if (answer is { Status: 200 } || (answer is null && unplanned is null))
            {
                return;
            }

            // Its answer may be lost, and the move done: the role tells, and so does what was lost.
            if (unplanned is not null && estate.Checks.Single(check => check.Name == to.Name) is { Serves: true, Role: { Base: { } taken } role }
                && role.Epoch > epoch)
            {
                lose(taken.CompleteAt);
                return;
            }

            await PauseAsync(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10));
        }
    }

    private static async Task DownAsync(Region region)
    {
        region.IsDown = true;
        region.Servers.ForEach(server => server.Kill());
        await Task.CompletedTask;
    }

    private async Task UpAsync(Region region)
    {
        region.IsDown = false;
        foreach (var server in region.Servers.Where(server => !server.IsUp))
        {
            _ = StartAsync(server);
        }

        await PauseAsync(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30));
    }

    private async Task StartAsync(ServerNode server)
    {
        try
        {
            await server.StartAsync();
        }
        catch (Exception fault)
        {
            World.Fail($"The simulation broke: {fault}");
        }
    }

    private void Link(bool isCut)
    {
        foreach (var one in estate.Regions[0].Servers)
        {
            foreach (var other in estate.Regions[1].Servers)
            {
                if (isCut)
                {
                    estate.Network.Cut(one.Machine, other.Machine);
                }
                else
                {
                    estate.Network.Mend(one.Machine, other.Machine);
                }
            }
        }
    }

    private void Did(string what)
    {
        _done[what] = _done.GetValueOrDefault(what) + 1;
        World.Note("FAULT", $"{what} {Serving.Name} serves");
    }

    private Task PauseAsync(TimeSpan least, TimeSpan most) => World.DelayAsync(World.Between(least, most), null);
}
