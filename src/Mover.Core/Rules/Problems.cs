using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Resources.Versions;

namespace Mover.Core.Rules;

/// <summary>Collects everything that is wrong with a request, so that all of it is reported and not only the first.</summary>
public sealed class Problems
{
    /// <summary>Problems beyond these are not reported one by one.</summary>
    public const int Max = 50;

    private readonly List<ArmError> _found = [];

    /// <summary>One refusal for all problems; null when there is none.</summary>
    public ArmError? Refusal => ArmErrors.OfAll(_found);

    /// <summary>Adds a problem of a property.</summary>
    /// <param name="target">The property's path, such as <c>properties.copyMode</c>.</param>
    /// <param name="message">One sentence: what is wrong, and what would be right.</param>
    public void Add(string target, string message) => Add(ArmErrors.InvalidProperty(target, message));

    /// <summary>Adds a problem that has a code of its own.</summary>
    public void Add(ArmError problem)
    {
        if (_found.Count < Max)
        {
            _found.Add(problem);
        }
    }

    /// <summary>A required text must be there and not blank.</summary>
    public void Required(string target, string? value)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            Add(target, $"The property '{target}' is required.");
        }
    }

    /// <summary>A description has at most <see cref="Limits.DescriptionCharsMax"/> characters.</summary>
    public void Description(string? value)
    {
        if (value?.Length > Limits.DescriptionCharsMax)
        {
            Add("properties.description", $"A description can have at most {Limits.DescriptionCharsMax} characters; this one has "
                + $"{value.Length}.");
        }
    }

    /// <summary>A text has at most so many characters and no control characters.</summary>
    public void Text(string target, string? value, int charsMax)
    {
        if (value is not null && (value.Length > charsMax || value.Any(char.IsControl)))
        {
            Add(target, $"The property '{target}' can have at most {charsMax} characters and no control characters.");
        }
    }

    /// <summary>Finds the value among those known, casing aside, and returns it in its own casing; null stays null.</summary>
    public string? Known(string target, string? value, IReadOnlyList<string> known)
    {
        if (value is null)
        {
            return null;
        }

        var found = known.FirstOrDefault(k => k.Equals(value, StringComparison.OrdinalIgnoreCase));
        if (found is null)
        {
            Add(target, $"The value of '{target}' must be one of '{string.Join("', '", known)}'.");
        }

        return found;
    }

    /// <summary>What was set at creation cannot be changed.</summary>
    public void Unchanged(string target, string? before, string? wanted, StringComparison comparison = StringComparison.Ordinal)
    {
        if (!string.Equals(before, wanted, comparison))
        {
            Add(target, $"The property '{target}' is set at creation and cannot be changed.");
        }
    }

    /// <summary>An ARM id that is set at creation.</summary>
    public void UnchangedId(string target, string? before, string? wanted)
    {
        if (!ArmCase.Same(before, wanted))
        {
            Unchanged(target, before, wanted);
        }
    }

    /// <summary>A text must be an ARM id of this type.</summary>
    public void IdOfType(string target, string? value, string type)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            Add(target, $"The property '{target}' is required.");
        }
        else if (!ResourceId.TryParse(value, out var id) || !id.Type.Equals(type, StringComparison.OrdinalIgnoreCase))
        {
            Add(target, $"The property '{target}' must be the id of a resource of type '{type}'.");
        }
    }
}

/// <summary>Limits of properties.</summary>
public static class Limits
{
    /// <summary>Characters of a description.</summary>
    public const int DescriptionCharsMax = 1024;

    /// <summary>Characters of host names, exports, shares and subpaths.</summary>
    public const int PathCharsMax = 1024;

    /// <summary>Characters of a resource group's name. Source: ARM RPC, "resource group name".</summary>
    public const int GroupNameCharsMax = 90;

    /// <summary>Tags of a resource. Source: ARM RPC, "tags"; an older text of it says 15.</summary>
    public const int TagsMax = 50;

    /// <summary>Characters of a tag's key.</summary>
    public const int TagKeyCharsMax = 512;

    /// <summary>Characters of a tag's value.</summary>
    public const int TagValueCharsMax = 256;

    /// <summary>Recurrences of an upload limit schedule: every half hour of a week.</summary>
    public const int RecurrencesMax = 336;

    /// <summary>Connections of a job definition.</summary>
    public const int ConnectionsMax = 10;
}

/// <summary>What rules take from outside, so that they stay pure.</summary>
/// <param name="Now">The time of the request.</param>
/// <param name="TenantId">The tenant that identities are made in.</param>
/// <param name="NewGuid">Makes ids.</param>
public sealed record RuleContext(DateTimeOffset Now, string TenantId, Func<Guid> NewGuid)
{
    /// <summary>The api-version of the request; the newest when nothing is said.</summary>
    public string ApiVersion { get; init; } = ApiCatalogue.Newest;

    /// <summary>The control plane's region.</summary>
    public string Region { get; init; } = string.Empty;

    /// <summary>The kinds of storage endpoints.</summary>
    public EndpointKinds Kinds { get; init; } = EndpointKinds.Known;
}
