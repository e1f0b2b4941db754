using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing.Patterns;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Activity;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Identity;
using Mover.State.Documents;

namespace Mover.Server.Gates;

/// <summary>Lets a request through when its caller may do what the route declares.</summary>
internal sealed partial class RightsGate(
    RequestDelegate next, AccessState access, DenialLog denials, Administrator administrator, ILogger<RightsGate> logger)
{
    // A route that declares nothing is nobody's.
    private static readonly RequiredAction Undeclared = new("Mover/undeclared/action", IsData: true);

    // Whoever is refused chose the path: more of it than this says nothing to an operator.
    private const int LoggedScopeMax = 256;

    // The built-in vaults are the subscription's own, without a resource of theirs.
    private readonly string _vaultsScope = $"/subscriptions/{administrator.SubscriptionId}/providers/Microsoft.KeyVault";

    public async Task InvokeAsync(HttpContext http)
    {
        // A path without a route is answered with what ARM says of unknown paths; there is nothing to protect.
        if (http.GetEndpoint() is not RouteEndpoint route || route.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            await next(http);
            return;
        }

        // Nobody has rights in a subscription that is not there.
        if (ArmChecks.CheckSubscription(http) is { } unknown)
        {
            await unknown.WriteAsync(http);
            return;
        }

        var principal = http.Principal();
        var required = route.Metadata.GetMetadata<RequiredAction>() ?? Undeclared;
        var scope = required.IsAtSubscription ? SubscriptionOf(http) : ScopeOf(http, route);
        var snapshot = await access.CurrentAsync(http.RequestAborted);
        if (CallerRights.Judge(snapshot, principal, required, scope) is not { } rights)
        {
            var correlation = RequestIds.Of(http).CorrelationId;
            if (denials.Add(principal, new(required.Action, scope), correlation))
            {
                Log.Forbidden(logger, principal.ObjectId, required.Action, PrintedText.Of(scope, LoggedScopeMax), correlation);
            }

            await ArmErrors.AuthorizationFailed(principal, new(required.Action, scope)).WriteAsync(http);
            return;
        }

        http.Features.Set(rights);
        http.Features.Set(new Asked(new(required.Action, scope)));
        await next(http);
    }

    private static string SubscriptionOf(HttpContext http) =>
        http.Request.RouteValues["subscription"] is string subscription ? "/subscriptions/" + subscription : ArmAction.Root;

    private string ScopeOf(HttpContext http, RouteEndpoint route)
    {
        var endsInWord = route.RoutePattern.PathSegments is [.., var last] && last.Parts[0] is RoutePatternLiteralPart;
        var scope = ArmAction.ScopeOf(http.Request.Path.Value ?? string.Empty, endsInWord);
        return BearerGate.IsVault(http) ? _vaultsScope + scope : scope;
    }

    private static partial class Log
    {
        [LoggerMessage(3021, LogLevel.Warning, "Denied principal {ObjectId} the action {Action} over {Scope} ({CorrelationId}).")]
        public static partial void Forbidden(ILogger logger, string objectId, string action, string scope, string correlationId);
    }
}
