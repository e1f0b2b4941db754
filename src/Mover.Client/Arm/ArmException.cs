using System.Globalization;
using System.Net;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Core.Arm;

namespace Mover.Client.Arm;

/// <summary>The control plane refused a request, or an asynchronous operation of it failed.</summary>
public sealed class ArmException(ArmError error, string? correlationId = null, Exception? inner = null)
    : Exception($"{error.Code}: {error.Message}", inner)
{
    /// <summary>Code used when an answer is an error status without ARM's error body; the status stands in the message.</summary>
    public const string NoErrorBody = "UnreadableError";

    private const int DetailDepthMax = 8;

    /// <summary>Status, code, message and details as the server gave them.</summary>
    public ArmError Error { get; } = error;

    /// <summary>The server's correlation id of the request; null when it sent none.</summary>
    public string? CorrelationId { get; } = correlationId;

    /// <summary>
    /// Reads ARM's error body <c>{"error":{"code","message","target","details"}}</c>; the bare object is read too, as are OAuth's
    /// <c>{"error":"…","error_description":"…"}</c> bodies. Anything else becomes <see cref="NoErrorBody"/> with the status.
    /// </summary>
    public static ArmError Read(int status, JsonNode? body, TimeSpan? retryAfter = null)
    {
        var top = body as JsonObject;
        if (Text(top?["error"]) is { } oauth)
        {
            return new(status, oauth, Text(top?["error_description"]) ?? oauth, RetryAfter: retryAfter);
        }

        var error = top?["error"] as JsonObject ?? top;
        if (Text(error?["code"]) is not { } code)
        {
            var name = ((HttpStatusCode)status).ToString();
            return new(
                status, NoErrorBody,
                string.Create(CultureInfo.InvariantCulture, $"The server returned {status} ({name}) without a reason."),
                RetryAfter: retryAfter);
        }

        return new(status, code, Text(error?["message"]) ?? code, Text(error?["target"]), Details(status, error?["details"], 1),
            retryAfter);
    }

    // A deployment's error holds those of nested deployments, and theirs.
    private static List<ArmError>? Details(int status, JsonNode? details, int depth)
    {
        if (details is not JsonArray { Count: > 0 } list || depth > DetailDepthMax)
        {
            return null;
        }

        var read = new List<ArmError>(list.Count);
        foreach (var detail in list)
        {
            if (Text(detail?["code"]) is { } code)
            {
                read.Add(new(
                    status, code, Text(detail?["message"]) ?? code, Text(detail?["target"]),
                        Details(status, detail?["details"], depth + 1)));
            }
        }

        return read;
    }

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}

/// <summary>No address of the control plane could be reached, or the connection broke and the outcome is not known.</summary>
public sealed class UnreachableServerException(string address, bool neverSent, Exception inner)
    : Exception($"Cannot reach {address}: {Innermost(inner)}", inner)
{
    /// <summary>True when a server answered but its certificate is not one that is trusted.</summary>
    public bool IsUntrusted { get; } = inner.GetBaseException() is AuthenticationException;

    /// <summary>True when the certificate is trusted, and only for other names than that of the address.</summary>
    public bool IsNameMismatch { get; } = inner.GetBaseException() is CertificateRefusedException { IsNameMismatch: true };

    /// <summary>The address tried last.</summary>
    public string Address { get; } = address;

    /// <summary>True when no request left this machine, so nothing was changed; false when the outcome is unknown.</summary>
    public bool NeverSent { get; } = neverSent;

    private static string Innermost(Exception fault) => fault.GetBaseException().Message;
}
