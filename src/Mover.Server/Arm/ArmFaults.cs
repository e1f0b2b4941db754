using Mover.Core.Arm;
using Mover.Server.Settings;
using Mover.State;

namespace Mover.Server.Arm;

/// <summary>Turns what escapes a route, and every bare error status, into an ARM error. A stack trace never leaves the process.</summary>
internal sealed partial class ArmFaults(RequestDelegate next, ILogger<ArmFaults> logger)
{
    private const int ClientClosedRequest = 499;

    public async Task InvokeAsync(HttpContext http)
    {
        ArmError? error;
        try
        {
            await next(http);
            error = OfBareStatus(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Response.StatusCode = ClientClosedRequest;
            return;
        }
        catch (Exception fault) when (!http.Response.HasStarted)
        {
            error = OfFault(http, fault);
        }

        if (error is not null && !http.Response.HasStarted)
        {
            await error.WriteAsync(http);
        }
    }

    // Routing, authentication and Kestrel answer with a status alone.
    private static ArmError? OfBareStatus(HttpContext http) =>
        http.Response.HasStarted || http.Response.ContentLength is not null || http.Response.ContentType is not null ? null
            : http.Response.StatusCode switch
        {
            StatusCodes.Status401Unauthorized => ArmErrors.AuthenticationFailed(),
            StatusCodes.Status404NotFound => ArmErrors.UnknownRoute(http.Request.Path.ToUriComponent()),
            StatusCodes.Status405MethodNotAllowed => ArmErrors.MethodNotAllowed(http.Request.Method),
            StatusCodes.Status413PayloadTooLarge => ArmErrors.BodyTooLarge(ServerOptions.BodyBytesMax),
            StatusCodes.Status415UnsupportedMediaType => ArmErrors.UnsupportedMediaType(),
            >= 400 and < 500 => ArmErrors.InvalidContent("the request is malformed."),
            _ => null,
        };

    private ArmError OfFault(HttpContext http, Exception fault)
    {
        var correlation = RequestIds.Of(http).CorrelationId;
        switch (fault)
        {
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return ArmErrors.BodyTooLarge(ServerOptions.BodyBytesMax);
            case BadHttpRequestException bad:
                Log.Malformed(logger, bad, correlation);
                return ArmErrors.InvalidContent("the request is malformed.");
            case StateException { Fault: StateFault.LimitExceeded }:
                return ArmErrors.ResourceTooLarge();
            case StateException { Fault: StateFault.Full } full:
                Log.StateFailed(logger, full, full.Fault, correlation);
                return ArmErrors.StateFull();
            case StateException { Fault: StateFault.Damaged } damaged:
                Log.StateFailed(logger, damaged, damaged.Fault, correlation);
                return ArmErrors.StateDamaged(correlation);
            case StateException { Fault: StateFault.NotServing }:
                return ArmErrors.RegionMoving();
            case StateException state:
                Log.StateFailed(logger, state, state.Fault, correlation);
                return ArmErrors.StateUnavailable(correlation);
            default:
                Log.Failed(logger, fault, http.Request.Method, correlation);
                return ArmErrors.InternalServerError(correlation);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Error, "A {Method} request with correlation id {CorrelationId} failed.")]
        public static partial void Failed(ILogger logger, Exception fault, string method, string correlationId);

        [LoggerMessage(2002, LogLevel.Error, "The state store failed with {Kind} in the request with correlation id {CorrelationId}.")]
        public static partial void StateFailed(ILogger logger, Exception fault, StateFault kind, string correlationId);

        [LoggerMessage(2003, LogLevel.Debug, "The request with correlation id {CorrelationId} was malformed.")]
        public static partial void Malformed(ILogger logger, Exception fault, string correlationId);
    }
}
