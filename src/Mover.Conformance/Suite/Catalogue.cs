using Mover.Conformance.Contract;
using Mover.Conformance.Suite.Rules;

namespace Mover.Conformance.Suite;

/// <summary>Every rule, and every check that follows from them.</summary>
internal static class Catalogue
{
    public static IReadOnlyList<Rule> Rules { get; } =
    [
        .. GetRules.All, .. PutRules.All, .. PatchRules.All, .. DeleteRules.All, .. ETagRules.All, .. ListRules.All, .. NameRules.All,
        .. VersionRules.All, .. VerbRules.All, .. ArmRules.All, .. ResourceRules.All, .. JobRules.All, .. ExampleRules.All,
    ];

    /// <summary>The checks of a version, of those rules whose id begins with one of the given texts; none given means all.</summary>
    public static IEnumerable<Check> Checks(string version, IReadOnlyList<string> rules)
    {
        var api = ApiDefinitions.Of(version) ?? throw new ArgumentException($"No definition of '{version}' is known.", nameof(version));
        return from rule in Rules
               where rules.Count == 0 || rules.Any(r => rule.Id.StartsWith(r, StringComparison.OrdinalIgnoreCase))
               from one in rule.Cases(api)
               select new Check(IdOf(rule, one, version), rule, version, one);
    }

    private static string IdOf(Rule rule, Case one, string version) =>
        one.Subject.Length == 0 ? $"{rule.Id}/{version}" : $"{rule.Id}/{one.Subject}/{version}";
}

/// <summary>A rule tried on one thing in one version.</summary>
/// <param name="Id">Stable: rule, subject, version.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Version">The api-version.</param>
/// <param name="Case">What it is tried on.</param>
internal sealed record Check(string Id, Rule Rule, string Version, Case Case);
