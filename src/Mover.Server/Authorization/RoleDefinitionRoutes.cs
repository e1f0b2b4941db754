using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Access;
using Mover.Server.Arm;

namespace Mover.Server.Authorization;

/// <summary>The HTTP face of <c>Microsoft.Authorization/roleDefinitions</c>, at every scope.</summary>
internal sealed class RoleDefinitionRoutes(RoleDefinitions definitions, AccessState access, TimeProvider clock)
{
    private const string Type = "Microsoft.Authorization/roleDefinitions";
    private const string KnownFilters = "roleName eq '{name}', type eq '{type}', atScopeAndBelow(), joined by 'and'";

    public void Map(IEndpointRouteBuilder routes)
    {
        const string All = RoleScopes.Below + "roleDefinitions";
        routes.MapGet(All, ListAsync).RequiresAction(Type + "/read", ActionReach.AnyRole);
        routes.MapGet(All + "/{role}", GetAsync).RequiresAction(Type + "/read", ActionReach.AnyRole);
        routes.MapPut(All + "/{role}", PutAsync).RequiresAction(Type + "/write");
        routes.MapDelete(All + "/{role}", DeleteAsync).RequiresAction(Type + "/delete");
    }

    private async Task<IResult> GetAsync(HttpContext http, string role, CancellationToken cancel) =>
        (await access.CurrentAsync(cancel)).FindRole(role) is { } found
            ? RoleAnswers.Json(RoleAnswers.Of(found, RoleScopes.SubscriptionOf(RoleScopes.Of(http.Request.Path))))
            : ArmErrors.RoleDefinitionDoesNotExist(role).ToResult();

    private async Task<IResult> ListAsync(HttpContext http, CancellationToken cancel)
    {
        var scope = RoleScopes.Of(http.Request.Path);
        var filter = http.Request.Query["$filter"].ToString();
        if (!FilterTerms.TryParse(filter, out var terms)
            || !terms.All(t => t.IsFunction("atScopeAndBelow") || t.Compares("roleName", "eq") || t.Compares("type", "eq")))
        {
            return ArmErrors.UnsupportedFilter(filter, KnownFilters).ToResult();
        }

        var isWide = terms.Any(t => t.IsFunction("atScopeAndBelow"));
        var found = BuiltInRoles.All.Concat((await access.CurrentAsync(cancel)).CustomRoles.Values)
            .Where(role => role.AssignableScopes.Any(s => ArmAction.Encloses(s, scope) || (isWide && ArmAction.Encloses(scope, s))))
            .Where(role => terms.All(t => t.Operator == "()"
                || t.Value.Equals(t.Compares("type", "eq") ? role.Type : role.RoleName, StringComparison.OrdinalIgnoreCase)));
        var subscription = RoleScopes.SubscriptionOf(scope);
        return RoleAnswers.Json(RoleAnswers.Page(found.Select(role => RoleAnswers.Of(role, subscription)), nextLink: null));
    }

    private async Task<IResult> PutAsync(HttpContext http, string role, CancellationToken cancel)
    {
        if (!Guid.TryParse(role, out var name))
        {
            return ArmErrors.InvalidRoleDefinitionId(role).ToResult();
        }

        if (BuiltInRoles.Find(name.ToString()) is { } builtIn)
        {
            return ArmErrors.BuiltInRoleIsFixed(builtIn).ToResult();
        }

        if (!(await ArmBody.ReadObjectAsync(http, cancel)).Try(out var body, out var unread))
        {
            return unread.ToResult();
        }

        var caller = http.Principal();
        if (!RoleBodies.ReadRole(body, name, caller.ObjectId, clock.GetUtcNow()).Try(out var wanted, out var wrong))
        {
            return wrong.ToResult();
        }

        var put = await definitions.PutAsync(wanted, Judge(http, "write"), caller.Stamp(http, clock), cancel);
        return put.Try(out var saved, out var refusal)
            ? RoleAnswers.Json(
                RoleAnswers.Of(saved, RoleScopes.SubscriptionOf(RoleScopes.Of(http.Request.Path))), StatusCodes.Status201Created)
            : refusal.ToResult();
    }

    private async Task<IResult> DeleteAsync(HttpContext http, string role, CancellationToken cancel)
    {
        if (!Guid.TryParse(role, out var name)
            || await definitions.DeleteAsync(
                name.ToString(), Judge(http, "delete"), http.Principal().Stamp(http, clock), cancel) is not { } outcome)
        {
            return ArmResults.Empty(StatusCodes.Status204NoContent);
        }

        return outcome.Try(out var deleted, out var refusal)
            ? RoleAnswers.Json(RoleAnswers.Of(deleted, RoleScopes.SubscriptionOf(RoleScopes.Of(http.Request.Path))))
            : refusal.ToResult();
    }

    // A role changes what its holders may do wherever it may be assigned, so the right is needed in all of these scopes.
    private static Func<IEnumerable<string>, ArmError?> Judge(HttpContext http, string verb)
    {
        var (caller, rights) = (http.Principal(), CallerRights.Of(http));
        return scopes => scopes.FirstOrDefault(scope => !rights.May($"{Type}/{verb}", scope)) is { } outside
            ? ArmErrors.AuthorizationFailed(caller, new($"{Type}/{verb}", outside))
            : null;
    }
}
