using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Arm;

namespace Mover.Server.Authorization;

/// <summary>What the caller of a request may do, judged by one snapshot for the whole request. Belongs to the request's one flow.</summary>
/// <param name="snapshot">The rights of everybody.</param>
/// <param name="principal">Who calls.</param>
/// <param name="shown">What a list shows only to those who may do it there; null when the whole list is the caller's to see.</param>
internal sealed class CallerRights(AccessSnapshot snapshot, Principal principal, RequiredAction? shown)
{
    // Where the caller may do what was asked about so far: a list asks the same for each of its items.
    private readonly Dictionary<(string Action, bool IsData), ScopeSet> _allowed = [];
    private ScopeSet? _held;

    /// <summary>The rights of everybody, as this request is judged by.</summary>
    public AccessSnapshot Snapshot => snapshot;

    /// <summary>Tells the caller from everybody else.</summary>
    public string Identity => principal.Identity;

    /// <summary>The rights of a request; on anonymous routes there are none, and asking is a broken invariant.</summary>
    public static CallerRights Of(HttpContext http) => http.Features.Get<CallerRights>()
        ?? throw new System.Diagnostics.UnreachableException("The route has no authenticated caller.");

    /// <summary>The rights of a caller who may do what the route asks for, or null for one who may not.</summary>
    public static CallerRights? Judge(AccessSnapshot snapshot, Principal principal, RequiredAction required, string scope)
    {
        var action = new ArmAction(required.Action, scope);
        if (required.Reach is ActionReach.AnyCaller
            || AccessRules.IsOwnAffair(principal, action)
            || snapshot.Allows(principal, action, required.IsData))
        {
            return new(snapshot, principal, shown: null);
        }

        var rights = new CallerRights(snapshot, principal, required.Reach is ActionReach.Visible ? required : null);
        return (required.Reach is ActionReach.AnyRole && rights.HasAny(scope))
            || (required.Reach is ActionReach.Visible && rights.Allowed(required.Action, required.IsData).LiesBelow(scope))
                ? rights
                : null;
    }

    /// <summary>True when a list shows this resource to the caller.</summary>
    public bool Shows(ResourceId id) => ShowsAt(id.Text);

    /// <summary>True when a list shows what lies at this scope to the caller.</summary>
    public bool ShowsAt(string scope) => shown is null || Allowed(shown.Action, shown.IsData).Encloses(scope);

    /// <summary>True when the caller may do the action at the scope, besides what the route asks for.</summary>
    public bool May(string action, string scope) => Allowed(action, isData: false).Encloses(scope);

    /// <summary>True when the caller has any role at, above or below the scope.</summary>
    public bool HasAny(string scope) => (_held ??= snapshot.ScopesOf(principal)).Touches(scope);

    private ScopeSet Allowed(string action, bool isData)
    {
        if (!_allowed.TryGetValue((action, isData), out var scopes))
        {
            scopes = _allowed[(action, isData)] = snapshot.ScopesOf(principal, action, isData);
        }

        return scopes;
    }
}
