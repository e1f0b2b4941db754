using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Regions;
using Mover.State;
using Mover.State.Mirror;

namespace Mover.Server.Listening;

/// <summary>
/// For supervisors and load balancers, anonymous: <c>/healthz</c> answers 200 while the process serves; <c>/readyz</c> answers 200 when the
/// store can be read and the rights are followed, else 503 with what is missing. Neither says more than that.
/// </summary>
internal sealed class HealthRoutes(IStateStore store, AccessState access, RegionMembership region, RegionSeat seat, TimeProvider clock)
{
    /// <summary>How long the store may take.</summary>
    public static readonly TimeSpan ReadMax = TimeSpan.FromSeconds(2);

    private const string ProbedKey = "server/owner";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", () => Results.Text("ok\n")).AllowAnonymous().TakesNoApiVersion();
        routes.MapGet("/readyz", ReadyAsync).AllowAnonymous().TakesNoApiVersion();
    }

    private async Task<IResult> ReadyAsync(CancellationToken cancel) =>
        seat.Role?.Duty == RegionDuty.Standby || region.IsStandby ? Missing($"region: a standby of {region.Holder}")
        : !region.MayServe ? Missing("region: it currently has no right to serve")
        : region.AwaitsWord ? Missing($"region: waiting for {region.Peer?.Region}, which may have taken over")
        : !access.IsFollowed ? Missing("rights: not read yet")
        : !await IsReadAsync(cancel) ? Missing("state: cannot be read")
        : Results.Text("ready\n");

    private static IResult Missing(string what) =>
        Results.Text($"not ready: {what}\n", statusCode: StatusCodes.Status503ServiceUnavailable);

    private async Task<bool> IsReadAsync(CancellationToken cancel)
    {
        try
        {
            await store.GetAsync(ProbedKey, cancel).AsTask().WaitAsync(ReadMax, clock, cancel);
            return true;
        }
        catch (Exception fault) when (fault is StateException or TimeoutException)
        {
            return false;
        }
    }
}
