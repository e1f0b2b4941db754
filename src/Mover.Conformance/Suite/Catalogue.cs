using Mover.Conformance.Contract;
using Mover.Conformance.Suite.Rules;
using Mover.Conformance.Suite.Rules.Around;
using Mover.Conformance.Suite.Rules.Jobs;
using Mover.Conformance.Suite.Rules.Resources;

namespace Mover.Conformance.Suite;

/// <summary>Every rule, and every check that follows from them.</summary>
internal static class Catalogue
{
    public static IReadOnlyList<Rule> Rules { get; } =
    [
        .. GetRules.All.From(Sources.Rpc), .. PutRules.All.From(Sources.Rpc), .. PatchRules.All.From(Sources.Rpc),
        .. DeleteRules.All.From(Sources.Rpc), .. ETagRules.All.From(Sources.Rpc), .. ListRules.All.From(Sources.Rpc),
        .. NameRules.All.From(Sources.Rpc), .. VersionRules.All.From(Sources.Rpc), .. VerbRules.All.From(Sources.Rpc),
        .. RequestRules.All, .. ArmRules.All.From(Sources.Arm), .. SubscriptionRules.All, .. LocationRules.All, .. ProviderRules.All,
        .. GroupRules.All, .. ResourceListRules.All, .. ResourceFilterRules.All, .. TagRules.All, .. TagOperationRules.All,
        .. RoleDefinitionRules.All, .. RoleAssignmentRules.All, .. StorageAccountRules.All, .. MachineRules.All, .. VaultRules.All,
        .. ActivityRules.All, .. ResourceRules.All.From(Sources.Documents), .. EndpointRules.All, .. CredentialRules.All,
        .. UploadLimitRules.All, .. ConnectionRules.All, .. JobRules.All.From(Sources.Documents), .. JobPairRules.All,
        .. DefinitionRules.All, .. ScheduleRules.All, .. RunRules.All, .. FirstSeenRules.All, .. ExampleRules.All.From(Sources.Definition),
    ];

    /// <summary>
    /// The checks of a version, of those rules whose id begins with one of the given texts; none given means all. Rules that are tried once
    /// are among them when <paramref name="withOnce"/> says so.
    /// </summary>
    public static IEnumerable<Check> Checks(string version, IReadOnlyList<string> rules, bool withOnce)
    {
        var api = ApiDefinitions.Of(version) ?? throw new ArgumentException($"No definition of '{version}' is known.", nameof(version));
        return from rule in Rules
               where withOnce || !rule.IsOnce
               where rules.Count == 0 || rules.Any(r => rule.Id.StartsWith(r, StringComparison.OrdinalIgnoreCase))
               from one in rule.Cases(api)
               select new Check(IdOf(rule, one, version), rule, version, one);
    }

    private static string IdOf(Rule rule, Case one, string version) =>
        string.Join('/', new[] { rule.Id, one.Subject, rule.IsOnce ? string.Empty : version }.Where(part => part.Length > 0));
}

/// <summary>A rule tried on one thing in one version.</summary>
/// <param name="Id">Stable: rule, subject, and version unless the rule is tried once.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Version">The api-version.</param>
/// <param name="Case">What it is tried on.</param>
internal sealed record Check(string Id, Rule Rule, string Version, Case Case);
