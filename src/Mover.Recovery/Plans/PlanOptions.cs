using Mover.Recovery.Drill;
using Mover.Recovery.Rules;

namespace Mover.Recovery.Plans;

/// <summary>What a person decides about a plan.</summary>
public sealed record PlanOptions
{
    /// <summary>The built-in rule that switches schedules off.</summary>
    public const string SchedulesOffRule = "switch-off-schedules";

    /// <summary>Stands for a rehearsal, in which no region is lost.</summary>
    public const string NoRegion = "none";

    /// <summary>Where it goes.</summary>
    public required PlanTarget To { get; init; }

    /// <summary>A person's rules, applied after the built-in ones.</summary>
    public IReadOnlyList<RecoveryRule> Rules { get; init; } = [];

    /// <summary>Names of built-in rules that are left out.</summary>
    public IReadOnlyList<string> Without { get; init; } = [];

    /// <summary>Ids and URIs of the source, and what stands for them at the destination.</summary>
    public IReadOnlyList<(string Old, string New)> Maps { get; init; } = [];

    /// <summary>Whether the destination may lie in another geography.</summary>
    public bool AllowsOtherGeography { get; init; }

    /// <summary>
    /// The agents that the jobs of a standby have at the destination, <c>mover/project/job</c> → agent, which stay; null when no standby
    /// is meant.
    /// </summary>
    public IReadOnlyDictionary<string, string>? StandbyAgents { get; init; }

    /// <summary>What the resource group says of the drill that it is made for; null when it is made for none.</summary>
    public DrillMark? Drill { get; init; }

    /// <summary>The region that is lost; null for that of the snapshot, <see cref="NoRegion"/> for none.</summary>
    public string? LostRegion { get; init; }
}
