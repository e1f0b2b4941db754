using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Background;
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
internal sealed partial class StandbyGate(RequestDelegate next, RegionMembership region, RegionSeat seat, ILogger<StandbyGate> logger)
{
    /// <summary>How long an answer to a write waits for the copy at most; then it is not given, and the write may be lost.</summary>
    public static readonly TimeSpan CopiedMax = TimeSpan.FromSeconds(10);

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

        if (!isStandby && !region.IsStandby && !region.AwaitsWord)
        {
            await ServeAsync(http);
            return;
        }

        if (!isStandby || !region.IsStandby)
        {
            // The role has changed, and the app for the new one starts; or it may have changed, and is asked for.
            await ArmErrors.RegionMoving().WriteAsync(http);
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
            MarkStale(http, asOf);
            await next(http);
            return;
        }

        await ArmErrors.RegionUnavailable(region.Holder, region.Options.Region, completeAt, RetryAfter).WriteAsync(http);
    }

    // The region that serves answers while it has the right to: judged when a request comes, and once more when its answer goes out.
    private async Task ServeAsync(HttpContext http)
    {
        var (right, pair) = (region.Right, region.Options.Pair?.Region ?? string.Empty);
        if (!region.MayServe)
        {
            http.Response.Headers[Forwarding.RegionHeader] = region.Options.Region;
            if (right?.LapsedAt is { } lapsed && Forwarding.IsRead(http))
            {
                MarkStale(http, lapsed);
                await next(http);
                return;
            }

            var refusal = right is null ? ArmErrors.WitnessNotAsked(region.Options.Region, RetryAfter)
                : ArmErrors.RegionIsolated(region.Options.Region, pair, RetryAfter);
            await refusal.WriteAsync(http);
            return;
        }

        var lagMax = Forwarding.IsRead(http) ? null : region.Options.MaxLag;
        if (lagMax is { } most && region.Confirmation.Silence is var silence && silence > most + CopiedMax)
        {
            await ArmErrors.CopyBehind(region.Options.Region, pair, silence, most, RetryAfter).WriteAsync(http);
            return;
        }

        if (region.Seat.Role is { Duty: RegionDuty.Draining } draining && Forwarding.IsRead(http))
        {
            // Its pair may serve already: what is read here is true as of when writes ended.
            MarkStale(http, draining.Since);
        }

        if (right is not null || lagMax is not null)
        {
            http.Response.OnStarting(() => JudgeAsync(http, lagMax));
        }

        await next(http);
    }

    // What was done is unknown to a caller who gets no answer, and it may be lost: that is the truth.
    private async Task JudgeAsync(HttpContext http, TimeSpan? lagMax)
    {
        if (lagMax is { } most && !await region.Confirmation.WaitAsync(most, CopiedMax, http.RequestAborted))
        {
            Log.NotCopied(logger, http.Request.Method, CopiedMax);
            http.Abort();
        }
        else if (region.IsStandby || !region.MayServe)
        {
            Log.Lapsed(logger, http.Request.Method);
            http.Abort();
        }
    }

    private static void MarkStale(HttpContext http, DateTimeOffset asOf)
    {
        http.Response.Headers[StaleHeader] = asOf.ToString("O", CultureInfo.InvariantCulture);
        http.Response.Headers.Warning = "110 - \"Response is Stale\"";
    }

    private static partial class Log
    {
        [LoggerMessage(3477, LogLevel.Warning, "Withheld the response to a {Method}: the pair's copy did not confirm it within {Limit}.")]
        public static partial void NotCopied(ILogger logger, string method, TimeSpan limit);

        [LoggerMessage(3478, LogLevel.Warning, "Withheld the response to a {Method}: "
            + "this region's right to serve expired in the meantime.")]
        public static partial void Lapsed(ILogger logger, string method);
    }
}
