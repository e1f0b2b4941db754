using System.Text.RegularExpressions;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Core.Rules;

/// <summary>What resources may be called. Sources: the API definition, and ARM's own rule for groups.</summary>
public static partial class ResourceNames
{
    private const string GroupMarks = "-_.()";
    private static readonly NameRule Other = new("^[A-Za-z0-9][A-Za-z0-9._-]{0,253}$", OtherRegex());

    /// <summary>The rule of a type of Storage Mover that has none of its own.</summary>
    public static NameRule Common { get; } = new("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", CommonRegex());

    /// <summary>Null when the resource's own name follows the rule of its type.</summary>
    public static ArmError? Check(ResourceId id)
    {
        if (id.Type.Length == 0)
        {
            return CheckGroup(id.Name);
        }

        var (pattern, regex) = RuleOf(id.Type);
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

    private static NameRule RuleOf(string type) =>
        DescribedTypes.Find(type)?.NameRule
        ?? (ArmCase.StartsWith(type, ApiVersions.StorageMover + "/") ? Common : Other);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]{0,63}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CommonRegex();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,253}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OtherRegex();
}

/// <summary>What resources of a type may be called.</summary>
/// <param name="Pattern">As it is told.</param>
/// <param name="Regex">What decides.</param>
public sealed record NameRule(string Pattern, Regex Regex);
