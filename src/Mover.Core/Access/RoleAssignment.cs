namespace Mover.Core.Access;

/// <summary>A role given to a principal at a scope. Source: <c>Microsoft.Authorization/roleAssignments</c>, 2022-04-01.</summary>
public sealed record RoleAssignment
{
    /// <summary>The type as it stands in ids.</summary>
    public const string ResourceType = "Microsoft.Authorization/roleAssignments";

    /// <summary>The principal type of groups.</summary>
    public const string GroupType = "Group";

    /// <summary>The assignment's GUID, in the casing it was given.</summary>
    public required string Name { get; init; }

    /// <summary>Where it holds, and everywhere below: <c>/</c>, a subscription, a group, a resource or a part of one.</summary>
    public required string Scope { get; init; }

    /// <summary>The role's GUID, lower case.</summary>
    public required string Role { get; init; }

    /// <summary>Object id of who holds it, lower case.</summary>
    public required string PrincipalId { get; init; }

    /// <summary>The external issuer whose object id that is, as its tokens name it; null for one of this control plane.</summary>
    public string? PrincipalIssuer { get; init; }

    /// <summary>The <see cref="RoleDefinition.Incarnation"/> that the role had; null for a built-in role.</summary>
    public string? RoleIncarnation { get; init; }

    /// <summary><c>User</c>, <c>Group</c>, <c>ServicePrincipal</c> and the like.</summary>
    public required string PrincipalType { get; init; }

    /// <summary>A person's words; null when there are none.</summary>
    public string? Description { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedOn { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset UpdatedOn { get; init; }

    /// <summary>Object id of its maker.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>Object id of who changed it last.</summary>
    public string? UpdatedBy { get; init; }

    /// <summary>Its ARM id.</summary>
    public string Id => IdOf(Scope, Name);

    /// <summary>The id of an assignment at a scope.</summary>
    public static string IdOf(string scope, string name) => $"{scope.TrimEnd('/')}/providers/{ResourceType}/{name}";
}
