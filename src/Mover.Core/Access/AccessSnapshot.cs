using System.Collections.Immutable;

namespace Mover.Core.Access;

/// <summary>
/// Every role assignment and every custom role at one moment, arranged for judging requests. Immutable: a change makes another snapshot.
/// </summary>
public sealed record AccessSnapshot
{
    private static readonly ImmutableDictionary<string, RoleAssignment> None =
        ImmutableDictionary.Create<string, RoleAssignment>(StringComparer.Ordinal);

    private ImmutableDictionary<string, ImmutableDictionary<string, RoleAssignment>> _ofPrincipal =
        ImmutableDictionary.Create<string, ImmutableDictionary<string, RoleAssignment>>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Nothing: everybody is refused.</summary>
    public static AccessSnapshot Empty { get; } = new();

    /// <summary>The assignments by their lower-case id, in its order.</summary>
    public ImmutableSortedDictionary<string, RoleAssignment> Assignments { get; private init; } =
        ImmutableSortedDictionary.Create<string, RoleAssignment>(StringComparer.Ordinal);

    /// <summary>The custom roles by their lower-case GUID.</summary>
    public ImmutableSortedDictionary<string, RoleDefinition> CustomRoles { get; private init; } =
        ImmutableSortedDictionary.Create<string, RoleDefinition>(StringComparer.Ordinal);

    /// <summary>The role with this GUID, built-in or custom; null when there is none.</summary>
    public RoleDefinition? FindRole(string name) =>
        BuiltInRoles.Find(name) ?? (CustomRoles.TryGetValue(name.ToLowerInvariant(), out var role) ? role : null);

    /// <summary>True when a role of the principal at the scope, or at one that encloses it, allows the action.</summary>
    public bool Allows(Principal principal, ArmAction action, bool isData) =>
        Any(principal, grant => ArmAction.Encloses(grant.Scope, action.Scope) && FindRole(grant.Role)?.Allows(action.Name, isData) == true);

    /// <summary>True when a role of the principal somewhere below the scope allows the action: a list shows those places.</summary>
    public bool AllowsBelow(Principal principal, ArmAction action, bool isData) =>
        Any(principal, grant => ArmAction.Encloses(action.Scope, grant.Scope) && FindRole(grant.Role)?.Allows(action.Name, isData) == true);

    /// <summary>True when the principal has any role at the scope, above it or below it.</summary>
    public bool HasAny(Principal principal, string scope) =>
        Any(principal, grant => ArmAction.Encloses(grant.Scope, scope) || ArmAction.Encloses(scope, grant.Scope));

    /// <summary>The snapshot with an assignment added or replaced.</summary>
    public AccessSnapshot With(RoleAssignment assignment)
    {
        var key = assignment.Id.ToLowerInvariant();
        var cleared = Without(key);
        var own = cleared._ofPrincipal.GetValueOrDefault(assignment.PrincipalId, None).SetItem(key, assignment);
        return cleared with
        {
            Assignments = cleared.Assignments.SetItem(key, assignment),
            _ofPrincipal = cleared._ofPrincipal.SetItem(assignment.PrincipalId, own),
        };
    }

    /// <summary>The snapshot without the assignment of this lower-case id.</summary>
    public AccessSnapshot Without(string key)
    {
        if (!Assignments.TryGetValue(key, out var gone))
        {
            return this;
        }

        var left = _ofPrincipal.GetValueOrDefault(gone.PrincipalId, None).Remove(key);
        return this with
        {
            Assignments = Assignments.Remove(key),
            _ofPrincipal = left.IsEmpty ? _ofPrincipal.Remove(gone.PrincipalId) : _ofPrincipal.SetItem(gone.PrincipalId, left),
        };
    }

    /// <summary>The snapshot with a custom role added or replaced.</summary>
    public AccessSnapshot With(RoleDefinition role) => this with { CustomRoles = CustomRoles.SetItem(role.Name, role) };

    /// <summary>The snapshot without the custom role of this lower-case GUID.</summary>
    public AccessSnapshot WithoutRole(string name) => this with { CustomRoles = CustomRoles.Remove(name) };

    private bool Any(Principal principal, Func<RoleAssignment, bool> holds)
    {
        if (Holds(principal.ObjectId, holds))
        {
            return true;
        }

        for (var at = 0; at < principal.Groups.Count; at++)
        {
            if (Holds(principal.Groups[at], holds))
            {
                return true;
            }
        }

        return false;
    }

    private bool Holds(string objectId, Func<RoleAssignment, bool> holds)
    {
        if (_ofPrincipal.TryGetValue(objectId, out var grants))
        {
            foreach (var (_, grant) in grants)
            {
                if (holds(grant))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
