using System.Collections.Immutable;
using Mover.Core.Arm;

namespace Mover.Core.Access;

/// <summary>
/// Every role assignment, every custom role and every application at one moment, arranged for judging requests. Immutable: a change makes
/// another snapshot.
/// </summary>
public sealed record AccessSnapshot
{
    private static readonly ImmutableDictionary<string, RoleAssignment> None =
        ImmutableDictionary.Create<string, RoleAssignment>(StringComparer.Ordinal);

    private ImmutableDictionary<RoleHolder, ImmutableDictionary<string, RoleAssignment>> _ofHolder =
        ImmutableDictionary<RoleHolder, ImmutableDictionary<string, RoleAssignment>>.Empty;

    /// <summary>Nothing: everybody is refused.</summary>
    public static AccessSnapshot Empty { get; } = new();

    /// <summary>The assignments by their lower-case id, in its order.</summary>
    public ImmutableSortedDictionary<string, RoleAssignment> Assignments { get; private init; } =
        ImmutableSortedDictionary.Create<string, RoleAssignment>(StringComparer.Ordinal);

    /// <summary>The custom roles by their lower-case GUID.</summary>
    public ImmutableSortedDictionary<string, RoleDefinition> CustomRoles { get; private init; } =
        ImmutableSortedDictionary.Create<string, RoleDefinition>(StringComparer.Ordinal);

    /// <summary>The applications that can sign in, by their id.</summary>
    public ImmutableDictionary<string, KnownApplication> Applications { get; private init; } =
        ImmutableDictionary.Create<string, KnownApplication>(StringComparer.OrdinalIgnoreCase);

    /// <summary>True when the application that a token was given to is still there, with the secret that it was given for.</summary>
    public bool Knows(Principal principal) =>
        principal.Kind is PrincipalKind.Application
        && Applications.TryGetValue(principal.ApplicationId, out var known)
        && known == new KnownApplication(principal.ObjectId, principal.Proof ?? string.Empty);

    /// <summary>The role with this GUID, built-in or custom; null when there is none.</summary>
    public RoleDefinition? FindRole(string name) =>
        BuiltInRoles.Find(name) ?? (CustomRoles.TryGetValue(ArmCase.Lower(name), out var role) ? role : null);

    /// <summary>
    /// The role that an assignment gives. Null when it gives none: its role is gone, is another one under the same GUID, or may no longer
    /// be assigned at that scope.
    /// </summary>
    public RoleDefinition? RoleOf(RoleAssignment grant) =>
        FindRole(grant.Role) is { } role && role.Incarnation == grant.RoleIncarnation && role.IsAssignableAt(grant.Scope) ? role : null;

    /// <summary>True when a role of the principal at the scope, or at one that encloses it, allows the action.</summary>
    public bool Allows(Principal principal, ArmAction action, bool isData) =>
        Any(principal, grant => ArmAction.Encloses(grant.Scope, action.Scope) && RoleOf(grant)?.Allows(action.Name, isData) == true);

    /// <summary>True when a role of the principal somewhere below the scope allows the action: a list shows those places.</summary>
    public bool AllowsBelow(Principal principal, ArmAction action, bool isData) =>
        Any(principal, grant => ArmAction.Encloses(action.Scope, grant.Scope) && RoleOf(grant)?.Allows(action.Name, isData) == true);

    /// <summary>True when the principal has any role at the scope, above it or below it.</summary>
    public bool HasAny(Principal principal, string scope) =>
        Any(principal, grant => RoleOf(grant) is not null
            && (ArmAction.Encloses(grant.Scope, scope) || ArmAction.Encloses(scope, grant.Scope)));

    /// <summary>The snapshot with an assignment added or replaced.</summary>
    public AccessSnapshot With(RoleAssignment assignment)
    {
        var key = ArmCase.Lower(assignment.Id);
        var cleared = Without(key);
        var holder = RoleHolder.Of(assignment);
        var own = cleared._ofHolder.GetValueOrDefault(holder, None).SetItem(key, assignment);
        return cleared with
        {
            Assignments = cleared.Assignments.SetItem(key, assignment),
            _ofHolder = cleared._ofHolder.SetItem(holder, own),
        };
    }

    /// <summary>The snapshot without the assignment of this lower-case id.</summary>
    public AccessSnapshot Without(string key)
    {
        if (!Assignments.TryGetValue(key, out var gone))
        {
            return this;
        }

        var holder = RoleHolder.Of(gone);
        var left = _ofHolder.GetValueOrDefault(holder, None).Remove(key);
        return this with
        {
            Assignments = Assignments.Remove(key),
            _ofHolder = left.IsEmpty ? _ofHolder.Remove(holder) : _ofHolder.SetItem(holder, left),
        };
    }

    /// <summary>The snapshot with an application added or replaced.</summary>
    public AccessSnapshot With(string applicationId, KnownApplication application) =>
        this with { Applications = Applications.SetItem(applicationId, application) };

    /// <summary>The snapshot without the application of this id.</summary>
    public AccessSnapshot WithoutApplication(string applicationId) => this with { Applications = Applications.Remove(applicationId) };

    /// <summary>The snapshot with a custom role added or replaced.</summary>
    public AccessSnapshot With(RoleDefinition role) => this with { CustomRoles = CustomRoles.SetItem(role.Name, role) };

    /// <summary>The snapshot without the custom role of this lower-case GUID.</summary>
    public AccessSnapshot WithoutRole(string name) => this with { CustomRoles = CustomRoles.Remove(name) };

    private bool Any(Principal principal, Func<RoleAssignment, bool> holds)
    {
        if (Holds(new(principal.ObjectId, principal.Issuer, IsGroup: false), holds))
        {
            return true;
        }

        for (var at = 0; at < principal.Groups.Count; at++)
        {
            if (Holds(new(principal.Groups[at], principal.Issuer, IsGroup: true), holds))
            {
                return true;
            }
        }

        return false;
    }

    private bool Holds(RoleHolder holder, Func<RoleAssignment, bool> holds)
    {
        if (_ofHolder.TryGetValue(holder, out var grants))
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

/// <summary>Whom an assignment means: an object id alone says neither whose id it is nor whether it is a group's.</summary>
/// <param name="ObjectId">The object id, lower case.</param>
/// <param name="Issuer">The external issuer whose id it is; null for one of this control plane.</param>
/// <param name="IsGroup">True for a group, which only a token's group claim matches; false for who calls.</param>
internal readonly record struct RoleHolder(string ObjectId, string? Issuer, bool IsGroup)
{
    public static RoleHolder Of(RoleAssignment assignment) =>
        new(assignment.PrincipalId, assignment.PrincipalIssuer, assignment.PrincipalType == RoleAssignment.GroupType);
}
