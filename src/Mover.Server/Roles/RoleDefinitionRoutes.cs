using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Documents;
using Mover.Server.Settings;

namespace Mover.Server.Roles;

/// <summary>The HTTP face of <c>Microsoft.Authorization/roleDefinitions</c>, at every scope.</summary>
internal sealed class RoleDefinitionRoutes(
    RoleDefinitions definitions, AccessState access, ServerOptions options, TimeProvider clock)
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

    private async Task<IResult> GetAsync(HttpContext http, string role, CancellationToken cancel)
    {
        var (scope, rights) = (RoleScopes.Of(http), CallerRights.Of(http));
        return (await access.CurrentAsync(cancel)).FindRole(role) is { } found && Shown(found, rights) is var shown
            && shown.AssignableScopes.Any(s => IsAt(s, scope) || IsBelow(s, scope))
                ? RoleAnswers.Json(RoleAnswers.Of(shown, RoleScopes.SubscriptionOf(scope)))
                : ArmErrors.RoleDefinitionDoesNotExist(role).ToResult();
    }

    private async Task<IResult> ListAsync(ResourceScope request, CancellationToken cancel)
    {
        var (scope, rights) = (RoleScopes.Of(request.Http), CallerRights.Of(request.Http));
        var filter = request.Http.Request.Query["$filter"].ToString();
        if (!FilterTerms.TryParse(filter, out var terms)
            || !terms.All(t => t.IsFunction("atScopeAndBelow") || t.Compares("roleName", "eq") || t.Compares("type", "eq")))
        {
            return ArmErrors.UnsupportedFilter(filter, KnownFilters).ToResult();
        }

        if (!ArmReads.TryReadPlace(request, out var after))
        {
            return ArmErrors.InvalidSkipToken().ToResult();
        }

        var isWide = terms.Any(t => t.IsFunction("atScopeAndBelow"));
        var found = InOrder(await access.CurrentAsync(cancel))
            .Where(next => after is null || string.CompareOrdinal(next.Place, after) > 0)
            .Where(next => terms.All(t => t.Operator == "()"
                || t.Value.Equals(t.Compares("type", "eq") ? next.Role.Type : next.Role.RoleName, StringComparison.OrdinalIgnoreCase)))
            .Select(next => (next.Place, Role: Shown(next.Role, rights)))
            .Where(next => next.Role.AssignableScopes.Any(s => IsAt(s, scope) || (isWide && IsBelow(s, scope))))
            .Take(options.PageSize + 1)
            .ToList();
        var page = found.Take(options.PageSize).ToList();
        var subscription = RoleScopes.SubscriptionOf(scope);
        var link = found.Count > page.Count ? ArmReads.NextLinkOf(request, page[^1].Place) : null;
        return RoleAnswers.Json(RoleAnswers.Page(page.Select(shown => RoleAnswers.Of(shown.Role, subscription)), link));
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
                RoleAnswers.Of(saved, RoleScopes.SubscriptionOf(RoleScopes.Of(http))), StatusCodes.Status201Created)
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
            ? RoleAnswers.Json(RoleAnswers.Of(deleted, RoleScopes.SubscriptionOf(RoleScopes.Of(http))))
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

    private static bool IsAt(string assignable, string scope) => ArmAction.Encloses(assignable, scope);

    private static bool IsBelow(string assignable, string scope) => ArmAction.Encloses(scope, assignable);

    // Built-in roles first; a place says where a page begins, whatever is made and deleted meanwhile.
    private static IEnumerable<(string Place, RoleDefinition Role)> InOrder(AccessSnapshot snapshot) =>
        BuiltInRoles.All.Select((role, at) => ($"0{at:D4}", role))
            .Concat(snapshot.CustomRoles.Values.Select(role => ("1" + role.Name, role)));

    // Of a custom role, callers see the scopes where they have a role themselves: the others name what they do not see. Without any of
    // its scopes it is not shown. Who may change it has rights at all of them.
    private static RoleDefinition Shown(RoleDefinition role, CallerRights rights) =>
        role.Type == RoleDefinition.BuiltIn ? role : role with { AssignableScopes = [.. role.AssignableScopes.Where(rights.HasAny)] };
}
