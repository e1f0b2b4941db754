namespace Mover.Core.Arm;

/// <summary>Refusals of requests that cannot be understood, and of routes that do not exist.</summary>
public static partial class ArmErrors
{
    /// <summary>400: no api-version (ARM's own sentence).</summary>
    public static ArmError MissingApiVersion() =>
        new(400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.");

    /// <summary>400: an api-version that is not answered.</summary>
    public static ArmError InvalidApiVersion(string version, IEnumerable<string> known) =>
        new(400, "InvalidApiVersionParameter", $"The api-version '{Shown(version)}' is invalid. The supported versions are "
            + $"'{string.Join(',', known)}'.");

    /// <summary>404: a type or operation that the version does not have (ARM's own code and sentence).</summary>
    /// <param name="action">The RBAC action of the operation.</param>
    /// <param name="version">The version asked for.</param>
    /// <param name="having">The versions that have it.</param>
    public static ArmError NotInVersion(string action, string version, IEnumerable<string> having)
    {
        var parts = action.Split('/');
        var type = string.Join('/', parts[1..^1]);
        return new(404, "InvalidResourceType", $"The resource type '{type}' could not be found in the namespace '{parts[0]}' for api "
            + $"version '{Shown(version)}'. The supported api-versions are '{string.Join(',', having)}'.");
    }

    /// <summary>400: a body that is not the JSON of this resource.</summary>
    public static ArmError InvalidContent(string why, string? target = null) =>
        new(400, "InvalidRequestContent", $"The request content was invalid and could not be deserialized: {why}", target);

    /// <summary>400: a property with a value that is not allowed, a description that is too long among them. The code is the one that the
    /// live service was recorded answering for an endpoint's kind.</summary>
    public static ArmError InvalidProperty(string target, string message) => new(400, "InvalidRequestPropertyValue", message, target);

    /// <summary>400: a name that does not follow its pattern (ARM's own code).</summary>
    public static ArmError InvalidName(string type, string name, string pattern) =>
        new(400, "InvalidResourceName", $"The name '{Shown(name)}' of a resource of type '{type}' is invalid. It must match '{pattern}'.");

    /// <summary>400: a storage account cannot be called so. Source: Azure Storage's answer.</summary>
    public static ArmError AccountNameInvalid(string name) =>
        new(400, AccountNameInvalidCode, $"{Shown(name)} is not a valid storage account name. Storage account name must be between 3 and "
            + "24 characters in length and use numbers and lower-case letters only.", Shown(name));

    /// <summary>400: a group cannot be called so. Source: ARM's answer as the Azure CLI shows it.</summary>
    /// <param name="name">The name.</param>
    /// <param name="why">What is wrong with it.</param>
    public static ArmError InvalidResourceGroup(string name, string why) =>
        new(400, "InvalidResourceGroup", $"The resource group name '{Shown(name)}' is invalid: {why}.");

    /// <summary>400: a subscription id that is not a GUID (ARM's own sentence).</summary>
    public static ArmError InvalidSubscription(string subscription) =>
        new(400, "InvalidSubscriptionId", $"The provided subscription identifier '{Shown(subscription)}' is malformed or invalid.");

    /// <summary>400: a continuation that this server did not make.</summary>
    public static ArmError InvalidSkipToken() =>
        new(400, "InvalidSkipToken", "The $skiptoken was not issued by this server. Use nextLink unchanged.");

    /// <summary>One refusal for everything that is wrong with a request: alone it stands for itself, several become details.</summary>
    public static ArmError? OfAll(IReadOnlyList<ArmError> problems) => problems.Count switch
    {
        0 => null,
        1 => problems[0],
        _ => problems[0] with
        {
            Message = $"{problems.Count} properties are invalid. {string.Join(' ', problems.Take(3).Select(p => p.Message))}",
            Details = problems,
        },
    };

    /// <summary>404: no such route.</summary>
    public static ArmError UnknownRoute(string path) =>
        new(404, "NotFound", $"No resource type or operation is served at '{Shown(path)}'.");

    /// <summary>404: no such resource provider (ARM's own code).</summary>
    public static ArmError InvalidResourceNamespace(string name) =>
        new(404, "InvalidResourceNamespace", $"The resource namespace '{Shown(name)}' is invalid.");

    /// <summary>405: the route exists, the verb does not.</summary>
    public static ArmError MethodNotAllowed(string method) =>
        new(405, "MethodNotAllowed", $"The method {Shown(method)} is not supported by this resource type.");

    /// <summary>413: a body above the limit.</summary>
    public static ArmError BodyTooLarge(long bytesMax) =>
        new(413, "RequestEntityTooLarge", $"The request is larger than {bytesMax} bytes.");

    /// <summary>400: a resource that is larger than the store keeps.</summary>
    public static ArmError ResourceTooLarge() =>
        new(400, "ResourceTooLarge", "The resource or its id is too large to store. Shorten it.");

    /// <summary>401: no token, or one that is not accepted.</summary>
    public static ArmError AuthenticationFailed() =>
        new(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing or has no valid bearer token.");

    /// <summary>500: something broke. The cause is in the server's log under the correlation id.</summary>
    public static ArmError InternalServerError(string correlationId) =>
        new(500, "InternalServerError", $"The server failed to handle the request. See the server's log under correlation id "
            + $"'{correlationId}'.");

    /// <summary>400: the request's <c>Host</c> is no host name.</summary>
    public static ArmError InvalidHost() => new(400, "InvalidHostHeader", "The request's 'Host' header is not a valid host name.");

    /// <summary>415: a body that is not JSON, or compressed in a way that is not read.</summary>
    public static ArmError UnsupportedMediaType() =>
        new(415, "UnsupportedMediaType", "The request body must be JSON, with 'Content-Type' application/json and "
            + "'Content-Encoding' gzip or none.");

    /// <summary>500: a stored document does not match its digest. The server's log names it.</summary>
    public static ArmError StateDamaged(string correlationId) =>
        new(500, "StateDamaged", "The control plane's state is damaged: a document does not match its digest. Ask its operator to "
            + $"restore the state from a backup. Correlation id '{correlationId}'.");

    /// <summary>503: the state store cannot be reached, or did not say whether it wrote.</summary>
    public static ArmError StateUnavailable(string correlationId) =>
        new(503, "ServiceUnavailable", "The control plane cannot reach its state store right now. Before you retry a write, read the "
            + $"resource: the write may have succeeded. Correlation id '{correlationId}'.", RetryAfter: TimeSpan.FromSeconds(5));

    /// <summary>
    /// The code of refusals because of others that write at the same time: the same request may be taken when it is repeated.
    /// </summary>
    public const string ConcurrentRequest = "ConcurrentRequest";

    /// <summary>503: too many writes of one resource at the same time.</summary>
    public static ArmError Contended(ResourceId id) =>
        new(409, ConcurrentRequest, $"'{id.TypeAndNames}' is being changed by other requests. Retry the request.",
            RetryAfter: TimeSpan.FromSeconds(1));

    /// <summary>507: the state store is full.</summary>
    public static ArmError StateFull() =>
        new(507, "InsufficientStorage", "The control plane's state store is full. Nothing was written.",
            RetryAfter: TimeSpan.FromMinutes(1));

    // What a caller sent is shown short and on one line.
    private static string Shown(string text) => PrintedText.Of(text, 200);
}
