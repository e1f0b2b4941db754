namespace Mover.Cli.Recovery;

/// <summary>What a plan is made for.</summary>
internal enum PlanUse
{
    /// <summary>A recovery. Nothing of it must be said.</summary>
    Recovery,

    /// <summary>A look at a recovery: what is said is repeated in the next command. Takes snapshots only.</summary>
    Status,

    /// <summary>A plan that is there already, and is made again to compare it with a signed snapshot.</summary>
    Deployment,

    /// <summary>A standby, whose schedules are always off.</summary>
    Standby,

    /// <summary>A drill, which names its group and keeps schedules off by itself, and loses no region.</summary>
    Drill,

    /// <summary>Drills and a standby of a watch, which knows its snapshots: nothing of it must be said.</summary>
    Watch,
}
