using Mover.Core.Arm;
using Mover.Server.Arm;

namespace Mover.Server.Regions.Drills;

/// <summary><c>POST /subscriptions/{id}/region/drill</c>, Mover's own: the standby rehearses the loss of the region that serves.</summary>
internal sealed class DrillRoutes(RegionMembership region, RegionDrill drill, ILogger<DrillRoutes> logger)
{
    // It moves nothing, and it opens a copy of everybody's state to its caller's checks: not for who may give nobody rights.
    private static readonly RequiredAction Drill = new("Microsoft.Authorization/regions/drill/action") { IsAtSubscription = true };

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/subscriptions/{subscription}/region/drill", DrillAsync).TakesNoApiVersion()
            .WithMetadata(Drill, AnsweredByStandby.Instance);

    private async Task<IResult> DrillAsync(ResourceScope scope, string subscription, CancellationToken cancel)
    {
        // As with a failover, the standby does the work.
        if (!region.IsStandby && region.Peer is { } peer && !Forwarding.IsForwarded(scope.Http))
        {
            return await region.AskPeerAsync(cancel) is not null
                && await Forwarding.TryAsync(scope.Http, peer, region, ReadOnlyMemory<byte>.Empty, logger)
                    ? Results.Empty
                    : ArmErrors.StandbyUnreachable(peer.Region).ToResult();
        }

        var order = new DrillOrder(
            subscription, scope.Http.Request.Headers.Authorization.ToString(), scope.Http.Principal().Name);
        var done = await drill.RunAsync(order, cancel);
        return done.Try(out var result, out var refusal) ? ArmResults.Ok(result, DrillJson.Default.DrillResult) : refusal.ToResult();
    }
}
