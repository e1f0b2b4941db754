using System.Text;
using System.Text.Json.Nodes;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Identity;

namespace Mover.Server.Access;

/// <summary>
/// A small, read-only part of Microsoft Graph at <c>/v1.0</c>: who the principals of role assignments are, and which object id belongs
/// to an application id. Source: Microsoft Graph v1.0, servicePrincipal and directoryObject.
/// </summary>
internal sealed class DirectoryRoutes(DirectoryObjects directory, Administrator administrator)
{
    private const int IdsMax = 1000;
    private static readonly RequiredAction Read = new("Microsoft.Authorization/servicePrincipals/read") { IsAtSubscription = true };

    public void Map(IEndpointRouteBuilder routes)
    {
        var graph = routes.MapGroup("/v1.0").TakesNoApiVersion();
        graph.MapGet("/servicePrincipals", ListAsync).WithMetadata(Read);
        graph.MapGet("/servicePrincipals/{id:guid}", GetAsync).WithMetadata(Read);
        graph.MapPost("/directoryObjects/getByIds", GetByIdsAsync).WithMetadata(Read);
    }

    private async Task<IResult> ListAsync(HttpContext http, CancellationToken cancel)
    {
        var text = http.Request.Query["$filter"].ToString();
        if (DirectoryFilter.Read(text) is not { } filter)
        {
            return ArmErrors.UnsupportedFilter(text, DirectoryFilter.Known).ToResult();
        }

        var found = await directory.ListAsync(filter, cancel);
        return Page(http, "servicePrincipals", found.Select(one => Show(one)));
    }

    private async Task<IResult> GetAsync(HttpContext http, Guid id, CancellationToken cancel)
    {
        if (await directory.FindServicePrincipalAsync(id.ToString(), cancel) is not { } found)
        {
            return ArmErrors.DirectoryObjectNotFound(id.ToString()).ToResult();
        }

        var answer = Show(found);
        answer.Insert(0, "@odata.context", Context(http, "servicePrincipals/$entity"));
        return Json(answer);
    }

    private async Task<IResult> GetByIdsAsync(HttpContext http, CancellationToken cancel)
    {
        if (!(await ArmBody.ReadObjectAsync(http, cancel)).Try(out var body, out var refusal)
            || !Texts(body, "ids").Try(out var ids, out refusal)
            || !Texts(body, "types").Try(out var types, out refusal))
        {
            return refusal.ToResult();
        }

        if (ids.Count is 0 or > IdsMax)
        {
            return ArmErrors.InvalidProperty("ids", $"'ids' must have 1 to {IdsMax} object ids.").ToResult();
        }

        var found = await directory.FindAsync(ids, cancel);
        return Page(http, "directoryObjects", found
            .Where(one => types.Count == 0 || types.Contains(one.Type, StringComparer.OrdinalIgnoreCase))
            .Select(one =>
            {
                var shown = Show(one);
                shown.Insert(0, "@odata.type", $"#microsoft.graph.{one.Type}");
                return shown;
            }));
    }

    private static Result<IReadOnlyList<string>> Texts(JsonObject body, string name)
    {
        var items = body[name] is null ? [] : body[name] as JsonArray;
        var texts = items?.Select(item => item is JsonValue value && value.TryGetValue<string>(out var text) ? text : null).ToList();
        return texts is null || texts.Contains(null)
            ? ArmErrors.InvalidProperty(name, $"'{name}' must be an array of strings.")
            : Result<IReadOnlyList<string>>.Of([.. texts.OfType<string>()]);
    }

    private JsonObject Show(DirectoryObject one) => one.IsUser
        ? new()
        {
            ["id"] = one.Id,
            ["displayName"] = one.DisplayName,
            ["userPrincipalName"] = one.DisplayName,
        }
        : new()
        {
            ["id"] = one.Id,
            ["accountEnabled"] = true,
            ["alternativeNames"] = one.MachineId is null ? [] : new JsonArray("isExplicit=False", one.MachineId),
            ["appDisplayName"] = one.MachineId is null ? one.DisplayName : null,
            ["appId"] = one.ApplicationId,
            ["appOwnerOrganizationId"] = one.MachineId is null ? administrator.TenantId : null,
            ["displayName"] = one.DisplayName,
            ["servicePrincipalNames"] = new JsonArray(one.ApplicationId),
            ["servicePrincipalType"] = one.MachineId is null ? "Application" : "ManagedIdentity",
        };

    private static IResult Page(HttpContext http, string what, IEnumerable<JsonObject> items) => Json(new()
    {
        ["@odata.context"] = Context(http, what),
        ["value"] = new JsonArray([.. items]),
    });

    private static string Context(HttpContext http, string what) => $"{http.Request.Scheme}://{http.Request.Host}/v1.0/$metadata#{what}";

    private static IResult Json(JsonObject body) => ArmResults.Raw(StatusCodes.Status200OK, Encoding.UTF8.GetBytes(body.ToJsonString()));
}
