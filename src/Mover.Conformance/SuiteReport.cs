namespace Mover.Conformance;

/// <summary>How a check ended.</summary>
public enum CheckOutcome
{
    /// <summary>The rule holds.</summary>
    Passed,

    /// <summary>The rule does not hold, or could not be tried for a reason that is the endpoint's.</summary>
    Failed,

    /// <summary>The rule says nothing about this endpoint, or cannot be tried there.</summary>
    NotApplicable,
}

/// <summary>What became of a check.</summary>
/// <param name="Id">The check's stable name: rule, subject, and api-version unless the rule is tried once in a run.</param>
/// <param name="Rule">The rule's name.</param>
/// <param name="Version">The api-version.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Reason">Why it failed or was not applicable; null when it passed.</param>
/// <param name="Excerpt">The request and the answer that show it, without the token; null when it passed.</param>
/// <param name="Operations">Names of the operations that it asked for.</param>
public sealed record CheckResult(
    string Id, string Rule, string Version, CheckOutcome Outcome, string? Reason, string? Excerpt, IReadOnlyList<string> Operations);

/// <summary>A rule as reports name it.</summary>
/// <param name="Id">Stable name, such as <c>ARM-PUT-003</c>.</param>
/// <param name="Title">The rule, one sentence.</param>
/// <param name="Source">Where it comes from.</param>
public sealed record SuiteRule(string Id, string Title, string Source);

/// <summary>What a run found.</summary>
/// <param name="Endpoint">The address that was asked.</param>
/// <param name="Versions">The api-versions that were tried, oldest first.</param>
/// <param name="Rules">The rules that the suite has, in their order.</param>
/// <param name="Results">Every check, in the order of versions and rules.</param>
/// <param name="Leftovers">Paths of what was made and could not be deleted.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record SuiteReport(
    Uri Endpoint,
    IReadOnlyList<string> Versions,
    IReadOnlyList<SuiteRule> Rules,
    IReadOnlyList<CheckResult> Results,
    IReadOnlyList<string> Leftovers,
    TimeSpan Elapsed)
{
    /// <summary>True when nothing failed and something was tried.</summary>
    public bool Holds => Count(CheckOutcome.Failed) == 0 && Count(CheckOutcome.Passed) > 0;

    /// <summary>How many checks ended so.</summary>
    public int Count(CheckOutcome outcome) => Results.Count(r => r.Outcome == outcome);
}
