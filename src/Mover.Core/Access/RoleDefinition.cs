namespace Mover.Core.Access;

/// <summary>What a role lets its holder do; patterns may hold <c>*</c>, which stands for any characters, slashes included.</summary>
public sealed record RolePermission
{
    /// <summary>Actions of the management API.</summary>
    public IReadOnlyList<string> Actions { get; init; } = [];

    /// <summary>Actions taken away again from this permission only; another role may give them.</summary>
    public IReadOnlyList<string> NotActions { get; init; } = [];

    /// <summary>Actions on data: blobs, files, secrets.</summary>
    public IReadOnlyList<string> DataActions { get; init; } = [];

    /// <summary>Data actions taken away again.</summary>
    public IReadOnlyList<string> NotDataActions { get; init; } = [];
}

/// <summary>A role: a named set of permissions. Source: <c>Microsoft.Authorization/roleDefinitions</c>, 2022-04-01.</summary>
public sealed record RoleDefinition
{
    /// <summary>Word of the roles that come with the control plane.</summary>
    public const string BuiltIn = "BuiltInRole";

    /// <summary>Word of the roles that people make.</summary>
    public const string Custom = "CustomRole";

    /// <summary>The role's GUID, lower case.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Tells the role from one that had the same GUID before it. Assignments name it, so that they end with their role. Null for built-in
    /// roles, and for custom ones that were made before there was any.
    /// </summary>
    public string? Incarnation { get; init; }

    /// <summary>What people call it, unique in the tenant.</summary>
    public required string RoleName { get; init; }

    /// <summary><see cref="BuiltIn"/> or <see cref="Custom"/>.</summary>
    public string Type { get; init; } = Custom;

    /// <summary>What it is for; empty when nobody said.</summary>
    public string Description { get; init; } = string.Empty;

    /// <summary>Scopes at and below which it may be assigned.</summary>
    public IReadOnlyList<string> AssignableScopes { get; init; } = [];

    /// <summary>What it lets do.</summary>
    public IReadOnlyList<RolePermission> Permissions { get; init; } = [];

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedOn { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset UpdatedOn { get; init; }

    /// <summary>Object id of its maker; null for built-in roles.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>Object id of who changed it last; null for built-in roles.</summary>
    public string? UpdatedBy { get; init; }

    /// <summary>True when the scope is one that it may be assigned at, or lies below one.</summary>
    public bool IsAssignableAt(string scope) => AssignableScopes.Any(outer => ArmAction.Encloses(outer, scope));
}

/// <summary>Matches actions against patterns, casing aside, in a time that grows with their lengths and no faster.</summary>
public static class ActionPattern
{
    /// <summary>Stars of one pattern.</summary>
    public const int StarsMax = 4;

    /// <summary>Two stars in a row.</summary>
    public const string StarRun = "**";

    /// <summary>True for what may stand in a role: few stars, and never two in a row, which say no more than one.</summary>
    public static bool IsPattern(string text) =>
        text.AsSpan().Count('*') <= StarsMax && !text.Contains(StarRun, StringComparison.Ordinal);

    /// <summary>True when the action is what the pattern stands for.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> action)
    {
        var star = pattern.IndexOf('*');
        if (star < 0)
        {
            return pattern.Equals(action, StringComparison.OrdinalIgnoreCase);
        }

        if (!action.StartsWith(pattern[..star], StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        // Between two stars the first place that fits is the best one; the last part must fit at the end.
        var rest = action[star..];
        var left = pattern[(star + 1)..];
        while ((star = left.IndexOf('*')) >= 0)
        {
            var at = rest.IndexOf(left[..star], StringComparison.OrdinalIgnoreCase);
            if (at < 0)
            {
                return false;
            }

            rest = rest[(at + star)..];
            left = left[(star + 1)..];
        }

        return rest.EndsWith(left, StringComparison.OrdinalIgnoreCase);
    }
}
