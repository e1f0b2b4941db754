namespace Mover.Conformance.Suite;

/// <summary>Where rules come from; a report names it beside the rule.</summary>
internal static class Sources
{
    /// <summary>ARM's contract for resource providers.</summary>
    public const string Rpc = "ARM resource provider contract";

    /// <summary>The REST reference of ARM itself: subscriptions, groups, resources, tags, providers.</summary>
    public const string Arm = "ARM REST reference";

    /// <summary>The REST reference of <c>Microsoft.Authorization</c>.</summary>
    public const string Authorization = "Azure authorization REST reference";

    /// <summary>The REST reference of <c>Microsoft.Insights/eventtypes</c>.</summary>
    public const string Monitor = "Azure activity log REST reference";

    /// <summary>The API definition of the version.</summary>
    public const string Definition = "Storage Mover API definition";

    /// <summary>The service's documentation.</summary>
    public const string Documents = "Storage Mover documentation";

    /// <summary>What the live service was recorded doing.</summary>
    public const string Recorded = "recorded behaviour of Storage Mover";

    /// <summary>No public text says it: what Mover has decided. Not tried on other endpoints.</summary>
    public const string Mover = "decision of Mover";

    /// <summary>The rules with a source; those that have one keep it.</summary>
    public static IEnumerable<Rule> From(this IEnumerable<Rule> rules, string source) =>
        rules.Select(rule => rule.Source.Length > 0 ? rule : rule.From(source));
}
