using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.DataFolders;
using Mover.Server.Settings;

namespace Mover.Server.Identity;

/// <summary>The identity at <c>/identity</c>: what it is made of, and rotation. No answer holds a secret.</summary>
internal sealed class IdentityRoutes(DeploymentIdentity identity, IdentityUpkeep upkeep, ServerOptions options, TimeProvider clock)
{
    // Below Microsoft.Authorization: who may give nobody rights, as a Contributor, ends nobody's tokens either.
    private const string Type = "Microsoft.Authorization/identity";

    public void Map(IEndpointRouteBuilder routes)
    {
        var all = routes.MapGroup("/identity").TakesNoApiVersion();
        all.MapGet("", ShowAsync).RequiresAction(Type + "/read");
        all.MapPost("/rotate", RotateAsync).RequiresAction(Type + "/write");
    }

    private async Task<IResult> ShowAsync(CancellationToken cancel)
    {
        await identity.ReadAsync(cancel);
        return Answer();
    }

    private async Task<IResult> RotateAsync(HttpContext http, CancellationToken cancel)
    {
        if (!(await ArmBody.ReadObjectAsync(http, cancel)).Try(out var body, out var refusal))
        {
            return refusal.ToResult();
        }

        if (body["part"] is not JsonValue named || !named.TryGetValue<string>(out var part)
            || !IdentityParts.All.Contains(part, StringComparer.Ordinal))
        {
            return ArmErrors.InvalidProperty("part", $"'part' must be one of {string.Join(", ", IdentityParts.All)}.").ToResult();
        }

        var revokes = false;
        if ((body["revoke"] is { } given && !(given is JsonValue value && value.TryGetValue(out revokes)))
            || (revokes && part is not (IdentityParts.SigningKey or IdentityParts.Authority)))
        {
            var message = $"'revoke' must be true or false, and can be true only for {IdentityParts.SigningKey} and "
                + $"{IdentityParts.Authority}.";
            return ArmErrors.InvalidProperty("revoke", message).ToResult();
        }

        try
        {
            await upkeep.RotateAsync(part, revokes, http.Principal().Stamp(http, clock), cancel);
            return Answer();
        }
        catch (DataFolderException fault)
        {
            return ArmErrors.KeyRingNotReady(fault.Message).ToResult();
        }
    }

    private IResult Answer()
    {
        var current = identity.Current;
        var parts = IdentitySnapshot.FactsOf(current.Content).Append(new(IdentityParts.KeyRing, current.SealedWith, null, "current"));
        var body = new JsonObject
        {
            ["tenantId"] = current.Administrator.TenantId,
            ["subscriptionId"] = current.Administrator.SubscriptionId,
            ["store"] = options.Store.Name,
            ["keyRing"] = identity.RingPlace,
            ["version"] = current.Info.Version,
            ["changedAt"] = Time(current.Info.Modified.At),
            ["changedBy"] = current.Info.Modified.By,
            ["parts"] = new JsonArray([.. parts.Select(fact => new JsonObject
            {
                ["part"] = fact.Part,
                ["id"] = fact.Id,
                ["state"] = fact.State,
                ["madeAt"] = fact.MadeAt is { } at ? Time(at) : null,
            })]),
        };
        return ArmResults.Raw(StatusCodes.Status200OK, Encoding.UTF8.GetBytes(body.ToJsonString()));
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
