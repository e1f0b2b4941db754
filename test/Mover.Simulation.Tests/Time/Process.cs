namespace Mover.Simulation;

/// <summary>A machine: its clock and its place in the network outlive the processes that run on it.</summary>
internal sealed class Machine(World world, string name)
{
    public World World => world;

    public string Name => name;

    /// <summary>By how much its clock differs from the right time.</summary>
    public TimeSpan ClockOffset { get; set; }
}

/// <summary>
/// One life of a program on a machine. What is dead hears nothing any more: neither its timers nor answers. What stands still hears it
/// all when it goes on.
/// </summary>
internal sealed class Process(Machine machine, string name)
{
    private readonly List<Happening> _held = [];

    public Machine Machine => machine;

    public World World => machine.World;

    public string Name => name;

    public bool IsDead { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>Runs when it is killed: what the kernel does for it.</summary>
    public List<Action> AtDeath { get; } = [];

    public void Kill()
    {
        IsDead = true;
        _held.Clear();
        AtDeath.ForEach(act => act());
        AtDeath.Clear();
    }

    public void Pause() => IsPaused = true;

    public void Resume()
    {
        IsPaused = false;
        foreach (var happening in _held)
        {
            World.Enqueue(happening, World.Now);
        }

        _held.Clear();
    }

    /// <summary>Whether something happens to it now; what is held happens later.</summary>
    public bool Takes(Happening happening)
    {
        if (IsPaused && !IsDead)
        {
            _held.Add(happening);
        }

        return !IsDead && !IsPaused;
    }
}
