namespace Mover.Simulation;

/// <summary>What goes wrong, one thing after the other and several at once, as the seed has it.</summary>
internal sealed class Mischief(Estate estate, double rate)
{
    private static readonly TimeSpan ClockJumpMax = TimeSpan.FromMinutes(20);

    private static readonly TimeSpan DoublesUsually = TimeSpan.FromSeconds(5);

    // As from a proxy that repeats what it held back.
    private static readonly TimeSpan DoublesAtMost = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, int> _done = new(StringComparer.Ordinal);

    private int _underWay;

    private World World => estate.World;

    private Random Dice => estate.World.Dice;

    /// <summary>Nothing new goes wrong.</summary>
    public bool IsOver { get; set; }

    /// <summary>Whatever went wrong has passed.</summary>
    public bool IsIdle => _underWay == 0;

    public bool SetsClocks { get; set; } = true;

    public string Told => string.Join(' ', _done.Select(one => $"{one.Key}={one.Value}"));

    public async Task GoOnAsync()
    {
        while (!IsOver)
        {
            await PauseAsync(TimeSpan.FromSeconds(20 / rate), TimeSpan.FromMinutes(6 / rate));
            if (!IsOver)
            {
                _ = TryAsync(Dice.Next(14));
            }
        }
    }

    private async Task TryAsync(int what)
    {
        _underWay++;
        try
        {
            await DoAsync(what);
        }
        catch (Exception fault)
        {
            World.Fail($"The simulation broke: {fault}");
        }
        finally
        {
            _underWay--;
        }
    }

    private Task DoAsync(int what) => what switch
    {
        0 => KillServerAsync(),
        1 => PauseServerAsync(),
        2 => RestartServerAsync(),
        3 or 4 => KillAgentAsync(),
        5 => PauseAgentAsync(),
        6 => RestartAgentAsync(),
        7 => CutStoreAsync(),
        8 or 9 => CutAgentAsync(),
        10 => StoreAwayAsync(),
        11 => UnknownOutcomesAsync(),
        12 => SetClockAsync(),
        _ => LossyNetworkAsync(),
    };

    private async Task KillServerAsync()
    {
        if (Server() is not { } server)
        {
            return;
        }

        Did("kill-server", server.Machine.Name);
        server.Kill();
        await PauseAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(90));
        await server.StartAsync();
    }

    private async Task RestartServerAsync()
    {
        if (Server() is not { } server)
        {
            return;
        }

        Did("restart-server", server.Machine.Name);
        await server.StopAsync();
        await PauseAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        await server.StartAsync();
    }

    private async Task PauseServerAsync()
    {
        if (Server()?.Process is not { } process)
        {
            return;
        }

        Did("pause-server", process.Name);
        process.Pause();
        await PauseAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        process.Resume();
    }

    private async Task KillAgentAsync()
    {
        if (Agent() is not { } agent)
        {
            return;
        }

        Did("kill-agent", agent.Name);
        agent.Kill();
        await PauseAsync(TimeSpan.FromSeconds(1), World.Chance(0.05) ? TimeSpan.FromHours(3) : TimeSpan.FromMinutes(2));
        await agent.StartAsync();
    }

    private async Task RestartAgentAsync()
    {
        if (Agent() is not { } agent)
        {
            return;
        }

        Did("restart-agent", agent.Name);
        await agent.StopAsync();
        await PauseAsync(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        await agent.StartAsync();
    }

    private async Task PauseAgentAsync()
    {
        if (Agent()?.Process is not { } process)
        {
            return;
        }

        Did("pause-agent", process.Name);
        process.Pause();
        await PauseAsync(TimeSpan.FromSeconds(1), World.Chance(0.1) ? TimeSpan.FromHours(3) : TimeSpan.FromMinutes(5));
        process.Resume();
    }

    private async Task CutStoreAsync()
    {
        if (Server() is not { } server)
        {
            return;
        }

        Did("cut-store", server.Machine.Name);
        server.IsCutFromStore = true;
        await PauseAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        server.IsCutFromStore = false;
    }

    private async Task CutAgentAsync()
    {
        if (Agent() is not { } agent)
        {
            return;
        }

        ServerNode[] servers = World.Chance(0.5) ? [.. estate.Servers] : [estate.Servers[Dice.Next(estate.Servers.Count)]];
        Did("cut-agent", $"{agent.Name} from {servers.Length}");
        Array.ForEach(servers, server => estate.Network.Cut(agent.Machine, server.Machine));
        await PauseAsync(TimeSpan.FromSeconds(1), World.Chance(0.1) ? TimeSpan.FromHours(3) : TimeSpan.FromMinutes(5));
        Array.ForEach(servers, server => estate.Network.Mend(agent.Machine, server.Machine));
    }

    private async Task StoreAwayAsync()
    {
        var region = estate.Regions[Dice.Next(estate.Regions.Count)];
        Did("store-away", region.Name);
        region.Faults.IsAway = true;
        await PauseAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(40));
        region.Faults.IsAway = false;
    }

    private async Task UnknownOutcomesAsync()
    {
        var region = estate.Regions[Dice.Next(estate.Regions.Count)];
        Did("unknown-outcomes", region.Name);
        (region.Faults.Unknown, region.Faults.Fails) = (0.2, 0.1);
        await PauseAsync(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60));
        (region.Faults.Unknown, region.Faults.Fails) = (0.002, 0.001);
    }

    private async Task SetClockAsync()
    {
        if (!SetsClocks || Server() is not { } server || server.Machine.ClockOffset != TimeSpan.Zero)
        {
            return;
        }

        var by = World.Chance(0.5) ? World.Between(-ClockJumpMax, ClockJumpMax) : World.Between(TimeSpan.FromSeconds(-30), TimeSpan.FromSeconds(30));
        Did("set-clock", $"{server.Machine.Name} {by}");
        server.Machine.ClockOffset = by;
        await PauseAsync(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(30));
        server.Machine.ClockOffset = TimeSpan.Zero;
    }

    private async Task LossyNetworkAsync()
    {
        Did("lossy-network", string.Empty);
        var network = estate.Network;
        (network.Loss, network.Doubles, network.LatencyMax) = (0.2, 0.2, TimeSpan.FromSeconds(2));
        network.DoublesWithin = World.Chance(0.5) ? DoublesUsually : DoublesAtMost;
        await PauseAsync(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(2));
        (network.Loss, network.Doubles, network.LatencyMax) = (0.002, 0.01, TimeSpan.FromMilliseconds(3));
        network.DoublesWithin = DoublesUsually;
    }

    private ServerNode? Server()
    {
        var server = estate.Servers[Dice.Next(estate.Servers.Count)];
        return server.IsUp && server.Process is { IsPaused: false } ? server : null;
    }

    private AgentNode? Agent()
    {
        var agent = estate.Agents[Dice.Next(estate.Agents.Count)];
        return agent.IsUp && agent.Process is { IsPaused: false } ? agent : null;
    }

    private void Did(string what, string to)
    {
        _done[what] = _done.GetValueOrDefault(what) + 1;
        World.Note("FAULT", $"{what} {to}");
    }

    private Task PauseAsync(TimeSpan least, TimeSpan most) => World.DelayAsync(World.Between(least, most), null);
}
