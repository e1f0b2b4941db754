using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Documents;
using Mover.Server.Settings;

namespace Mover.Server.Roles;

/// <summary>The HTTP face of <c>Microsoft.Authorization/roleAssignments</c>, at every scope.</summary>
internal sealed class RoleAssignmentRoutes(
    RoleAssignments assignments, AccessState access, Principals principals, ServerOptions options, TimeProvider clock)
{
    private const string Type = RoleAssignment.ResourceType;

    // Clients of older versions take nothing but 201 for a PUT, whatever it found. Source: API definitions of Microsoft.Authorization.
    private const string FirstVersionWith200 = "2020-10-01-preview";
    private const string KnownFilters = "atScope(), atScopeAndBelow(), assignedTo('{id}'), principalId eq '{id}', joined by 'and'";

    public void Map(IEndpointRouteBuilder routes)
    {
        const string All = RoleScopes.Below + "roleAssignments";
        routes.MapGet(All, ListAsync).RequiresAction(Type + "/read", ActionReach.Visible);
        routes.MapGet(All + "/{assignment}", GetAsync).RequiresAction(Type + "/read");
        routes.MapPut(All + "/{assignment}", PutAsync).RequiresAction(Type + "/write");
        routes.MapDelete(All + "/{assignment}", DeleteAsync).RequiresAction(Type + "/delete");
    }

    private async Task<IResult> GetAsync(HttpContext http, string assignment, CancellationToken cancel)
    {
        var scope = RoleScopes.Of(http);
        var snapshot = await access.CurrentAsync(cancel);
        return snapshot.Assignments.TryGetValue(ArmCase.Lower(RoleAssignment.IdOf(scope, assignment)), out var found)
            ? RoleAnswers.Json(RoleAnswers.Of(found, RoleScopes.SubscriptionOf(scope)))
            : ArmErrors.RoleAssignmentNotFound(assignment).ToResult();
    }

    private async Task<IResult> PutAsync(HttpContext http, string assignment, CancellationToken cancel)
    {
        if (!Guid.TryParse(assignment, out _))
        {
            return ArmErrors.InvalidRoleAssignmentId(assignment).ToResult();
        }

        if (!(await ArmBody.ReadObjectAsync(http, cancel)).Try(out var body, out var unread))
        {
            return unread.ToResult();
        }

        var scope = RoleScopes.Of(http);
        var caller = http.Principal();
        var read = RoleBodies.ReadAssignment(body, scope, assignment, caller.ObjectId, clock.GetUtcNow());
        if (!read.Try(out var wanted, out var refusal))
        {
            return refusal.ToResult();
        }

        if (!(await principals.CompleteAsync(wanted, cancel)).Try(out var complete, out refusal))
        {
            return refusal.ToResult();
        }

        // A deployment leaves what is as it is wanted.
        if (WriteTerms.Of(http) is { } terms
            && (await access.CurrentAsync(cancel)).Assignments.TryGetValue(
                ArmCase.Lower(RoleAssignment.IdOf(scope, assignment)), out var there)
            && ArmCase.Same(there.PrincipalId, complete.PrincipalId) && ArmCase.Same(there.Role, complete.Role)
            && there.Description == complete.Description)
        {
            terms.IsUntouched = true;
            return RoleAnswers.Json(RoleAnswers.Of(there, RoleScopes.SubscriptionOf(scope)));
        }

        var isOld = string.CompareOrdinal(http.Request.Query["api-version"].ToString(), FirstVersionWith200) < 0;
        var put = await assignments.PutAsync(complete, caller.Stamp(http, clock), cancel);
        return put.Try(out var saved, out refusal)
            ? RoleAnswers.Json(
                RoleAnswers.Of(saved.Assignment, RoleScopes.SubscriptionOf(scope), saved.IsNew),
                saved.IsNew || isOld ? StatusCodes.Status201Created : StatusCodes.Status200OK)
            : refusal.ToResult();
    }

    private async Task<IResult> DeleteAsync(HttpContext http, string assignment, CancellationToken cancel)
    {
        var scope = RoleScopes.Of(http);
        if (!Guid.TryParse(assignment, out _)
            || await assignments.DeleteAsync(scope, assignment, http.Principal().Stamp(http, clock), cancel) is not { } outcome)
        {
            return ArmResults.Empty(StatusCodes.Status204NoContent);
        }

        return outcome.Try(out var deleted, out var refusal)
            ? RoleAnswers.Json(RoleAnswers.Of(deleted, RoleScopes.SubscriptionOf(scope)))
            : refusal.ToResult();
    }

    private async Task<IResult> ListAsync(ResourceScope request, CancellationToken cancel)
    {
        var scope = RoleScopes.Of(request.Http);
        var filter = request.Http.Request.Query["$filter"].ToString();
        if (!FilterTerms.TryParse(filter, out var terms) || !terms.All(IsKnown))
        {
            return ArmErrors.UnsupportedFilter(filter, KnownFilters).ToResult();
        }

        if (!ArmReads.TryReadPlace(request, out var after))
        {
            return ArmErrors.InvalidSkipToken().ToResult();
        }

        var rights = CallerRights.Of(request.Http);
        var found = (await access.CurrentAsync(cancel)).Assignments
            .Where(entry => after is null || string.CompareOrdinal(entry.Key, after) > 0)
            .Where(entry => Fits(entry.Value, scope, terms) && rights.ShowsAt(entry.Value.Scope))
            .Take(options.PageSize + 1)
            .ToList();
        var page = found.Take(options.PageSize).ToList();
        var subscription = RoleScopes.SubscriptionOf(scope);
        var next = found.Count > page.Count ? ArmReads.NextLinkOf(request, page[^1].Key) : null;
        return RoleAnswers.Json(RoleAnswers.Page(page.Select(entry => RoleAnswers.Of(entry.Value, subscription)), next));
    }

    private static bool IsKnown(FilterTerm term) =>
        term.IsFunction("atScope") || term.IsFunction("atScopeAndBelow") || term.IsFunction("assignedTo")
        || term.Compares("principalId", "eq");

    // At the scope, above it, and unless told otherwise below it.
    private static bool Fits(RoleAssignment assignment, string scope, IReadOnlyList<FilterTerm> terms)
    {
        var isBelow = ArmAction.Encloses(scope, assignment.Scope) && !ArmAction.Encloses(assignment.Scope, scope);
        if (!isBelow && !ArmAction.Encloses(assignment.Scope, scope))
        {
            return false;
        }

        return terms.All(term =>
            term.IsFunction("atScope") ? !isBelow
            : term.IsFunction("atScopeAndBelow") ? ArmAction.Encloses(scope, assignment.Scope)
            : term.Value.Equals(assignment.PrincipalId, StringComparison.OrdinalIgnoreCase));
    }
}
