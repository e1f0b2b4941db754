using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>On a route that a standby answers itself, whatever its pair does.</summary>
internal sealed class AnsweredByStandby
{
    public static readonly AnsweredByStandby Instance = new();
}

/// <summary>
/// What a region does with requests that it cannot answer by itself. A standby passes them on to the region that serves; while that
/// does not answer it reads from its copy, says as of when, and refuses the rest. A region that is being drained refuses
/// writes, and says as of when its reads are true.
/// </summary>
internal sealed class StandbyGate(RequestDelegate next, RegionMembership region, RegionSeat seat, ILogger<StandbyGate> logger)
{
    /// <summary>How long a caller waits before it asks again.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>The header of an answer from a copy: as of when.</summary>
    public const string StaleHeader = "x-ms-mover-stale-as-of";

    public async Task InvokeAsync(HttpContext http)
    {
        var (isStandby, endpoint) = (seat.Role?.Duty == RegionDuty.Standby, http.GetEndpoint());
        if (endpoint?.Metadata.GetMetadata<AnsweredByStandby>() is not null
            || endpoint?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            await next(http);
            return;
        }

        if (isStandby != region.IsStandby || region.AwaitsWord)
        {
            // The role has changed, and the app for the new one starts; or it may have changed, and is asked for.
            await ArmErrors.RegionMoving().WriteAsync(http);
            return;
        }

        if (!isStandby)
        {
            if (region.Seat.Role is { Duty: RegionDuty.Draining } draining && Forwarding.IsRead(http))
            {
                // Its pair may serve already: what is read here is true as of when writes ended.
                Mark(http, draining.Since);
            }

            await next(http);
            return;
        }

        if (region.Peer is { } peer && region.IsPeerHeard && !Forwarding.IsForwarded(http)
            && await Forwarding.TryAsync(http, peer, region, null, logger))
        {
            return;
        }

        var completeAt = region.CompleteAt;
        http.Response.Headers[Forwarding.RegionHeader] = region.Options.Region;
        if (completeAt is { } asOf && Forwarding.IsRead(http))
        {
            Mark(http, asOf);
            await next(http);
            return;
        }

        await ArmErrors.RegionUnavailable(region.Holder, region.Options.Region, completeAt, RetryAfter).WriteAsync(http);
    }

    private static void Mark(HttpContext http, DateTimeOffset asOf)
    {
        http.Response.Headers[StaleHeader] = asOf.ToString("O", CultureInfo.InvariantCulture);
        http.Response.Headers.Warning = "110 - \"Response is Stale\"";
    }
}
