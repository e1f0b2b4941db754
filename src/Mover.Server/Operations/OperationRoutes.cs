using System.Text.Json;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.Operations;

/// <summary>Answers what became of async operations, in the shapes that the live service was recorded with.</summary>
internal sealed class OperationRoutes(DocumentStore documents)
{
    // The service's clients wait 30 s when nothing is said; a deletion takes milliseconds.
    private const string RetryAfterSeconds = "1";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/subscriptions/{subscription}/providers/Microsoft.StorageMover/locations/{location}/operationStatuses/{operation}",
            GetAsync)
            .RequiresAction("Microsoft.StorageMover/locations/operationStatuses/read");
        routes.MapGet("/subscriptions/{subscription}/operationresults/{operation}", GetResultAsync)
            .RequiresAction("Microsoft.Resources/subscriptions/operationresults/read");
    }

    /// <summary>202 of a Storage Mover resource: body <c>null</c>, and where to ask.</summary>
    public static IResult Accepted(ResourceScope scope, Operation operation, string etag)
    {
        var headers = scope.Http.Response.Headers;
        Point(headers, scope, operation, operation.Region);
        headers["Azure-AsyncNotification"] = "Enabled";
        return ArmResults.Raw(StatusCodes.Status202Accepted, "null"u8.ToArray(), etag);
    }

    /// <summary>202 of a resource group: no body, and ARM's own place to ask.</summary>
    public static IResult AcceptedGroup(ResourceScope scope, Operation operation)
    {
        PointGroup(scope, scope.Subscription, operation.Name);
        return ArmResults.Empty(StatusCodes.Status202Accepted);
    }

    private async Task<IResult> GetAsync(ResourceScope scope, string operation, CancellationToken cancel)
    {
        if (await FindAsync(scope, operation, cancel) is not { } found)
        {
            return ArmErrors.ResourceNotFound(scope.Id).ToResult();
        }

        var status = found.Value;
        if (status.EndTime is null)
        {
            Point(scope.Http.Response.Headers, scope, status, status.Region.ToLowerInvariant());
        }

        return ArmResults.Raw(
            status.EndTime is null ? StatusCodes.Status202Accepted : StatusCodes.Status200OK, Body(scope.Subscription, status), found.ETag);
    }

    private async Task<IResult> GetResultAsync(ResourceScope scope, string subscription, string operation, CancellationToken cancel)
    {
        if (!TryTarget(subscription, await documents.GetAsync(Operation.KeyOf(operation), ServerJson.Default.Operation, cancel),
            out var found))
        {
            return ArmErrors.UnknownRoute(scope.CallerPath).ToResult();
        }

        if (found.EndTime is not null)
        {
            return ArmResults.Empty(StatusCodes.Status200OK);
        }

        PointGroup(scope, subscription, found.Name);
        return ArmResults.Empty(StatusCodes.Status202Accepted);
    }

    private async Task<Document<Operation>?> FindAsync(ResourceScope scope, string name, CancellationToken cancel)
    {
        var found = await documents.GetAsync(Operation.KeyOf(name), ServerJson.Default.Operation, cancel);
        return TryTarget(scope.Subscription, found, out _) ? found : null;
    }

    // An operation belongs to the subscription of its target and is not shown in another.
    private static bool TryTarget(string subscription, Document<Operation>? found,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Operation? operation)
    {
        operation = found?.Value;
        return operation is not null
            && ResourceId.TryParse(operation.Target, out var target)
            && target.Subscription.Equals(subscription, StringComparison.OrdinalIgnoreCase);
    }

    private static ReadOnlyMemory<byte> Body(string subscription, Operation operation)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new() { Encoder = MoverJson.Wire.Options.Encoder }))
        {
            writer.WriteStartObject();
            writer.WriteString("id", operation.IdIn(subscription));
            writer.WriteString("name", operation.Name);
            writer.WriteString("resourceId", operation.ResourceId);
            writer.WriteString("status", operation.EndTime is null ? "Deleting" : "Succeeded");
            writer.WriteString("startTime", WireTimeConverter.Text(operation.StartTime));
            if (operation.EndTime is { } end)
            {
                if (operation.ShowsEndTime)
                {
                    writer.WriteString("endTime", WireTimeConverter.Text(end));
                }

                // The only explicit null of the API.
                writer.WriteNull("properties");
            }

            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void Point(IHeaderDictionary headers, ResourceScope scope, Operation operation, string region)
    {
        var url = $"{scope.BaseUrl}{(operation with { Region = region }).IdIn(scope.Subscription)}?api-version={scope.ApiVersion}";
        headers["Azure-AsyncOperation"] = url;
        headers.Location = url;
        headers.RetryAfter = RetryAfterSeconds;
    }

    private static void PointGroup(ResourceScope scope, string subscription, string name)
    {
        scope.Http.Response.Headers.Location =
            $"{scope.BaseUrl}/subscriptions/{subscription}/operationresults/{name}?api-version={scope.ApiVersion}";
        scope.Http.Response.Headers.RetryAfter = RetryAfterSeconds;
    }
}
