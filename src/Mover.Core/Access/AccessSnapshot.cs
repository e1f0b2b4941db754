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

    private static readonly Dictionary<string, JudgedRole> BuiltIn =
        BuiltInRoles.All.ToDictionary(role => role.Name, role => new JudgedRole(role), StringComparer.OrdinalIgnoreCase);

    private ImmutableDictionary<string, JudgedRole> _custom = ImmutableDictionary.Create<string, JudgedRole>(StringComparer.Ordinal);

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

    /// <summary>True when a role of the principal at the scope, or at one that encloses it, allows the action.</summary>
    public bool Allows(Principal principal, ArmAction action, bool isData) => GrantsOf(principal)
        .Any(grant => ArmAction.Encloses(grant.Scope, action.Scope) && RoleOf(grant)?.Allows(action.Name, isData) == true);

    /// <summary>The scopes at which a role of the principal allows the action; it does below them as well.</summary>
    public ScopeSet ScopesOf(Principal principal, string action, bool isData) =>
        new(GrantsOf(principal).Where(grant => RoleOf(grant)?.Allows(action, isData) == true).Select(grant => grant.Scope));

    /// <summary>The scopes at which the principal has any role.</summary>
    public ScopeSet ScopesOf(Principal principal) =>
        new(GrantsOf(principal).Where(grant => RoleOf(grant) is not null).Select(grant => grant.Scope));

    /// <summary>How many custom roles may be assigned in a group and not at its subscription.</summary>
    public int CountRoles(string group, string subscription) =>
        _custom.Values.Count(role => role.IsAssignableBelow(group) && !role.IsAssignableAt(subscription));

    /// <summary>How many assignments there are at a scope and below it.</summary>
    public int CountAssignments(string scope) => Assignments.Values.Count(assignment => ArmAction.Encloses(scope, assignment.Scope));

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
    public AccessSnapshot With(RoleDefinition role) => this with
    {
        CustomRoles = CustomRoles.SetItem(role.Name, role),
        _custom = _custom.SetItem(role.Name, new JudgedRole(role)),
    };

    /// <summary>The snapshot without the custom role of this lower-case GUID.</summary>
    public AccessSnapshot WithoutRole(string name) => this with
    {
        CustomRoles = CustomRoles.Remove(name),
        _custom = _custom.Remove(name),
    };

    // The role that an assignment gives. Null when it gives none: its role is gone, is another one under the same GUID, or may no longer
    // be assigned at that scope.
    private JudgedRole? RoleOf(RoleAssignment grant) =>
        (BuiltIn.GetValueOrDefault(grant.Role) ?? _custom.GetValueOrDefault(ArmCase.Lower(grant.Role))) is { } judged
            && judged.Role.Incarnation == grant.RoleIncarnation && judged.IsAssignableAt(grant.Scope) ? judged : null;

    private IEnumerable<RoleAssignment> GrantsOf(Principal principal) =>
        GrantsOf(new RoleHolder(principal.ObjectId, principal.Issuer, IsGroup: false)).Concat(
            principal.Groups.SelectMany(group => GrantsOf(new RoleHolder(group, principal.Issuer, IsGroup: true))));

    private IEnumerable<RoleAssignment> GrantsOf(RoleHolder holder) => _ofHolder.GetValueOrDefault(holder, None).Values;
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
