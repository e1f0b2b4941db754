using System.Net;
using System.Net.Sockets;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <summary>Translates what the service and the network say into faults. Messages name the operation, never a URL's query or a
/// header.</summary>
internal static class BlobFaults
{
    /// <summary>The fault for an answer that is no success.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="what">What was asked, such as <c>PUT folder/name</c>.</param>
    /// <param name="isContainer">True when the call was for the container, so that the fault concerns the whole volume.</param>
    /// <param name="now">The moment, for waits given as a date.</param>
    /// <param name="reason">The service's own words, from <see cref="BlobReason"/>; empty for none.</param>
    public static VolumeFault Of(HttpResponseMessage answer, string what, bool isContainer, DateTimeOffset now, string reason = "")
    {
        var status = answer.StatusCode;
        var code = CodeOf(answer);
        var named = code.Length > 0 ? $"{(int)status} {code}" : $"{(int)status}";
        var message = $"{what}: the Blob service returned {named}{(reason.Length > 0 ? ": " + reason : ".")}";
        var retryAfter = answer.Headers.RetryAfter is { } asked && (asked.Delta ?? (asked.Date - now)) is { } wait && wait > TimeSpan.Zero
            ? wait
            : (TimeSpan?)null;
        if (code is "Md5Mismatch" or "Crc64Mismatch")
        {
            return new(VolumeFaultKind.Integrity, message, true);
        }

        if (code.StartsWith("Lease", StringComparison.Ordinal) || code is "InfiniteLeaseDurationRequired")
        {
            return new(VolumeFaultKind.Leased, message);
        }

        if (code is "InvalidBlobType")
        {
            return new(VolumeFaultKind.Unsupported, $"{message} {BlobKind.OtherKind}", Code: StatusCodes.ItemOther);
        }

        if (IsOfAccount(code))
        {
            return new(VolumeFaultKind.Permission, message, Code: StatusCodes.TargetAuthorization);
        }

        if (code is "ContainerNotFound" or "ContainerDisabled" or "ContainerBeingDeleted" || (isContainer
            && status is HttpStatusCode.NotFound))
        {
            return new(VolumeFaultKind.NotFound, message, Code: StatusCodes.TargetPathInvalid);
        }

        return status switch
        {
            HttpStatusCode.Unauthorized => new(VolumeFaultKind.Authentication, message, Code: StatusCodes.Authentication),
            HttpStatusCode.Forbidden => Forbidden(message, code, isContainer),
            HttpStatusCode.NotFound => new(VolumeFaultKind.NotFound, message),
            HttpStatusCode.PreconditionFailed or HttpStatusCode.RequestedRangeNotSatisfiable => new(VolumeFaultKind.Changed, message, true),
            HttpStatusCode.Conflict when code is "BlobImmutableDueToPolicy" => new(VolumeFaultKind.Permission, message),
            HttpStatusCode.RequestTimeout or HttpStatusCode.GatewayTimeout => new(VolumeFaultKind.Timeout, message, true, retryAfter),
            HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable =>
                new(VolumeFaultKind.Throttled, message, true, retryAfter),
            HttpStatusCode.InsufficientStorage => new(VolumeFaultKind.Full, message, true, retryAfter),
            HttpStatusCode.InternalServerError when code is "OperationTimedOut" => new(VolumeFaultKind.Timeout, message, true),
            _ => new(VolumeFaultKind.Status, message, (int)status >= 500 || answer.IsSuccessStatusCode),
        };
    }

    /// <summary>True when the answer may be due to a credential that ran out, so that a newer one is worth a try.</summary>
    public static bool IsRefusal(HttpResponseMessage answer) =>
        answer.StatusCode is HttpStatusCode.Unauthorized
        || (answer.StatusCode is HttpStatusCode.Forbidden
            && CodeOf(answer) is "" or "AuthenticationFailed" or "AuthorizationFailure" or "AuthorizationPermissionMismatch");

    /// <summary>The service's error code; empty when it gave none.</summary>
    public static string CodeOf(HttpResponseMessage answer) => BlobReason.Code(BlobClient.HeaderOf(answer, "x-ms-error-code") ?? "");

    /// <summary>The fault for an exception of the HTTP client; null when it is none of the network's.</summary>
    public static VolumeFault? Of(Exception error, string what) => error switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            new(VolumeFaultKind.Transport, $"{what}: cannot establish a secure connection."),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
            new(VolumeFaultKind.Transport, $"{what}: cannot resolve the host name.", true),
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } refused => OfProxy(refused.StatusCode, what),
        HttpRequestException request => new(VolumeFaultKind.Transport, $"{what}: {Reason(request)}.", true),
        IOException or SocketException => new(VolumeFaultKind.Transport, $"{what}: the connection was lost.", true),
        _ => null,
    };

    /// <summary>The account as a whole is closed, to everyone or to this host: every request is answered so.</summary>
    private static bool IsOfAccount(string code) => code is "AccountIsDisabled" or "AccountBeingDeleted"
        or "InsufficientAccountPermissions" or "AuthorizationSourceIPMismatch" or "AuthorizationProtocolMismatch"
        or "AuthorizationServiceMismatch";

    private static VolumeFault OfProxy(HttpStatusCode? status, string what) => new(
        VolumeFaultKind.Transport,
        $"{what}: the proxy refused the connection{(status is { } known ? $" ({(int)known})" : "")}.",
        status is not (HttpStatusCode.ProxyAuthenticationRequired or HttpStatusCode.Forbidden))
    {
        Advice = "Check HTTPS_PROXY and the user and password in it, or add the host to NO_PROXY.",
    };

    private static VolumeFault Forbidden(string message, string code, bool isContainer) => code switch
    {
        "AuthenticationFailed" or "InvalidAuthenticationInfo" => new(VolumeFaultKind.Authentication, message,
            Code: StatusCodes.Authentication),
        "AuthorizationPermissionMismatch" => new(
            VolumeFaultKind.Permission,
            $"{message} This needs the role Storage Blob Data Contributor (to read, Storage Blob Data Reader) on the container, "
                + "or a SAS that allows this operation.",
            Code: isContainer ? StatusCodes.TargetAuthorization : null),
        _ when isContainer => new(VolumeFaultKind.Permission, message, Code: StatusCodes.TargetAuthorization),
        _ => new(VolumeFaultKind.Permission, message),
    };

    private static string Reason(HttpRequestException error) => error.InnerException switch
    {
        SocketException socket => $"the connection failed ({socket.SocketErrorCode})",
        TimeoutException => "connecting took too long",
        _ => $"the connection was lost ({error.HttpRequestError})",
    };
}
