using System.Text.RegularExpressions;
using Mover.Core.Arm;

namespace Mover.Core.Rules;

/// <summary>What resources may be called. Sources: the API definition, and ARM's own rule for groups.</summary>
public static partial class ResourceNames
{
    private const string Common = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$";
    private const string Agent = "^[A-Za-z0-9._-]{1,54}$";
    private const string Connection = "^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$";
    private const string Group = @"^[-\w._()]{0,89}[-\w_()]$";
    private const string Other = "^[A-Za-z0-9][A-Za-z0-9._-]{0,253}$";

    /// <summary>Null when the resource's own name follows the pattern of its type.</summary>
    public static ArmError? Check(ResourceId id)
    {
        var (pattern, regex) = PatternOf(id.Type);
        return regex.IsMatch(id.Name) && id.Name is not ("." or "..") ? null : ArmErrors.InvalidName(id.Type.Length == 0 ? "resourceGroups"
            : id.Type, id.Name, pattern);
    }

    private static (string Pattern, Regex Regex) PatternOf(string type) => type.ToLowerInvariant() switch
    {
        "" => (Group, GroupRegex()),
        "microsoft.storagemover/storagemovers/agents" => (Agent, AgentRegex()),
        "microsoft.storagemover/storagemovers/connections" => (Connection, ConnectionRegex()),
        var own when own.StartsWith("microsoft.storagemover/", StringComparison.Ordinal) => (Common, CommonRegex()),
        _ => (Other, OtherRegex()),
    };

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]{0,63}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CommonRegex();

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,54}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AgentRegex();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]{0,20}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ConnectionRegex();

    [GeneratedRegex(@"\A[-\w._()]{0,89}[-\w_()]\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex GroupRegex();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,253}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OtherRegex();
}
