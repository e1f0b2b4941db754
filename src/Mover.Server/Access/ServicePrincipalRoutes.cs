using System.Text;
using System.Text.Json.Nodes;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Identity;

namespace Mover.Server.Access;

/// <summary>Service principals at <c>/servicePrincipals</c>: what <c>az ad sp create-for-rbac</c> is for, with its field names.</summary>
internal sealed class ServicePrincipalRoutes(
    ServicePrincipals principals, Administrator administrator, AdministratorSecret administratorSecret, TimeProvider clock)
{
    // Below Microsoft.Authorization: who may give nobody rights, as a Contributor, makes and deletes no identities either.
    private const string Type = "Microsoft.Authorization/servicePrincipals";

    // Who gets a principal's secret gets its roles: as with giving roles, no Contributor may.
    private const string Reset = "Microsoft.Authorization/servicePrincipals/write";

    public void Map(IEndpointRouteBuilder routes)
    {
        var all = routes.MapGroup("/servicePrincipals").TakesNoApiVersion();
        all.MapPost("", CreateAsync).RequiresAction(Type + "/write");
        all.MapGet("", ListAsync).RequiresAction(Type + "/read");
        all.MapPost("/{appId:guid}/resetSecret", ResetAsync).RequiresAction(Reset);
        all.MapDelete("/{appId:guid}", DeleteAsync).RequiresAction(Type + "/delete");
    }

    private async Task<IResult> CreateAsync(HttpContext http, CancellationToken cancel)
    {
        if (!(await ArmBody.ReadObjectAsync(http, cancel)).Try(out var body, out var refusal))
        {
            return refusal.ToResult();
        }

        if (body["displayName"] is not JsonValue given || !given.TryGetValue<string>(out var name)
            || name.Length is 0 or > ServicePrincipals.NameLengthMax || name.Any(char.IsControl))
        {
            var message = $"'displayName' must have 1 to {ServicePrincipals.NameLengthMax} printable characters.";
            return ArmErrors.InvalidProperty("displayName", message).ToResult();
        }

        var (made, secret) = await principals.CreateAsync(name, http.Principal().Stamp(http, clock), cancel);
        return Json(Describe(made, secret));
    }

    private async Task<IResult> ResetAsync(HttpContext http, Guid appId, CancellationToken cancel)
    {
        var stamp = http.Principal().Stamp(http, clock);
        if (appId.ToString() == administrator.ClientId)
        {
            var made = await administratorSecret.ReplaceAsync(stamp, cancel);
            await principals.NoteResetAsync(administratorSecret.Current, stamp, cancel);
            return Json(Describe(new(administrator.ClientId, administrator.ObjectId, Administrator.Name, SecretHash.Of(made)), made));
        }

        var reset = await principals.ResetAsync(appId.ToString(), stamp, cancel);
        return reset.Try(out var done, out var refusal) ? Json(Describe(done.Changed, done.Secret)) : refusal.ToResult();
    }

    private async Task<IResult> ListAsync(CancellationToken cancel)
    {
        var found = await principals.ListAsync(cancel);
        return Json(new JsonObject { ["value"] = new JsonArray([.. found.Select(Describe)]) });
    }

    private async Task<IResult> DeleteAsync(HttpContext http, Guid appId, CancellationToken cancel)
    {
        var deleted = await principals.DeleteAsync(appId.ToString(), http.Principal().Stamp(http, clock), cancel);
        return deleted.Try(out var wasThere, out var refusal)
            ? ArmResults.Empty(wasThere ? StatusCodes.Status200OK : StatusCodes.Status204NoContent)
            : refusal.ToResult();
    }

    private static JsonObject Describe(ServicePrincipal principal) => new()
    {
        ["appId"] = principal.ClientId,
        ["id"] = principal.ObjectId,
        ["displayName"] = principal.DisplayName,
    };

    private JsonObject Describe(ServicePrincipal principal, Secret secret)
    {
        var answer = Describe(principal);
        answer["password"] = secret.Reveal();
        answer["tenant"] = administrator.TenantId;
        return answer;
    }

    private static IResult Json(JsonObject body) => ArmResults.Raw(StatusCodes.Status200OK, Encoding.UTF8.GetBytes(body.ToJsonString()));
}
