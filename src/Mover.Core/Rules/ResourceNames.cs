using System.Text.RegularExpressions;
using Mover.Core.Arm;

namespace Mover.Core.Rules;

/// <summary>What resources may be called. Sources: the API definition, and ARM's own rule for groups.</summary>
public static partial class ResourceNames
{
    private const string Common = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$";
    private const string Agent = "^[A-Za-z0-9._-]{1,54}$";
    private const string Connection = "^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$";
    private const string GroupMarks = "-_.()";
    private const string Other = "^[A-Za-z0-9][A-Za-z0-9._-]{0,253}$";

    /// <summary>Null when the resource's own name follows the rule of its type.</summary>
    public static ArmError? Check(ResourceId id)
    {
        if (id.Type.Length == 0)
        {
            return CheckGroup(id.Name);
        }

        var (pattern, regex) = PatternOf(id.Type);
        return regex.IsMatch(id.Name) && id.Name is not ("." or "..") ? null : ArmErrors.InvalidName(id.Type, id.Name, pattern);
    }

    // Letters and digits of every script, as ARM allows them.
    private static ArmError? CheckGroup(string name) =>
        name.Length > Limits.GroupNameCharsMax
            ? ArmErrors.InvalidResourceGroup(name, $"it has {name.Length} characters, the maximum is {Limits.GroupNameCharsMax}")
        : name.Any(c => !char.IsLetterOrDigit(c) && !GroupMarks.Contains(c))
            ? ArmErrors.InvalidResourceGroup(name, "only letters, digits, '-', '.', '(', ')' and '_' are allowed")
        : name.EndsWith('.') ? ArmErrors.InvalidResourceGroup(name, "it must not end with a period")
        : null;

    private static (string Pattern, Regex Regex) PatternOf(string type) => type.ToLowerInvariant() switch
    {
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

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,253}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OtherRegex();
}
