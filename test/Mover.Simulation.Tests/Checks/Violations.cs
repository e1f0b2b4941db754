namespace Mover.Simulation;

/// <summary>What was violated first ends the simulation.</summary>
internal static class Violations
{
    public static void Violated(this World world, string rule, string how) => world.Fail($"[{rule}] {how}");
}

/// <summary>The rules, by the names that tests know them by.</summary>
internal static class Rule
{
    public const string AcknowledgedWrites = "acknowledged-writes";
    public const string OneOwner = "one-owner";
    public const string EndedRuns = "ended-runs";
    public const string Reports = "reports";
    public const string DueTimes = "due-times";
    public const string Deletions = "deletions";
    public const string Copy = "copy";
    public const string Queue = "queue";
    public const string Fence = "fence";
    public const string Rest = "rest";
}
