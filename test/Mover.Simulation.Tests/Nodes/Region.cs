namespace Mover.Simulation;

/// <summary>A region of the simulation: what its servers share.</summary>
internal sealed class Region(World world, string name, string ringFile)
{
    public World World => world;

    public string Name => name;

    public string RingFile => ringFile;

    public SimState State { get; } = new(new NodeClock(new Process(new Machine(world, name + "-store"), name + "-store")));

    public List<ServerNode> Servers { get; } = [];

    public StoreFaults Faults { get; } = new();

    /// <summary>The other region; null for none.</summary>
    public Region? Pair { get; set; }

    /// <summary>Its servers are not started again before it is back.</summary>
    public bool IsDown { get; set; }

    public StorePlant Plant { get; init; }

    public bool StartsAsStandby { get; init; }
}

/// <summary>What the store of a region does to its servers.</summary>
internal sealed class StoreFaults
{
    /// <summary>The share of commits whose outcome is not told.</summary>
    public double Unknown { get; set; }

    /// <summary>The share of calls that fail at once.</summary>
    public double Fails { get; set; }

    /// <summary>Nobody is answered.</summary>
    public bool IsAway { get; set; }

    public TimeSpan LatencyMax { get; set; } = TimeSpan.FromMilliseconds(4);

    /// <summary>How late a watch may hear.</summary>
    public TimeSpan WatchDelayMax { get; set; } = TimeSpan.FromMilliseconds(20);
}
